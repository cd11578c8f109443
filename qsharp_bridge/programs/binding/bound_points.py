"""Binding of a whole sweep, with programs made when they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from qsharp_bridge.errors import ArgumentError, BridgeError, CompileError
from qsharp_bridge.literals.kinds import describe

from .batch import Part
from .binder import check_verify
from .compiles import Compiling, ExecutorError
from .grouping import CHUNK, Grouping, PointGroup, wide
from .points import PointReader
from .report import Report, group_of
from .symbolic.folding import Doubles
from .template import Template, numbers_of

if TYPE_CHECKING:
    from qdk._types import QirInputData

    from qsharp_bridge.programs.call import Call

_Made = tuple[Template, tuple[str, ...]] | str | None  # what to render, or the expression to compile

_NUMBERS = 200_000  # number texts that are held at once
_REMEMBERED = 256  # direct compiles, besides those at work


@dataclass(frozen=True, eq=False)
class Chunk:
    """Points of one template, and the numbers that make their programs of it.

    Attributes:
        indices: of the points in the sweep, ascending.
        template: of all of them; None where they are compiled directly.
        values: the Doubles of ``template.nodes`` at each point, shape (points, nodes).
    """

    indices: list[int]
    template: Template | None
    values: Doubles

    def text(self, place: int) -> str:
        """Return the program of the point ``indices[place]``, which has a template."""
        assert self.template is not None
        return self.template.text(self.values[place])

    def texts(self) -> Iterator[str]:
        """Return the programs of all points, which have a template."""
        assert self.template is not None
        return map(self.template.render, numbers_of(self.values))


def bind(
    operation: Call,
    points: Sequence[Mapping[str, Any]],
    *,
    profile: str = "Base",
    verify: str = "sample",
    executor: Executor | None = None,
) -> BoundPoints:
    """Return the programs of a sweep, each byte for byte what ``operation.compile`` returns at its point.

    All points are read and checked and the templates proved before this returns; a program is made when it is asked
    for. The points are read again then, so they must not change.

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

    >>> source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    >>> operation = qb.Program.from_source(source).operation("Turn")
    >>> points = [{"theta": 0.01 * k} for k in range(100)]
    >>> bound = bind(operation, points, profile="Base")
    >>> str(bound[42]) == str(operation.compile(0.42, profile="Base"))
    True
    """
    check_verify(verify)
    if isinstance(points, (str, bytes, Mapping)) or not (hasattr(points, "__len__") and hasattr(points, "__getitem__")):
        raise ArgumentError(
            f"expected the points of a sweep, found {describe(points)}",
            operation=operation.name, advice='give a Sweep, or a list such as [{"n": 2}]',
        )  # fmt: skip
    compiling = Compiling(operation.sources, profile, executor, operation.signature)
    return BoundPoints(operation, points, compiling, verify_all=verify == "all")


class BoundPoints(Sequence["QirInputData"]):
    """Sequence of the programs of a sweep, from `bind`.

    Args:
        operation: the part of an operation that binding needs.
        points: mappings from parameter names to values.
        compiling: the compiles of the program for one profile.
        verify_all: compare each template with the compiler at every point.

    Attributes:
        methods: for each point "template" or "direct".

    >>> source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    >>> bound = qb.Program.from_source(source).operation("Turn").bind(qb.Sweep.linspace("theta", 0.1, 3.0, 100))
    >>> len(bound), set(bound.methods)
    (100, {'template'})
    >>> sum(len(part) for part in bound.parts(0, 3)) > 0
    True
    >>> sum(len(chunk.indices) for chunk in bound.chunks(0, 100))
    100
    """

    def __init__(
        self,
        operation: Call,
        points: Sequence[Mapping[str, Any]],
        compiling: Compiling,
        *,
        verify_all: bool = False,
    ) -> None:
        self._operation = operation
        self._points = points
        self._compiling = compiling
        self._reader = PointReader(operation)
        self._direct: OrderedDict[str, Future[str]] = OrderedDict()
        self._near: tuple[int, list[_Made]] = (0, [])
        self._last_asked = -1
        self._grouping = Grouping(operation, points, compiling, self._reader)
        if verify_all:
            self._grouping.verify_all()
        if len(points) and not any(group.template for group in self._grouping.groups):
            self._try_direct()
        self.methods: Sequence[str] = _Methods(self)

    @property
    def one_template(self) -> bool:
        """Whether all points have the same template.

        >>> op = qb.Program.from_source("operation T(a : Double) : Result { use q = Qubit(); Rx(a, q); MResetZ(q) }")
        >>> op.operation("T").bind(qb.Sweep.linspace("a", 0.1, 1, 9)).one_template
        True
        """
        groups = self._grouping.groups
        return len(groups) == 1 and groups[0].template is not None

    def _try_direct(self) -> None:
        """Raise now if the program compiles for the profile at no point: the first and the last are tried."""
        try:
            self[0]
        except CompileError as error:
            try:
                self[-1]
            except CompileError:
                raise error from None

    def _make(self, start: int, stop: int) -> Iterator[_Made]:
        """Yield what the programs from ``start`` to ``stop`` consist of, their numbers as texts."""
        sources: list[Iterator[_Made]] = [iter(())] * (stop - start)
        for group, indices, rows in self._grouping.rows(start, stop):
            found = self._folded(group, indices, rows)
            source = self._expressions(indices) if found is None else zip(repeat(found[0]), numbers_of(found[1]))
            for index in indices.tolist():
                sources[index - start] = source
        yield from map(next, sources)

    def _expressions(self, indices: NDArray[np.int64]) -> Iterator[str]:
        """Return the expressions of points that are compiled directly; an executor has them all at once."""
        expressions = [self._reader.expression(self._points[index], index) for index in indices.tolist()]
        if self._compiling.executor is not None:
            for expression in expressions:
                self._submit(expression)
        return iter(expressions)

    def _folded(self, group: PointGroup, indices: NDArray[np.int64], rows: Doubles) -> tuple[Template, Doubles] | None:
        """Return the template of a group and its numbers at some points; None where there is no template.

        Raises:
            SweepError: a point is not what it was when the sweep was bound.
        """
        template = group.template
        if template is None or group.structure is None or group.structure.form is None:
            return None
        folding = group.structure.form.fold(rows)
        path = group.structure.paths[group.path]
        values = template.values(folding)
        wrong = ~path.holds(folding) | path.doubtful(folding) | ~np.isfinite(values).all(axis=1)
        if wrong.any():
            raise self._grouping.changed(int(indices[wrong][0]))
        return template, values

    def chunks(self, start: int, stop: int) -> Iterator[Chunk]:
        """Yield the points from ``start`` to ``stop`` in chunks of one template, for callers that need no text.

        The chunks come in the order of their first points within a window of some thousand points; together they
        have each point once.

        Args:
            start: the index of the first point, from 0.
            stop: the index after the last point.

        Raises:
            SweepError: a point is not what it was when the sweep was bound.
        """
        width = wide(self._widest())
        for first in range(start, stop, width):
            for group, indices, rows in self._grouping.rows(first, min(first + width, stop)):
                found = self._folded(group, indices, rows)
                if found is None:
                    yield Chunk(indices.tolist(), None, np.empty((len(indices), 0)))
                else:
                    yield Chunk(indices.tolist(), *found)

    def parts(self, start: int, stop: int) -> Iterator[Part]:
        """Return the programs from ``start`` to ``stop`` for a `ProgramBatch`: their texts are not joined yet.

        Args:
            start: the index of the first point, from 0.
            stop: the index after the last point.

        Raises:
            SweepError: a point is not what it was when the sweep was bound.
            CompileError: a point that was compiled directly does not compile any more.
        """
        width = self._width()
        for first in range(start, stop, width):
            for index, made in enumerate(self._make(first, min(first + width, stop)), first):
                yield made if isinstance(made, tuple) else self._compiled(made, index)

    def _finish(self, made: _Made, index: int) -> QirInputData:
        from qdk._types import QirInputData

        if isinstance(made, tuple):
            template, numbers = made
            return QirInputData("main", template.render(numbers))
        return QirInputData("main", self._compiled(made, index))

    def _compiled(self, expression: str | None, index: int) -> str:
        assert expression is not None
        try:
            return self._compiling.result(self._submit(expression))
        except BridgeError as error:
            if isinstance(error, ExecutorError):
                self._direct.pop(expression, None)  # another worker may do it
            raise error.at(operation=self._operation.name, point=index) from None

    def _submit(self, expression: str) -> Future[str]:
        """Compile an expression directly; one of the last few is not compiled again."""
        future = self._direct.get(expression)
        if future is None:
            future = self._direct[expression] = self._compiling.submit(expression)
            while len(self._direct) > CHUNK + _REMEMBERED:
                self._direct.popitem(last=False)
        self._direct.move_to_end(expression)
        return future

    def _width(self) -> int:
        """Return how many points are read and folded together; only so many direct compiles are under way at once."""
        return wide(self._widest()) if all(group.template for group in self._grouping.groups) else CHUNK

    def _widest(self) -> int:
        return max([1, *(len(group.template.nodes) for group in self._grouping.groups if group.template)])

    def __len__(self) -> int:
        return len(self._points)

    def __iter__(self) -> Iterator[QirInputData]:
        from qdk._types import QirInputData

        for part in self.parts(0, len(self)):
            yield QirInputData("main", part if isinstance(part, str) else part[0].render(part[1]))

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
            ahead = max(1, min(CHUNK, _NUMBERS // self._widest())) if index == self._last_asked + 1 and index else 1
            start, made = index, list(self._make(index, min(index + ahead, len(self))))
            self._near = start, made
        self._last_asked = index
        return self._finish(made[index - start], index)

    def report(self) -> Report:
        """Return how the points were bound, group by group, and why some were not."""
        groups = [
            group_of(
                group.structure.skeleton if group.structure else group.skeleton,
                group.structure,
                group.path,
                group.points,
                group.reason,
            )
            for group in self._grouping.groups
        ]
        return Report(self._operation.name, self._compiling.profile, tuple(groups))

    def __repr__(self) -> str:
        bound = sum(group.points for group in self._grouping.groups if group.template)
        return f"<{len(self)} programs of {self._operation.name}, {bound} by template>"


class _Methods(Sequence[str]):
    """Sequence of the method of each point, computed from its group."""

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
        group = self._bound._grouping.groups[self._bound._grouping.of[index]]
        return "template" if group.template else "direct"

    def __iter__(self) -> Iterator[str]:
        names = ["template" if group.template else "direct" for group in self._bound._grouping.groups]
        return map(names.__getitem__, self._bound._grouping.of.tolist())

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    def __repr__(self) -> str:
        return repr(list(self)) if len(self) <= 20 else f"<{len(self)} methods>"

    __hash__ = None  # type: ignore[assignment]
