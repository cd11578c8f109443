"""The result of one job, or of one point of a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qsharp_bridge.results.counts import Counts
from qsharp_bridge.results.frozen import FrozenDict


@dataclass(frozen=True)
class Output:
    """The result of one job or point; immutable, but for the lists in ``outcomes``, which must not be changed.

    Attributes:
        counts: display text of an outcome, such as ``[0, 1]``, to its number of shots. Integers, never made from
            probabilities unless ``derived`` says so. Failed shots are counted under ``Error code: name``.
        outcomes: display text to the outcome as a Python value: Result 0 or 1 (2 or ``"-"`` when the qubit was lost),
            arrays are lists, tuples are tuples. Failed shots have none.
        derived: whether the service sent probabilities, from which the counts were made.
        missing: the shots asked for less the shots counted. IonQ answers with floor(p * shots) for each state, whose
            sum may be smaller; the counts are kept as they were sent.
        exact: display text to the exact probability, where nothing was sampled: then there are no counts.
    """

    counts: Mapping[str, int]
    outcomes: Mapping[str, Any]
    derived: bool = False
    missing: int = 0
    exact: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if type(self.outcomes) is not FrozenDict:
            object.__setattr__(self, "outcomes", FrozenDict(self.outcomes))
        if not (isinstance(self.counts, Counts) and self.counts.outcomes is self.outcomes):
            object.__setattr__(self, "counts", Counts(self.counts, self.outcomes))
        if self.exact is not None and type(self.exact) is not FrozenDict:
            object.__setattr__(self, "exact", FrozenDict(self.exact))

    @property
    def shots(self) -> int:
        """Sum of the counts."""
        return sum(self.counts.values())

    @property
    def failed_shots(self) -> int:
        """Number of shots that ended in an error."""
        return sum(count for display, count in self.counts.items() if display not in self.outcomes)
