"""Values with a unit: an angle arrives in radians, a ratio as its number, and nothing else arrives at all."""

from __future__ import annotations

import math
from typing import Any

import astropy.units as u
import numpy as np
import pint
import pytest
from astropy.coordinates import Angle
from astropy.table import Column, MaskedColumn
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge import to_qsharp
from qsharp_bridge.errors import QsharpTypeError
from qsharp_bridge.literals.units import without_unit

Q = pint.UnitRegistry().Quantity
HALF_PI = "1.5707963267948966"


@pytest.mark.parametrize(
    ("value", "type", "text"),
    [
        (90 * u.deg, "Double", HALF_PI),
        (90 * u.deg, None, HALF_PI),
        ([0, 90] * u.deg, "Double[]", f"[0.0, {HALF_PI}]"),
        (np.array([[0.0], [90.0]]) * u.deg, "Double[][]", f"[[0.0], [{HALF_PI}]]"),
        ([90 * u.deg, 1 * u.rad, 0.5], "Double[]", f"[{HALF_PI}, 1.0, 0.5]"),
        (Angle("90d"), "Double", HALF_PI),
        (0.25 * u.cycle, "Double", HALF_PI),
        (Column([0.0, 90.0], unit=u.deg), "Double[]", f"[0.0, {HALF_PI}]"),
        (MaskedColumn([0.0, 90.0], unit=u.deg), "Double[]", f"[0.0, {HALF_PI}]"),
        (Column([1, 2]), "Int[]", "[1, 2]"),
        (5 * u.percent, "Double", "0.05"),
        (3 * u.km / u.m, "Double", "3000.0"),
        (Q(90, "deg"), "Double", HALF_PI),
        (Q(np.array([0.0, 90.0]), "deg"), "Double[]", f"[0.0, {HALF_PI}]"),
        (Q(2, "km / m"), "Double", "2000.0"),
        (Q(3, "dimensionless"), "Int", "3"),
        ((90 * u.deg, True), "(Double, Bool)", f"({HALF_PI}, true)"),
        ({"X": Q(90, "deg")}, "N.Pt", f"new N.Pt {{ X = {HALF_PI} }}"),
    ],
)
def test_angles_are_radians_and_ratios_numbers(value: Any, type: str | None, text: str) -> None:
    assert to_qsharp(value, type, structs={"N.Pt": {"X": "Double"}}) == text


@pytest.mark.parametrize(
    ("value", "path", "advice"),
    [
        (3 * u.m, "value", '.to_value("m")'),
        ([1, 2] * u.s, "value", '.to_value("s")'),
        ([0.5, 3 * u.GHz], "value[1]", '.to_value("GHz")'),
        (Column([90.0], unit=u.m), "value", '.to_value("m")'),
        (3 * u.sr, "value", '.to_value("sr")'),
        (u.Magnitude(3), "value", ".physical"),
        (3 * u.dB, "value", '.to_value("dB")'),
        (Q(2, "GHz"), "value", '.m_as("gigahertz")'),
        (Q([1.0], "m"), "value", '.m_as("meter")'),
    ],
)
def test_any_other_unit_is_an_error(value: Any, path: str, advice: str) -> None:
    with pytest.raises(QsharpTypeError) as caught:
        to_qsharp(value)
    assert (caught.value.path, advice in str(caught.value)) == (path, True)


def test_a_unit_of_an_unknown_library() -> None:
    """As of unyt and quantities, whose arrays would pass for plain ones."""

    theirs: Any = type("unyt_array", (np.ndarray,), {"__module__": "unyt.array", "units": "degree"})
    with pytest.raises(QsharpTypeError, match="a value with the unit degree, of a library that is not known here"):
        to_qsharp(np.array([90.0]).view(theirs))


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_radians_stay_as_they_are(number: float) -> None:
    for value in (number * u.rad, Q(number, "rad"), number * u.dimensionless_unscaled, Q(number, "")):
        assert float(without_unit(value)).hex() == number.hex()


def test_sweeps_over_degrees_turn_by_radians() -> None:
    turns = [0.0, math.pi / 2, math.pi]
    degrees = [0, 90, 180] * u.deg
    for sweep in [
        qb.Sweep.grid(theta=degrees),
        qb.Sweep.grid(theta=list(degrees)),
        qb.Sweep.grid(theta=Q(np.array([0.0, 90.0, 180.0]), "deg")),
        qb.Sweep.zip(theta=degrees),
        qb.Sweep.points([{"theta": angle} for angle in degrees]),
        qb.Sweep.linspace("theta", 0 * u.deg, 180 * u.deg, 3),
        qb.Sweep.linspace("theta", Q(0, "deg"), Q(0.5, "turn"), 3),
    ]:
        assert [point["theta"] for point in sweep] == turns
    with pytest.raises(qb.BridgeError, match=r"^theta: a value with the unit m is not a plain number"):
        qb.Sweep.grid(theta=[1, 2] * u.m)


@pytest.mark.compiler
def test_an_operation_gets_radians() -> None:
    op = qb.Program.from_source("operation Turn(a : Double) : Unit { use q = Qubit(); Rx(a, q); Reset(q) }")
    turn = op.operation("Turn")
    assert turn.expression(180 * u.deg) == f"Turn({math.pi!r})"
    with pytest.raises(QsharpTypeError, match="Turn: a: a value with the unit m is not a plain number"):
        turn.expression(1 * u.m)
    bound = turn.bind(qb.Sweep.grid(a=[0, 90, 180, 270, 360] * u.deg))
    assert "double 1.5707963267948966" in str(bound[1])
