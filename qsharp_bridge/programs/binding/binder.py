"""Binding of one point at a time, for loops that choose the next point from the last result."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qsharp_bridge.errors import BridgeError

from .compiles import Compiling
from .fixed import Frozen, same_bits
from .points import PointReader
from .report import Report, group_of
from .skeleton import Skeleton
from .structure import DIRECT, LOCK, Structure, structure_of
from .symbolic.folding import Doubles, Flags

if TYPE_CHECKING:
    from qdk._types import QirInputData

    from qsharp_bridge.programs.call import Call

_CHECKED = 2  # points of a path that are compiled directly too, before its template is trusted
_MOST_THAWS = 8  # times that Doubles which stayed begin to vary


@dataclass
class _SkeletonState:
    """State of one skeleton: which Doubles varied so far, and how the last point was bound."""

    structure: Structure
    first: Doubles
    varies: Flags
    frozen: Frozen | None = None
    thaws: int = 0


class Binder:
    """Binds an operation at one point after the other.

    The first points of each path cost a few compiles; after that a point costs microseconds, whatever its Doubles
    are. May be called from several threads.

    Args:
        operation: of a program.
        profile: the target profile.
        verify: "sample" compiles the first two points of each path directly as well; "all" every point.
        executor: runs the direct compiles; None for this process.

    >>> from qsharp_bridge import Program
    >>> source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    >>> operation = Program.from_source(source).operation("Turn")
    >>> binder = Binder(operation, profile="Base")
    >>> str(binder({"theta": 0.5})) == str(operation.compile(theta=0.5, profile="Base"))
    True
    """

    def __init__(
        self,
        operation: Call,
        *,
        profile: str = "Base",
        verify: str = "sample",
        executor: Executor | None = None,
    ) -> None:
        check_verify(verify)
        self.operation = operation
        self._compiling = Compiling(operation.sources, profile, executor, operation.signature)
        self._reader = PointReader(operation)
        self._verify_all = verify == "all"
        self._met: dict[Skeleton, _SkeletonState] = {}
        self._used: dict[int, Structure] = {}
        self._counts: dict[tuple[int, int], int] = {}
        self._calls = 0

    def __call__(self, point: Mapping[str, Any]) -> QirInputData:
        """Return the program of one point: byte for byte what `Operation.compile` returns.

        Args:
            point: parameter name to value.

        Raises:
            ArgumentError, QsharpValueError, QsharpTypeError: the point does not fit the operation.
            CompileError: the program does not compile at this point.
        """
        from qdk._types import QirInputData

        with LOCK:
            try:
                qir = self._bind(point)
            except BridgeError as error:
                raise error.at(operation=self.operation.name, point=self._calls) from None
            self._calls += 1
        return QirInputData("main", qir)

    def _bind(self, point: Mapping[str, Any]) -> str:
        skeleton, values = self._reader.read(point, self._calls)
        row = np.array(values, np.float64)
        met = self._met.get(skeleton)
        if met is None:
            structure = structure_of(skeleton, self._compiling)
            met = self._met[skeleton] = _SkeletonState(structure, row, np.zeros(len(row), bool))
        elif met.structure.form is None or met.frozen:
            self._freeze(met, skeleton, row)
        structure = met.structure
        if met.frozen:
            row = row[met.varies]
        rows = row.reshape(1, -1)
        folding = structure.form.fold(rows) if structure.form else None
        index = int(structure.assign(rows, folding)[0])
        self._used[id(structure)] = structure
        key = (id(structure), index)
        self._counts[key] = self._counts.get(key, 0) + 1
        if index != DIRECT:
            path = structure.paths[index]
            if path.template is None:
                structure.prove(path, [row], self._compiling)
            elif self._verify_all or path.verified < _CHECKED:
                structure.verify(path, [row], self._compiling)
            template = path.template
            # The path is checked once more, as a sweep does when it renders: no slip above can print a wrong program.
            if template and folding and path.holds(folding)[0] and not path.doubtful(folding)[0]:
                numbers = template.values(folding)[0]
                if np.isfinite(numbers).all():
                    return template.text(numbers)
        return self._compiling.direct(self._reader.expression(point, self._calls))

    def _freeze(self, met: _SkeletonState, skeleton: Skeleton, row: Doubles) -> None:
        """Make the Doubles that never varied part of the structure, where there is no symbolic form of all."""
        varies = met.varies | ~same_bits(row, met.first)
        if (varies == met.varies).all() or met.thaws == _MOST_THAWS:
            if met.frozen and not met.frozen.holds(row.reshape(1, -1)).all():
                met.structure, met.frozen = structure_of(skeleton, self._compiling), None
            return
        met.thaws += 1
        met.varies = varies
        frozen = None if varies.all() else Frozen(row, varies)
        met.structure = structure_of(frozen.into(skeleton) if frozen else skeleton, self._compiling)
        met.frozen = frozen

    def report(self) -> Report:
        """Return how the points so far were bound."""
        groups = []
        for structure in self._used.values():
            for index in (*range(len(structure.paths)), DIRECT):
                count = self._counts.get((id(structure), index), 0)
                if count:
                    groups.append(group_of(structure.skeleton, structure, index, count))
        return Report(self.operation.name, self._compiling.profile, tuple(groups))


def check_verify(verify: str) -> None:
    if verify not in ("sample", "all"):
        raise ValueError(f'verify must be "sample" or "all", not {verify!r}')
