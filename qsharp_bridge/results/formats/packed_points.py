"""Histograms of many points in one result, as the journal keeps points that were simulated together.

A line of JSON with the shape that all outcomes share (see ``packed``), how they were simulated and the types of three
arrays, which follow one after another, little-endian: the number of distinct outcomes of each point; the outcomes of
each point, ascending, as integers; and how often each occurred, or its exact probability (``f8``).

    {"shape": [0, 0], "engine": "numpy", "why": "...", "points": 2, "types": ["u1", "u1", "u2"]}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import orjson

from qsharp_bridge.errors import ResultFormatError
from qsharp_bridge.results.counts import Counts

from .outcome_values import outcome_json
from .output import Output
from .packed import PACKED_FORMAT, outcomes_of
from .probabilities import MOST_PROBABLE
from .readers import PROBABILITIES_FORMAT

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer[Any]]
    Numbers = npt.NDArray[np.integer[Any] | np.float64]

PACKED_POINTS_FORMAT = "qsharp-bridge.packed-points.v1"

_FEW = 1000  # outcomes: for fewer a table costs more than it saves
_TABLE_BITS = 16  # of the outcomes in a table
_TYPES = ("u1", "u2", "u4", "u8")
_SHARE = "f8"  # the type of exact probabilities


def pack_points(shape: Any, engine: str, why: str, starts: Integers, keys: Integers, numbers: Numbers) -> bytes:
    """Return the result of points that were simulated together.

    Args:
        shape: of the outcomes, JSON with a 0 in the place of each bit.
        engine, why: how they were simulated.
        starts: rows ``starts[i]`` to ``starts[i + 1]`` are those of point i, shape (points + 1,).
        keys: the distinct outcomes of each point, ascending, shape (rows,).
        numbers: how often each occurred, or its probability as a Double, shape (rows,).
    """
    import numpy as np

    arrays = [_small(array) for array in (np.diff(starts), keys, numbers)]
    types = [array.dtype.str[1:] for array in arrays]
    head = {"shape": shape, "engine": engine, "why": why, "points": len(starts) - 1, "types": types}
    return b"\n".join([json.dumps(head).encode(), b"".join(array.tobytes() for array in arrays)])


def _small(array: Numbers) -> Numbers:
    import numpy as np

    if array.dtype.kind == "f":
        return array.astype(f"<{_SHARE}")
    most = int(array.max(initial=0))
    kind = next(kind for kind in _TYPES if most < 1 << 8 * int(kind[1]))
    return array.astype(np.dtype(kind).newbyteorder("<"))


class PackedPoints:
    """Histograms, or exact probabilities, of points that were simulated together.

    Attributes:
        exact: whether ``numbers`` are probabilities.
        starts: rows ``starts[i]`` to ``starts[i + 1]`` are those of point i, shape (points + 1,).
        keys: the distinct outcomes of each point, ascending, shape (rows,).
        numbers: how often each occurred, or its probability, shape (rows,).

    Args:
        raw: the result, as ``pack_points`` wrote it.

    Raises:
        ResultFormatError: it is something else.

    >>> import numpy as np
    >>> raw = pack_points([0, 0], "numpy", "few qubits", np.array([0, 2]), np.array([0, 3]), np.array([6, 4]))
    >>> PackedPoints(raw).counts()
    [{'[0, 0]': 6, '[1, 1]': 4}]
    """

    def __init__(self, raw: bytes) -> None:
        import numpy as np

        line, _, content = raw.partition(b"\n")
        try:
            head = json.loads(line)
            points, types = head["points"], head["types"]
            self._head = {name: head[name] for name in ("shape", "engine", "why")}
            self.exact = types[-1] == _SHARE
            integers = types[:2] if self.exact else types
            if type(points) is not int or points < 1 or len(types) != 3 or not set(integers) <= set(_TYPES):
                raise TypeError
            sizes, keys, numbers = (np.dtype(f"<{kind}") for kind in types)
            if len(content) < points * sizes.itemsize:
                raise TypeError
            each = np.frombuffer(content, sizes, points)
            rows = sum(each.tolist())  # exact: numpy's sum may overflow
            if len(content) != points * sizes.itemsize + rows * (keys.itemsize + numbers.itemsize):
                raise TypeError
        except (ValueError, LookupError, TypeError, RecursionError):
            raise ResultFormatError("the result is not that of several points") from None
        self._shape = outcomes_of(orjson.dumps(self._head["shape"]))
        self.starts = np.concatenate([[0], np.cumsum(each, dtype=np.int64)])
        at = points * sizes.itemsize
        self.keys = np.frombuffer(content, keys, rows, at)
        self.numbers = np.frombuffer(content, numbers, rows, at + rows * keys.itemsize)
        if self.exact and not ((self.numbers >= 0) & (self.numbers <= MOST_PROBABLE)).all():
            raise ResultFormatError("the result has a number that is no probability")
        if not self.exact and not self.numbers.all():
            raise ResultFormatError("an outcome has a count of 0")
        if rows and int(self.keys.max()) >> self._shape.bits:
            raise ResultFormatError(f"an outcome is {self.keys.max()}, which does not have {self._shape.bits} bits")
        inside = np.ones(max(0, rows - 1), bool)
        inside[self.starts[1:-1][(self.starts[1:-1] > 0) & (self.starts[1:-1] < rows)] - 1] = False
        if (self.keys[1:] <= self.keys[:-1])[inside].any():
            raise ResultFormatError("the outcomes of a point are not ascending")

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.starts) - 1

    def shots(self) -> Integers:
        """Return the shots of each point, shape (points,); 0 where nothing was sampled."""
        import numpy as np

        return np.zeros(len(self), np.int64) if self.exact else self.sums(cast("Integers", self.numbers))

    def sums(self, numbers: Integers) -> Integers:
        """Return the sum over the outcomes of each point, shape (points,).

        Args:
            numbers: one for each outcome of each point, shape (rows,); :attr:`numbers` for the shots that were counted.
        """
        import numpy as np

        sums = np.concatenate([[0], np.cumsum(numbers, dtype=np.int64)])
        found: Integers = sums[self.starts[1:]] - sums[self.starts[:-1]]
        return found

    def values(self, value: Callable[[str, Any], float]) -> npt.NDArray[np.float64]:
        """Return a value for each outcome of each point, shape (rows,).

        Args:
            value: a function of the text and the Python value of an outcome, called once for each that occurs.
        """
        import numpy as np

        distinct, places = np.unique(self.keys, return_inverse=True)
        found = np.array([value(*self._shape[key]) for key in distinct.tolist()], np.float64)
        return found[places.ravel()]

    @property
    def raw_format(self) -> str:
        """Format of :meth:`raw`."""
        return PROBABILITIES_FORMAT if self.exact else PACKED_FORMAT

    def counts(self) -> list[Counts]:
        """Return the counts of each point by the texts of the outcomes; exact probabilities have none."""
        if self.exact:
            return [Counts({}, self._outcomes(start, stop)) for start, stop in pairwise(self.starts.tolist())]
        of_texts = self._shape.of_texts  # one function for all points: objects cost the garbage collector time
        return [Counts(numbers, of_texts) for numbers in self._by_texts(self.numbers)]

    def probabilities(self) -> list[dict[str, float]]:
        """Return the probabilities of each point by the texts of the outcomes, as in ``PointResult``."""
        import numpy as np

        numbers = self.numbers
        if not self.exact:
            numbers = numbers / np.repeat(self.shots(), np.diff(self.starts))
        return list(map(dict, self._by_texts(numbers)))

    def _by_texts(self, numbers: Numbers) -> Iterator[Iterator[tuple[str, Any]]]:
        texts, found = self.texts(), numbers.tolist()
        for start, stop in pairwise(self.starts.tolist()):
            yield zip(texts[start:stop], found[start:stop], strict=True)

    def texts(self) -> list[str]:
        """Return the texts of the outcomes of each point, in their order, shape (rows,)."""
        return self._texts(self.keys)

    def displays(self) -> set[str]:
        """Return the texts of all outcomes."""
        import numpy as np

        return set(self._texts(np.unique(self.keys)))

    def output(self, place: int, shots: int) -> Output:
        """Return the result of one point, given the shots asked for it."""
        start, stop = self.starts[place : place + 2].tolist()
        found = dict(zip(self._texts(self.keys[start:stop]), self.numbers[start:stop].tolist(), strict=True))
        if self.exact:
            return Output({}, self._outcomes(start, stop), exact=found)
        return Output(found, self._outcomes(start, stop), missing=max(0, shots - sum(found.values())))

    def raw(self, place: int) -> bytes:
        """Return the result of one point: its packed histogram, as ``packed`` describes it, or its probabilities."""
        start, stop = self.starts[place : place + 2].tolist()
        keys, numbers = self.keys[start:stop].tolist(), self.numbers[start:stop].tolist()
        if not self.exact:
            return json.dumps(self._head | {"outcomes": keys, "counts": numbers}).encode()
        rows = [(*self._shape[key], chance) for key, chance in zip(keys, numbers, strict=True)]
        found = [[outcome_json(outcome), text, chance] for text, outcome, chance in rows]
        return json.dumps({"probabilities": found}).encode()

    def _texts(self, keys: Integers) -> list[str]:
        import numpy as np

        if len(keys) < _FEW or self._shape.bits > _TABLE_BITS:
            return [self._shape[key][0] for key in keys.tolist()]
        table = np.empty(1 << self._shape.bits, object)
        occurs = np.zeros(len(table), bool)
        occurs[keys] = True
        for key in np.flatnonzero(occurs).tolist():
            table[key] = self._shape[key][0]
        texts: list[str] = table[keys].tolist()
        return texts

    def _outcomes(self, start: int, stop: int) -> dict[str, Any]:
        return dict(map(self._shape.__getitem__, self.keys[start:stop].tolist()))
