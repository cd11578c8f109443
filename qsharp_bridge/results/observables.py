"""Expectation values from counts, with their standard errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import SweepError
from qsharp_bridge.literals.kinds import describe
from qsharp_bridge.results.formats import Output

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from qsharp_bridge.results.formats.packed_points import PackedPoints

    Doubles = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.integer[Any]]


class Expectation(NamedTuple):
    """Mean over shots and its standard error, both in units of the observable.

    For ``"parity"`` and strings of ``Z`` and ``I`` the error is half the width of the Wilson interval of one standard
    deviation (68.3 %), which is not 0 where all shots agree. For a function of the outcome it is the sample standard
    deviation (with n - 1; nan for one shot) over the square root of the shots. It is 0 where all shots agree, since
    the other values of the function are not known.
    """

    value: float
    error: float


class Expectations(list[Expectation]):
    """Expectation values of the points: a list that also has numpy arrays."""

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """Mean at each point, shape (points,); nan where there is no result."""
        return self._column(0)

    @property
    def errors(self) -> npt.NDArray[np.float64]:
        """Standard error at each point, shape (points,); nan where there is no result."""
        return self._column(1)

    def _column(self, place: int) -> npt.NDArray[np.float64]:
        import numpy as np

        return np.array([found[place] for found in self], dtype=np.float64)


class Estimate(NamedTuple):
    """Value with its interval of one standard deviation (68.3 %), which may be asymmetric."""

    value: float
    low: float
    high: float


_NOTHING = Estimate(math.nan, math.nan, math.nan)
_ADVICE = 'use "parity", letters Z and I, or a function of the outcome; qb.estimate measures a PauliSum'


def proportion(count: float, shots: float) -> Estimate:
    """Return a count as a share of the shots, with the Wilson score interval at one standard deviation.

    The interval is within 0 and 1 and never empty: an outcome in none of 99 shots has the interval from 0 to 0.01. The
    usual error sqrt(p (1 - p) / n) is 0 for an outcome that did not occur, as if it were impossible.
    Source: E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927), with z = 1.

    >>> value, low, high = proportion(0, 99)
    >>> value, low, round(high, 4)
    (0.0, 0.0, 0.01)
    """
    if not shots:
        return _NOTHING
    p = count / shots
    centre = (p + 0.5 / shots) / (1 + 1 / shots)
    half = math.sqrt(p * (1 - p) / shots + 0.25 / shots**2) / (1 + 1 / shots)
    return Estimate(p, 0.0 if count == 0 else centre - half, 1.0 if count == shots else centre + half)


def proportions(counts: Integers, shots: Integers) -> Doubles:
    """Return many counts as shares, bit for bit those of :func:`proportion`, shape (counts, 3).

    Args:
        counts: shots of each outcome, shape (counts,).
        shots: all shots of its point, shape (counts,).
    """
    import numpy as np

    found = np.full((len(counts), 3), math.nan)
    ran = shots > 0
    count, each = counts[ran].astype(np.float64), shots[ran].astype(np.float64)
    p = count / each
    centre = (p + 0.5 / each) / (1 + 1 / each)
    half = np.sqrt(p * (1 - p) / each + 0.25 / each**2) / (1 + 1 / each)
    low, high = np.where(count == 0, 0.0, centre - half), np.where(count == each, 1.0, centre + half)
    found[ran] = np.stack([p, low, high], axis=1)
    return found


def expectation(output: Output | None, observable: str | Callable[[Any], float] = "parity") -> Expectation:
    """Return the mean of an observable over the shots of one point, with its standard error.

    Args:
        output: a point's output; None (no result) gives nan.
        observable: ``"parity"`` is (-1) to the number of ones among all measured bits. A string of ``Z`` and ``I`` is
            the same over the bits marked ``Z``, the first letter for the first bit. A function gets the outcome as a
            Python value and gives a number.

    Raises:
        SweepError: the string has another length than the outcomes have bits, or other letters.

    Failed shots have no outcome and are left out.

    >>> expectation(Output({"[0, 0]": 75, "[0, 1]": 25}, {"[0, 0]": [0, 0], "[0, 1]": [0, 1]}), "IZ").value
    0.5
    """
    value, low, high = mean_and_interval(output, observable)
    return Expectation(value, (high - low) / 2)


def expectations(found: PackedPoints, observable: str | Callable[[Any], float]) -> list[Expectation]:
    """Return the expectation value of each point, as :func:`expectation` does.

    A function is called once for each distinct outcome, not at each point.

    Args:
        found: the histograms of the points.
        observable: as for :func:`expectation`.

    Raises:
        SweepError: as for :func:`expectation`.
    """
    import numpy as np

    function = _function(observable)
    values = found.values(lambda display, outcome: _number(function(outcome), display))
    if found.exact:
        products, ends = (values * found.numbers).tolist(), pairwise(found.starts.tolist())
        sums = (math.fsum(products[start:stop]) if start < stop else math.nan for start, stop in ends)
        return [Expectation(value, value - value) for value in sums]  # an error of 0, or nan with the value
    if isinstance(observable, str):
        shots, ones = found.shots(), found.sums(np.where(values > 0, found.numbers, 0))
        with np.errstate(invalid="ignore"):
            means = (2 * ones - shots) / shots
        _, low, high = proportions(ones, shots).T
        errors = ((2 * high - 1) - (2 * low - 1)) / 2
        return list(map(Expectation, means.tolist(), errors.tolist()))
    weighted = list(zip(values.tolist(), found.numbers.tolist(), strict=True))
    estimates = (_mean(weighted[start:stop], binary=False) for start, stop in pairwise(found.starts.tolist()))
    return [Expectation(value, (high - low) / 2) for value, low, high in estimates]


def name_of(observable: str | Callable[[Any], float]) -> str:
    """Return the name of an observable: the string, or the name of the function.

    >>> name_of("ZZ"), name_of(sum), name_of(lambda bits: bits[0])
    ('ZZ', 'sum', 'observable')
    """
    name = observable if isinstance(observable, str) else getattr(observable, "__name__", "observable")
    return "observable" if name == "<lambda>" else str(name)


def mean_and_interval(output: Output | None, observable: str | Callable[[Any], float]) -> Estimate:
    """Return the mean of an observable as :func:`expectation` does, with the ends of its interval.

    Raises:
        SweepError: as for :func:`expectation`.
    """
    if output is None or not output.outcomes:
        return _NOTHING
    function = _function(observable)
    if output.exact is not None:
        found = ((_number(function(output.outcomes[display]), display), p) for display, p in output.exact.items())
        return Estimate(*[math.fsum(value * p for value, p in found)] * 3)
    weighted = [
        (_number(function(value), display), output.counts[display]) for display, value in output.outcomes.items()
    ]
    return _mean(weighted, binary=isinstance(observable, str))


def _mean(weighted: Sequence[tuple[float, int]], *, binary: bool) -> Estimate:
    """Return the mean of values with their counts; ``binary`` for values that are only 1 and -1."""
    shots = sum(count for _, count in weighted)
    if shots == 0:
        return _NOTHING
    mean = math.fsum(value * count for value, count in weighted) / shots
    if binary:
        _, low, high = proportion(sum(count for value, count in weighted if value > 0), shots)
        return Estimate(mean, 2 * low - 1, 2 * high - 1)
    if shots == 1:
        return Estimate(mean, math.nan, math.nan)
    variance = math.fsum((value - mean) ** 2 * count for value, count in weighted) / (shots - 1)
    error = math.sqrt(variance / shots)
    return Estimate(mean, mean - error, mean + error)


def _function(observable: object) -> Callable[[Any], float]:
    if callable(observable):
        return observable
    if isinstance(observable, str):
        return _pauli_z(observable)
    raise SweepError(f"{describe(observable)} is no observable", advice=_ADVICE)


def _number(value: Any, display: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise SweepError(f"the observable of {display} is {type(value).__name__}, not a number") from None


def _pauli_z(letters: str) -> Callable[[Any], float]:
    if letters != "parity" and (not letters or set(letters) - {"Z", "I"}):
        raise SweepError(f"{letters!r} is no observable", advice=_ADVICE)

    def value(outcome: Any) -> float:
        bits = list(_bits(outcome))
        if letters == "parity":
            return float((-1) ** sum(bits))
        if len(bits) != len(letters):
            given, has = counted(len(letters), "letter"), counted(len(bits), "bit")
            raise SweepError(f"{letters!r} has {given}, but an outcome has {has}")
        return float((-1) ** sum(bit for bit, letter in zip(bits, letters, strict=True) if letter == "Z"))

    return value


def _bits(outcome: Any) -> Iterator[int]:
    """Yield the measured bits of an outcome, in program order."""
    if isinstance(outcome, (list, tuple)):
        for item in outcome:
            yield from _bits(item)
    elif isinstance(outcome, (bool, int)) and outcome in (0, 1):
        yield int(outcome)
    else:
        lost = {2: " (a lost qubit, or an Int)", "-": " (a lost qubit)"}.get(outcome, "")
        raise SweepError(f"the outcome {outcome!r}{lost} is no bit", advice="give a function of the outcome")
