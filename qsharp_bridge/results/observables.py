"""Expectation values from counts, with their standard errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from qsharp_bridge.errors import SweepError
from qsharp_bridge.literals.kinds import describe

from .formats import Output


class Expectation(NamedTuple):
    """A mean over shots and its standard error, both in units of the observable.

    The error is the sample standard deviation over the square root of the shots (with n - 1; nan for one shot).
    """

    value: float
    error: float


_ADVICE = 'use "parity", letters Z and I, or a function of the outcome'


def expectation(output: Output | None, observable: str | Callable[[Any], float] = "parity") -> Expectation:
    """The mean of an observable over the shots of one point.

    Args:
        output: a point's output; None (no result) gives nan.
        observable: ``"parity"`` is (-1) to the number of ones among all measured bits. A string of ``Z`` and ``I`` is
            the same over the bits marked ``Z``, the first letter for the first bit. A function gets the outcome as a
            Python value and gives a number.

    Raises:
        SweepError: the string has another length than the outcomes have bits, or other letters.

    Failed shots have no outcome and do not count.

    >>> expectation(Output({"[0, 0]": 75, "[0, 1]": 25}, {"[0, 0]": [0, 0], "[0, 1]": [0, 1]}), "IZ").value
    0.5
    """
    if output is None or not output.outcomes:
        return Expectation(math.nan, math.nan)
    if not callable(observable) and not isinstance(observable, str):
        raise SweepError(f"{describe(observable)} is no observable", advice=_ADVICE)
    function = observable if callable(observable) else _pauli_z(observable)
    weighted = [
        (_number(function(value), display), output.counts[display]) for display, value in output.outcomes.items()
    ]
    shots = sum(count for _, count in weighted)
    if shots == 0:
        return Expectation(math.nan, math.nan)
    mean = math.fsum(value * count for value, count in weighted) / shots
    if shots == 1:
        return Expectation(mean, math.nan)
    variance = math.fsum((value - mean) ** 2 * count for value, count in weighted) / (shots - 1)
    return Expectation(mean, math.sqrt(variance / shots))


def _number(value: Any, display: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise SweepError(f"the observable of {display} is {type(value).__name__}, not a number") from None


def _pauli_z(letters: str) -> Callable[[Any], float]:
    if letters != "parity" and (not letters or set(letters) - {"Z", "I"}):
        raise SweepError(
            f"{letters!r} is no observable",
            advice=_ADVICE,
        )

    def value(outcome: Any) -> float:
        bits = list(_bits(outcome))
        if letters == "parity":
            return float((-1) ** sum(bits))
        if len(bits) != len(letters):
            has = f"{len(bits)} bit{'s' * (len(bits) != 1)}"
            raise SweepError(
                f"{letters!r} has {len(letters)} letter{'s' * (len(letters) != 1)}, but an outcome has {has}"
            )
        return float((-1) ** sum(bit for bit, letter in zip(bits, letters, strict=True) if letter == "Z"))

    return value


def _bits(outcome: Any) -> Iterator[int]:
    """The measured bits of an outcome, in program order."""
    if isinstance(outcome, (list, tuple)):
        for item in outcome:
            yield from _bits(item)
    elif isinstance(outcome, (bool, int)) and outcome in (0, 1):
        yield int(outcome)
    else:
        lost = {2: " (a lost qubit, or an Int)", "-": " (a lost qubit)"}.get(outcome, "")
        raise SweepError(f"the outcome {outcome!r}{lost} is no bit", advice="give a function of the outcome")
