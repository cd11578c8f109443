"""Groups of points that share a template: sorts the points of a sweep and proves the templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qsharp_bridge.errors import SweepError

from .compiles import Compiling, ExecutorError, not_finite
from .fixed import Frozen, same_bits
from .points import PointReader, Rows
from .skeleton import Skeleton
from .structure import DIRECT, LOCK, Structure, compile_together, is_known, points_met, structure_of
from .symbolic.folding import Doubles, Flags
from .template import Template

if TYPE_CHECKING:
    from qsharp_bridge.programs.call import Call

CHUNK = 256  # points that are read and folded together
_MOST = 4096  # points that are worked on together where they are numbers
_WORTH = 4  # points: fewer are read one by one
_SAMPLE = 8  # points of a group, besides the first and the last, that may be compared with the compiler
_EACH = 2_000  # points of a group for which one of the sample is
# A structure costs a compile for its symbolic form, and each of its paths three, for two points and one of the sample.
_FEWEST = 5  # points of a structure: for fewer it is cheaper to compile them
_FEWEST_OF_PATH = 4  # points of a path
_ENOUGH = 3  # points of the user's that a template was compared with: later sweeps do without
_KEPT_DOUBLES = 2_000_000  # of a sweep that are not read twice before it is bound


def wide(doubles: int) -> int:
    """Return how many points with so many Doubles are worked on together as numbers: 1 MiB of them, or a few points."""
    return max(CHUNK, min(_MOST, 2**17 // max(1, doubles)))


@dataclass
class PointGroup:
    """Points of one structure on one path.

    Attributes:
        skeleton: of the points' expressions.
        structure: the structure they are bound by; None where they are too few for one.
        frozen: the Doubles that are part of the structure, being the same at all points; None for none.
        path: of the structure, or `DIRECT`.
        reason: why the points are compiled directly, where the structure does not tell.
    """

    skeleton: Skeleton
    structure: Structure | None
    frozen: Frozen | None
    path: int = DIRECT
    points: int = 0
    reason: str = ""
    ends: list[Doubles] = field(default_factory=list)  # the first and the last point
    sample: list[Doubles] = field(default_factory=list)
    bad: int | None = None  # the first point with a NaN or an infinity in its program

    def count(self, rows: Doubles, chance: np.random.Generator) -> None:
        """Add points. The first and the last of all are kept, and a random sample of those between."""
        between = rows[:-1]
        if len(self.ends) == 2:
            between = np.vstack([self.ends.pop(), between])
        elif not self.ends:
            between = between[1:]
            self.ends.append(rows[0].copy())
        before = max(0, self.points - 2)
        self.points += len(rows)
        if self.points > 1:
            self.ends.append(rows[-1].copy())
        numbers = np.arange(before, before + len(between))
        places = chance.integers(0, numbers + 1)
        for at in np.flatnonzero((places < _SAMPLE) | (numbers < _SAMPLE)).tolist():
            if len(self.sample) < _SAMPLE:
                self.sample.append(between[at].copy())
            else:
                self.sample[places[at]] = between[at].copy()

    @property
    def template(self) -> Template | None:
        if self.structure is None or self.path == DIRECT or self.reason:
            return None
        return self.structure.paths[self.path].template


@dataclass
class _Seen:
    """Statistics of the points of one skeleton: how many, and which Doubles vary."""

    first: Doubles
    varies: Flags
    points: int = 0
    some: set[bytes] = field(default_factory=set)  # points, as their bytes: all where they are too few for a proof

    def count(self, rows: Doubles) -> None:
        self.points += len(rows)
        if len(self.some) < _FEWEST:
            self.some |= {row.tobytes() for row in rows[:_FEWEST]}
        self.varies |= ~same_bits(rows, self.first).all(axis=0)


class Grouping:
    """Groups of the points of a sweep, with proved templates.

    Attributes:
        groups: in the order in which they were met.
        of: for each point, the index of its group.
    """

    def __init__(
        self, operation: Call, points: Sequence[Mapping[str, Any]], compiling: Compiling, reader: PointReader
    ) -> None:
        self._operation = operation
        self._points = points
        self._compiling = compiling
        self._reader = reader
        self.groups: list[PointGroup] = []
        self.of = np.empty(len(points), np.int32)
        with LOCK:  # structures are shared with all that bind in this process
            self._sort()
            try:
                for group in self.groups:
                    self._prove(group)
            except ExecutorError as error:
                raise error.at(operation=operation.name) from None

    def rows(self, start: int, stop: int) -> Iterator[tuple[PointGroup, NDArray[np.int64], Doubles]]:
        """Yield the points from ``start`` to ``stop`` by group: (group, indices, points by Doubles).

        Raises:
            SweepError: a point is not what it was.
            ArgumentError, QsharpValueError, QsharpTypeError: it is no point any more.
        """
        for skeleton, indices, rows in self._read(start, stop):
            numbers = self.of[indices]
            for number in sorted(set(numbers.tolist())):  # np.unique imports numpy.ma: 20 ms
                group = self.groups[number]
                here = numbers == number
                if group.skeleton != skeleton:
                    raise self.changed(int(indices[here][0]))
                found = rows if here.all() else rows[here]
                if group.frozen is not None:
                    thawed = ~group.frozen.holds(found)
                    if thawed.any():
                        raise self.changed(int(indices[here][thawed][0]))
                    found = group.frozen.rest(found)
                yield group, indices[here], found

    def changed(self, index: int) -> SweepError:
        return SweepError(
            "the point is not what it was when the sweep was bound",
            operation=self._operation.name,
            point=index,
            advice="bind again after changing points",
        )

    def verify_all(self) -> None:
        """Compare every point that has a template with a direct compile."""
        with LOCK:
            for start in range(0, len(self._points), CHUNK):
                for group, _, rows in self.rows(start, min(start + CHUNK, len(self._points))):
                    if group.template and group.structure is not None:
                        group.structure.verify(group.structure.paths[group.path], list(rows), self._compiling)

    def _sort(self) -> None:
        """Read and check all points, then assign each to a group: the compiler starts when all is checked."""
        seen: dict[Skeleton, _Seen] = {}
        kept: list[Rows] | None = []
        size = 0
        for chunk in self._chunks():
            for skeleton, _, rows in chunk:
                if skeleton not in seen:
                    seen[skeleton] = _Seen(rows[0], np.zeros(skeleton.doubles, bool))
                seen[skeleton].count(rows)
                size += rows.size
            if kept is not None:
                kept.append(chunk)
                kept = kept if size <= _KEPT_DOUBLES else None
        numbers: dict[tuple[Skeleton, int], int] = {}
        chance = np.random.default_rng(len(self._points))
        structures = self._structures(seen)
        for chunk in self._chunks() if kept is None else kept:
            for skeleton, indices, rows in chunk:
                structure, frozen = structures[skeleton]
                rest = rows if frozen is None else frozen.rest(rows)
                paths = np.full(len(rows), DIRECT) if structure is None else structure.assign(rest)
                for path in sorted(set(paths.tolist())):
                    number = numbers.setdefault((skeleton, path), len(numbers))
                    if number == len(self.groups):
                        self.groups.append(PointGroup(skeleton, structure, frozen, path))
                    here = paths == path
                    self.of[indices[here]] = number
                    self._count(self.groups[number], indices[here], rest[here], chance)

    def _structures(self, seen: dict[Skeleton, _Seen]) -> dict[Skeleton, tuple[Structure | None, Frozen | None]]:
        """Return the structure of each skeleton, with the Doubles that are part of it; None where it is worth none."""
        worth = [skeleton for skeleton in seen if self._is_worth(skeleton, seen[skeleton])]
        compile_together(worth, self._compiling)
        return dict.fromkeys(seen, (None, None)) | {one: self._structure(one, seen[one]) for one in worth}

    def _is_worth(self, skeleton: Skeleton, seen: _Seen) -> bool:
        """Check that a structure has enough points for a proof, here or in the sweeps before."""
        if seen.points >= _FEWEST or is_known(skeleton, self._compiling):
            return True
        return points_met(skeleton, self._compiling, seen.some) >= _FEWEST

    def _structure(self, skeleton: Skeleton, seen: _Seen) -> tuple[Structure, Frozen | None]:
        structure = structure_of(skeleton, self._compiling)
        if structure.form is None and seen.varies.any() and not seen.varies.all():
            frozen = Frozen(seen.first, seen.varies)
            reduced = structure_of(frozen.into(skeleton), self._compiling)
            if reduced.form is not None:
                return reduced, frozen
        return structure, None

    def _count(self, group: PointGroup, indices: NDArray[np.int64], rows: Doubles, chance: np.random.Generator) -> None:
        if group.bad is None and group.structure is not None and group.path != DIRECT:
            bad = group.structure.not_finite(group.path, rows)
            if bad.any():
                group.bad = int(indices[bad][0])
        group.count(rows, chance)

    def _prove(self, group: PointGroup) -> None:
        structure = group.structure
        if structure is None:
            group.reason = "fewer points of this structure than a proof takes"
            return
        if group.path == DIRECT:
            return
        path = structure.paths[group.path]
        sample = group.sample[: 1 + group.points // _EACH]
        if path.template is None and group.points < _FEWEST_OF_PATH:
            new = {row.tobytes() for row in (*group.ends, *group.sample)} - path.met
            if len(path.met) < _FEWEST_OF_PATH:
                path.met |= new
            if not new or len(path.met) < _FEWEST_OF_PATH:
                group.reason = "fewer points on this path than a proof takes"
                return
        if group.bad is not None:
            raise not_finite().at(operation=self._operation.name, point=group.bad)
        if path.template:
            if path.verified < _ENOUGH:
                structure.verify(path, [*group.ends, *sample], self._compiling)
        else:
            structure.prove(path, group.ends, self._compiling)
            structure.verify(path, sample if path.template else [], self._compiling)

    def _chunks(self) -> Iterator[Rows]:
        start, width = 0, CHUNK
        while start < len(self._points):
            stop = min(start + width, len(self._points))
            found = self._read(start, stop)
            yield found
            start, width = stop, wide(max(skeleton.doubles for skeleton, _, _ in found))

    def _read(self, start: int, stop: int) -> Rows:
        """Read the points from ``start`` to ``stop``: (structure, indices, points by Doubles) of each structure."""
        columns = getattr(self._points, "columns", None)  # of a Sweep: the layer above
        if columns is not None and stop - start >= _WORTH:
            found = self._reader.read_columns(columns(start, stop), self._points[start], start)
            if found is not None:
                return found
        read: dict[Skeleton, tuple[list[int], list[list[float]]]] = {}
        for index in range(start, stop):
            skeleton, values = self._reader.read(self._points[index], index)
            indices, rows = read.setdefault(skeleton, ([], []))
            indices.append(index)
            rows.append(values)
        return [
            (skeleton, np.array(indices), np.array(rows, np.float64).reshape(len(rows), skeleton.doubles))
            for skeleton, (indices, rows) in read.items()
        ]
