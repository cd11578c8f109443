"""Parameters with the names that tables, pictures and files use themselves: the right values everywhere."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge import Sweep, SweepResults
from qsharp_bridge.results.names import column_of, free_names, parameter_of
from qsharp_bridge.results.records import RESERVED
from tests.shared.result_examples import results_over

mpl.use("Agg")
import matplotlib.pyplot as plt

NAMES = sorted(
    {
        *RESERVED, "job", "counts", "outcomes", "index", "most frequent", "low", "high", "name", "values", "self",
        "raw", "raw_format", "rows", "sweep", "observable", "mean", "memory", "missing_shots", "names", "condition",
        "number of the point", "probability_low", "probability_high", "[0]", "[1]", "axis", "points",
    }
)  # fmt: skip
SHARES = ["probability", "probability_low", "probability_high"]
DATASET = {"counts", *SHARES, "state", "outcome"}
VALUES = [10, 20, 30]


def over(*names: str, grid: bool) -> SweepResults:
    """Results over these parameters; a tenth of the first one are the ones counted."""
    values = {name: [value + place for value in VALUES] for place, name in enumerate(names)}
    sweep = Sweep.grid(**values) if grid else Sweep.points([{n: v[i] for n, v in values.items()} for i in range(3)])
    return results_over(sweep, lambda point: point[names[0]] // 10)


def check_everywhere(results: SweepResults, folder: Path) -> None:
    sweep = results.points
    assert SweepResults.from_json(results.to_json()) == results
    results.to_csv(folder / "r.csv")
    assert SweepResults.from_csv(folder / "r.csv") == results
    results.to_parquet(folder / "r.parquet")
    assert SweepResults.from_parquet(folder / "r.parquet") == results
    for wide in (False, True):
        frame = results.to_pandas(wide=wide)
        assert frame.columns.is_unique
        own = ["point", "job_id", "state"] if wide else ["point", "outcome", "count", *SHARES]
        reserved = {*own, *(results.outcomes if wide else ())}
        for name, column in free_names(sweep.keys, reserved).items():
            by_point = dict(zip(frame["point"], frame[column], strict=True))
            assert [by_point[row.index] for row in results] == [point[name] for point in sweep]
    data = results.to_xarray()
    for name, column in free_names(sweep.keys, DATASET).items():
        for row in results:
            found = data
            if sweep.axes:
                columns = free_names(sweep.keys, DATASET)
                found = data.sel({columns[key]: value for key, value in row.point.items()})
            else:
                found = data.isel({data.state.dims[0]: row.index})
            assert found[column].item() == row.point[name]
            counted = {str(o): int(c) for o, c in zip(data.outcome.values, found.counts.values, strict=True) if c}
            assert counted == row.counts
    head = results.table().splitlines()[0]
    for name in sweep.keys:
        assert results.where(**{name: results[0].point[name]})[0] == results[0]
        assert name in head
    assert "point" in results._repr_html_()


@pytest.mark.filterwarnings("ignore:the .* uses the name")
@pytest.mark.parametrize("grid", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_a_parameter_named_like_our_own(name: str, grid: bool, tmp_path: Path) -> None:
    alone = over(name, grid=grid)
    check_everywhere(alone, tmp_path)
    check_everywhere(over(name, f"{name}_", grid=grid), tmp_path)
    if not grid:
        return
    ax = alone.plot(outcomes=["[1]"])
    assert ax.get_xlabel() == name
    assert ax.containers[0][0].get_xdata().tolist() == VALUES
    assert ax.containers[0][0].get_ydata().tolist() == [0.01, 0.02, 0.03]
    plt.close("all")


def test_the_point_of_the_issue() -> None:
    for sweep in (Sweep.grid(point=VALUES), Sweep.points([{"point": value} for value in VALUES])):
        data = results_over(sweep, lambda point: point["point"]).to_xarray()
        assert data["point"].values.tolist() == VALUES
        assert data.counts.sel(outcome="[1]").values.tolist() == VALUES
    frame = results_over(Sweep.grid(point=VALUES, n=[1, 2])).to_xarray()
    assert dict(frame.sizes) == {"point": 3, "n": 2, "outcome": 2}


def test_a_parameter_that_is_renamed_is_warned_of() -> None:
    results = results_over(Sweep.grid(count=[5]))
    with pytest.warns(UserWarning, match="the table uses the name 'count' itself: the parameter 'count' is under") as w:
        results.to_pandas()
    assert w[0].filename == __file__
    with pytest.warns(UserWarning, match="the Dataset uses the name 'counts' itself") as w:
        results_over(Sweep.grid(counts=[5])).to_xarray()
    assert w[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results_over(Sweep.grid(point=[5], n=[1])).to_xarray()
        results_over(Sweep.grid(n=[1])).to_pandas()


def test_an_element_of_an_array_beside_a_parameter_of_its_name() -> None:
    sweep = Sweep.points([{"phi": [float(i), 1.0], "phi[0]": 5.0 - i**2} for i in range(4)])
    results = results_over(sweep)
    data = results.to_xarray()
    assert data["phi[0]"].values.tolist() == [5.0, 4.0, 1.0, -4.0]
    assert data["phi[0]_"].values.tolist() == [0.0, 1.0, 2.0, 3.0]
    line = results.plot(over="phi[0]", outcomes=["[0]"]).containers[0][0]
    assert line.get_xdata().tolist() == [-4.0, 1.0, 4.0, 5.0]
    plt.close("all")


def test_the_number_of_the_point_beside_a_parameter_named_point() -> None:
    points = [{"point": [1, 2, 3][i % 3], "b": (i * 7) % 5, "c": (i * 3) % 4} for i in range(5)]
    results = results_over(Sweep.points(points))
    ax = results.plot(observable="Z")
    assert ax.get_xlabel() == "number of the point"
    assert ax.containers[0][0].get_xdata().tolist() == [0, 1, 2, 3, 4]
    plt.close("all")


def test_names_through_a_run_and_its_journal(tmp_path: Path) -> None:
    """Q# takes all of these as names of parameters."""
    names = ["point", "state", "outcome", "count", "job_id", "error", "index", "shots", "operation_", "value"]
    parameters = ", ".join(f"{name} : Int" for name in names)
    source = f"operation Go({parameters}) : Result {{ use q = Qubit(); if count > 1 {{ X(q); }} MResetZ(q) }}"
    sweep = Sweep.zip(**{name: [1 + place, 2 + place] for place, name in enumerate(names)})
    sweep = Sweep.points([{**point, "count": 1 + i} for i, point in enumerate(sweep)])
    op = qb.Program.from_source(source).operation("Go")
    results = qb.run_sweep(op, sweep, qb.LocalSimulator(), shots=10, journal=tmp_path / "run.journal")
    assert SweepResults.from_journal(tmp_path / "run.journal") == results
    assert list(results.points) == list(sweep)
    assert results.counts == [{"0": 10}, {"1": 10}]


@given(st.lists(st.sampled_from(["point", "point_", "point__", "n", "count", "a_"]), unique=True))
def test_columns_are_unique_and_files_can_be_read(keys: list[str]) -> None:
    reserved: Any = {"point", "count"}
    names = free_names(keys, reserved)
    assert len({*names.values(), *reserved}) == len(keys) + 2
    columns = [column_of(key, reserved) for key in keys]
    assert len({*columns, *reserved}) == len(keys) + 2
    assert [parameter_of(column, reserved) for column in columns] == keys
