"""A whole sweep bound: programs made when they are asked for."""

from __future__ import annotations

import copy
import random
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from ...errors import BridgeError, CompileError, SweepError
from .binder import LOCK, check_verify, structure_of
from .compiling import Compiling, not_finite
from .folding import Doubles
from .points import PointReader
from .report import Report, group_of
from .skeleton import Skeleton
from .structure import DIRECT, Structure
from .template import Template

if TYPE_CHECKING:
    from qdk._types import QirInputData

    from ..operation import Operation

__all__ = ["BoundPoints", "bind"]

_Chunk = list[tuple[Skeleton, NDArray[np.int64], Doubles]]
_Made = tuple[Template, tuple[str, ...]] | str | None  # what to render, or the expression to compile

_CHUNK = 256  # points that are read and folded together
_NUMBERS = 200_000  # number texts that are held at once
_SAMPLE = 8  # points of a group, besides the first and the last, that may be compared with the compiler
_EACH = 2_000  # points of a group for which one of the sample is
_FEWEST = 3  # points of a path that a template is made for: below, compiling them is cheaper
_KEPT_DOUBLES = 2_000_000  # of a sweep that are not read twice before it is bound
_REMEMBERED = 256  # direct compiles, besides those at work


@dataclass
class _Group:
    """The points of one structure on one path, as they are counted."""

    skeleton: Skeleton
    structure: Structure | None
    path: int = DIRECT
    points: int = 0
    first: Doubles | None = None
    last: Doubles | None = None
    sample: list[Doubles] = field(default_factory=list)
    bad: int | None = None  # the first point with a NaN or an infinity in its program
    reason: str = ""

    def count(self, row: Doubles, chance: random.Random) -> None:
        self.points += 1
        if self.first is None:
            self.first = row
        elif len(self.sample) < _SAMPLE:
            self.sample.append(row)
        elif (place := chance.randrange(self.points - 1)) < _SAMPLE:
            self.sample[place] = row
        self.last = row

    @property
    def template(self) -> Template | None:
        if self.structure is None or self.path == DIRECT or self.reason:
            return None
        return self.structure.paths[self.path].template


def bind(
    operation: Operation,
    points: Sequence[Mapping[str, Any]],
    *,
    profile: str = "Base",
    verify: str = "sample",
    executor: Executor | None = None,
) -> BoundPoints:
    """The programs of a sweep, each byte for byte what ``operation.compile`` gives at its point.

    The points are read and checked at once, those that can be bound by a template are found out and the templates
    proved; the programs are made when they are asked for. The points are read again then, so they must stay.

    Args:
        operation: of a program.
        points: mappings from parameter names to values; may make its items when asked, like a `Sweep`.
        profile: "Base", "Adaptive_RI", "Adaptive_RIF" or "Adaptive".
        verify: "sample" compares each template with the compiler at the first point, the last and a random sample;
            "all" at every point, which costs a compile each.
        executor: runs the direct compiles, such as a ``ProcessPoolExecutor``; None for this process.

    Raises:
        ArgumentError, QsharpValueError, QsharpTypeError: a point does not fit the operation, or makes a NaN or an
            infinity of a number in the program; with the index of the point.
        CompileError: the operation compiles for the profile at no point.
    """
    check_verify(verify)
    compiling = Compiling(operation.program.sources, profile, executor)
    return BoundPoints(operation, points, compiling, verify_all=verify == "all")


class BoundPoints(Sequence["QirInputData"]):
    """The programs of a sweep. Made by `bind`.

    Attributes:
        methods: for each point "template" or "direct".
    """

    def __init__(
        self,
        operation: Operation,
        points: Sequence[Mapping[str, Any]],
        compiling: Compiling,
        *,
        verify_all: bool = False,
    ) -> None:
        self._operation = operation
        self._points = points
        self._compiling = compiling
        self._reader = PointReader(operation)
        self._groups: list[_Group] = []
        self._direct: OrderedDict[str, Future[str]] = OrderedDict()
        self._near: tuple[int, list[_Made]] = (0, [])
        self._last_asked = -1
        with LOCK:  # structures are shared with all that bind in this process
            self._group_of = self._sort()
            self._prove()
            if verify_all:
                self._verify_all()
        self.methods: Sequence[str] = _Methods(self)

    # --- finding out -------------------------------------------------------------------------------------

    def _sort(self) -> NDArray[np.int32]:
        """Reads and checks all points, then gives each its group: the compiler starts when all is checked."""
        counts: dict[Skeleton, int] = {}
        kept: list[_Chunk] | None = []
        size = 0
        for chunk in self._chunks():
            for skeleton, indices, _ in chunk:
                counts[skeleton] = counts.get(skeleton, 0) + len(indices)
            if kept is not None:
                kept.append(chunk)
                size += sum(rows.size for _, _, rows in chunk)
                kept = kept if size <= _KEPT_DOUBLES else None
        found = np.empty(len(self._points), np.int32)
        groups: dict[tuple[Skeleton, int], int] = {}
        chance = random.Random(len(self._points))
        structures: dict[Skeleton, Structure | None] = {}
        for chunk in self._chunks() if kept is None else kept:
            for skeleton, indices, rows in chunk:
                if skeleton not in structures:
                    enough = counts[skeleton] >= _FEWEST
                    structures[skeleton] = structure_of(skeleton, self._compiling) if enough else None
                structure = structures[skeleton]
                paths = np.full(len(rows), DIRECT) if structure is None else structure.assign(rows)
                for path in np.unique(paths).tolist():
                    number = groups.setdefault((skeleton, path), len(groups))
                    if number == len(self._groups):
                        self._groups.append(_Group(skeleton, structure, path))
                    here = paths == path
                    found[indices[here]] = number
                    self._count(self._groups[number], indices[here], rows[here], chance)
        return found

    def _count(self, group: _Group, indices: NDArray[np.int64], rows: Doubles, chance: random.Random) -> None:
        if group.bad is None and group.structure is not None and group.path != DIRECT:
            bad = group.structure.not_finite(group.structure.paths[group.path], rows)
            if bad.any():
                group.bad = int(indices[bad][0])
        for row in rows:
            group.count(row, chance)

    def _prove(self) -> None:
        for group in self._groups:
            structure = group.structure
            if structure is None:
                group.reason = "fewer points of this structure than a proof takes"
            elif group.path != DIRECT:
                path = structure.paths[group.path]
                assert group.first is not None
                assert group.last is not None
                if path.template is None and group.points < _FEWEST:
                    group.reason = "fewer points on this path than a proof takes"
                    continue
                if group.bad is not None:
                    # With @Config the compiled program may not have the number that its symbolic form has.
                    if not self._compiling.has_config:
                        raise not_finite().at(operation=self._operation.name, point=group.bad)
                    group.reason = "a number in the program is not finite at some point"
                    continue
                ends = [group.first, group.last]
                sample = group.sample[: 1 + group.points // _EACH]
                if path.template:
                    structure.verify(path, [*ends, *sample], self._compiling)
                else:
                    structure.prove(path, ends, self._compiling)
                    structure.verify(path, sample if path.template else [], self._compiling)
        if len(self._points) and not any(group.template for group in self._groups):
            self._try_direct()

    def _try_direct(self) -> None:
        """A program that does not compile for the profile is told of at once."""
        try:
            self[0]
        except CompileError as error:
            try:
                self[-1]
            except CompileError:
                raise error from None

    def _verify_all(self) -> None:
        for start in range(0, len(self), _CHUNK):
            for group, _, rows in self._rows(start, min(start + _CHUNK, len(self))):
                if group.template and group.structure is not None:
                    group.structure.verify(group.structure.paths[group.path], list(rows), self._compiling)

    # --- reading -----------------------------------------------------------------------------------------

    def _chunks(self) -> Iterator[_Chunk]:
        for start in range(0, len(self._points), _CHUNK):
            yield self._read(start, min(start + _CHUNK, len(self._points)))

    def _read(self, start: int, stop: int) -> _Chunk:
        """The points from ``start`` to ``stop`` by structure: (structure, indices, points by Doubles)."""
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

    def _rows(self, start: int, stop: int) -> Iterator[tuple[_Group, NDArray[np.int64], Doubles]]:
        """The points from ``start`` to ``stop`` by group, as they were sorted."""
        for skeleton, indices, rows in self._read(start, stop):
            numbers = self._group_of[indices]
            for number in np.unique(numbers).tolist():
                group = self._groups[number]
                here = numbers == number
                if group.skeleton != skeleton:
                    raise self._changed(int(indices[here][0]))
                yield group, indices[here], rows[here]

    def _changed(self, index: int) -> SweepError:
        return SweepError(
            "the point is not what it was when the sweep was bound",
            operation=self._operation.name,
            point=index,
            advice="bind again after changing points",
        )

    # --- making ------------------------------------------------------------------------------------------

    def _make(self, start: int, stop: int) -> list[_Made]:
        """All that is needed for the programs from ``start`` to ``stop``, short of joining the text."""
        made: list[_Made] = [None] * (stop - start)
        for group, indices, rows in self._rows(start, stop):
            template = group.template
            if template is None or group.structure is None or group.structure.form is None:
                for index in indices.tolist():
                    expression = self._reader.expression(self._points[index], index)
                    if self._compiling.executor is not None:
                        self._submit(expression)  # all of the window run at once
                    made[index - start] = expression
                continue
            folding = group.structure.form.fold(rows)
            wrong = ~group.structure.paths[group.path].holds(folding) | template.unusable(folding)
            if wrong.any():
                raise self._changed(int(indices[wrong][0]))
            for index, numbers in zip(indices.tolist(), template.numbers(folding), strict=True):
                made[index - start] = (template, numbers)
        return made

    def _finish(self, made: _Made, index: int) -> QirInputData:
        from qdk._types import QirInputData

        if isinstance(made, tuple):
            template, numbers = made
            return QirInputData("main", template.render(numbers))
        assert made is not None
        try:
            return QirInputData("main", self._compiling.result(self._submit(made)))
        except BridgeError as error:
            raise _copy(error).at(operation=self._operation.name, point=index) from None

    def _submit(self, expression: str) -> Future[str]:
        """The direct compile of an expression; the same one again within the last few is not done twice."""
        future = self._direct.get(expression)
        if future is None:
            future = self._direct[expression] = self._compiling.submit(expression)
            while len(self._direct) > _CHUNK + _REMEMBERED:
                self._direct.popitem(last=False)
        self._direct.move_to_end(expression)
        return future

    def _width(self) -> int:
        """How many points are made together."""
        widest = max((len(group.template.nodes) for group in self._groups if group.template), default=1)
        return max(1, min(_CHUNK, _NUMBERS // max(1, widest)))

    # --- the sequence ------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._points)

    def __iter__(self) -> Iterator[QirInputData]:
        width = self._width()
        for start in range(0, len(self), width):
            for index, made in enumerate(self._make(start, min(start + width, len(self))), start):
                yield self._finish(made, index)

    @overload
    def __getitem__(self, index: int) -> QirInputData: ...
    @overload
    def __getitem__(self, index: slice) -> list[QirInputData]: ...
    def __getitem__(self, index: int | slice) -> QirInputData | list[QirInputData]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        start, made = self._near
        if not start <= index < start + len(made):
            # One after the other: make some ahead. Here and there: only what is asked for.
            ahead = self._width() if index == self._last_asked + 1 and index else 1
            start, made = index, self._make(index, min(index + ahead, len(self)))
            self._near = start, made
        self._last_asked = index
        return self._finish(made[index - start], index)

    def report(self) -> Report:
        """How the points were bound, group by group, and why some were not."""
        groups = [
            group_of(group.skeleton, group.structure, group.path, group.points, group.reason) for group in self._groups
        ]
        return Report(self._operation.name, self._compiling.profile, tuple(groups))

    def __repr__(self) -> str:
        bound = sum(group.points for group in self._groups if group.template)
        return f"<{len(self)} programs of {self._operation.name}, {bound} by template>"


class _Methods(Sequence[str]):
    """The method of each point, without a list of them."""

    def __init__(self, bound: BoundPoints) -> None:
        self._bound = bound

    def __len__(self) -> int:
        return len(self._bound)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        group = self._bound._groups[self._bound._group_of[index]]
        return "template" if group.template else "direct"

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    def __repr__(self) -> str:
        return repr(list(self)) if len(self) <= 20 else f"<{len(self)} methods>"

    __hash__ = None  # type: ignore[assignment]


def _copy(error: BridgeError) -> BridgeError:
    """A duplicate of a point shares its compile, not its index."""
    return copy.copy(error)
