"""Sweeps from ranges of numbers, and from points that exist already."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweeps import Sweep

KINDS = ("linspace", "geomspace", "logspace")


@given(st.sampled_from(KINDS), st.floats(0.001, 300), st.floats(0.001, 300), st.integers(1, 50), st.booleans())
def test_spaced_values_are_numpys(kind, start, stop, number, endpoint):
    made = getattr(Sweep, kind)("x", start, stop, number, endpoint=endpoint)
    assert [point["x"] for point in made] == getattr(np, kind)(start, stop, number, endpoint=endpoint).tolist()
    assert eval(repr(made), {"Sweep": Sweep}) == made


def test_a_full_turn_without_its_end():
    assert [point["x"] for point in Sweep.linspace("x", 0, 1, 4, endpoint=False)] == [0.0, 0.25, 0.5, 0.75]
    assert Sweep.linspace("x", 0, 1, 4, endpoint=np.True_) == Sweep.linspace("x", 0, 1, 4)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Sweep.geomspace("x", 0, 1, 3), "x: geomspace needs a start and a stop of one sign, not 0 and 1"),
        (lambda: Sweep.geomspace("x", -1, 1, 3), "of one sign, not -1 and 1; use linspace"),
        (lambda: Sweep.logspace("x", 0, 400, 3), "x: 10 to the power of 400 is out of the range of a float"),
        (lambda: Sweep.linspace("x", 0, 1, 3, endpoint="no"), "x: endpoint must be True or False, not 'no'"),
        (lambda: Sweep.geomspace("x", 1, 2, 0), "x: num must be a whole number from 1"),
        (lambda: Sweep("abc"), "expected points, found 'abc'; give a list of dicts or a Cirq sweep"),
        (lambda: Sweep(3), "expected points, found 3"),
        (lambda: Sweep([3]), "point 0: a point is a mapping"),
        (lambda: Sweep([{"x": 1}, {"y": 1}]), "point 1: its parameters differ"),
    ],
)
def test_refuses(make, problem):
    with pytest.raises(SweepError) as caught:
        make()
    assert problem in str(caught.value)


points = st.lists(st.fixed_dictionaries({"x": st.integers(), "y": st.floats(allow_nan=False)}), max_size=5)


@given(points)
def test_takes_dicts_and_sweeps(given):
    assert Sweep(given) == Sweep.points(given) == Sweep(Sweep.points(given))
    assert Sweep(iter(given)) == Sweep.points(given)


def test_takes_cirq_sweeps():
    cirq = pytest.importorskip("cirq")
    sympy = pytest.importorskip("sympy")
    product = cirq.Linspace("t", 0, 1, 3) * cirq.Points("n", [1, 2])
    assert Sweep(product) == Sweep.linspace("t", 0, 1, 3) * Sweep.grid(n=[1, 2])
    assert Sweep(cirq.Zip(cirq.Points("a", [1, 2]), cirq.Points("b", [3, 4]))) == Sweep.zip(a=[1, 2], b=[3, 4])
    assert Sweep.points(product) == Sweep(product)
    assert Sweep(cirq.UnitSweep) == Sweep.grid()
    assert Sweep([cirq.ParamResolver({sympy.Symbol("x"): 2})]) == Sweep.points([{"x": 2}])
