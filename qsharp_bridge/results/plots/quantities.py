"""What is drawn: probabilities or the mean of an observable, each with one standard error.

The error of a proportion is ``sqrt(p (1 - p) / shots)``.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from qsharp_bridge.errors import SweepError
from qsharp_bridge.results.observables import Expectation, expectation

if TYPE_CHECKING:
    from qsharp_bridge.results.point import PointResult

PROBABILITY = "probability"
_MOST_OUTCOMES = 8


class Quantity(NamedTuple):
    """Something with a value and an error at each point.

    Attributes:
        name: what tells it from the others: an outcome's text, or the observable.
        axis: what an axis calls it.
        of: its value and error at a point.
    """

    name: str
    axis: str
    of: Callable[[PointResult], Expectation]

    @property
    def limits(self) -> tuple[float, float] | None:
        """Between which values it lies, if that is known."""
        if self.axis == PROBABILITY:
            return 0.0, 1.0
        if self.axis == "⟨parity⟩" or not set(self.axis) - set("⟨ZI⟩"):
            return -1.0, 1.0
        return None


def quantities_of(
    rows: Sequence[PointResult],
    observable: str | Callable[[Any], float] | None,
    outcomes: Sequence[str] | None,
) -> list[Quantity]:
    """The observable, or the probability of each outcome named, or of the most frequent ones.

    Raises:
        SweepError: an observable and outcomes both, or no outcome at all.
    """
    if observable is not None:
        if outcomes is not None:
            raise SweepError("an observable and outcomes cannot be drawn together", advice="give one of them")
        name = observable if isinstance(observable, str) else getattr(observable, "__name__", "observable")
        axis = "⟨observable⟩" if name == "<lambda>" else f"⟨{name}⟩"
        return [Quantity(axis, axis, lambda row: expectation(row.output, observable))]
    if outcomes is None:
        total: dict[str, int] = {}
        for row in rows:
            for display, count in row.counts.items():
                total[display] = total.get(display, 0) + count
        outcomes = sorted(sorted(total, key=lambda display: -total[display])[:_MOST_OUTCOMES])
    if isinstance(outcomes, str) or not outcomes:
        raise SweepError(f"outcomes is {outcomes!r}", advice='give a list of outcome texts, such as ["[0, 0]"]')
    known = sorted({display for row in rows for display in row.counts})
    for display in outcomes:
        if display not in known:
            told = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
            warnings.warn(f"no point has the outcome {display!r}; there are {told}", stacklevel=4)
    return [Quantity(display, PROBABILITY, _probability(display)) for display in outcomes]


def proportion_error(p: float, shots: int) -> float:
    """One standard error of a probability."""
    return math.sqrt(p * (1 - p) / shots) if shots else math.nan


def _probability(display: str) -> Callable[[PointResult], Expectation]:
    def of(row: PointResult) -> Expectation:
        p = row.probabilities.get(display, 0.0)
        return Expectation(p, proportion_error(p, row.shots))

    return of
