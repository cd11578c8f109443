"""Histograms in which an outcome is an integer: the same as the histogram with every outcome written out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.errors import ResultFormatError
from qsharp_bridge.results.formats import read_output
from qsharp_bridge.results.formats.outcome_values import outcome_json, outcome_value
from qsharp_bridge.results.formats.packed import PACKED_FORMAT
from qsharp_bridge.results.formats.readers import HISTOGRAM_FORMAT
from qsharp_bridge.simulators.outcomes import display

SHAPES = st.recursive(
    st.just(0),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, min_size=1, max_size=4).map(tuple),
    max_leaves=12,
)


def fill(shape, bits):
    if isinstance(shape, (list, tuple)):
        return type(shape)(fill(item, bits) for item in shape)
    return next(bits)


def width(shape) -> int:
    return sum(map(width, shape)) if isinstance(shape, (list, tuple)) else 1


@given(SHAPES, st.dictionaries(st.integers(0, 2**62 - 1), st.integers(1, 1000), max_size=8))
def test_it_reads_as_the_histogram_with_every_outcome_written_out(shape, found) -> None:
    bits = width(shape)
    counts = {key % 2**bits: count for key, count in found.items()}
    packed = {"shape": outcome_json(shape), "outcomes": list(counts), "counts": list(counts.values())}
    written = []
    for key, count in counts.items():
        outcome = fill(shape, iter([(key >> place) & 1 for place in reversed(range(bits))]))
        written.append([outcome_json(outcome), display(outcome), count])
    ours = read_output(json.dumps(packed).encode(), PACKED_FORMAT, 1)
    theirs = read_output(json.dumps({"histogram": written}).encode(), HISTOGRAM_FORMAT, 1)
    assert ours == theirs
    assert list(ours.counts) == list(theirs.counts)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "an object with shape, outcomes and counts"),
        ({"shape": [0], "outcomes": [0]}, "an object with shape, outcomes and counts"),
        ({"shape": [0], "outcomes": [True], "counts": [1]}, "integers from 0 under outcomes"),
        ({"shape": [0], "outcomes": [0], "counts": [1.0]}, "integers from 0 under counts"),
        ({"shape": [0], "outcomes": [-1], "counts": [1]}, "integers from 0 under outcomes"),
        ({"shape": [0], "outcomes": [0, 0], "counts": [1, 1]}, "2 counts for 1 different outcomes"),
        ({"shape": [0], "outcomes": [0, 1], "counts": [1]}, "1 counts for 2 different outcomes"),
        ({"shape": [0], "outcomes": [2], "counts": [1]}, "an outcome is 2, which does not have 1 bits"),
        ({"shape": [1], "outcomes": [0], "counts": [1]}, "a 0 for each bit"),
        ({"shape": [0.0], "outcomes": [0], "counts": [1]}, "a 0 for each bit"),
        ({"shape": {"x": 0}, "outcomes": [0], "counts": [1]}, "fields x"),
        ({"shape": [0] * 63, "outcomes": [0], "counts": [1]}, "63 bits"),
    ],
)
def test_what_is_no_packed_histogram_is_refused(data, message: str) -> None:
    with pytest.raises(ResultFormatError, match=message):
        read_output(json.dumps(data).encode(), PACKED_FORMAT, 1)


def test_a_value_of_one_point_is_a_value_of_the_shape() -> None:
    assert outcome_value({"Item1": 0, "Item2": [0]}) == (0, [0])
    raw = b'{"shape": {"Item1": 0, "Item2": [0, 0]}, "outcomes": [0, 5], "counts": [60, 40]}'
    found = read_output(raw, PACKED_FORMAT, 100)
    assert found.counts == {"(0, [0, 0])": 60, "(1, [0, 1])": 40}
    assert found.outcomes["(1, [0, 1])"] == (1, [0, 1])
