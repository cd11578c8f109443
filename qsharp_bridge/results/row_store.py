"""Storage of the results of many points in arrays, from which the result of a point is built on demand."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, overload

from qsharp_bridge.results.formats.packed_points import PackedPoints
from qsharp_bridge.states import JobState
from qsharp_bridge.sweeps.sweep import Sweep

from .frozen import FrozenList
from .observables import Expectation, expectation, expectations, proportions
from .point import PointResult

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class PackedRows:
    """Results of consecutive points that were simulated together; all have counts or exact probabilities.

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
        raw, form = self.found.raw(place), self.found.raw_format
        return PointResult(index, sweep[index], JobState.SUCCEEDED, self.job_id, output, None, raw, form)

    def column(self, name: str) -> list[Any] | None:
        """Return an attribute of every row without building the rows; None for an attribute that needs them."""
        match name:
            case "index":
                return list(range(self.first, self.first + len(self)))
            case "counts":
                return list(self.found.counts())
            case "probabilities":
                return list(self.found.probabilities())
            case "state":
                return [JobState.SUCCEEDED] * len(self)
            case "job_id":
                return [self.job_id] * len(self)
            case "missing_shots":
                return [max(0, self.shots - counted) for counted in self.found.shots().tolist()]
        return None


class Shares(NamedTuple):
    """Outcomes of all rows as columns, in the order of the rows and of the outcomes' texts.

    Attributes:
        places: of the rows, from 0, shape (outcomes,).
        displays: the texts of the outcomes, shape (outcomes,), dtype object.
        counts: their shots, shape (outcomes,).
        shares: their probabilities with the ends of their intervals, shape (outcomes, 3).
        absent: for each row, the probability and interval of an outcome that did not occur, shape (rows, 3).
        indices: of the points of the rows, shape (rows,).
    """

    places: npt.NDArray[np.int64]
    displays: npt.NDArray[np.object_]
    counts: npt.NDArray[np.int64]
    shares: npt.NDArray[np.float64]
    absent: npt.NDArray[np.float64]
    indices: npt.NDArray[np.int64]


Part: TypeAlias = PointResult | PackedRows


class RowStore(Sequence[PointResult]):
    """Results of a sweep, in the order of the points: of single points, and packed ones of several points."""

    def __init__(self, parts: Iterable[Part], sweep: Sweep) -> None:
        self._parts = tuple(parts)
        self._ends = list(
            itertools.accumulate(len(part) if isinstance(part, PackedRows) else 1 for part in self._parts)
        )
        self._sweep = sweep
        self._values: dict[str, FrozenList[Any]] = {}

    def values(self, name: str) -> FrozenList[Any]:
        """Return an attribute of every row, built once: ``results.counts[i]`` in a loop asks for it each time."""
        if name not in self._values:
            self._values[name] = FrozenList(self.column(name))
        return self._values[name]

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_values": {}}

    def column(self, name: str) -> list[Any]:
        """Return an attribute of ``PointResult`` of every row."""
        found: list[Any] = []
        for part in self._parts:
            values = part.column(name) if isinstance(part, PackedRows) else None
            found += [getattr(row, name) for row in self._rows(part)] if values is None else values
        return found

    def expectations(self, observable: str | Callable[[Any], float]) -> Iterator[Expectation]:
        """Yield the expectation value of each row.

        Args:
            observable: as for ``expectation``.
        """
        for part in self._parts:
            if isinstance(part, PackedRows):
                yield from expectations(part.found, observable)
            else:
                yield expectation(part.output, observable)

    def shares(self) -> Shares:
        """Return the outcomes of all rows as columns; packed rows are not built for it."""
        import numpy as np

        found: list[Shares] = []
        first = 0
        for _, run in itertools.groupby(self._parts, lambda part: isinstance(part, PackedRows)):
            parts = list(run)
            packed = [_packed_shares(part) for part in parts if isinstance(part, PackedRows)]
            for columns in packed or [_row_shares([part for part in parts if isinstance(part, PointResult)])]:
                found.append(columns._replace(places=columns.places + first))
                first += len(columns.absent)
        return Shares(*map(np.concatenate, zip(*found or [_row_shares([])], strict=True)))

    def displays(self) -> set[str]:
        """Return the texts of all outcomes that occur."""
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
        """Whether some row has exact probabilities."""
        return any(
            part.found.exact if isinstance(part, PackedRows)
            else part.output is not None and part.output.exact is not None
            for part in self._parts
        )  # fmt: skip

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


def _packed_shares(part: PackedRows) -> Shares:
    import numpy as np

    found = part.found
    sizes = np.diff(found.starts)
    if found.exact:
        counts = np.zeros(len(found.numbers), np.int64)
        shares, absent = np.repeat(found.numbers[:, None], 3, axis=1), np.zeros((len(found), 3))
    else:
        counts, shots = found.numbers.astype(np.int64), found.shots()
        shares, absent = proportions(counts, np.repeat(shots, sizes)), proportions(np.zeros_like(shots), shots)
    return Shares(
        np.repeat(np.arange(len(found)), sizes), np.array(found.texts(), dtype=object), counts, shares, absent,
        np.arange(part.first, part.first + len(found)),
    )  # fmt: skip


def _row_shares(rows: Sequence[PointResult]) -> Shares:
    import numpy as np

    lines = [(place, row, display) for place, row in enumerate(rows) for display in sorted(row.weights)]
    return Shares(
        np.array([place for place, _, _ in lines], np.int64),
        np.array([display for _, _, display in lines], object),
        np.array([row.counts.get(display, 0) for _, row, display in lines], np.int64),
        np.array([row.share(display) for _, row, display in lines], np.float64).reshape(-1, 3),
        np.array([row.share("") for row in rows], np.float64).reshape(-1, 3),  # no outcome has an empty text
        np.array([row.index for row in rows], np.int64),
    )
