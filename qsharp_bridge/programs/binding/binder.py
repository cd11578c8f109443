"""Points one at a time, for loops that choose the next point from the last result."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

import numpy as np

from .compiling import Compiling
from .points import PointReader
from .report import Report, group_of
from .skeleton import Skeleton
from .structure import DIRECT, Structure

if TYPE_CHECKING:
    from qdk._types import QirInputData

    from ..operation import Operation

__all__ = ["Binder", "structure_of"]

_CHECKED = 2  # points of a path that are compiled directly too, before its template is trusted
_MOST_KEPT = 64  # structures, in this process

_kept: OrderedDict[Any, Structure] = OrderedDict()
LOCK = threading.RLock()  # over the structures and all that is found out about them


def structure_of(skeleton: Skeleton, compiling: Compiling) -> Structure:
    """The structure with what is already known of it, shared by all that bind in this process."""
    key = (compiling.sources, compiling.profile, skeleton)
    with LOCK:
        structure = _kept.get(key)
        if structure is None:
            structure = _kept[key] = Structure(skeleton, compiling)
            while len(_kept) > _MOST_KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return structure


class Binder:
    """Binds an operation at one point after the other.

    The first points of each path cost a few compiles; after that a point costs microseconds, whatever its Doubles
    are. May be called from several threads.

    Args:
        operation: of a program.
        profile: the target profile.
        verify: "sample" compiles the first two points of each path directly as well; "all" every point.
        executor: runs the direct compiles; None for this process.

    >>> binder = Binder(operation, profile="Base")
    >>> binder({"theta": 0.5})          # what operation.compile(theta=0.5, profile="Base") gives
    """

    def __init__(
        self,
        operation: Operation,
        *,
        profile: str = "Base",
        verify: str = "sample",
        executor: Executor | None = None,
    ) -> None:
        check_verify(verify)
        self.operation = operation
        self._compiling = Compiling(operation.program.sources, profile, executor)
        self._reader = PointReader(operation)
        self._verify_all = verify == "all"
        self._checked: dict[tuple[int, int], int] = {}
        self._structures: dict[Skeleton, Structure] = {}
        self._counts: dict[tuple[int, int], int] = {}
        self._calls = 0

    def __call__(self, point: Mapping[str, Any]) -> QirInputData:
        """The program of one point: byte for byte what `Operation.compile` gives.

        Raises:
            ArgumentError, QsharpValueError, QsharpTypeError: the point does not fit the operation.
            CompileError: the program does not compile at this point.
        """
        from qdk._types import QirInputData

        with LOCK:
            qir = self._bind(point)
            self._calls += 1
        return QirInputData("main", qir)

    def _bind(self, point: Mapping[str, Any]) -> str:
        skeleton, values = self._reader.read(point, self._calls)
        structure = self._structures.get(skeleton)
        if structure is None:
            structure = self._structures[skeleton] = structure_of(skeleton, self._compiling)
        row = np.array(values, np.float64)
        rows = row.reshape(1, -1)
        folding = structure.form.fold(rows) if structure.form else None
        index = int(structure.assign(rows, folding)[0])
        key = (id(structure), index)
        self._counts[key] = self._counts.get(key, 0) + 1
        if index != DIRECT:
            path = structure.paths[index]
            structure.prove(path, [row], self._compiling)
            if path.template and (self._verify_all or self._checked.get(key, 0) < _CHECKED):
                self._checked[key] = self._checked.get(key, 0) + 1
                structure.verify(path, [row], self._compiling)
            template = path.template
            if template and folding and not template.unusable(folding)[0]:
                return template.render(template.numbers(folding)[0])
        return self._compiling.direct(self._reader.expression(point, self._calls))

    def report(self) -> Report:
        """How the points so far were bound."""
        groups = []
        for structure in self._structures.values():
            for index in (*range(len(structure.paths)), DIRECT):
                count = self._counts.get((id(structure), index), 0)
                if count:
                    groups.append(group_of(structure.skeleton, structure, index, count))
        return Report(self.operation.name, self._compiling.profile, tuple(groups))


def check_verify(verify: str) -> None:
    if verify not in ("sample", "all"):
        raise ValueError(f'verify must be "sample" or "all", not {verify!r}')
