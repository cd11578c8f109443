"""The parameters of a sweep file."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweepfile.parameters import points_of, sweep_of
from qsharp_bridge.syntax import parse_type


def sweep(text: str, folder=None, **types: str) -> qb.Sweep:
    made, faults = sweep_of(tomllib.loads(text), folder, {name: parse_type(type_) for name, type_ in types.items()})
    if faults:
        raise faults[0]
    return made


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("x = 2", [2]),
        ("x = [1, 2]", [[1, 2]]),
        ("x = { value = [1, 2] }", [[1, 2]]),
        ("x = { value = { X = 1 } }", [{"X": 1}]),
        ("x = { values = [1, 2] }", [1, 2]),
        ("x = { linspace = [0, 1, 5] }", np.linspace(0, 1, 5).tolist()),
        ("x = { arange = [0, 10, 4] }", [0, 4, 8]),
        ("x = { random = [0, 1, 3], seed = 7 }", np.random.default_rng(7).uniform(0, 1, 3).tolist()),
        ("x = { grid = [[0, 1], { values = [5] }] }", [[0, 5], [1, 5]]),
        ("x = { grid = [[0, 1], { arange = [2, 4, 1] }] }", [[0, 2], [0, 3], [1, 2], [1, 3]]),
        ('x = { qsharp = "0..2..8" }', [range(0, 9, 2)]),
        ('x = { values = [{ qsharp = "(1, 2)" }, 3] }', [(1, 2), 3]),
        ('x = { values = [[{ qsharp = "1L" }]] }', [[1]]),
    ],
)
def test_ways_to_make_values(text, values):
    assert [point["x"] for point in sweep(text)] == values


def test_every_combination_the_last_fastest():
    text = "a = { values = [1, 2] }\nb = 7\nc = { values = [3, 4] }"
    assert sweep(text) == qb.Sweep.grid(a=[1, 2], b=[7], c=[3, 4])
    assert [axis.keys for axis in sweep(text).axes] == [("a",), ("b",), ("c",)]


def test_side_by_side():
    text = """
        a = { values = [1, 2] }
        n = { values = [5, 6] }
        b = { linspace = [0, 1, 2], zip = "a" }
        c = { values = [8, 9], zip = "b" }
    """
    assert sweep(text) == qb.Sweep.zip(a=[1, 2], b=[0.0, 1.0], c=[8, 9]) * qb.Sweep.grid(n=[5, 6])


def test_no_parameters_are_one_point():
    assert list(sweep("")) == [{}]


def test_a_column_of_a_file(tmp_path):
    (tmp_path / "v.csv").write_text("x,y\n1,a\n2,b\n")
    assert list(sweep('x = { file = "v.csv" }', tmp_path)) == [{"x": 1}, {"x": 2}]
    assert list(sweep('z = { file = "v.csv", column = "y" }', tmp_path)) == [{"z": "a"}, {"z": "b"}]


def test_points(tmp_path):
    (tmp_path / "v.csv").write_text('x,y\n1,"[0.5, 1]"\n')
    assert list(points_of("v.csv", tmp_path)) == [{"x": 1, "y": [0.5, 1]}]
    assert list(points_of([{"x": 1, "y": {"qsharp": "0..1"}}], tmp_path)) == [{"x": 1, "y": range(2)}]


@pytest.mark.parametrize(
    ("type_", "text", "values"),
    [
        ("Double", 'x = "pi/4"', [np.pi / 4]),
        ("Double", 'x = { values = ["pi", 1, 0.5] }', [np.pi, 1, 0.5]),
        ("Double[]", 'x = ["pi", 0.0]', [[np.pi, 0.0]]),
        ("(Int, Double)", 'x = [1, "2*pi"]', [[1, 2 * np.pi]]),
        ("Double[]", 'x = { grid = [{ linspace = [0, "pi", 2] }, ["pi/2"]] }', [[0.0, np.pi / 2], [np.pi, np.pi / 2]]),
        ("String", 'x = "pi"', ["pi"]),
        ("Int", "x = { linspace = [0, 4, 5] }", [0, 1, 2, 3, 4]),
        ("Int", "x = { geomspace = [1, 8, 4] }", [1, 2, 4, 8]),
        ("BigInt", "x = { linspace = [0, 4, 3] }", [0, 2, 4]),
        ("Int", "x = { arange = [0.0, 4.0, 2.0] }", [0, 2]),
        ("Double", "x = { linspace = [0, 4, 3] }", [0.0, 2.0, 4.0]),
        ("Double", "x = { linspace = [0, 4, 4], endpoint = false }", [0.0, 1.0, 2.0, 3.0]),
        ("Double", "x = { logspace = [-1, 1, 3] }", [0.1, 1.0, 10.0]),
        ("Int", "x = { arange = [1, 4] }", [1, 2, 3]),
        ("Range", 'x = { qsharp = "0..2" }', [range(3)]),
    ],
)
def test_the_type_says_how_values_are_read(type_, text, values):
    made = [point["x"] for point in sweep(text, x=type_)]
    assert made == pytest.approx(values) if "geomspace" in text or "logspace" in text else made == values
    assert list(map(type, made)) == list(map(type, values))


@pytest.mark.parametrize(
    ("type_", "text", "told"),
    [
        (
            "Double",
            "x = [0.1, 0.2]",
            "parameters.x: x is of type Double, and this is an array: one value; for one point",
        ),
        (
            "Int",
            "x = { linspace = [1, 4, 3] }",
            "parameters.x.linspace: 2.5 is not a whole number, and the parameter is of type Int; "
            "with 4 values instead of 3",
        ),
        ("Int", "x = { linspace = [0, 4, 3], endpoint = false }", "with 4 values instead of 3"),
        ("Int", "x = { linspace = [0, 0.5, 3] }", "0.25 is not a whole number"),
        ("Int", "x = { linspace = [9, 0, 3] }", "with 4 values instead of 3"),
        ("Int", "x = { geomspace = [1, 10, 3] }", "parameters.x.geomspace: 3.162"),
        ("Int", "x = { arange = [0, 2, 0.5] }", "parameters.x.arange: 0.5 is not a whole number"),
        ("Int", "x = [1]", "write x = { values = [...] }"),
        ("Double", 'x = "abc"', "parameters.x: 'abc' is not a number"),
        ("Double[]", 'x = [0.0, "abc"]', "parameters.x[1]: 'abc' is not a number"),
        ("Double", 'x = { linspace = [0, "2pi", 3] }', "parameters.x.linspace[1]: '2pi' is not a number"),
    ],
)
def test_refuses_what_the_type_does_not_take(type_, text, told):
    with pytest.raises(SweepError) as caught:
        sweep(text, x=type_)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "x = { linspace = [0, 1, 1000000000000] }",
        "x = { grid = [{ linspace = [0, 1, 1000000] }, { linspace = [0, 1, 1000000] }] }",
        "x = { linspace = [0, 1, 1000000] }\ny = { linspace = [0, 1, 1000000] }",
        "x = { arange = [0, 1000000000000, 1] }",
    ],
)
def test_too_many_points_are_an_error_at_once(text):
    with pytest.raises(SweepError, match=r"parameters.*(10,000,000|at most)"):
        sweep(text)


def test_all_faults_at_once():
    text = """
        a = { linspce = [0, 1, 3] }
        b = 1
        c = { values = [1, 2], zip = "d" }
        d = { file = "no.csv" }
    """
    _, faults = sweep_of(tomllib.loads(text), Path("here"))
    assert [fault.path for fault in faults] == ["parameters.a", "parameters.c.zip", "parameters.d.file"]


def test_values_of_a_wrong_type_are_told_with_the_other_faults():
    types = {"n": parse_type("Int"), "angle": parse_type("Double"), "k": parse_type("Int"), "on": parse_type("Bool")}
    text = 'n = 1.5\nangle = [1, 2]\nk = { values = [1, "a"] }\non = 0'
    _, faults = sweep_of(tomllib.loads(text), Path("here"), types)
    assert [fault.path for fault in faults] == [
        "parameters.n",
        "parameters.angle",
        "parameters.k.values[1]",
        "parameters.on",
    ]
    sweep, faults = sweep_of(
        tomllib.loads("n = 2\nangle = 1\nk = { values = [1, -2] }\non = true"), Path("here"), types
    )
    assert not faults
    assert len(sweep) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = {}", "parameters.x: the table has no key that makes values; use one of values"),
        ("x = { linspce = [0, 1, 2] }", "parameters.x: unknown key 'linspce'; did you mean linspace?"),
        ("x = { values = [1], linspace = [0, 1, 2] }", "parameters.x: values and linspace exclude each other"),
        ("x = { values = [1], seed = 2 }", "parameters.x: unknown key 'seed'"),
        ("x = { values = 1 }", "parameters.x.values: expected an array of values, found 1"),
        ("x = { values = [] }", "parameters.x: there are no values"),
        ("x = { grid = [[1], []] }", "parameters.x: there are no values"),
        ("x = { linspace = [0, 1] }", "parameters.x.linspace: expected [start, stop, number] with a whole number"),
        ("x = { linspace = [0, 1, 2.5] }", "at the end, found [0, 1, 2.5]"),
        ("x = { linspace = [0, 1, 0] }", "at the end, found [0, 1, 0]"),
        ("x = { arange = [0, 1, 0] }", "parameters.x.arange: arange needs a step other than 0"),
        ("x = { arange = [0, inf, 1] }", "parameters.x.arange: "),
        ("x = { random = [0, 1, 3] }", "parameters.x: random needs a seed"),
        ("x = { random = [0, 1, 3], seed = -1 }", "parameters.x.seed: expected a whole number from 0, found -1"),
        ("x = { random = [0, 1, -3], seed = 1 }", "parameters.x.random: "),
        ("x = { grid = [] }", "parameters.x.grid: expected an array with the values of each element"),
        ("x = { grid = [1] }", "parameters.x.grid[0]: expected an array of values, found 1"),
        ("x = { grid = [{ grid = [[1]] }] }", "parameters.x.grid[0]: grid cannot be inside a grid"),
        ("x = { grid = [{ linspace = [0, 1] }] }", "parameters.x.grid[0].linspace: expected [start, stop, number]"),
        ('x = { qsharp = "1 +" }', "parameters.x.qsharp: '1 +' is not a Q# literal"),
        ('x = { values = [0, { qsharp = "H(q" }] }', "parameters.x.values[1]: 'H(q' is not a Q# literal"),
        ('x = { values = [1], zip = "y" }', "parameters.x.zip: 'y' is not a parameter above this one"),
        ('x = { values = [1], zip = "x" }', "parameters.x.zip: 'x' is not a parameter above this one"),
        ("x = { values = [1], zip = 3 }", "parameters.x.zip: expected the name of another parameter"),
        ('a = 1\nx = { values = [1, 2], zip = "a" }', "parameters.x.zip: x has 2 values, but a has 1"),
        ('x = { file = "no.csv" }', "parameters.x.file: cannot read "),
        ('x = { file = "v.txt" }', "parameters.x.file: v.txt is not a CSV file"),
        ('x = { file = "v.csv" }', "parameters.x.file: v.csv has no column 'x'"),
        ('x = { file = "latin.csv" }', "parameters.x.file: cannot read "),
        ('" x" = 1', "' x' is no parameter name"),
    ],
)
def test_refuses(text, told, tmp_path):
    (tmp_path / "v.csv").write_text("a\n1\n")
    (tmp_path / "latin.csv").write_bytes(b"x\n\xe9\n")
    with pytest.raises(SweepError) as caught:
        sweep(text, tmp_path)
    assert told in str(caught.value)


axes = st.dictionaries(
    st.from_regex(r"[a-z]{1,3}", fullmatch=True),
    st.lists(st.integers() | st.floats(allow_nan=False) | st.text(), min_size=1, max_size=4),
    max_size=3,
)


@given(axes)
def test_written_out_values_are_a_grid(values):
    made, _ = sweep_of({name: {"values": given} for name, given in values.items()}, None)
    assert made == (qb.Sweep.grid(**values) if values else qb.Sweep.points([{}]))


@given(st.lists(st.lists(st.integers(), min_size=1, max_size=3), min_size=1, max_size=3))
def test_a_grid_of_elements_is_the_grid_of_a_sweep(elements):
    made = [point["x"] for point in sweep_of({"x": {"grid": elements}}, None)[0]]
    names = [f"e{place}" for place in range(len(elements))]
    assert made == [list(point.values()) for point in qb.Sweep.grid(**dict(zip(names, elements, strict=True)))]
