"""Gradients of expectation values by the parameter-shift rule.

For an angle x of one rotation exp(-i x P / 2) with P² = 1, the value is ``a + b cos x + c sin x``, and its derivative
is half the difference of the values at x + pi/2 and x - pi/2. Exact, unlike a finite difference. (Source: Schuld,
Bergholm, Gogolin, Izaac and Killoran, "Evaluating analytic gradients on quantum hardware", Phys. Rev. A 99, 032331,
2019.) A parameter of two rotations has higher frequencies, that of a controlled rotation has lower ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import QsharpTypeError, SweepError
from qsharp_bridge.literals.kinds import describe

Doubles = npt.NDArray[np.float64]
Place = tuple[str, int | None]

_OFFSETS = (0.0, math.pi / 2, math.pi, 1.1, 4.0)
_TOLERANCE = 1e-8
_TRIES = 2
_ANGLES = ("Double", "Double[]")


class Gradient(NamedTuple):
    """Derivatives of an expectation value by the angles, with their standard errors.

    Attributes:
        values: one number an angle, in the order of the parameters, shape (angles,).
        errors: the standard error of each, shape (angles,).
    """

    values: Doubles
    errors: Doubles


def angles_of(point: Mapping[str, Any], types: Mapping[str, Any]) -> list[Place]:
    """Return the places of the angles of a point: the name of a Double, or the name and index of an element.

    Parameters of other types, such as a number of layers, are no angles.

    Args:
        point: values by the names of their parameters.
        types: the type of each parameter.

    Raises:
        QsharpTypeError: there is no angle, or its value is no float or list of floats.

    >>> angles_of({"layers": 2, "theta": [0.1, 0.2]}, {"layers": "Int", "theta": "Double[]"})
    [('theta', 0), ('theta', 1)]
    """
    places: list[Place] = []
    for name, kind in types.items():
        if str(kind) not in _ANGLES:
            continue
        value = point[name]
        array = np.asarray(value)
        if array.dtype.kind not in "fiu" or array.ndim > 1 or isinstance(value, bool):
            raise QsharpTypeError(
                f"{describe(value)} is no angle", path=name, advice="a gradient is taken over floats and lists of them"
            )
        places += [(name, None)] if array.ndim == 0 else [(name, at) for at in range(len(array))]
    if not places:
        shown = ", ".join(f"{name} : {kind}" for name, kind in types.items()) or "no parameters"
        raise QsharpTypeError(f"there is no angle in {shown}", advice="an angle has the type Double or Double[]")
    return places


def shifted(point: Mapping[str, Any], place: Place, by: float) -> dict[str, Any]:
    """Return a point with one angle moved by ``by``."""
    name, at = place
    if at is None:
        return {**point, name: float(point[name]) + by}
    values = [float(value) for value in point[name]]
    values[at] += by
    return {**point, name: values}


def check_shift_rule(
    point: Mapping[str, Any], places: Sequence[Place], exact: Callable[[list[dict[str, Any]]], Doubles], name: str
) -> None:
    """Check that the value depends on each angle as on that of one rotation.

    The exact values at three angles determine ``a + b cos x + c sin x``; two more angles must agree. All other angles
    are chosen at random, with a fixed seed, so that a special point does not hide a dependence.

    Args:
        point: values of the parameters, for the lengths of the arrays.
        places: of the angles.
        exact: gives the exact values at points.
        name: the operation's name, for errors.

    Raises:
        SweepError: the rule does not hold for an angle.
    """
    chance = np.random.default_rng(1)
    points: list[dict[str, Any]] = []
    for place in places:
        for _ in range(_TRIES):
            start = dict(point)
            for other in places:
                start = shifted(start, other, float(chance.uniform(0, 2 * math.pi)))
            points += [shifted(start, place, offset) for offset in _OFFSETS]
    values = exact(points).reshape(len(places), _TRIES, len(_OFFSETS))
    offsets = np.array(_OFFSETS)
    waves = np.stack([np.ones_like(offsets), np.cos(offsets), np.sin(offsets)])
    fitted = np.linalg.solve(waves[:, :3].T, values[..., :3].reshape(-1, 3).T).T @ waves
    off = np.abs(fitted.reshape(values.shape) - values).max(axis=(1, 2))
    scale = max(1.0, float(np.abs(values).max(initial=0.0)))
    for (parameter, at), error in zip(places, off, strict=True):
        if error > _TOLERANCE * scale:
            raise SweepError(
                "the parameter-shift rule does not hold: the value does not depend on this angle as on that of one "
                f"rotation (it differs by {error:.2g})",
                path=parameter if at is None else f"{parameter}[{at}]",
                operation=name,
                advice="an angle that is used twice, scaled, or in a controlled rotation needs a parameter for each "
                "plain rotation; or use a finite difference",
            )
