"""Sweeps: immutable sequences of points, and their algebra.

A point maps parameter names to values. Sweeps are built from lists of values and combined: ``a * b`` is every point of
``a`` with every point of ``b``, ``a + b`` is ``a`` and then ``b``. The order is fixed: in a product the **last** factor
varies fastest, as in nested loops.

    >>> sweep = Sweep.linspace("theta", 0, 1, 3) * Sweep.grid(n=[2, 4])
    >>> len(sweep)
    6
    >>> sweep[1]
    {'theta': 0.0, 'n': 4}
    >>> sweep.keys
    ('theta', 'n')

This needs neither qdk, azure-quantum nor pandas, and a product of a million points takes no memory.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import eq
from typing import TYPE_CHECKING, Any, Self, overload

from qsharp_bridge._plural import counted
from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import SweepError

from . import constructors as inputs
from . import nodes
from .columns import Column
from .identity import canonical, canonical_texts
from .leaves import Axis, Node, Point, Zip
from .value_json import has_untrusted, trusting
from .values import Unshowable, check_name, plain, same

if TYPE_CHECKING:
    import pandas

_VERSION = 1


class Sweep(Sequence[Point]):
    """An immutable, ordered sequence of points. Its static methods make sweeps; combine them with ``*`` and ``+``.

    ``Sweep(points)`` takes existing points: a list of dicts, or a Cirq sweep, whose symbols become names.

    Values are copied, in and out, so a sweep cannot be changed: numpy scalars become Python scalars, arrays and
    pandas Series become lists, dataclasses become dicts, all exactly. A value may be an array:
    ``Sweep.grid(angle=[[0.0, 0.0], [1.0, 0.0]])`` has two points.

    Supports ``len``, index, slice, iteration, pickling, an evaluable ``repr``, JSON (:meth:`to_json`,
    :meth:`from_json`), and ``==`` and ``hash``: two sweeps are equal when they have the same points in the same order,
    however they were built. Values are compared as in Q#: 1, 1.0 and True differ, and so do 0.0 and -0.0.

    Args:
        points: mappings from parameter names to values, a Cirq sweep, or a sweep.

    Raises:
        SweepError: a point is no mapping, or has other names than the first.

    >>> import qsharp_bridge as qb
    >>> sweep = qb.Sweep.grid(n=[2, 3]) * qb.Sweep.linspace("theta", 0.0, 1.0, 3)
    >>> len(sweep), sweep[1]
    (6, {'n': 2, 'theta': 0.5})
    >>> sweep.keys, [axis.keys for axis in sweep.axes], len(sweep.digest)
    (('n', 'theta'), [('n',), ('theta',)], 64)
    """

    __slots__ = ("_node",)

    def __init__(self, points: Iterable[Mapping[str, Any]] | Node) -> None:
        if isinstance(points, Sweep):
            self._node: Node = points._node
        else:
            self._node = points if isinstance(points, nodes.KINDS) else inputs.take(points)

    @staticmethod
    def points(points: Iterable[Mapping[str, Any]]) -> Sweep:
        """Return a sweep of the given points, in the given order; each must have the same parameter names.

        Args:
            points: mappings from parameter names to values, or a Cirq sweep.

        >>> Sweep.points([{"x": 1}, {"x": 2}])[1]
        {'x': 2}

        Raises:
            SweepError: a point is no mapping, or has other names than the first; the error has its index.
        """
        return Sweep(inputs.points(points))

    @staticmethod
    def grid(**values: Iterable[Any]) -> Sweep:
        """Return every combination of the values; the last parameter named varies fastest.

        Args:
            **values: the values of each parameter, by its name.

        >>> [list(point.values()) for point in Sweep.grid(a=[1, 2], b=[3, 4])]
        [[1, 3], [1, 4], [2, 3], [2, 4]]

        Without parameters the sweep has one point without values, which runs an operation without parameters once.

        Raises:
            SweepError: a parameter has a single value instead of a list.
        """
        axes = [Axis(check_name(name), Column.of(name, given)) for name, given in values.items()]
        return Sweep(nodes.product(axes))

    @staticmethod
    def zip(**values: Iterable[Any]) -> Sweep:
        """Return the values side by side. Lists of different lengths are an error; none is cut short.

        Args:
            **values: the values of each parameter, by its name.

        >>> list(Sweep.zip(a=[1, 2], b=[3, 4]))
        [{'a': 1, 'b': 3}, {'a': 2, 'b': 4}]

        Raises:
            SweepError: the lists have different lengths, or there are none.
        """
        return Sweep(Zip(tuple((check_name(name), Column.of(name, given)) for name, given in values.items())))

    @staticmethod
    def linspace(name: str, start: float, stop: float, num: int, *, endpoint: bool = True) -> Sweep:
        """Return evenly spaced values: floats, as numpy.linspace gives them.

        Args:
            name: the parameter.
            start: the first value.
            stop: the last value, or where to end without ``endpoint``.
            num: how many.
            endpoint: whether ``stop`` is the last value; False for a full turn, whose last angle equals the first.

        >>> [point["theta"] for point in Sweep.linspace("theta", 0, 1, 3)]
        [0.0, 0.5, 1.0]
        """
        return Sweep(inputs.linspace(name, start, stop, num, endpoint=endpoint))

    @staticmethod
    def geomspace(name: str, start: float, stop: float, num: int, *, endpoint: bool = True) -> Sweep:
        """Return values that grow by one factor: floats, as numpy.geomspace gives them.

        Args:
            name: the parameter.
            start: the first value, not 0.
            stop: the last value, of the same sign, or where to end without ``endpoint``.
            num: how many.
            endpoint: whether ``stop`` is the last value.

        >>> [point["rate"] for point in Sweep.geomspace("rate", 1, 1000, 4)]
        [1.0, 10.0, 100.0, 1000.0]
        """
        return Sweep(inputs.geomspace(name, start, stop, num, endpoint=endpoint))

    @staticmethod
    def logspace(name: str, start: float, stop: float, num: int, *, endpoint: bool = True) -> Sweep:
        """Return powers of ten with evenly spaced exponents: floats, as numpy.logspace gives them.

        Args:
            name: the parameter.
            start: the exponent of the first value.
            stop: the exponent of the last value, or where to end without ``endpoint``.
            num: how many.
            endpoint: whether ``stop`` is the last exponent.

        >>> [point["rate"] for point in Sweep.logspace("rate", 0, 2, 3)]
        [1.0, 10.0, 100.0]
        """
        return Sweep(inputs.logspace(name, start, stop, num, endpoint=endpoint))

    @staticmethod
    def arange(name: str, start: float, stop: float, step: float = 1) -> Sweep:
        """Return values a step apart, without the end: ints as ``range`` gives them, else as numpy.arange does.

        Args:
            name: the parameter.
            start: the first value.
            stop: where to end; not a value itself.
            step: from one value to the next.

        >>> [point["n"] for point in Sweep.arange("n", 2, 7, 2)]
        [2, 4, 6]
        """
        return Sweep(inputs.arange(name, start, stop, step))

    @staticmethod
    def random(name: str, low: float, high: float, num: int, *, seed: int) -> Sweep:
        """Return values drawn evenly by numpy's default generator; the same seed gives the same values.

        Args:
            name: the parameter.
            low: the least value.
            high: values are below it.
            num: how many.
            seed: of the generator, an integer from 0.

        >>> Sweep.random("x", 0, 1, 3, seed=1) == Sweep.random("x", 0, 1, 3, seed=1)
        True
        """
        return Sweep(inputs.random(name, low, high, num, seed))

    @staticmethod
    def from_dataframe(frame: pandas.DataFrame) -> Sweep:
        """Return one point per row of a pandas DataFrame; the columns are the parameters.

        Args:
            frame: a column for each parameter, a row for each point.

        Raises:
            SweepError: a column cannot name a parameter or occurs twice, or a value is missing (NA, NaT, None).
        """
        return Sweep(inputs.from_dataframe(frame))

    @staticmethod
    def from_csv(path: str | os.PathLike[str]) -> Sweep:
        """Return one point per line of a CSV file (UTF-8) with a header; the columns are the parameters.

        Cells are read as JSON where they are JSON, else as text: ``2`` is an int, ``2.0`` a float, ``[0.0, 1.0]`` a
        list, ``true`` a bool and ``PauliX`` a string. ``True``, ``+1`` and ``.5`` are read as in Python.

        Args:
            path: the file.

        Raises:
            SweepError: the file cannot be read, or has an empty cell or a line of another length.
        """
        return Sweep(inputs.from_csv(path))

    @staticmethod
    def from_json(text: str, *, trusted: bool = False) -> Sweep:
        """Return the sweep that :meth:`to_json` wrote.

        Args:
            text: the JSON text.
            trusted: read Q# code in it as trusted code (:class:`QsharpCode`). Without it, such a value can be shown and
                written, but an expression with it is an error, since the author of the text would choose what the
                operation does.

        Raises:
            SweepError: the text is something else.
        """
        try:
            data = json.loads(text)
            if not isinstance(data, dict) or data.pop("qsharp_bridge.sweep", None) != _VERSION:
                raise SweepError(f'not a sweep: expected "qsharp_bridge.sweep": {_VERSION}')
            with trusting(trusted):
                return Sweep(nodes.read_node(data))
        except SweepError:
            raise
        except (ValueError, TypeError, RecursionError) as error:
            raise SweepError(f"not a sweep: {error}") from None

    def to_json(self) -> str:
        """Return this sweep as JSON text; :meth:`from_json` gives an equal one. A grid stays a grid.

        Raises:
            SweepError: a value of a kind that cannot be written, such as a date.
        """
        return json.dumps(self.to_data(), separators=(",", ":"))

    def to_data(self) -> dict[str, Any]:
        """Return the JSON data of :meth:`to_json`.

        Raises:
            SweepError: as for :meth:`to_json`.

        >>> Sweep.grid(n=[1, 2]).to_data()
        {'qsharp_bridge.sweep': 1, 'axis': {'name': 'n', 'values': [1, 2]}}
        """
        return {"qsharp_bridge.sweep": _VERSION, self._node.kind: self._node.data()}

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        return self._node.keys

    @property
    def axes(self) -> tuple[Sweep, ...] | None:
        """Independent factors of a grid, the slowest first; None if the sweep is no product of axes.

        A factor has one parameter, or several whose values are side by side.
        """
        factors = self._node.factors
        return None if factors is None else tuple(map(Sweep, factors))

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the points in order, the same in every process.

        Equal sweeps have equal digests.
        """
        sha = hashlib.sha256()
        for texts in canonical_texts(self._node):
            sha.update("".join([f"{text}\n" for text in texts]).encode())
        return sha.hexdigest()

    def columns(self, start: int = 0, stop: int | None = None) -> dict[str, Any]:
        """Return the values of some points by parameter, to work on many points at once.

        Args:
            start: the index of the first point, from 0.
            stop: the index after the last point; None for the end.

        Returns:
            For each parameter a numpy array of float64, int64 or bool, one row a point, where the values are numbers
            of one kind or equally long arrays of them; else the list of its values.

        >>> Sweep.grid(n=[1, 2], x=[0.5, 1.5]).columns(1)
        {'n': array([1, 2, 2]), 'x': array([1.5, 0.5, 1.5])}
        """
        import numpy as np

        chosen = range(len(self))[start:stop]
        return dict(self._node.columns(np.arange(chosen.start, chosen.stop, dtype=np.intp)))

    def where(self, /, **values: Any) -> Sweep:
        """Return the points whose parameters have these values; a grid stays a grid.

        Args:
            **values: the values wanted, by parameter name.

        >>> list(Sweep.grid(n=[2, 4], x=[0, 1]).where(n=4))
        [{'n': 4, 'x': 0}, {'n': 4, 'x': 1}]

        Raises:
            SweepError: the sweep has no parameter of that name.
        """
        return select(self, values)[0]

    def check_keys(self, names: Iterable[str]) -> None:
        """Check that the sweep has parameters of these names.

        Args:
            names: the names of parameters.

        Raises:
            SweepError: there is no parameter of that name; the error suggests a similar one.

        >>> Sweep.grid(theta=[0.0]).check_keys(["theta"])
        """
        for name in names:
            if name not in self.keys:
                guess = did_you_mean(name, self.keys)
                advice = None if guess else f"the sweep has {', '.join(self.keys) or 'none'}"
                raise SweepError(f"no parameter {name!r}{guess}", advice=advice)

    @overload
    def __getitem__(self, index: int) -> Point: ...
    @overload
    def __getitem__(self, index: slice) -> Sweep: ...
    def __getitem__(self, index: int | slice) -> Point | Sweep:
        chosen = range(len(self))[index]  # IndexError and TypeError as for a list
        return self._node.at(chosen) if isinstance(chosen, int) else Sweep(self._node.take(chosen))

    def __len__(self) -> int:
        return len(self._node)

    def __iter__(self) -> Iterator[Point]:
        return map(self._node.at, range(len(self)))

    def __mul__(self, other: Sweep) -> Sweep:
        if not isinstance(other, Sweep):
            return NotImplemented
        return Sweep(nodes.product([self._node, other._node]))

    def __add__(self, other: Sweep) -> Sweep:
        if not isinstance(other, Sweep):
            return NotImplemented
        return Sweep(nodes.concat([self._node, other._node]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sweep):
            return NotImplemented
        if self._node is other._node:
            return True
        if len(self) != len(other) or set(self.keys) != set(other.keys):
            return False
        return all(map(eq, canonical_texts(self._node), canonical_texts(other._node)))

    def __hash__(self) -> int:
        ends = (canonical(self[0]), canonical(self[-1])) if len(self) else ()
        return hash((len(self), frozenset(self.keys), ends))

    def __repr__(self) -> str:
        try:
            return self._node.expression()
        except Unshowable:  # nan, a Pauli: only JSON has them all
            try:
                text = self.to_json()
                trusted = ", trusted=True" if self._has_trusted_code(text) else ""
                return f"Sweep.from_json({text!r}{trusted})"
            except SweepError:
                return f"<Sweep of {counted(len(self), 'point')} over {', '.join(self.keys)}>"

    def _has_trusted_code(self, text: str) -> bool:
        # The points are walked only where the JSON text has code: a grid of numbers has more than can be walked.
        return '{"$code":' in text and not any(has_untrusted(value) for point in self for value in point.values())

    def __reduce__(self) -> Any:
        try:
            text = self.to_json()
            return partial(Sweep.from_json, trusted=self._has_trusted_code(text)), (text,)
        except SweepError:  # a value of a foreign class: it may know how to be pickled
            return Sweep, (self._node,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def select(sweep: Sweep, values: Mapping[str, Any]) -> tuple[Sweep, Sequence[int]]:
    """Return the points whose parameters have these values, as :meth:`Sweep.where` does, with their indices.

    Raises:
        SweepError: the sweep has no parameter of that name.
    """
    sweep.check_keys(values)
    wanted = {name: plain(value) for name, value in values.items()}

    def fits(point: Point) -> bool:
        return all(same(point[name], value) for name, value in wanted.items() if name in point)

    node, indices = nodes.filtered(sweep._node, fits, wanted)
    return Sweep(node), indices
