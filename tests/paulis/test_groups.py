"""Groups of terms that are measured together."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.quantum_info import SparsePauliOp

from qsharp_bridge import PauliSum
from qsharp_bridge.paulis import groups as module

STRINGS = st.integers(1, 6).flatmap(
    lambda n: st.lists(st.text("IXYZ", min_size=n, max_size=n), min_size=1, unique=True)
)


@given(STRINGS)
def test_every_term_is_in_one_group_that_measures_it(strings: list[str]) -> None:
    total = PauliSum({string: place + 1 for place, string in enumerate(strings)})
    groups = total.groups()
    measured = [term for group in groups for term in group.terms]
    assert sorted(measured) == sorted(term for term in strings if term.strip("I"))
    for group in groups:
        assert group.basis.strip("I")
        for term, coefficient in group.terms.items():
            assert coefficient == total.terms[term]
            assert all(letter in ("I", basis) for letter, basis in zip(term, group.basis, strict=True))
        for place, letter in enumerate(group.basis):  # no qubit is measured for nothing
            assert letter == "I" or any(term[place] == letter for term in group.terms)


@given(STRINGS)
def test_the_groups_are_no_more_than_qiskits(strings: list[str]) -> None:
    measured = [term for term in strings if term.strip("I")]
    if measured:
        theirs = SparsePauliOp(measured).group_commuting(qubit_wise=True)
        assert len(PauliSum(dict.fromkeys(measured, 1)).groups()) <= len(theirs)


def test_a_known_case() -> None:
    """H2 in the STO-3G basis, reduced to two qubits: the Z terms share a basis, XX needs its own."""
    energy = PauliSum("-1.0524 + 0.3979 Z0 - 0.3979 Z1 - 0.0113 Z0 Z1 + 0.1809 X0 X1")
    assert sorted(group.basis for group in energy.groups()) == ["XX", "ZZ"]
    assert energy.constant == -1.0524


@pytest.mark.parametrize("seed", range(3))
def test_values_of_shots_are_eigenvalues(seed: int) -> None:
    """A group of Z terms has the diagonal of its matrix as its values."""
    drawn = random.Random(seed)
    terms = {"".join(letters): drawn.uniform(-1, 1) for letters in itertools.product("IZ", repeat=4) if "Z" in letters}
    (group,) = PauliSum(terms).groups()
    diagonal = np.diag(PauliSum(terms).matrix()).real
    found = [group.value(bits) for bits in itertools.product((0, 1), repeat=4)]
    assert np.allclose(found, diagonal, atol=1e-12)


def test_the_weight_is_the_standard_deviation_of_random_parities() -> None:
    (group,) = PauliSum({"ZI": 3, "IZ": 4}).groups()
    values = [group.value(bits) for bits in itertools.product((0, 1), repeat=2)]
    assert group.weight == 5.0 == np.std(values)


def test_thousands_of_terms_are_grouped() -> None:
    drawn = random.Random(1)
    strings = {"".join(drawn.choices("IXYZ", k=10)): 1.0 for _ in range(module._MANY + 500)}
    groups = PauliSum(strings).groups()
    assert sum(len(group.terms) for group in groups) == len([term for term in strings if term.strip("I")])
