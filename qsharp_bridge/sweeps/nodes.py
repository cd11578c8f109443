"""Nodes of a sweep that combine others: products, sums and slices; and all kinds of nodes read from JSON.

Nodes are immutable and lazy: a product has its factors, a slice its source, and a point is built when it is read.
``sweep.Sweep`` is the public class.
"""

from __future__ import annotations

import bisect
import itertools
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, cast

from qsharp_bridge.errors import SweepError

from .leaves import Axis, Node, Point, Points, Zip, keyword

if TYPE_CHECKING:
    from .leaves import Indices, Values


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """Every combination of the points of its factors, the last varying fastest. Made by :func:`product`."""

    factors: tuple[Node, ...]
    keys: tuple[str, ...] = field(init=False)
    size: int = field(init=False)
    kind: ClassVar[str] = "product"

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(name for factor in self.factors for name in factor.keys))
        object.__setattr__(self, "size", math.prod(map(len, self.factors)))
        if self.size > sys.maxsize:
            raise SweepError(f"a sweep of {self.size} points is more than Python can count")

    def __len__(self) -> int:
        return self.size

    def at(self, index: int) -> Point:
        places = []
        for factor in reversed(self.factors):
            index, place = divmod(index, len(factor))
            places.append(place)
        point: Point = {}
        for factor, place in zip(self.factors, reversed(places), strict=True):
            point.update(factor.at(place))
        return point

    def columns(self, indices: Indices) -> dict[str, Values]:
        found: list[dict[str, Values]] = []
        for factor in reversed(self.factors):
            found.append(factor.columns(indices % len(factor)))
            indices = indices // len(factor)
        return {name: values for columns in reversed(found) for name, values in columns.items()}

    def take(self, indices: Sequence[int]) -> Node:
        return Slice(self, cast(range, indices))

    def data(self) -> Any:
        return [_tagged(factor) for factor in self.factors]

    def expression(self) -> str:
        if all(isinstance(factor, Axis) and factor.origin is None for factor in self.factors):
            return f"Sweep.grid({', '.join(keyword(f.name, f.values) for f in self.factors if isinstance(f, Axis))})"
        return " * ".join(f"({f.expression()})" if isinstance(f, Concat) else f.expression() for f in self.factors)

    @staticmethod
    def read(data: Any) -> Node:
        if not isinstance(data, list):
            raise SweepError("a product has a list of sweeps")
        return product(map(read_node, data))


@dataclass(frozen=True, slots=True, eq=False)
class Concat:
    """One sweep after another, over the same parameters. Made by :func:`concat`."""

    parts: tuple[Node, ...]
    ends: tuple[int, ...] = field(init=False)
    kind: ClassVar[str] = "concat"

    def __post_init__(self) -> None:
        object.__setattr__(self, "ends", tuple(itertools.accumulate(map(len, self.parts))))
        if self.ends[-1] > sys.maxsize:
            raise SweepError(f"a sweep of {self.ends[-1]} points is more than Python can count")

    @property
    def keys(self) -> tuple[str, ...]:
        return self.parts[0].keys

    @property
    def factors(self) -> None:
        return None

    def __len__(self) -> int:
        return self.ends[-1]

    def at(self, index: int) -> Point:
        place = bisect.bisect_right(self.ends, index)
        point = self.parts[place].at(index - (self.ends[place - 1] if place else 0))
        return {name: point[name] for name in self.keys}

    def columns(self, indices: Indices) -> dict[str, Values]:
        import numpy as np

        places = np.searchsorted(self.ends, indices, side="right")
        found: dict[str, list[Values]] = {name: [] for name in self.keys}
        cuts = np.flatnonzero(np.diff(places)) + 1
        for some, place in zip(
            np.split(indices, cuts), places[[0, *cuts]].tolist() if len(places) else [0], strict=True
        ):
            part = self.parts[place].columns(some - (self.ends[place - 1] if place else 0))
            for name, values in found.items():
                values.append(part[name])
        return {name: _joined(values) for name, values in found.items()}

    def take(self, indices: Sequence[int]) -> Node:
        return Slice(self, cast(range, indices))

    def data(self) -> Any:
        return [_tagged(part) for part in self.parts]

    def expression(self) -> str:
        return " + ".join(part.expression() for part in self.parts)

    @staticmethod
    def read(data: Any) -> Node:
        if not isinstance(data, list) or not data:
            raise SweepError("a sum has a list of sweeps")
        return concat(map(read_node, data))


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """Points of a product or a sum, given by a range of indices."""

    source: Node
    indices: range
    kind: ClassVar[str] = "slice"

    @property
    def keys(self) -> tuple[str, ...]:
        return self.source.keys

    @property
    def factors(self) -> None:
        return None

    def __len__(self) -> int:
        return len(self.indices)

    def at(self, index: int) -> Point:
        return self.source.at(self.indices[index])

    def columns(self, indices: Indices) -> dict[str, Values]:
        return self.source.columns(self.indices.start + indices * self.indices.step)

    def take(self, indices: Sequence[int]) -> Slice:
        # A range of a range is a range, so slices of slices do not pile up.
        first, step = self.indices.start, self.indices.step
        assert isinstance(indices, range)
        return Slice(self.source, range(first + indices.start * step, first + indices.stop * step, indices.step * step))

    def data(self) -> Any:
        return {"of": _tagged(self.source), "range": [self.indices.start, self.indices.stop, self.indices.step]}

    def expression(self) -> str:
        start, stop, step = self.indices.start, self.indices.stop, self.indices.step
        if not self.indices:
            start, stop, step = 0, 0, 1
        last = "" if stop < 0 else str(stop)  # downwards to the very first
        return f"({self.source.expression()})[{start}:{last}{'' if step == 1 else f':{step}'}]"

    @staticmethod
    def read(data: Any) -> Node:
        match data:
            case {"of": source, "range": [int(start), int(stop), int(step)], **rest} if not rest and step:
                node, indices = read_node(source), range(start, stop, step)
                if not indices or (min(indices[0], indices[-1]) >= 0 and max(indices[0], indices[-1]) < len(node)):
                    return node.take(indices)
        raise SweepError("a slice has a sweep, and a range of its indices")


KINDS: tuple[type[Axis | Zip | Points | Product | Concat | Slice], ...] = (Axis, Zip, Points, Product, Concat, Slice)
"""Classes of nodes."""

_READERS: dict[str, Callable[[Any], Node]] = {kind.kind: kind.read for kind in KINDS}


def read_node(data: Any) -> Node:
    """Read a node from a JSON object with the kind as its only key.

    Raises:
        SweepError: it is something else.
    """
    if isinstance(data, dict) and len(data) == 1:
        ((kind, content),) = data.items()
        if kind in _READERS:
            return _READERS[kind](content)
    raise SweepError("not a sweep", advice=f"expected an object with one of the keys {', '.join(_READERS)}")


def _joined(parts: list[Values]) -> Values:
    """Return values one after another: an array where all are arrays of one kind and shape."""
    first = parts[0]
    if len(parts) == 1:
        return first
    if not isinstance(first, list):
        import numpy as np

        if all(not isinstance(part, list) and part.dtype == first.dtype and part.shape[1:] == first.shape[1:]
               for part in parts):  # fmt: skip
            joined: Values = np.concatenate(cast(Any, parts))
            return joined
    return [value for part in parts for value in (part if isinstance(part, list) else part.tolist())]


def _tagged(node: Node) -> dict[str, Any]:
    return {node.kind: node.data()}


def product(factors: Iterable[Node]) -> Node:
    """Return the product of the factors. Products among them are flattened, a point without parameters is left out."""
    flat: list[Node] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Product) else [factor])
    seen: set[str] = set()
    for factor in flat:
        twice = sorted(seen.intersection(factor.keys))
        if twice:
            raise SweepError(f"a product has the parameter {twice[0]} on both sides", path=twice[0])
        seen.update(factor.keys)
    flat = [factor for factor in flat if factor.keys or len(factor) != 1]
    if not flat:
        return Points((), (), 1)
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def concat(parts: Iterable[Node]) -> Node:
    """Return the parts one after another. Sums among them are flattened, sweeps without points and names left out."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Concat) else [part])
    flat = [part for part in flat if part.keys or len(part)] or flat[:1]
    for part in flat[1:]:
        if set(part.keys) != set(flat[0].keys):
            left, right = (", ".join(sweep.keys) or "none" for sweep in (flat[0], part))
            raise SweepError(f"a sum needs the same parameters on both sides, not {left} and {right}")
    return flat[0] if len(flat) == 1 else Concat(tuple(flat))


def filtered(node: Node, wanted: Callable[[Point], bool], names: Iterable[str]) -> tuple[Node, Sequence[int]]:
    """Return the points for which ``wanted`` is true, with their indices. A grid stays a grid.

    Args:
        node: the points.
        wanted: a condition on each of ``names`` by itself, so that the factors of a grid can be filtered.
        names: the parameters that it depends on.
    """
    names = set(names)
    if isinstance(node, Product):
        kept = [filtered(f, wanted, names) if names & set(f.keys) else (f, range(len(f))) for f in node.factors]
        indices = [0]
        for factor, (_, places) in zip(node.factors, kept, strict=True):
            indices = [index * len(factor) + place for index in indices for place in places]
        return Product(tuple(part for part, _ in kept)), indices
    indices = [index for index in range(len(node)) if wanted(node.at(index))]
    if isinstance(node, (Axis, Zip, Points)):
        return node.take(indices), indices
    rows = [tuple(node.at(index)[name] for name in node.keys) for index in indices]
    return Points.of_rows(node.keys, rows), indices
