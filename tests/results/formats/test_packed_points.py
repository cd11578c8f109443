"""Results of many points in one: what was packed is read, and what was not is refused."""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge import SweepResults
from qsharp_bridge.errors import ResultFormatError, SweepError
from qsharp_bridge.results.formats import read_output
from qsharp_bridge.results.formats.packed import PACKED_FORMAT
from qsharp_bridge.results.formats.packed_points import PACKED_POINTS_FORMAT, PackedPoints, pack_points
from qsharp_bridge.results.formats.readers import PROBABILITIES_FORMAT
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.results.row_store import PackedRows, RowStore


def len_of_text(outcome: Any) -> float:
    return 0.1 * str(outcome).count("1")


SHAPES: list[tuple[Any, int]] = [(0, 1), ([0, 0, 0], 3), ({"Item1": 0, "Item2": [0, 0]}, 3), ([], 0), ([0] * 62, 62)]


@st.composite
def packed(draw: st.DrawFn) -> tuple[bytes, list[dict[int, int]]]:
    shape, bits = draw(st.sampled_from(SHAPES))
    histogram = st.dictionaries(st.integers(0, 2**bits - 1), st.integers(1, 2**40), max_size=4)
    points = draw(st.lists(histogram, min_size=1, max_size=4))
    keys = [key for point in points for key in sorted(point)]
    counts = [point[key] for point in points for key in sorted(point)]
    starts = np.cumsum([0, *map(len, points)])
    return pack_points(shape, "numpy", "few qubits", starts, np.array(keys, "i8"), np.array(counts, "i8")), points


@settings(max_examples=80)
@given(packed())
def test_each_point_is_the_result_that_it_is_alone(given: tuple[bytes, list[dict[int, int]]]) -> None:
    raw, points = given
    found = PackedPoints(raw)
    assert len(found) == len(points)
    assert found.shots().tolist() == [sum(point.values()) for point in points]
    for place, counts in enumerate(found.counts()):
        shots = sum(points[place].values())
        alone = read_output(found.raw(place), PACKED_FORMAT, shots)
        assert found.output(place, shots) == alone
        assert counts == alone.counts
        assert counts.outcomes == alone.outcomes
        assert pickle.loads(pickle.dumps(counts)) == counts
    assert found.displays() == {display for counts in found.counts() for display in counts}


@st.composite
def packed_probabilities(draw: st.DrawFn) -> bytes:
    """Points with one outcome at least, as simulations have."""
    shape, bits = draw(st.sampled_from(SHAPES))
    share = st.floats(1e-15, 1.0)
    points = draw(
        st.lists(st.dictionaries(st.integers(0, 2**bits - 1), share, min_size=1, max_size=4), min_size=1, max_size=4)
    )
    keys = [key for point in points for key in sorted(point)]
    shares = [point[key] for point in points for key in sorted(point)]
    return pack_points(shape, "numpy", "few", np.cumsum([0, *map(len, points)]), np.array(keys, "i8"), np.array(shares))


@settings(max_examples=40)
@given(packed_probabilities())
def test_exact_points_are_those_that_each_is_alone(raw: bytes) -> None:
    found = PackedPoints(raw)
    assert found.exact
    assert found.shots().tolist() == [0] * len(found)
    for place, probabilities in enumerate(found.probabilities()):
        alone = read_output(found.raw(place), PROBABILITIES_FORMAT, 0)
        assert found.output(place, 0) == alone
        assert alone.exact == probabilities
        assert list(alone.exact or {}) == list(probabilities)
        assert found.counts()[place] == {}
        assert found.counts()[place].outcomes == alone.outcomes


@settings(max_examples=80)
@given(packed() | packed_probabilities().map(lambda raw: (raw, [])), st.data())
def test_damage_is_refused_or_read_as_counts(given: tuple[bytes, list[dict[int, int]]], data: st.DataObject) -> None:
    raw, _ = given
    at = data.draw(st.integers(0, len(raw) - 1))
    damaged = raw[:at] + bytes([raw[at] ^ data.draw(st.integers(1, 255))]) + raw[at + 1 :]
    for changed in (damaged, raw[:at], raw + b"\0"):
        try:
            found = PackedPoints(changed)
        except ResultFormatError:
            continue
        assert len(found.counts()) == len(found) == len(found.shots())


@settings(max_examples=60)
@given(packed().map(lambda found: found[0]) | packed_probabilities(), st.sampled_from(["parity", "ZIZ", len_of_text]))
def test_tables_and_means_are_those_of_the_rows(raw: bytes, observable: str | Callable[[Any], float]) -> None:
    found = PackedPoints(raw)
    size = len(found)
    sweep = qb.Sweep.zip(x=[0.5 * place for place in range(size + 1)], v=[[place, 1] for place in range(size + 1)])
    parts = [PackedRows(0, None, 7, found), PointResult(size, sweep[size], "Failed", error="no")]
    about: dict[str, Any] = {"operation": "Op", "target": "local", "shots": 7, "sweep": sweep}
    packed = SweepResults(RowStore(parts, sweep), **about)  # type: ignore[arg-type]
    rows = SweepResults(list(packed), **about)
    assert packed.exact == rows.exact == found.exact
    assert packed.probabilities == rows.probabilities == [row.probabilities for row in rows]
    assert packed.counts == rows.counts == [row.counts for row in rows]
    assert [packed.counts[place] for place in range(-1, size + 1)] == [packed.counts[-1], *packed.counts]
    assert packed.counts[1:] == list(packed.counts)[1:]
    assert repr(packed.counts) == repr(list(rows.counts))
    for wide in (False, True):
        pd.testing.assert_frame_equal(packed.to_pandas(wide=wide), rows.to_pandas(wide=wide))
    assert packed.to_xarray().identical(rows.to_xarray())
    shares = [(row.index, display, *row.share(display)) for row in rows for display in sorted(row.weights)]
    frame = packed.to_pandas()
    columns = ["point", "outcome", "probability", "probability_low", "probability_high"]
    assert list(frame[columns].itertuples(index=False, name=None)) == shares
    try:
        means = [row.expectation(observable) for row in rows]
    except SweepError as error:
        with pytest.raises(SweepError, match=re.escape(str(error))):
            packed.expectation(observable)
    else:
        assert repr(packed.expectation(observable)) == repr(means)


def test_counts_are_built_once_and_are_a_list() -> None:
    class Counted(RowStore):
        read = 0

        def column(self, name: str) -> list[Any]:
            self.read += 1
            return super().column(name)

    sweep = qb.Sweep.arange("n", 0, 3)
    store = Counted([PackedRows(0, None, 5, PackedPoints(_raw([1, 1, 1], [0, 1, 0], [5, 5, 5])))], sweep)
    results = SweepResults(store, operation="Op", target="local", shots=5, sweep=sweep)  # type: ignore[arg-type]
    before = store.read
    assert [results.counts[place] for place in range(3)] == [results[place].counts for place in range(3)]
    assert results.probabilities[1] == results[1].probabilities
    assert len(results.counts) == 3
    assert store.read == before + 2
    for same in (pickle.loads(pickle.dumps(results.counts)), copy.copy(results.counts), [*results.counts]):
        assert type(same) is list
        assert same == results.counts == list(results.counts)
    assert json.loads(json.dumps(results.counts)) == results.counts
    for change in (lambda counts: counts.clear(), lambda counts: counts.append({}), lambda counts: counts.sort()):
        with pytest.raises(TypeError, match="cannot be changed"):
            change(results.counts)


def _raw(sizes: list[int], keys: list[int], counts: list[int], **changes: Any) -> bytes:
    head = {"shape": [0, 0], "engine": "", "why": "", "points": len(sizes), "types": ["u1"] * 3} | changes
    return json.dumps(head).encode() + b"\n" + bytes([*sizes, *keys, *counts])


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "not that of several points"),
        (b"[]\n", "not that of several points"),
        (_raw([1], [0], [1], points=2), "not that of several points"),
        (_raw([1], [0], [1], points=0), "not that of several points"),
        (_raw([1], [0], [1], types=["O", "u1", "u1"]), "not that of several points"),
        (_raw([1], [0], [1], shape=[0, 1]), "a 0 for each bit"),
        (_raw([1], [0], [1], shape=[0] * 63), "at most 62"),
        (_raw([1], [4], [1]), "does not have 2 bits"),
        (_raw([1], [0], [0] * 7, types=["u1", "u1", "f8"]), "not that of several points"),
        (_raw([1], [0], [0] * 6 + [0xF8, 0x7F], types=["u1", "u1", "f8"]), "no probability"),
        (_raw([1], [0], [1], types=[]), "not that of several points"),
        (_raw([1], [0], [0]), "a count of 0"),
        (_raw([2], [1, 0], [1, 1]), "not ascending"),
        (_raw([2], [1, 1], [1, 1]), "not ascending"),
    ],
)
def test_what_is_refused(raw: bytes, told: str) -> None:
    with pytest.raises(ResultFormatError, match=told):
        PackedPoints(raw)


def test_points_begin_anew_and_may_have_no_outcome() -> None:
    found = PackedPoints(_raw([0, 2, 0, 1], [1, 3, 0], [5, 6, 7]))
    assert found.counts() == [{}, {"[0, 1]": 5, "[1, 1]": 6}, {}, {"[0, 0]": 7}]


# --- in the results of a sweep


@pytest.fixture(scope="module")
def results() -> qb.SweepResults:
    source = """operation Op(a : Double, n : Int) : Result[] { use q = Qubit[2]; Rx(a, q[0]);
        for _ in 1..n { CNOT(q[0], q[1]); } MResetEachZ(q) }"""
    op = qb.Program.from_source(source).operation("Op")
    sweep = qb.Sweep.grid(n=[1, 2], a=[0.1 * k for k in range(40)]) + qb.Sweep.points([{"n": 3, "a": 0.5}])
    return qb.run_sweep(op, sweep, qb.LocalSimulator(seed=4), shots=50)


def test_columns_are_those_of_the_rows(results: qb.SweepResults) -> None:
    rows = list(results)
    assert [row.index for row in rows] == list(range(81))
    assert results.counts == [row.counts for row in rows]
    assert [counts.by_bits for counts in results.counts] == [row.counts.by_bits for row in rows]
    assert results.states == [row.state for row in rows]
    assert results.job_ids == [row.job_id for row in rows]
    assert results.missing_shots == [row.missing_shots for row in rows] == [0] * 81
    assert results.outcomes == sorted({display for row in rows for display in row.counts})
    assert results["a"] == [row.point["a"] for row in rows]
    assert not results.failures
    assert not results.pending
    assert not results.derived


def test_rows_are_a_sequence(results: qb.SweepResults) -> None:
    rows = list(results)
    assert results[-1] == rows[-1]
    assert list(results[3:70:4]) == rows[3:70:4]
    assert results[35:50].counts == results.counts[35:50]
    with pytest.raises(IndexError):
        results[81]
    again = qb.SweepResults(rows, operation="Op", target="local.simulator", shots=50, sweep=results.points)
    assert again == results
    assert hash(again) == hash(results)
    assert pickle.loads(pickle.dumps(results)) == results
    assert qb.SweepResults.from_json(results.to_json(raw=True)) == results


def test_points_of_a_structure_share_a_result(tmp_path: Any) -> None:
    from qsharp_bridge.results.from_journal import open_for_reading

    op = qb.Program.from_source("operation Op(a : Double) : Result { use q = Qubit(); Rx(a, q); MResetZ(q) }")
    path = tmp_path / "run.db"
    found = qb.run_sweep(
        op.operation("Op"), qb.Sweep.linspace("a", 0, 3, 40), qb.LocalSimulator(seed=1), 20, journal=path
    )
    with open_for_reading(path) as record:
        assert Counter(form for _, form, _ in record.outputs()) == {PACKED_POINTS_FORMAT: 1}
    assert qb.SweepResults.from_journal(path) == found
