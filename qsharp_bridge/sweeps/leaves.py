"""The protocol of the kinds of sweep, and the kinds that hold their values: axes, zips and points written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any, ClassVar, Protocol

from qsharp_bridge.errors import SweepError

from .values import check_name, copied, from_json, show, to_json

__all__ = ["Axis", "Node", "Point", "Points", "Zip", "keyword"]

Point = dict[str, Any]


class Node(Protocol):
    """The operations of every kind of sweep."""

    kind: ClassVar[str]
    """Its name in JSON."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The parameter names, in order."""

    @property
    def factors(self) -> tuple[Node, ...] | None:
        """The independent factors of a grid, slowest first; None for what is none."""

    def __len__(self) -> int: ...

    def at(self, index: int) -> Point:
        """Return the point at an index from 0 to the length; its lists belong to the caller."""

    def take(self, indices: range) -> Node:
        """Return the points at these indices, as a node of the same kind where that is possible."""

    def data(self) -> Any:
        """Return the JSON data under the kind's name."""

    def told(self) -> str:
        """Return the evaluable repr; raises Unshowable."""


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """One parameter and its values. ``origin`` is a shorter repr, such as that of linspace."""

    name: str
    values: tuple[Any, ...]
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
        return {self.name: copied(self.values[index])}

    def take(self, indices: range) -> Axis:
        return Axis(self.name, tuple(self.values[index] for index in indices))

    def data(self) -> Any:
        return {"name": self.name, "values": [to_json(value) for value in self.values]}

    def told(self) -> str:
        return self.origin or f"Sweep.grid({keyword(self.name, self.values)})"

    @staticmethod
    def read(data: Any) -> Axis:
        match data:
            case {"name": name, "values": list(values), **rest} if not rest:
                return Axis(check_name(name), tuple(map(from_json, values)))
        raise SweepError("an axis has a name and values")


@dataclass(frozen=True, slots=True, eq=False)
class Zip:
    """Parameters with values side by side; all columns have one length."""

    columns: tuple[tuple[str, tuple[Any, ...]], ...]
    kind: ClassVar[str] = "zip"

    def __post_init__(self) -> None:
        if not self.columns:
            raise SweepError("zip needs at least one parameter")
        if len({len(values) for _, values in self.columns}) > 1:
            told = ", ".join(f"{name} has {len(values)}" for name, values in self.columns)
            raise SweepError(f"zip needs lists of one length: {told}")

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)

    @property
    def factors(self) -> tuple[Node, ...]:
        return (self,)

    def __len__(self) -> int:
        return len(self.columns[0][1])

    def at(self, index: int) -> Point:
        return {name: copied(values[index]) for name, values in self.columns}

    def take(self, indices: range) -> Zip:
        return Zip(tuple((name, tuple(values[i] for i in indices)) for name, values in self.columns))

    def data(self) -> Any:
        return {name: [to_json(value) for value in values] for name, values in self.columns}

    def told(self) -> str:
        return f"Sweep.zip({', '.join(keyword(name, values) for name, values in self.columns)})"

    @staticmethod
    def read(data: Any) -> Zip:
        if not isinstance(data, dict) or not all(isinstance(values, list) for values in data.values()):
            raise SweepError("a zip has lists of values by name")
        return Zip(tuple((check_name(name), tuple(map(from_json, values))) for name, values in data.items()))


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points written out: the names once, and the values of each point in the order of the names."""

    keys: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    kind: ClassVar[str] = "points"

    @property
    def factors(self) -> None:
        return None

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, index: int) -> Point:
        return {name: copied(value) for name, value in zip(self.keys, self.rows[index], strict=True)}

    def take(self, indices: range) -> Points:
        return Points(self.keys, tuple(self.rows[index] for index in indices))

    def data(self) -> Any:
        return {"names": list(self.keys), "rows": [[to_json(value) for value in row] for row in self.rows]}

    def told(self) -> str:
        rows = [dict(zip(self.keys, row, strict=True)) for row in self.rows]
        if rows or not self.keys:
            return f"Sweep.points({show(rows)})"
        return f"Sweep.points({show([dict.fromkeys(self.keys)])})[:0]"  # no point is left to show the names

    @staticmethod
    def read(data: Any) -> Points:
        match data:
            case {"names": list(names), "rows": list(rows), **rest} if not rest:
                keys = tuple(map(check_name, names))
                if len(set(keys)) < len(keys):
                    raise SweepError("points have a name twice")
                if all(isinstance(row, list) and len(row) == len(keys) for row in rows):
                    return Points(keys, tuple(tuple(map(from_json, row)) for row in rows))
        raise SweepError("points have names, and rows of as many values")


def keyword(name: str, values: Sequence[Any]) -> str:
    """Return an argument of a call, as Python reads it back: a word of Python's own, or one that it would spell in
    another way (it normalises identifiers), is put in a mapping."""
    shown = show(list(values))
    if iskeyword(name) or name == "__debug__" or not name.isascii():
        return f"**{{{name!r}: {shown}}}"
    return f"{name}={shown}"
