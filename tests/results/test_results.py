"""The labelled result: a sequence, merged, filtered, in files and back."""

from __future__ import annotations

import copy
import json
import math
import operator
import pickle
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsharp_bridge import Sweep, SweepResults
from qsharp_bridge.errors import MissingExtraError, ResultFormatError, SweepError
from qsharp_bridge.results.formats import Output
from qsharp_bridge.results.point import PointResult
from tests.shared.result_examples import any_results, results_over

GRID = Sweep.grid(n=[1, 2], angle=[[0.0, 0.5], [1.0, 0.5]], label=["a", "b"])
quick = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_columns() -> None:
    results = results_over(Sweep.grid(n=[1, 2, 3]), lambda p: None if p["n"] == 2 else 10 * p["n"])
    assert results.counts == [{"[0]": 90, "[1]": 10}, {}, {"[0]": 70, "[1]": 30}]
    assert results.probabilities == [{"[0]": 0.9, "[1]": 0.1}, {}, {"[0]": 0.7, "[1]": 0.3}]
    assert results.states == ["Succeeded", "Failed", "Succeeded"]
    assert results.job_ids == ["job-0", "job-1", "job-2"]
    assert results.outcomes == ["[0]", "[1]"]
    assert [row.index for row in results.failures] == [1]
    assert [row.shots for row in results] == [100, 0, 100]
    assert results[0].most_frequent() == [("[0]", 90)]
    assert results.points == Sweep.grid(n=[1, 2, 3])
    assert results.derived is False
    assert repr(results) == "<SweepResults of Turn: 3 points, 100 shots each, 1 without a result>"
    assert repr(results[0]) == "<PointResult 0 {'n': 1}: Succeeded, job job-0, [0]: 90, [1]: 10>"
    assert "Broken: it broke" in repr(results[1])


def test_nothing_can_be_changed() -> None:
    results = results_over(GRID)
    same = results_over(GRID)
    with pytest.raises(AttributeError):
        results.shots = 5  # type: ignore[misc]
    with pytest.raises(AttributeError, match="a result cannot be changed"):
        results[0].state = "Failed"
    with pytest.raises(TypeError, match="cannot be changed"):
        results.counts[0]["[0]"] = 5  # type: ignore[index]
    with pytest.raises(TypeError, match="cannot be changed"):
        results.counts[0] = {}
    results.states.clear()
    results[0].point["angle"].append(1.0)
    results[0].point["n"] = 7
    results.points[0]["angle"].clear()
    assert results == same
    assert hash(results) == hash(same)


def test_indices_slices_and_copies() -> None:
    results = results_over(GRID, lambda p: 10 * p["n"])
    assert results[-1].point == {"n": 2, "angle": [1.0, 0.5], "label": "b"}
    assert [row.index for row in results[::-3]] == [7, 4, 1]
    assert results[::-3].points == GRID[::-3]
    assert list(results) == [results[i] for i in range(len(results))]
    assert pickle.loads(pickle.dumps(results)) == results == copy.deepcopy(results)
    assert results[1:] != results
    with pytest.raises(IndexError):
        results[8]


def test_where_keeps_a_grid_a_grid() -> None:
    found = results_over(GRID).where(angle=[1.0, 0.5])
    assert [row.index for row in found] == [2, 3, 6, 7]
    assert found.points == GRID.where(angle=[1.0, 0.5])
    assert found.to_xarray().counts.dims == ("n", "angle", "label", "outcome")
    assert len(found.where(n=2, label="b")) == 1
    assert len(found.where(n=3)) == 0
    with pytest.raises(SweepError, match="no parameter 'm'; the sweep has n, angle, label"):
        found.where(m=1)


def test_where_with_a_condition() -> None:
    results = results_over(GRID, lambda p: 10 * p["n"])
    found = results.where(lambda row: row.point["angle"][0] > 0, n=2)
    assert [row.index for row in found] == [6, 7]
    assert found.points == GRID.where(n=2, angle=[1.0, 0.5])
    assert found.to_xarray().counts.dims == ("n", "angle", "label", "outcome")
    assert [row.index for row in results.where(lambda row: row.index in (0, 3))] == [0, 3]
    none = results.where(lambda row: False)
    assert (len(none), none.points.keys) == (0, GRID.keys)
    assert none.table().count("\n") == 3
    with pytest.raises(SweepError, match=r"a condition is a function of a point's result, not 2; write where\(n=2\)"):
        results.where(2)  # type: ignore[arg-type]
    with pytest.raises(SweepError, match="no parameter 'lable'; did you mean label"):
        results.where(lable="a")


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True), st.data())
def test_parts_of_a_grid_become_the_grid_again(values: list[int], data: st.DataObject) -> None:
    whole = results_over(Sweep.grid(a=values, b=[[0.0], [1.0]], c=["x", "y"]))
    cut = data.draw(st.integers(0, len(whole)))
    merged = whole[:cut] + whole[cut:]
    assert merged == whole
    assert merged.to_xarray().equals(whole.to_xarray())


def test_a_point_has_means_of_its_own() -> None:
    results = results_over(GRID, lambda p: None if p["n"] == 2 else 25)
    assert results[0].expectation("Z") == results.expectation("Z")[0]
    assert results[0].expectation().value == 0.5
    assert math.isnan(results[-1].expectation("parity").value)


def test_what_is_no_file_of_results(tmp_path: Path) -> None:
    with pytest.raises(ResultFormatError, match=r"^cannot read results\.json: No such file"):
        SweepResults.from_json("results.json")
    (tmp_path / "x.json").write_text("[program]")
    with pytest.raises(ResultFormatError, match=r"no JSON, but '\[program\]'"):
        SweepResults.from_json(tmp_path / "x.json")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for read in (SweepResults.from_json, SweepResults.from_csv):
        with pytest.raises(ResultFormatError, match="bytes is no text, and no results"):
            read(tmp_path / "bytes")
    with pytest.raises(ResultFormatError, match="is no Parquet file"):
        SweepResults.from_parquet(tmp_path / "bytes")
    for read in (SweepResults.from_json, SweepResults.from_csv, SweepResults.from_parquet):
        with pytest.raises(ResultFormatError, match=r"cannot read .*nowhere: No such file or directory$"):
            read(tmp_path / "nowhere")
        with pytest.raises(ResultFormatError, match=r"cannot read .*: Is a directory$"):
            read(tmp_path)


def test_merging() -> None:
    one, other = results_over(Sweep.grid(n=[1, 2])), results_over(Sweep.grid(n=[3]), session_ids=["s2", "s1"])
    both = one + other
    assert both.points == Sweep.grid(n=[1, 2, 3])
    assert [row.index for row in both] == [0, 1, 2]
    assert both.session_ids == ("s1", "s2")
    assert both[2].job_id == "job-0"
    assert (one + results_over(Sweep.grid(n=[3]), shots=99)).shots == (100, 100, 99)
    for about in ({"operation": "Other"}, {"target": "elsewhere"}):
        with pytest.raises(SweepError, match=f"merged when they have one {next(iter(about))}"):
            one + results_over(Sweep.grid(n=[3]), **about)  # type: ignore[arg-type]
    with pytest.raises(SweepError, match="the same parameters"):
        one + results_over(Sweep.grid(m=[3]))
    with pytest.raises(TypeError):
        operator.add(one, [1])


def test_what_makes_no_sense() -> None:
    row = PointResult(0, {"n": 1}, "Succeeded")
    about: dict[str, Any] = {"operation": "Op", "target": "t", "shots": 1}
    with pytest.raises(SweepError, match="1 result for 2 points"):
        SweepResults([row], sweep=Sweep.grid(n=[1, 2]), **about)
    with pytest.raises(SweepError, match="the same index"):
        SweepResults([row, row], **about)


def test_equality_is_of_points_jobs_and_results() -> None:
    about: dict[str, Any] = {"operation": "Op", "target": "t", "shots": 1}

    def one(*args: Any, **kwargs: Any) -> SweepResults:
        return SweepResults([PointResult(0, *args, **kwargs)], **about)

    base = one({"x": 1.0}, "Succeeded", "j", Output({"nan": 1}, {"nan": float("nan")}))
    assert base == one({"x": 1.0}, "Succeeded", "j", Output({"nan": 1}, {"nan": float("nan")}), raw=b"1")
    assert base != one({"x": 1}, "Succeeded", "j", Output({"nan": 1}, {"nan": float("nan")}))
    assert base != one({"x": 1.0}, "Succeeded", "k", Output({"nan": 1}, {"nan": float("nan")}))
    assert base != one({"x": 1.0}, "Succeeded", "j", Output({"nan": 1}, {"nan": float("nan")}, True))
    assert base != one({"x": 1.0}, "Succeeded", "j", Output({"nan": 1}, {}))
    assert base != [base[0]]


# --- files


@quick
@given(any_results())
def test_files_lose_nothing(tmp_path: Path, results: SweepResults) -> None:
    assert SweepResults.from_json(results.to_json()) == results
    results.to_json(tmp_path / "r.json")
    results.to_csv(tmp_path / "r.csv")
    results.to_parquet(tmp_path / "r.parquet")
    assert SweepResults.from_json(tmp_path / "r.json") == results
    assert SweepResults.from_parquet(tmp_path / "r.parquet") == results
    assert SweepResults.from_csv(tmp_path / "r.csv") == results
    again = SweepResults.from_json(results.to_json(raw=True))
    assert again == results
    assert [row.raw for row in again] == [row.raw for row in results]


def test_a_grid_is_still_a_grid_after_a_file(tmp_path: Path) -> None:
    results = results_over(GRID, lambda p: None if p["n"] == 2 else 5)
    results.to_csv(tmp_path / "r.csv")
    results.to_parquet(tmp_path / "r.parquet")
    for again in (
        SweepResults.from_json(results.to_json()),
        SweepResults.from_csv(tmp_path / "r.csv"),
        SweepResults.from_parquet(tmp_path / "r.parquet"),
    ):
        assert again == results
        assert again.to_xarray().identical(results.to_xarray())


def test_the_shape_of_the_files(tmp_path: Path) -> None:
    """Other tools read them: a change here is a change for our users."""
    import pandas as pd

    results = results_over(Sweep.grid(count=[1], angle=[[0.0, 0.5]], p=["2"]), lambda _: 25)
    assert results.to_csv(tmp_path / "r.csv").splitlines() == [
        "point,count_,angle,p,job_id,state,outcome,value,count,probability,derived,missing_shots,error,operation,target,shots,session_ids",
        '0,1,"[0.0,0.5]","""2""",job-0,Succeeded,[0],[0],75,0.75,false,0,,Turn,somewhere,100,"[""s1""]"',
        '0,1,"[0.0,0.5]","""2""",job-0,Succeeded,[1],[1],25,0.25,false,0,,Turn,somewhere,100,"[""s1""]"',
    ]
    results.to_parquet(tmp_path / "r.parquet")
    frame = pd.read_parquet(tmp_path / "r.parquet")
    assert list(frame["count"]) == list(pd.read_csv(tmp_path / "r.csv")["count"]) == [75, 25]
    assert [list(angle) for angle in frame["angle"]] == [[0.0, 0.5]] * 2
    assert list(frame["count_"]) == [1, 1]
    data = json.loads(results.to_json())
    assert data["rows"][0] == {
        "index": 0, "point": {"count": 1, "angle": [0.0, 0.5], "p": "2"}, "state": "Succeeded", "job_id": "job-0",
        "counts": {"[0]": 75, "[1]": 25}, "outcomes": {"[0]": [0], "[1]": [1]},
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"qsharp_bridge.results": 2}', '{"qsharp_bridge.results": 1}', "[" * 100_000]
)
def test_texts_that_are_no_results(tmp_path: Path, text: str) -> None:
    path = tmp_path / "junk"
    path.write_text(text)
    for read in (lambda: SweepResults.from_json(text), lambda: SweepResults.from_csv(path)):
        with pytest.raises(ResultFormatError):
            read()
    with pytest.raises(ResultFormatError):
        SweepResults.from_parquet(path)


@pytest.mark.parametrize("place", ["shots", "index", "count"])
def test_numbers_below_zero(place: str) -> None:
    data = json.loads(results_over(Sweep.grid(count=[1]), lambda _: 25).to_json())
    match place:
        case "shots":
            data["shots"] = -1
        case "index":
            data["rows"][0]["index"] = -1
        case "count":
            data["rows"][0]["counts"] = dict.fromkeys(data["rows"][0]["counts"], -1)
    with pytest.raises(ResultFormatError, match="-1 is not a number of shots or a place"):
        SweepResults.from_json(json.dumps(data))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for read in (SweepResults.from_json, SweepResults.from_csv, SweepResults.from_parquet):
        with pytest.raises(ResultFormatError, match=r"No such file|not the results"):
            read(tmp_path / "none")


_junk = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just([]), st.just({}), st.just([[]]))


@given(_junk, st.data())
def test_damaged_json_is_refused_with_our_error_alone(junk: Any, data: st.DataObject) -> None:
    def damaged(found: Any) -> Any:
        if isinstance(found, (list, dict)) and found and data.draw(st.integers(0, 3)):
            key = data.draw(st.sampled_from(list(found) if isinstance(found, dict) else range(len(found))))
            found[key] = damaged(found[key])
            return found
        return junk

    content = json.loads(results_over(Sweep.grid(n=[1, 2])).to_json(raw=True))
    try:
        results = SweepResults.from_json(json.dumps(damaged(content)))
    except ResultFormatError:
        return
    assert len(results) == len(results.points)
    repr(results)


@quick
@given(st.data())
def test_damaged_csv_is_refused_with_our_error_alone(tmp_path: Path, data: st.DataObject) -> None:
    text = results_over(Sweep.grid(n=[1, 2])).to_csv()
    place = data.draw(st.integers(0, len(text) - 1))
    path = tmp_path / "r.csv"
    junk = data.draw(st.sampled_from(["", ",", '"', "x", "\n", "[", "-1"]))
    path.write_text(text[:place] + junk + text[place + 1 :], newline="")
    try:
        results = SweepResults.from_csv(path)
    except ResultFormatError:
        return
    assert all(type(count) is int for counts in results.counts for count in counts.values())


@pytest.mark.parametrize(
    ("module", "use"),
    [
        ("pandas", lambda results, path: results.to_pandas()),
        ("xarray", lambda results, path: results.to_xarray()),
        ("matplotlib", lambda results, path: results.plot()),
        ("pyarrow", lambda results, path: results.to_parquet(path)),
        ("pyarrow", lambda results, path: SweepResults.from_parquet(path)),
    ],
)
def test_what_is_not_installed_is_named(module: str, use: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf'this needs {module}; pip install "qsharp-bridge\[results\]"'):
        use(results_over(Sweep.grid(n=[1])), tmp_path / "r")


def test_the_column_of_a_parameter() -> None:
    results = results_over(Sweep.grid(theta=[0.5, 1.0], basis=["X"]))
    assert results["theta"] == [0.5, 1.0]
    assert results["basis"] == ["X", "X"]
    with pytest.raises(SweepError, match="no parameter 'tetha'; did you mean theta"):
        results["tetha"]


def test_pooling() -> None:
    first = results_over(Sweep.grid(n=[1, 2, 3]), lambda p: None if p["n"] == 3 else 10 * p["n"], session_ids=["s1"])
    extra = Sweep.grid(n=[3, 2, 4])
    rows = [
        PointResult(i, p, "Succeeded", f"again-{i}", Output({"[1]": 900, "[-]": 90}, {"[1]": [1]}, True, missing=10))
        for i, p in enumerate(extra)
    ]
    second = SweepResults(rows, operation="Turn", target="somewhere", shots=1000, session_ids=["s2"])
    both = first.merge(second)
    assert both["n"] == [1, 2, 3, 4]
    assert [row.index for row in both] == [0, 1, 2, 3]
    assert both.counts[1] == {"[0]": 80, "[1]": 920, "[-]": 90}
    assert (both[1].output.derived, both[1].missing_shots, both[1].job_id, both[1].memory) == (True, 10, None, None)
    assert both.job_ids == ["job-0", None, "again-0", "again-2"]
    assert both[2].counts == second[0].counts  # the first had no result
    assert (both.shots, both.session_ids) == ((100, 1100, 1100, 1000), ("s1", "s2"))
    assert first[:1].merge(second[2:]).shots == (100, 1000)
    assert SweepResults.from_json(both.to_json()) == both
    with pytest.raises(SweepError, match="the job job-0 is in both results: its shots would count twice"):
        first.merge(first)
    with pytest.raises(SweepError, match="the same parameters, not n and m"):
        first.merge(results_over(Sweep.grid(m=[3]), shots=7))
    with pytest.raises(SweepError, match="merged when they have one target"):
        first.merge(results_over(Sweep.grid(n=[3]), target="elsewhere"))
    with pytest.raises(SweepError, match="expected results to merge with, found"):
        first.merge([1])  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 3), max_size=6), st.lists(st.integers(0, 3), max_size=6))
def test_pooling_keeps_every_shot(one: list[int], two: list[int]) -> None:
    def over(values: list[int], job: str) -> SweepResults:
        rows = [
            PointResult(i, {"n": n}, "Succeeded", f"{job}{i}", Output({str(n): 1 + i}, {str(n): n}))
            for i, n in enumerate(values)
        ]
        empty = Sweep.grid(n=[0])[:0]
        sweep = Sweep.points([{"n": n} for n in values]) if values else empty
        return SweepResults(rows, operation="Op", target="t", shots=1, sweep=sweep)

    a, b = over(one, "a"), over(two, "b")
    merged = a.merge(b)
    assert len(merged) == len(one) + len(two) - sum((Counter(one) & Counter(two)).values())
    assert sum(row.shots for row in merged) == sum(row.shots for row in [*a, *b])
    assert all(row.counts == {str(row.point["n"]): row.shots} for row in merged)


def test_arrays_of_means() -> None:
    found = results_over(Sweep.grid(n=[0, 1, 2]), lambda p: None if p["n"] == 2 else 50 * p["n"]).expectation("Z")
    assert found.values.tolist() == [1.0, 0.0, pytest.approx(math.nan, nan_ok=True)]
    assert found.errors.tolist()[:2] == [each.error for each in found[:2]]
    assert found[0] == (1.0, pytest.approx(1 / 101))
