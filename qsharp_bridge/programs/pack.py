"""Calls of one operation at several points as one entry expression, for a job of several points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from qsharp_bridge.literals import enclose
from qsharp_bridge.syntax.types import ArrayType, Primitive, TupleType

from .call import Call
from .signature import Parameter, Signature

if TYPE_CHECKING:
    from .binding import BoundPoints

_POINTS = "points"


class PackCall(Call):
    """Calls of an operation at several points: ``[Op(..), Op(..)]``; at one point the plain call ``Op(..)``.

    Its only parameter is the array of the points, each a tuple of the operation's arguments, so that it is bound by
    template as any other call. All outputs have the same type, so they fit into one Q# array.

    Args:
        operation: the operation or function.
    """

    def __init__(self, operation: Call) -> None:
        own = operation.signature
        types = tuple(one.type for one in own.parameters)
        arguments = TupleType(types) if types else Primitive("Unit")
        points = Parameter(_POINTS, ArrayType(arguments))
        signature = Signature(own.name, own.kind, (points,), ArrayType(own.output))
        super().__init__(operation.sources, signature, operation.structs)
        self._operation = operation

    def expression(self, /, points: Sequence[tuple[Any, ...]]) -> str:
        """Return the entry expression that runs these points one after the other.

        Raises:
            ArgumentError, QsharpValueError, QsharpTypeError: a value does not fit.

        >>> from qsharp_bridge import Program
        >>> turn = Program.from_source("function Twice(x : Double) : Double { 2.0 * x }").operation("Twice")
        >>> PackCall(turn).expression([(0.5,), (1,)])
        '[Twice(0.5), Twice(1.0)]'
        """
        calls = [self._operation.expression(*arguments) for arguments in points]
        return calls[0] if len(calls) == 1 else enclose("[", calls, "]")


class PackedPoints(Sequence[Mapping[str, Any]]):
    """Packs of the points of a sweep, as points of a :class:`PackCall`.

    Args:
        operation: the operation that runs at the points.
        points: mappings from parameter names to values, such as a `Sweep`.
        ranges: the indices of the points of each pack, consecutive.
    """

    def __init__(self, operation: Call, points: Sequence[Mapping[str, Any]], ranges: Sequence[range]) -> None:
        self._bind = operation.signature.bind
        self._points = points
        self._ranges = ranges

    def __len__(self) -> int:
        return len(self._ranges)

    @overload
    def __getitem__(self, index: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[Mapping[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> Mapping[str, Any] | list[Mapping[str, Any]]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        return {_POINTS: [self._bind(**self._points[place]) for place in self._ranges[index]]}


def bind_packs(
    operation: Call, points: Sequence[Mapping[str, Any]], ranges: Sequence[range], **options: Any
) -> BoundPoints:
    """Return the programs of packs of points, as ``Operation.bind`` does for single points.

    Args:
        operation, points, ranges: as for :class:`PackedPoints`.
        **options: ``profile``, ``verify`` and ``executor``, as for `binding.bind`.

    Raises:
        BridgeError: as `binding.bind`, where the point of an error is the number of a pack.

    >>> from qsharp_bridge import Program, Sweep
    >>> source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    >>> turn = Program.from_source(source).operation("Turn")
    >>> bound = bind_packs(turn, Sweep.linspace("theta", 0, 1, 60), [range(k, k + 6) for k in range(0, 60, 6)])
    >>> len(bound), set(bound.methods)
    (10, {'template'})
    """
    from .binding import bind

    return bind(PackCall(operation), PackedPoints(operation, points, ranges), **options)
