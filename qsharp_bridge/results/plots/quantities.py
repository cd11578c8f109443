"""Quantities to draw: probabilities or the mean of an observable, each with an interval of one standard deviation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from qsharp_bridge._warnings import warn
from qsharp_bridge.errors import SweepError
from qsharp_bridge.results.counts import outcome_name, outcome_order
from qsharp_bridge.results.observables import Estimate, mean_and_interval, name_of

if TYPE_CHECKING:
    from qsharp_bridge.results.point import PointResult

PROBABILITY = "probability"
_MOST_OUTCOMES = 8


class Quantity(NamedTuple):
    """A quantity with a value and an interval at each point.

    Attributes:
        name: its name in a legend: an outcome as :func:`outcome_name` writes it, or the observable.
        axis: its name on an axis.
        of: its value and interval at a point.
    """

    name: str
    axis: str
    of: Callable[[PointResult], Estimate]

    @property
    def title(self) -> str:
        """Title of a panel: ``P(01)``, or the observable."""
        return f"P({self.name})" if self.axis == PROBABILITY else self.name

    @property
    def limits(self) -> tuple[float, float] | None:
        """Least and largest possible value, if these are known."""
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
    """Return the quantities to draw: the observable, or the probabilities of some outcomes.

    Args:
        rows: results of the points.
        observable: as for ``SweepResults.plot``.
        outcomes: their texts; None for the most frequent ones.

    Raises:
        SweepError: an observable and outcomes both, or no outcome at all.
    """
    if observable is not None:
        if outcomes is not None:
            raise SweepError("an observable and outcomes cannot be drawn together", advice="give one of them")
        axis = f"⟨{name_of(observable)}⟩"
        return [Quantity(axis, axis, lambda row: mean_and_interval(row.output, observable))]
    if outcomes is None:
        total: dict[str, float] = {}
        for row in rows:
            for display, count in row.weights.items():
                total[display] = total.get(display, 0) + count
        outcomes = sorted(sorted(total, key=lambda one: -total[one])[:_MOST_OUTCOMES], key=outcome_order)
    if isinstance(outcomes, str) or not outcomes:
        raise SweepError(f"outcomes is {outcomes!r}", advice='give a list of outcome texts, such as ["[0, 0]"]')
    known = sorted({display for row in rows for display in row.weights}, key=outcome_order)
    for display in outcomes:
        if display not in known:
            shown = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
            warn(f"no point has the outcome {display!r}; there are {shown}")
    return [Quantity(outcome_name(display), PROBABILITY, _probability(display)) for display in outcomes]


def _probability(display: str) -> Callable[[PointResult], Estimate]:
    return lambda row: row.share(display)
