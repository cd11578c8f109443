"""Random programs, each bound at points where something special may happen, beside what qdk compiles there."""

import os

import pytest
from random_programs import LEVELS, Found, check

BATCHES = int(os.environ.get("BINDING_BATCHES", "10"))  # of 20 programs for each profile, of 0.8 s or so each


@pytest.mark.parametrize(("seed", "profile"), [(4, "Base"), (6, "Adaptive_RI"), (7, "Adaptive_RIF")])
def test_some(seed, profile):
    found = Found()
    check(found, seed, profile, count=2)
    assert found.differences == []
    assert found.points > 2  # else this shows nothing: choose another seed


def test_some_of_several_structures():
    found = Found()
    check(found, 3, "Adaptive_RIF", count=2, lengths=(2, 3, 4))
    assert found.differences == []
    assert found.points > 20


@pytest.mark.long
@pytest.mark.parametrize("profile", LEVELS)
@pytest.mark.parametrize("seed", range(100, 100 + BATCHES))
def test_many_of_several_structures(seed, profile):
    found = Found()
    check(found, seed, profile, count=5, lengths=(2, 3, 4))
    assert found.differences == []


@pytest.mark.long
@pytest.mark.parametrize("profile", LEVELS)
@pytest.mark.parametrize("seed", range(100, 100 + BATCHES))
def test_many(seed, profile):
    found = Found()
    check(found, seed, profile)
    assert found.differences == []
