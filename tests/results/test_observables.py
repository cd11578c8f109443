"""Expectation values: against closed forms, and against what simulation spreads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.errors import SweepError
from qsharp_bridge.results.formats import Output
from qsharp_bridge.results.observables import expectation, proportion
from qsharp_bridge.simulators import simulate


def output(**counts: int) -> Output:
    """``b01=3``: three shots of [0, 1]."""
    outcomes = {name: [int(bit) for bit in name[1:]] for name in counts}
    return Output(counts, outcomes)


@given(st.integers(0, 500), st.integers(2, 500))
def test_one_bit_has_a_closed_form(ones: int, shots: int) -> None:
    ones = min(ones, shots)
    found = expectation(output(b0=shots - ones, b1=ones), "Z")
    p = ones / shots
    assert found.value == pytest.approx(1 - 2 * p, abs=1e-12)
    # The roots of (p' - p)^2 = p' (1 - p') / n are the ends of the Wilson interval.
    low, high = sorted(np.roots([1 + 1 / shots, -(2 * p + 1 / shots), p**2]).real)
    assert found.error == pytest.approx(high - low, rel=1e-6, abs=1e-9)
    assert found.error > 0


@pytest.mark.parametrize("shots", [1, 10, 1000])
def test_an_outcome_that_did_not_come_has_an_interval(shots: int) -> None:
    assert proportion(0, shots) == (0.0, 0.0, pytest.approx(1 / (shots + 1)))
    assert proportion(shots, shots) == (1.0, pytest.approx(shots / (shots + 1)), 1.0)
    assert all(map(math.isnan, proportion(0, 0)))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """68.3 % in the mean over probabilities, also small ones, where p +- sqrt(p (1 - p) / n) does not."""
    for n in (10, 100):
        covered = []
        for p in np.linspace(0.01, 0.99, 99):
            inside = [proportion(k, n).low <= p <= proportion(k, n).high for k in range(n + 1)]
            covered.append(sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1) if inside[k]))
        assert np.mean(covered) == pytest.approx(0.683, abs=0.03)


@given(
    st.dictionaries(st.tuples(*[st.integers(0, 1)] * 3), st.integers(1, 50), min_size=1),
    st.text("ZI", min_size=3, max_size=3),
)
def test_any_string_is_the_mean_over_the_shots(counts: dict[tuple[int, ...], int], letters: str) -> None:
    found = expectation(output(**{f"b{a}{b}{c}": n for (a, b, c), n in counts.items()}), letters)
    shots = [
        math.prod((-1) ** bit for bit, letter in zip(bits, letters, strict=True) if letter == "Z")
        for bits, n in counts.items()
        for _ in range(n)
    ]
    assert found.value == pytest.approx(np.mean(shots), abs=1e-12)
    assert found.error == pytest.approx(np.std(shots) / math.sqrt(len(shots)), abs=1.5 / len(shots))
    assert expectation(output(**{f"b{a}{b}{c}": n for (a, b, c), n in counts.items()}), "ZZZ") == expectation(
        output(**{f"b{a}{b}{c}": n for (a, b, c), n in counts.items()}), "parity"
    )


def test_functions_and_nested_outcomes() -> None:
    found = Output({"a": 1, "b": 3}, {"a": (1, [0, True]), "b": (0, [1, False])})
    assert expectation(found, "ZIZ").value == pytest.approx((1 - 0 + 3) / 4)
    assert expectation(found, lambda outcome: outcome[0]).value == 0.25
    assert expectation(found, lambda outcome: outcome[0]).error == pytest.approx(math.sqrt(3 / 16 / 3))
    assert expectation(output(b1=1), "Z").value == -1.0


def test_where_there_is_nothing_to_count() -> None:
    assert all(map(math.isnan, expectation(None)))
    assert all(map(math.isnan, expectation(Output({}, {}))))
    assert math.isnan(expectation(output(b0=1), len).error)
    failed = Output({"Error 0x20: X": 50, "[1]": 50}, {"[1]": [1]})
    assert expectation(failed, "Z") == (-1.0, pytest.approx(1 / 51))  # failed shots do not count


@pytest.mark.parametrize(
    ("observable", "told"),
    [
        ("", "'' is no observable"),
        ("X", "'X' is no observable"),
        (3, '3 is no observable; use "parity"'),
        ("ZZZ", "'ZZZ' has 3 letters, but an outcome has 2 bits"),
        (lambda outcome: None, "the observable of b01 is NoneType, not a number"),
        (lambda outcome: 1j, "the observable of b01 is complex, not a number"),
    ],
)
def test_what_is_no_observable(observable: Any, told: str) -> None:
    with pytest.raises(SweepError, match=told):
        expectation(output(b01=3), observable)


@pytest.mark.parametrize(
    ("value", "told"), [(7, "7 is no bit"), (1.0, "1.0 is no bit"), ("-", r"lost qubit\) is no bit"), (2, "lost")]
)
def test_what_is_no_bit(value: Any, told: str) -> None:
    with pytest.raises(SweepError, match=told):
        expectation(Output({"x": 5}, {"x": [0, value]}), "parity")


@pytest.mark.parametrize("theta", [0.4, 1.2])
def test_the_error_is_that_of_repeated_simulation(theta: float) -> None:
    """The spread of 300 runs of a tilted qubit is the error that each run tells of itself."""
    source = "operation Tilt(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    qir = str(qb.Program.from_source(source).operation("Tilt").compile(theta, profile="Base"))
    bits = np.array(simulate(qir, 300 * 200, seed=11).shots).reshape(300, 200)
    found = [expectation(output(b0=200 - int(run.sum()), b1=int(run.sum())), "Z") for run in bits]
    exact = math.sin(theta) / math.sqrt(200)  # the standard deviation of the mean of 200 signs
    assert np.mean([each.value for each in found]) == pytest.approx(math.cos(theta), abs=5 * exact / math.sqrt(300))
    assert np.std([each.value for each in found]) == pytest.approx(exact, rel=0.25)
    assert np.mean([each.error for each in found]) == pytest.approx(exact, rel=0.1)
