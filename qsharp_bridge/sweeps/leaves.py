"""Protocol of the nodes of a sweep, and the nodes that have values: axes, zips and single points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from qsharp_bridge.errors import SweepError

from .columns import Column
from .value_json import from_json, to_json
from .values import check_name, show

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .columns import Array

    Indices: TypeAlias = npt.NDArray[np.intp]
    Values: TypeAlias = Array | list[Any]

Point = dict[str, Any]


class Node(Protocol):
    """Operations of every kind of node."""

    kind: ClassVar[str]
    """Name in JSON."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""

    @property
    def factors(self) -> tuple[Node, ...] | None:
        """Independent factors of a grid, the slowest first; None if this is no grid."""

    def __len__(self) -> int: ...

    def at(self, index: int) -> Point:
        """Return the point at an index from 0 to the length; its lists belong to the caller."""

    def columns(self, indices: Indices) -> dict[str, Values]:
        """Return the values at these indices by parameter: an array where they are numbers of one kind and shape."""

    def take(self, indices: Sequence[int]) -> Node:
        """Return the points at these indices, as a node of the same kind if possible."""

    def data(self) -> Any:
        """Return the JSON data under the kind's name."""

    def expression(self) -> str:
        """Return the evaluable repr; raises Unshowable."""


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """One parameter and its values; ``origin`` is a shorter repr, such as that of linspace."""

    name: str
    values: Column
    origin: str | None = None
    kind: ClassVar[str] = "axis"

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def factors(self) -> tuple[Node, ...]:
        return (self,)

    def __len__(self) -> int:
        return len(self.values)

    def at(self, index: int) -> Point:
        return {self.name: self.values[index]}

    def columns(self, indices: Indices) -> dict[str, Values]:
        return {self.name: self.values.pick(indices)}

    def take(self, indices: Sequence[int]) -> Axis:
        return Axis(self.name, self.values.take(indices))

    def data(self) -> Any:
        return {"name": self.name, "values": self.values.data()}

    def expression(self) -> str:
        return self.origin or f"Sweep.grid({keyword(self.name, self.values)})"

    @staticmethod
    def read(data: Any) -> Axis:
        match data:
            case {"name": name, "values": list(values), **rest} if not rest:
                return Axis(check_name(name), Column(tuple(map(from_json, values))))
        raise SweepError("an axis has a name and values")


@dataclass(frozen=True, slots=True, eq=False)
class Zip:
    """Parameters with values side by side; all columns have one length."""

    values: tuple[tuple[str, Column], ...]
    kind: ClassVar[str] = "zip"

    def __post_init__(self) -> None:
        if not self.values:
            raise SweepError("zip needs at least one parameter")
        if len({len(values) for _, values in self.values}) > 1:
            lengths = ", ".join(f"{name} has {len(values)}" for name, values in self.values)
            raise SweepError(f"zip needs lists of one length: {lengths}")

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.values)

    @property
    def factors(self) -> tuple[Node, ...]:
        return (self,)

    def __len__(self) -> int:
        return len(self.values[0][1])

    def at(self, index: int) -> Point:
        return {name: values[index] for name, values in self.values}

    def columns(self, indices: Indices) -> dict[str, Values]:
        return {name: values.pick(indices) for name, values in self.values}

    def take(self, indices: Sequence[int]) -> Zip:
        return Zip(tuple((name, values.take(indices)) for name, values in self.values))

    def data(self) -> Any:
        return {name: values.data() for name, values in self.values}

    def expression(self) -> str:
        return f"Sweep.zip({', '.join(keyword(name, values) for name, values in self.values)})"

    @staticmethod
    def read(data: Any) -> Zip:
        if not isinstance(data, dict) or not all(isinstance(values, list) for values in data.values()):
            raise SweepError("a zip has lists of values by name")
        return Zip(tuple((check_name(name), Column(tuple(map(from_json, values)))) for name, values in data.items()))


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Single points: the names, and the values of each parameter in the order of the points."""

    keys: tuple[str, ...]
    values: tuple[Column, ...]
    size: int
    kind: ClassVar[str] = "points"

    @staticmethod
    def of_rows(keys: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> Points:
        """Return points from the plain values of each, in the order of the names."""
        rows = list(rows)
        columns = zip(*rows, strict=True) if rows else [()] * len(keys)
        return Points(keys, tuple(map(Column, columns)), len(rows))

    @property
    def factors(self) -> None:
        return None

    def __len__(self) -> int:
        return self.size

    def at(self, index: int) -> Point:
        return {name: values[index] for name, values in zip(self.keys, self.values, strict=True)}

    def columns(self, indices: Indices) -> dict[str, Values]:
        return {name: values.pick(indices) for name, values in zip(self.keys, self.values, strict=True)}

    def take(self, indices: Sequence[int]) -> Points:
        return Points(self.keys, tuple(values.take(indices) for values in self.values), len(indices))

    def data(self) -> Any:
        return {"names": list(self.keys), "rows": [list(map(to_json, row)) for row in self._rows()]}

    def expression(self) -> str:
        rows = [dict(zip(self.keys, row, strict=True)) for row in self._rows()]
        if rows or not self.keys:
            return f"Sweep.points({show(rows)})"
        return f"Sweep.points({show([dict.fromkeys(self.keys)])})[:0]"  # no point is left to show the names

    def _rows(self) -> Iterable[Sequence[Any]]:
        return zip(*self.values, strict=True) if self.keys else [()] * self.size

    @staticmethod
    def read(data: Any) -> Points:
        match data:
            case {"names": list(names), "rows": list(rows), **rest} if not rest:
                keys = tuple(map(check_name, names))
                if len(set(keys)) < len(keys):
                    raise SweepError("points have a name twice")
                if all(isinstance(row, list) and len(row) == len(keys) for row in rows):
                    return Points.of_rows(keys, [tuple(map(from_json, row)) for row in rows])
        raise SweepError("points have names, and rows of as many values")


def keyword(name: str, values: Sequence[Any]) -> str:
    """Return a keyword argument of a call, which Python reads back.

    A reserved word, or a name that Python would normalise to other letters, is written in a mapping.
    """
    shown = show(list(values))
    if iskeyword(name) or name == "__debug__" or not name.isascii():
        return f"**{{{name!r}: {shown}}}"
    return f"{name}={shown}"
