"""The algebra of sweeps: order, laws, equality, repr, JSON."""

from __future__ import annotations

import copy
import json
import operator
import pickle
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge import Sweep
from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweeps import nodes
from qsharp_bridge.sweeps.constructors import read_cell, write_cell
from qsharp_bridge.sweeps.identity import canonical
from tests.shared.sweep_examples import EXAMPLES, sweeps

GOLDEN = Path(__file__).parent / "golden"


def texts(sweep: Any) -> list[str]:
    return [canonical(point) for point in sweep]


# --- order


def test_the_last_parameter_of_a_grid_varies_fastest() -> None:
    sweep = Sweep.grid(a=[1, 2], b=["x", "y", "z"])
    assert [tuple(p.values()) for p in sweep] == list(product([1, 2], ["x", "y", "z"]))
    assert [list(p) for p in sweep] == [["a", "b"]] * 6


@given(sweeps("a", "b"), sweeps("c", "d"))
def test_a_product_is_a_nested_loop(left: Sweep, right: Sweep) -> None:
    both = left * right
    assert len(both) == len(left) * len(right)
    assert texts(both) == texts({**a, **b} for a in left for b in right)
    assert set(both.keys) == set(left.keys) | set(right.keys)


@given(sweeps("a", "b"), sweeps("b", "a"))
def test_a_sum_is_one_after_the_other(left: Sweep, right: Sweep) -> None:
    both = left + right
    assert texts(both) == texts(left) + texts(right)
    assert all(tuple(point) == both.keys for point in both)


@given(sweeps(), st.data())
def test_slices_and_indices_are_those_of_a_list(sweep: Sweep, data: st.DataObject) -> None:
    points = texts(sweep)
    chosen = data.draw(st.slices(len(points) + 2))
    again = data.draw(st.slices(len(points) + 2))
    assert texts(sweep[chosen]) == points[chosen]
    assert texts(sweep[chosen][again]) == points[chosen][again]
    assert sweep[chosen].keys == sweep.keys
    assert [canonical(sweep[i]) for i in range(-len(points), len(points))] == points * 2
    for outside in (len(points), -len(points) - 1):
        with pytest.raises(IndexError):
            sweep[outside]


@given(sweeps("a"), sweeps("b"), sweeps("c"))
def test_products_and_sums_associate(a: Sweep, b: Sweep, c: Sweep) -> None:
    assert (a * b) * c == a * (b * c)
    assert (a + a[:1]) + a == a + (a[:1] + a)
    assert Sweep.grid() * a == a == a * Sweep.grid()
    assert Sweep.points([]) + a == a == a + Sweep.points([])


# --- equality, hash, repr, JSON, copies


@given(sweeps())
def test_rebuilding_a_sweep_gives_an_equal_one(sweep: Sweep) -> None:
    written = Sweep.points(sweep) if len(sweep) else sweep
    for again in (
        eval(repr(sweep), {"Sweep": Sweep}),
        Sweep.from_json(sweep.to_json()),
        pickle.loads(pickle.dumps(sweep)),
        copy.deepcopy(sweep),
        written,
    ):
        assert again == sweep
        assert hash(again) == hash(sweep)
        assert again.digest == sweep.digest
        assert set(again.keys) == set(sweep.keys)
    assert Sweep.from_json(sweep.to_json()).to_json() == sweep.to_json()


@given(sweeps("a"), sweeps("a"))
def test_equal_means_the_same_points(one: Sweep, other: Sweep) -> None:
    assert (one == other) == (texts(one) == texts(other))
    assert (one == other) == (one.digest == other.digest and len(one) == len(other))


@pytest.mark.parametrize("other", [1.0, True, "1", [1], (1,), 2, None, 1j])
def test_what_q_sharp_tells_apart_is_not_equal(other: Any) -> None:
    assert Sweep.grid(x=[1]) != Sweep.grid(x=[other])


def test_equality_at_its_edges() -> None:
    assert Sweep.grid(x=[0.0]) != Sweep.grid(x=[-0.0])
    assert Sweep.grid(x=[float("nan")]) == Sweep.grid(x=[np.nan])
    assert Sweep.grid(x=[[0, 1]]) != Sweep.grid(x=[[0.0, 1.0]])
    assert Sweep.grid(x=[2**70]) == Sweep.grid(x=[2**70])
    assert Sweep.grid(x=[1, 2]) != [{"x": 1}, {"x": 2}]
    assert Sweep.zip(a=[1], b=[2]) == Sweep.points([{"b": 2, "a": 1}])  # names have no order
    assert Sweep.grid(a=[1, 2]) != Sweep.grid(a=[2, 1])
    assert Sweep.grid(x=[object()]) != Sweep.grid(x=[object()])
    kept = object()
    assert Sweep.grid(x=[kept]) == Sweep.grid(x=[kept])
    assert len({Sweep.grid(x=[1]), Sweep.points([{"x": 1}]), Sweep.grid(x=[1.0])}) == 2


@pytest.mark.parametrize("name", EXAMPLES)
def test_golden_files(name: str) -> None:
    """What was written once must always be read, and is still written the same."""
    path = GOLDEN / f"{name}.json"
    assert path.exists(), f"write {path.name}: {EXAMPLES[name].to_json()}"
    golden = path.read_text(encoding="utf-8").strip()
    assert EXAMPLES[name].to_json() == golden
    assert Sweep.from_json(golden) == EXAMPLES[name]


def test_every_kind_of_sweep_has_a_golden_file() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(EXAMPLES)
    found = {next(key for key in json.loads(p.read_text()) if key != "qsharp_bridge.sweep") for p in GOLDEN.glob("*")}
    assert found == {kind.kind for kind in nodes.KINDS}


def test_reprs() -> None:
    assert repr(EXAMPLES["axis_linspace"]) == "Sweep.linspace('theta', 0, 1, 5)"
    assert repr(EXAMPLES["product"]) == "Sweep.grid(a=[1, 2], b=[True, False])"
    assert repr(EXAMPLES["concat"]) == "Sweep.grid(a=[1, 2]) + Sweep.points([{'a': 5}])"
    assert repr(Sweep.grid(a=[1, 2, 3])[1:]) == "Sweep.grid(a=[2, 3])"
    assert repr(Sweep.grid(a=[1, 2], b=[3, 4])[::-1]) == "(Sweep.grid(a=[1, 2], b=[3, 4]))[3::-1]"
    for word in ("class", "\ufb01", "__debug__"):  # Python has no such keyword argument, or spells it another way
        odd = Sweep.grid(**{"a": [1], word: [2], "b": [3]})
        assert repr(odd) == f"Sweep.grid(a=[1], **{{{word!r}: [2]}}, b=[3])"
        assert eval(repr(odd)) == odd
    assert repr(Sweep.grid(a=[object()])) == "<Sweep of 1 point over a>"


# --- what nobody can change


def test_no_list_is_shared() -> None:
    inner, array = [0.0, 1.0], np.array([[1, 2], [3, 4]])
    sweep = Sweep.grid(angle=[inner]) * Sweep.points([{"p": (inner, {"m": inner})}]) * Sweep.zip(q=[array])
    before = sweep.to_json()
    inner.append(9.0)
    array[0, 0] = 9
    point = sweep[0]
    point["angle"].append(3)
    point["p"][0].append(3)
    point["p"][1]["m"].append(3)
    point["q"][0].append(3)
    del point["q"]
    next(iter(sweep))["angle"].clear()
    assert sweep.to_json() == before
    masked = np.ma.masked_array([1, 2], mask=[True, False])
    with pytest.raises(ValueError, match="read-only"):
        Sweep.grid(x=[masked])[0]["x"][1] = 5


# --- lazy


def test_a_product_of_a_trillion_points_costs_nothing() -> None:
    axis = Sweep.arange("a", 0, 10_000)
    big = axis * Sweep.arange("b", 0, 10_000) * Sweep.arange("c", 0, 10_000)
    assert len(big) == 10**12
    assert big[-1] == {"a": 9999, "b": 9999, "c": 9999}
    assert big[123_456_789_012] == {"a": 1234, "b": 5678, "c": 9012}
    part = big[::-1][5 : 10**12 : 10**11][1:]
    assert [p["a"] for p in part] == [8999 - 1000 * i for i in range(9)]
    assert hash(big) == hash(big + Sweep.points([]))
    assert len(repr(big)) < 200
    assert len(big + big) == 2 * 10**12
    with pytest.raises(SweepError, match="more than Python can count"):
        big * Sweep.arange("d", 0, 10**7)


def test_where_keeps_a_grid_a_grid() -> None:
    sweep = Sweep.grid(n=[2, 4], x=[0.0, 1.0], angle=[[0.0], [1.0]])
    found = sweep.where(n=4, angle=np.array([1.0]))
    assert list(found) == [{"n": 4, "x": 0.0, "angle": [1.0]}, {"n": 4, "x": 1.0, "angle": [1.0]}]
    assert found.axes is not None
    assert [axis.keys for axis in found.axes] == [("n",), ("x",), ("angle",)]
    assert len(sweep.where(n=3)) == 0
    assert sweep.where(x=1) == sweep.where(x=1.0)
    with pytest.raises(SweepError, match=r"no parameter 'm'; the sweep has n, x, angle"):
        sweep.where(m=1)


@given(sweeps("a", "b", "c"), st.integers(-1, 2))
def test_where_is_a_filter(sweep: Sweep, value: int) -> None:
    assert texts(sweep.where(a=value)) == texts(p for p in sweep if p["a"] == value)


def test_axes() -> None:
    assert Sweep.points([{"a": 1}]).axes is None
    product_axes = (Sweep.zip(a=[1, 2], b=[3, 4]) * Sweep.grid(c=[5])).axes
    assert product_axes is not None
    assert [axis.keys for axis in product_axes] == [("a", "b"), ("c",)]
    assert Sweep.grid(a=[1])[:0].axes is not None
    assert (Sweep.grid(a=[1]) + Sweep.grid(a=[1])).axes is None


# --- from numbers


@pytest.mark.parametrize(("start", "stop", "num"), [(0, 1, 3), (0.1, 0.7, 11), (5, 5, 1), (1, -1, 50), (0, 1e308, 2)])
def test_linspace_is_that_of_numpy(start: float, stop: float, num: int) -> None:
    found = [p["x"] for p in Sweep.linspace("x", start, stop, num)]
    assert found == np.linspace(start, stop, num).tolist()
    assert all(type(x) is float for x in found)


def test_arange_keeps_ints_and_agrees_with_numpy() -> None:
    assert [p["n"] for p in Sweep.arange("n", 10**20, 10**20 + 3)] == [10**20, 10**20 + 1, 10**20 + 2]
    assert [p["x"] for p in Sweep.arange("x", 0, 1, 0.1)] == np.arange(0, 1, 0.1).tolist()
    assert [p["x"] for p in Sweep.arange("x", 5, 0, -2)] == [5, 3, 1]
    assert type(Sweep.arange("n", np.int32(0), 2, 1)[0]["n"]) is int


def test_random_is_the_same_for_a_seed() -> None:
    one = Sweep.random("x", -1, 2, 1000, seed=5)
    assert one == Sweep.random("x", -1, 2, 1000, seed=5) != Sweep.random("x", -1, 2, 1000, seed=6)
    assert [p["x"] for p in one] == np.random.default_rng(5).uniform(-1, 2, 1000).tolist()
    assert all(-1 <= p["x"] < 2 for p in one)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Sweep.linspace("x", 0, 1, 0), "x: num must be a whole number from 1"),
        (lambda: Sweep.linspace("x", 0, 1, 2.0), "x: num must be a whole number"),  # type: ignore[arg-type]
        (lambda: Sweep.linspace("x", 0, float("inf"), 2), "x: stop must be a finite number, not inf"),
        (lambda: Sweep.linspace("x", -1e308, 1e308, 3), "x: from -1e[+]308 to 1e[+]308 is farther"),
        (lambda: Sweep.linspace("x", 10**400, 1, 3), "x: start must be a finite number, not an int of 1329 bits"),
        (lambda: Sweep.linspace("x", True, 1, 3), "x: start must be a finite number"),
        (lambda: Sweep.linspace(" x", 0, 1, 3), "' x' is no parameter name"),
        (lambda: Sweep.arange("x", 0, 1, 0), "x: arange needs a step other than 0"),
        (lambda: Sweep.arange("x", 1, 0), r"x: arange\(1, 0, 1\) has no values"),
        (lambda: Sweep.arange("x", 0, 1e300, 1e-300), "x: arange.* has too many values"),
        (lambda: Sweep.random("x", 1, 1, 3, seed=1), "x: random needs low < high"),
        (lambda: Sweep.random("x", 0, 1, 3, seed=None), "x: seed must be a whole number"),  # type: ignore[arg-type]
        (lambda: Sweep.grid(x=5), r"x: expected a list of values, found 5; write x=\[...\]"),  # type: ignore[arg-type]
        (lambda: Sweep.grid(x="ab"), "x: expected a list of values, found 'ab'"),
        (lambda: Sweep.grid(x={1, 2}), "x: expected a list of values, found a set"),
        (lambda: Sweep.grid(x={"a": 1}), "x: expected a list of values, found a dict"),
        (lambda: Sweep.grid(x=np.array(1)), "x: expected a list of values, found a 0-d array"),
        (lambda: Sweep.zip(a=[1, 2], b=[1]), "zip needs lists of one length: a has 2, b has 1"),
        (lambda: Sweep.zip(), "zip needs at least one parameter"),
        (lambda: Sweep.grid(a=[1]) * Sweep.zip(b=[1], a=[1]), "a: a product has the parameter a on both sides"),
        (lambda: Sweep.grid(a=[1]) + Sweep.grid(b=[1]), "the same parameters on both sides, not a and b"),
        (lambda: Sweep.points({"x": 1}), "expected a list of points, found a dict"),  # type: ignore[arg-type]
        (lambda: Sweep.points([{"x": 1}, [1]]), r"point 1: a point is a mapping .* not a list"),  # type: ignore[list-item]
        (lambda: Sweep.points([{"x": 1}, {"y": 1}]), "point 1: its parameters differ from those of point 0 in x, y"),
        (lambda: Sweep.points([{1: 1}]), "1 is no parameter name"),  # type: ignore[dict-item]
        (lambda: Sweep({"x": [1]}), r"a mapping may be a grid or a zip; write Sweep.grid"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any, told: str) -> None:
    with pytest.raises(SweepError, match=told):
        make()


def test_only_sweeps_combine() -> None:
    with pytest.raises(TypeError):
        Sweep.grid(a=[1]) * 2  # type: ignore[operator]
    with pytest.raises(TypeError):
        operator.add(Sweep.grid(a=[1]), [{"a": 2}])


# --- from tables


def test_from_dataframe() -> None:
    frame = pd.DataFrame(
        {"n": [1, 2], "x": [0.5, np.nan], "angle": [[0.0, 1.0], np.array([2.0, 3.0])], "s": ["a", "b"]}
    )
    sweep = Sweep.from_dataframe(frame)
    assert sweep[0] == {"n": 1, "x": 0.5, "angle": [0.0, 1.0], "s": "a"}
    assert sweep[1]["angle"] == [2.0, 3.0]
    assert type(sweep[0]["n"]) is int
    assert Sweep.from_dataframe(frame.iloc[::-1])[0]["n"] == 2  # by position, not by label
    assert list(Sweep.from_dataframe(pd.DataFrame({"n": pd.array([1, 2], dtype="Int64")}))) == [{"n": 1}, {"n": 2}]
    empty = Sweep.from_dataframe(frame.iloc[:0])
    assert len(empty) == 0


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (pd.DataFrame(), "no columns"),
        (pd.DataFrame([[1]]), "0 is no parameter name"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "a: the DataFrame has a twice"),
        (pd.DataFrame({"n": pd.array([1, None], dtype="Int64")}), "point 1: n: a value is missing"),
        (pd.DataFrame({"s": ["a", None]}), "point 1: s: a value is missing"),
        ([{"a": 1}], "expected a pandas DataFrame, found a list"),
        (pl.DataFrame({"a": [1]}), r"found a DataFrame of polars; write Sweep.zip\(\*\*frame.to_dict\(\)\)"),
    ],
)
def test_frames_that_are_refused(frame: Any, told: str) -> None:
    with pytest.raises(SweepError, match=told):
        Sweep.from_dataframe(frame)


def test_a_frame_where_points_belong() -> None:
    for make in (Sweep, Sweep.points):
        with pytest.raises(SweepError, match=r"found a DataFrame; write Sweep.from_dataframe\(frame\)"):
            make(pd.DataFrame({"n": [1, 2]}))  # type: ignore[arg-type]


def test_the_advice_for_polars_works() -> None:
    frame = pl.DataFrame({"n": [1, 2], "x": [0.5, 1.0]})
    assert Sweep.zip(**frame.to_dict()) == Sweep.zip(n=[1, 2], x=[0.5, 1.0])


def test_pickling_does_not_walk_the_points() -> None:
    sweep = Sweep.grid(a=range(10**4), b=range(10**4), c=range(10**4))[::3]  # would take weeks
    assert pickle.loads(pickle.dumps(sweep))[-1] == sweep[-1]


def test_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(
        '\ufeffn, x,angle,flag,p,c\n2,2.0,"[0.0, 1.0]",true,PauliX,"{""$complex"": [0.0, 1.0]}"\n'
        '\n3,-0.0,[],false,"a, b","{""$tuple"":[1]}"\n',
        encoding="utf-8",
    )
    sweep = Sweep.from_csv(path)
    assert sweep == Sweep.points(
        [
            {"n": 2, "x": 2.0, "angle": [0.0, 1.0], "flag": True, "p": "PauliX", "c": 1j},
            {"n": 3, "x": -0.0, "angle": [], "flag": False, "p": "a, b", "c": (1,)},
        ]
    )


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("True", True), ("False", False), ("+1", 1), (".5", 0.5), ("1.", 1.0), ("+.5e-3", 0.0005), ("1E5", 1e5),
        ("0011", "0011"), ("true", True), ("nan", "nan"), ("1_000", "1_000"), ("+", "+"), ("1.e", "1.e"), ("-", "-"),
    ],
)  # fmt: skip
def test_cells_as_python_and_its_tables_write_them(cell: str, value: Any) -> None:
    found = read_cell(cell)
    assert (found, type(found)) == (value, type(value))


@given(st.one_of(st.text(), st.from_regex(r"[+-]?[0-9.eE]{1,6}|True|False", fullmatch=True)))
def test_a_text_is_itself_in_a_cell(text: str) -> None:
    assert read_cell(write_cell(text)) == text


def test_a_frame_written_by_pandas(tmp_path: Path) -> None:
    frame = pd.DataFrame({"flip": [True, False], "theta": [0.5, 1.0], "n": [1, 2]})
    frame.to_csv(tmp_path / "f.csv", index=False)
    assert Sweep.from_csv(tmp_path / "f.csv") == Sweep.from_dataframe(frame)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no points"),
        ("a,b\n", "has no points"),
        ("a,a\n1,2\n", "has a twice"),
        ("a,b\n1,2\n3\n", "line 3: 1 cells under 2 names"),
        ("a,b\n1,2,3\n", "line 2: 3 cells under 2 names"),
        ("a,b\n1,\n", "line 2: an empty cell"),
        ("a\x07b\n1\n", "is no parameter name"),
        ("theta;n\n1;2\n", "separate cells by commas, not by ';'"),
        ("theta\tn\n1\t2\n", r"separate cells by commas, not by '\\t'"),
        ('a\n"1\n', "line 2: unexpected end of data"),
        (f"a\n{'9' * 5000}\n", "an int of 5000 digits is too long"),
        (f'a\n"{"[" * 200_000}"\n', "field larger than field limit|nested too deep"),
        (f'a\n"{"[" * 100_000}"\n', "nested too deep"),
        ('a\n"{""$tuple"": 5}"\n', "line 2: no value of a sweep"),
    ],
)
def test_csv_files_that_are_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SweepError, match=told):
        Sweep.from_csv(path)


def test_csv_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match=r"cannot read .*No such file"):
        Sweep.from_csv(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"a\n\xe9\n")
    with pytest.raises(SweepError, match=r"cannot read .*utf-8"):
        Sweep.from_csv(tmp_path / "latin.csv")


# --- junk in JSON

_KEYS = (
    *("axis", "name", "values", "points", "names", "rows", "zip", "product", "concat", "slice", "of", "range", "a"),
    *("$tuple", "$float", "$range", "$complex", "$int", "$record", "$qsharp", "$code", "$fraction"),
)
_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=12,
)


@given(_json)
def test_junk_is_refused_with_a_sweep_error_alone(data: Any) -> None:
    text = json.dumps({"qsharp_bridge.sweep": 1, **data} if isinstance(data, dict) else data)
    try:
        sweep = Sweep.from_json(text)
    except SweepError:
        return
    assert Sweep.from_json(sweep.to_json()) == sweep


@given(st.sampled_from(sorted(EXAMPLES)), _json, st.data())
def test_damaged_files_are_refused_with_a_sweep_error_alone(name: str, junk: Any, data: st.DataObject) -> None:
    """One place of a good file holds something else."""

    def damaged(found: Any) -> Any:
        if isinstance(found, (list, dict)) and found and data.draw(st.booleans()):
            key = data.draw(st.sampled_from(list(found) if isinstance(found, dict) else range(len(found))))
            found[key] = damaged(found[key])
            return found
        return junk

    content = json.loads(EXAMPLES[name].to_json())
    try:
        sweep = Sweep.from_json(json.dumps(damaged(content)))
    except SweepError:
        return
    list(sweep[:50])
    repr(sweep)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "{}", '{"axis": {"name": "a", "values": []}}', "[" * 100_000, "9" * 5000,
        '{"qsharp_bridge.sweep": 2, "axis": {"name": "a", "values": []}}',
        '{"qsharp_bridge.sweep": 1, "slice": {"of": {"axis": {"name": "a", "values": [1]}}, "range": [0, 2, 1]}}',
        '{"qsharp_bridge.sweep": 1, "slice": {"of": {"axis": {"name": "a", "values": [1]}}, "range": [0, 1, 0]}}',
        '{"qsharp_bridge.sweep": 1, "axis": {"name": "a", "values": [{"$qsharp": "1 + 1"}]}}',
        '{"qsharp_bridge.sweep": 1, "axis": {"name": "a", "values": [{"$range": [1, 2, 0]}]}}',
        '{"qsharp_bridge.sweep": 1, "concat": []}',
        '{"qsharp_bridge.sweep": 1, "axis": {"name": "a", "values": [' + "[" * 50_000 + "]" * 50_000 + "]}}",
    ],
)  # fmt: skip
def test_texts_that_are_no_sweep(text: str) -> None:
    with pytest.raises(SweepError):
        Sweep.from_json(text)
    with pytest.raises(SweepError):
        Sweep.from_json(None)  # type: ignore[arg-type]


# --- pure


def test_nothing_here_imports_qdk_or_azure_or_what_is_optional() -> None:
    code = """
import sys
from qsharp_bridge import Sweep
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.results.results import SweepResults
from qsharp_bridge import extras
from qsharp_bridge.results import formats, observables, tables, plots, html
from qsharp_bridge.runner import progress
sweep = Sweep.linspace("x", 0, 1, 3) * Sweep.grid(n=[1, 2])
raw = b'{"Histogram": ["[0]", 0.25, "[1]", 0.75]}'
output = formats.read_output(raw, "microsoft.quantum-results.v1", 100)
results = SweepResults([PointResult(i, p, "Succeeded", None, output) for i, p in enumerate(sweep)],
                       operation="Op", target="t", shots=100, sweep=sweep)
results = SweepResults.from_json((results[:3] + results[3:]).to_json())
results.where(n=1).expectation("Z"), results._repr_html_(), results.table(), repr(results), sweep.digest
assert not results.to_pandas().empty and results.to_xarray() is not None and results.plot() is not None
heavy = [m for m in sys.modules if m.partition(".")[0] in ("qdk", "qsharp", "azure", "qulacs", "pyqir", "msrest")]
print(heavy)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_the_algebra_needs_neither_numpy_nor_pandas() -> None:
    code = """
import sys
from qsharp_bridge import Sweep
sweep = Sweep.grid(a=[1, 2], b=[[0.5], [1.5]]) + Sweep.points([{"a": 1, "b": [2.5]}])
Sweep.from_json(sweep.to_json())[1:], repr(sweep), sweep.digest, sweep == sweep[:], sweep.where(a=1)
print([m for m in ("numpy", "pandas", "xarray", "matplotlib", "jinja2", "qdk", "azure") if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
