"""The rows of results that are built when they are asked for, from the counts of many points in arrays."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, overload

from qsharp_bridge.states import JobState
from qsharp_bridge.sweeps.sweep import Sweep

from .packed import PACKED_FORMAT
from .packed_points import PackedPoints
from .point import PointResult


@dataclass(frozen=True, eq=False)
class PackedRows:
    """The results of consecutive points that were simulated together, all with counts.

    Attributes:
        first: the index of the first point.
        job_id: the job of these points, or None.
        shots: for each point.
        found: their histograms.
    """

    first: int
    job_id: str | None
    shots: int
    found: PackedPoints

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.found)

    def row(self, place: int, sweep: Sweep) -> PointResult:
        """Return the result of the point at a place, from 0."""
        index = self.first + place
        output = self.found.output(place, self.shots)
        raw = self.found.raw(place)
        return PointResult(index, sweep[index], JobState.SUCCEEDED, self.job_id, output, None, raw, PACKED_FORMAT)

    def column(self, name: str) -> list[Any] | None:
        """Return an attribute of every row without building them; None where they must be built."""
        match name:
            case "index":
                return list(range(self.first, self.first + len(self)))
            case "counts":
                return list(self.found.counts())
            case "state":
                return [JobState.SUCCEEDED] * len(self)
            case "job_id":
                return [self.job_id] * len(self)
            case "missing_shots":
                return [max(0, self.shots - counted) for counted in self.found.shots()]
        return None


Part: TypeAlias = PointResult | PackedRows


class RowStore(Sequence[PointResult]):
    """The results of a sweep, in the order of the points: single ones, and packed ones of several points."""

    def __init__(self, parts: Iterable[Part], sweep: Sweep) -> None:
        self._parts = tuple(parts)
        self._ends = list(
            itertools.accumulate(len(part) if isinstance(part, PackedRows) else 1 for part in self._parts)
        )
        self._sweep = sweep

    def column(self, name: str) -> list[Any]:
        """Return an attribute of ``PointResult`` of every row."""
        found: list[Any] = []
        for part in self._parts:
            values = part.column(name) if isinstance(part, PackedRows) else None
            found += [getattr(row, name) for row in self._rows(part)] if values is None else values
        return found

    def displays(self) -> set[str]:
        """Return the text of every outcome that occurs."""
        return {
            display
            for part in self._parts
            for display in (part.found.displays() if isinstance(part, PackedRows) else part.weights)
        }

    def unlike(self, state: str) -> list[PointResult]:
        """Return the rows of another state."""
        return [part for part in self._parts if isinstance(part, PointResult) and part.state != state]

    @property
    def derived(self) -> bool:
        """Whether the counts of some row were made from probabilities; packed ones never are."""
        rows = (part for part in self._parts if isinstance(part, PointResult))
        return any(row.output is not None and row.output.derived for row in rows)

    @property
    def exact(self) -> bool:
        """Whether some row has exact probabilities; packed ones never have."""
        rows = (part for part in self._parts if isinstance(part, PointResult))
        return any(row.output is not None and row.output.exact is not None for row in rows)

    def _rows(self, part: Part) -> Iterable[PointResult]:
        if isinstance(part, PointResult):
            return (part,)
        return (part.row(place, self._sweep) for place in range(len(part)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> PointResult: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[PointResult, ...]: ...
    def __getitem__(self, index: int | slice) -> PointResult | tuple[PointResult, ...]:
        chosen = range(len(self))[index]
        if isinstance(chosen, range):
            return tuple(self[one] for one in chosen)
        number = bisect.bisect_right(self._ends, chosen)
        part = self._parts[number]
        if isinstance(part, PointResult):
            return part
        return part.row(chosen - (self._ends[number - 1] if number else 0), self._sweep)

    def __iter__(self) -> Iterator[PointResult]:
        return itertools.chain.from_iterable(map(self._rows, self._parts))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))
