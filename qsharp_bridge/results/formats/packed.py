"""Histograms of measured bits with one integer an outcome, as the journal keeps local simulations.

JSON with the shape that all outcomes share (written as the outcomes of other formats, with a 0 for each bit), the
distinct outcomes as integers (the first bit is the most significant) and how often each occurred:

    {"shape": {"Item1": 0, "Item2": [0, 0]}, "outcomes": [0, 5], "counts": [60, 40]}

The texts and values of the outcomes are made once for all points of a shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson

from qsharp_bridge.errors import ResultFormatError
from qsharp_bridge.results.frozen import FrozenDict

from .outcome_values import outcome_value
from .output import Output
from .structure import wrong_structure

PACKED_FORMAT = "qsharp-bridge.packed-histogram.v1"

MAX_BITS = 62
"""Bits of an outcome: an integer of 64 bits holds it."""

_KEPT = 2**16  # outcomes of a shape that are kept


class Outcomes(dict[int, tuple[str, Any]]):
    """Texts and values of the outcomes of one shape, by their integers, built on first use."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape
        self.bits = _bits(shape)
        if self.bits > MAX_BITS:
            raise ResultFormatError(f"the outcomes have {self.bits} bits; at most {MAX_BITS} can be packed")

    def __missing__(self, key: int) -> tuple[str, Any]:
        from qsharp_bridge.simulators.outcomes import display  # here, because it needs numpy

        outcome = _filled(self.shape, iter([key >> place & 1 for place in reversed(range(self.bits))]))
        if len(self) >= _KEPT:
            self.clear()
        made = self[key] = display(outcome), outcome
        return made

    def of_texts(self, texts: Iterable[str]) -> dict[str, Any]:
        """Return the outcomes by their texts, in which all digits are bits."""
        return {text: self[int("0" + "".join(filter(str.isdigit, text)), 2)][1] for text in texts}


def read_packed(data: Any) -> Output:
    """Return the result in the JSON data of a packed histogram.

    Raises:
        ResultFormatError: it is no packed histogram.
    """
    if not isinstance(data, dict) or not {"shape", "outcomes", "counts"} <= data.keys():
        wrong_structure("an object with shape, outcomes and counts", data)
    keys, counts = data["outcomes"], data["counts"]
    for name, numbers in (("outcomes", keys), ("counts", counts)):
        if not isinstance(numbers, list) or not set(map(type, numbers)) <= {int} or min(numbers, default=0) < 0:
            raise ResultFormatError(f"the result should have a list of integers from 0 under {name}")
    if len(keys) != len(counts) or len(set(keys)) != len(keys):
        raise ResultFormatError(f"the result has {len(counts)} counts for {len(set(keys))} different outcomes")
    shape = outcomes_of(orjson.dumps(data["shape"]))
    if keys and max(keys) >> shape.bits:
        raise ResultFormatError(f"an outcome is {max(keys)}, which does not have {shape.bits} bits")
    made = list(map(shape.__getitem__, keys))
    return Output(FrozenDict(zip(map(itemgetter(0), made), counts, strict=True)), FrozenDict(made))


@lru_cache(maxsize=32)
def outcomes_of(shape: bytes) -> Outcomes:
    """Return the table of the outcomes of a shape, given as JSON text.

    Raises:
        ResultFormatError: it is no shape, or of too many bits.
    """
    return Outcomes(outcome_value(orjson.loads(shape)))


def _bits(shape: Any) -> int:
    if isinstance(shape, (list, tuple)):
        return sum(map(_bits, shape))
    if type(shape) is not int or shape != 0:
        raise ResultFormatError("the shape of the outcomes should have a 0 for each bit")
    return 1


def _filled(shape: Any, bits: Iterator[int]) -> Any:
    if isinstance(shape, list):
        return [_filled(item, bits) for item in shape]
    if isinstance(shape, tuple):
        return tuple(_filled(item, bits) for item in shape)
    return next(bits)
