"""The sweep algebra: which points, in which order.

A :class:`Sweep` is an immutable sequence of points; a point maps parameter names to values. Sweeps are built from
lists of values and combined: ``a * b`` is every point of ``a`` with every point of ``b``, ``a + b`` is ``a`` and then
``b``. There is one published order: in a product the **last** factor varies fastest, as in nested loops.

    >>> sweep = Sweep.linspace("theta", 0, 1, 3) * Sweep.grid(n=[2, 4])
    >>> len(sweep)
    6
    >>> sweep[1]
    {'theta': 0.0, 'n': 4}
    >>> sweep.keys
    ('theta', 'n')

Nothing here needs qdk, azure-quantum or pandas, and a product of a million points costs no memory.
"""

from __future__ import annotations

import builtins
import csv
import hashlib
import json
import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, overload

from ..errors import SweepError
from .values import check_name, from_json, list_of_values, plain, to_json

if TYPE_CHECKING:
    import pandas

Point = dict[str, Any]


class Sweep(Sequence[Point]):
    """An immutable, ordered sequence of points. Make one with the class methods; combine with ``*`` and ``+``.

    Values are taken over as they are, but copied: numpy scalars become Python scalars and numpy arrays become lists
    (exactly), so a list changed afterwards does not change the sweep. Array-valued parameters are values like any
    other: ``Sweep.grid(angle=[[0.0, 0.0], [1.0, 0.0]])`` has two points.

    Supports ``len``, index, slice, iteration, ``==`` and ``hash`` (same points in the same order), an evaluable
    ``repr`` and JSON (:meth:`to_json`, :meth:`from_json`).
    """

    @staticmethod
    def points(points: Iterable[Mapping[str, Any]]) -> Sweep:
        """A sweep of the given points, in the given order; each must have the same parameter names.

        >>> Sweep.points([{"x": 1}, {"x": 2}])[1]
        {'x': 2}
        """
        return _Points(_checked_rows(points))

    @staticmethod
    def grid(**values: Iterable[Any]) -> Sweep:
        """Every combination of the values; the last parameter named varies fastest.

        >>> [list(point.values()) for point in Sweep.grid(a=[1, 2], b=[3, 4])]
        [[1, 3], [1, 4], [2, 3], [2, 4]]
        """
        return _product([_Axis(check_name(name), list_of_values(name, given)) for name, given in values.items()])

    @staticmethod
    def zip(**values: Iterable[Any]) -> Sweep:
        """The values side by side. Strict: a longer list is an error, never cut short.

        >>> list(Sweep.zip(a=[1, 2], b=[3, 4]))
        [{'a': 1, 'b': 3}, {'a': 2, 'b': 4}]

        Raises:
            SweepError: the lists have different lengths.
        """
        return _Zip({check_name(name): list_of_values(name, given) for name, given in values.items()})

    @staticmethod
    def linspace(name: str, start: float, stop: float, num: int) -> Sweep:
        """``num`` evenly spaced values from ``start`` to ``stop``, both included, as numpy.linspace gives them."""
        import numpy as np

        if num < 1:
            raise SweepError(f"linspace needs at least one value, not {num}", path=name)
        return _Axis(check_name(name), tuple(np.linspace(float(start), float(stop), num).tolist()))

    @staticmethod
    def arange(name: str, start: float, stop: float, step: float) -> Sweep:
        """Values from ``start`` up to, without, ``stop``, as numpy.arange gives them (ints stay ints)."""
        import numpy as np

        if step == 0:
            raise SweepError("arange needs a step other than 0", path=name)
        values = tuple(np.arange(start, stop, step).tolist())
        if not values:
            raise SweepError(f"arange({start}, {stop}, {step}) has no values", path=name)
        return _Axis(check_name(name), values)

    @staticmethod
    def random(name: str, low: float, high: float, num: int, *, seed: int) -> Sweep:
        """``num`` values drawn evenly from [low, high) by numpy's default generator with ``seed``: always the same."""
        import numpy as np

        drawn = np.random.default_rng(seed).uniform(low, high, num)
        return _Axis(check_name(name), list_of_values(name, drawn))

    @staticmethod
    def from_dataframe(frame: pandas.DataFrame) -> Sweep:
        """One point per row of a pandas DataFrame; the columns are the parameters."""
        columns = {str(name): list(frame[name]) for name in frame.columns}
        if not columns:
            raise SweepError("the DataFrame has no columns", advice="give one column per parameter")
        return Sweep.points(
            dict(builtins.zip(columns, row, strict=True)) for row in builtins.zip(*columns.values(), strict=True)
        )

    @staticmethod
    def from_csv(path: str | os.PathLike[str]) -> Sweep:
        """One point per line of a CSV file with a header. Cells are read as JSON where they are JSON, else as text.

        So ``2`` is an int, ``2.0`` a float, ``[0.0, 1.0]`` a list, ``true`` a bool and ``PauliX`` a string.
        """
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, strict=True)
            try:
                rows = [{name: _cell(text) for name, text in row.items()} for row in reader]
            except csv.Error as error:
                raise SweepError(f"{os.fspath(path)}, line {reader.line_num}: {error}") from None
        if not rows:
            raise SweepError(f"{os.fspath(path)} has no points", advice="give a header line and one line per point")
        return Sweep.points(rows)

    @staticmethod
    def from_json(text: str) -> Sweep:
        """The sweep that :meth:`to_json` wrote."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise SweepError(f"not a sweep: {error}") from None
        return _from_data(data)

    def to_json(self) -> str:
        """This sweep as JSON text; :meth:`from_json` gives an equal one. Keeps the structure: a grid stays a grid."""
        return json.dumps(self._data(), separators=(",", ":"))

    # --- what every kind of sweep has

    @property
    @abstractmethod
    def keys(self) -> tuple[str, ...]:
        """The parameter names, in order."""

    @abstractmethod
    def _at(self, index: int) -> Point:
        """The point at an index already checked."""

    @abstractmethod
    def _data(self) -> dict[str, Any]:
        """A JSON-ready form."""

    @property
    def axes(self) -> tuple[Sweep, ...] | None:
        """The independent factors of a grid, slowest first; None when the sweep is no product of axes.

        A factor has one parameter, or several that go side by side.
        """
        return None

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the points in order: the identity of a sweep, the same in every process."""
        sha = hashlib.sha256()
        for point in self:
            sha.update(json.dumps({name: to_json(value) for name, value in point.items()}).encode())
        return sha.hexdigest()

    @overload
    def __getitem__(self, index: int) -> Point: ...
    @overload
    def __getitem__(self, index: slice) -> Sweep: ...
    def __getitem__(self, index: int | slice) -> Point | Sweep:
        if isinstance(index, slice):
            return _Slice(self, range(len(self))[index])
        at = range(len(self))[index]  # IndexError as for a list
        return self._at(at)

    def __iter__(self) -> Iterator[Point]:
        return (self._at(index) for index in range(len(self)))

    def __mul__(self, other: Sweep) -> Sweep:
        if not isinstance(other, Sweep):
            return NotImplemented
        return _product([self, other])

    def __add__(self, other: Sweep) -> Sweep:
        if not isinstance(other, Sweep):
            return NotImplemented
        return _concat([self, other])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sweep):
            return NotImplemented
        if self is other:
            return True
        return (
            len(self) == len(other)
            and set(self.keys) == set(other.keys)
            and all(a == b and _same_kinds(a, b) for a, b in builtins.zip(self, other, strict=True))
        )

    def __hash__(self) -> int:
        return hash((len(self), frozenset(self.keys)))

    def __reduce__(self) -> tuple[Any, ...]:
        return Sweep.from_json, (self.to_json(),)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


class _Axis(Sweep):
    """One parameter and its values."""

    def __init__(self, name: str, values: tuple[Any, ...]) -> None:
        self._name, self._values = name, values

    @property
    def keys(self) -> tuple[str, ...]:
        return (self._name,)

    @property
    def axes(self) -> tuple[Sweep, ...]:
        return (self,)

    def __len__(self) -> int:
        return len(self._values)

    def _at(self, index: int) -> Point:
        return {self._name: self._values[index]}

    def _data(self) -> dict[str, Any]:
        return {"axis": self._name, "values": [to_json(value) for value in self._values]}

    def __repr__(self) -> str:
        return f"Sweep.grid({self._name}={list(self._values)!r})"


class _Points(Sweep):
    """Points written out."""

    def __init__(self, rows: tuple[Point, ...]) -> None:
        self._rows = rows

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._rows[0]) if self._rows else ()

    def __len__(self) -> int:
        return len(self._rows)

    def _at(self, index: int) -> Point:
        return dict(self._rows[index])

    def _data(self) -> dict[str, Any]:
        return {"points": [{name: to_json(value) for name, value in row.items()} for row in self._rows]}

    def __repr__(self) -> str:
        return f"Sweep.points({list(self._rows)!r})"


class _Zip(Sweep):
    """Parameters whose values go side by side."""

    def __init__(self, columns: dict[str, tuple[Any, ...]]) -> None:
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise SweepError(f"zip needs lists of one length: {told}")
        self._columns = columns

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._columns)

    @property
    def axes(self) -> tuple[Sweep, ...]:
        return (self,)

    def __len__(self) -> int:
        return next((len(values) for values in self._columns.values()), 0)

    def _at(self, index: int) -> Point:
        return {name: values[index] for name, values in self._columns.items()}

    def _data(self) -> dict[str, Any]:
        return {"zip": {name: [to_json(value) for value in values] for name, values in self._columns.items()}}

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={list(values)!r}" for name, values in self._columns.items())
        return f"Sweep.zip({told})"


class _Product(Sweep):
    """Every combination of the points of its factors, the last varying fastest."""

    def __init__(self, factors: tuple[Sweep, ...]) -> None:
        self._factors = factors
        self._lengths = tuple(len(factor) for factor in factors)
        self._size = 1
        for length in self._lengths:
            self._size *= length

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(name for factor in self._factors for name in factor.keys)

    @property
    def axes(self) -> tuple[Sweep, ...]:
        return self._factors

    def __len__(self) -> int:
        return self._size

    def _at(self, index: int) -> Point:
        parts: list[Point] = []
        for factor, length in builtins.zip(reversed(self._factors), reversed(self._lengths), strict=True):
            index, remainder = divmod(index, length)
            parts.append(factor._at(remainder))
        point: Point = {}
        for part in reversed(parts):
            point.update(part)
        return point

    def _data(self) -> dict[str, Any]:
        return {"product": [factor._data() for factor in self._factors]}

    def __repr__(self) -> str:
        if all(isinstance(factor, _Axis) for factor in self._factors):
            told = ", ".join(f"{f.keys[0]}={[p[f.keys[0]] for p in f]!r}" for f in self._factors)
            return f"Sweep.grid({told})"
        return " * ".join(f"({f!r})" if isinstance(f, _Concat) else repr(f) for f in self._factors)


class _Concat(Sweep):
    """One sweep after another, over the same parameters."""

    def __init__(self, parts: tuple[Sweep, ...]) -> None:
        self._parts = parts

    @property
    def keys(self) -> tuple[str, ...]:
        return self._parts[0].keys

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def _at(self, index: int) -> Point:
        for part in self._parts:
            if index < len(part):
                point = part._at(index)
                return {name: point[name] for name in self.keys}
            index -= len(part)
        raise IndexError(index)

    def _data(self) -> dict[str, Any]:
        return {"concat": [part._data() for part in self._parts]}

    def __repr__(self) -> str:
        return " + ".join(repr(part) for part in self._parts)


class _Slice(Sweep):
    """Some points of another sweep, by index."""

    def __init__(self, source: Sweep, indices: range) -> None:
        self._source, self._indices = source, indices

    @property
    def keys(self) -> tuple[str, ...]:
        return self._source.keys

    def __len__(self) -> int:
        return len(self._indices)

    def _at(self, index: int) -> Point:
        return self._source._at(self._indices[index])

    def _data(self) -> dict[str, Any]:
        return {"points": [{name: to_json(value) for name, value in point.items()} for point in self]}

    def __repr__(self) -> str:
        return f"Sweep.points({list(self)!r})"


def _product(factors: Iterable[Sweep]) -> Sweep:
    flat: list[Sweep] = []
    for factor in factors:
        flat.extend(factor._factors if isinstance(factor, _Product) else [factor])
    seen: set[str] = set()
    for factor in flat:
        twice = seen.intersection(factor.keys)
        if twice:
            raise SweepError(f"a product has the parameter {sorted(twice)[0]!r} on both sides")
        seen.update(factor.keys)
    if len(flat) == 1:
        return flat[0]
    return _Product(tuple(flat))


def _concat(parts: Iterable[Sweep]) -> Sweep:
    flat: list[Sweep] = []
    for part in parts:
        flat.extend(part._parts if isinstance(part, _Concat) else [part])
    for part in flat[1:]:
        if set(part.keys) != set(flat[0].keys):
            left, right = ", ".join(flat[0].keys), ", ".join(part.keys)
            raise SweepError(f"a sum needs the same parameters on both sides, not {left} and {right}")
    return _Concat(tuple(flat))


def _checked_rows(points: Iterable[Mapping[str, Any]]) -> tuple[Point, ...]:
    rows: list[Point] = []
    for index, point in enumerate(points):
        if not isinstance(point, Mapping):
            raise SweepError(
                f"a point is a mapping of parameter names to values, not {type(point).__name__}",
                point=index,
                advice='write {"theta": 0.5}',
            )
        row = {check_name(name): plain(value) for name, value in point.items()}
        if rows and row.keys() != rows[0].keys():
            odd = sorted(row.keys() ^ rows[0].keys())
            raise SweepError(
                f"its parameters differ from those of point 0 in {', '.join(odd)}",
                point=index,
                advice="give every point the same parameters",
            )
        rows.append({name: row[name] for name in rows[0]} if rows else row)
    return tuple(rows)


def _same_kinds(a: Any, b: Any) -> bool:
    """Whether two equal values are the same to Q#: 1 and 1.0 and True are not, and nor are 0.0 and -0.0."""
    return to_json(a) == to_json(b) and repr(to_json(a)) == repr(to_json(b))


def _cell(text: str | None) -> Any:
    if text is None:
        return ""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _from_data(data: Any) -> Sweep:
    match data:
        case {"axis": str(name), "values": list(values)}:
            return _Axis(check_name(name), tuple(from_json(value) for value in values))
        case {"points": list(rows)}:
            return Sweep.points({name: from_json(value) for name, value in row.items()} for row in rows)
        case {"zip": dict(columns)}:
            return _Zip({name: tuple(from_json(v) for v in values) for name, values in columns.items()})
        case {"product": list(factors)}:
            return _product(_from_data(factor) for factor in factors)
        case {"concat": list(parts)}:
            return _concat(_from_data(part) for part in parts)
    raise SweepError("not a sweep: expected axis, points, zip, product or concat")
