"""Results as text, pandas and xarray."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import qsharp_bridge as qb
from qsharp_bridge import Sweep, SweepResults
from qsharp_bridge.errors import SweepError
from qsharp_bridge.results.formats import Output
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.results.tables import label
from tests.shared.result_examples import results_over


def test_text() -> None:
    results = results_over(Sweep.grid(x=[0.123456789, 2]), lambda p: None if p["x"] == 2 else 10, session_ids=())
    assert results.table().splitlines() == [
        "point  x       job    state      most frequent     counts",
        "---------------------------------------------------------",
        "0      0.1235  job-0  Succeeded  0: 90  1: 10      90 10",
        "1      2       job-1  Failed     Broken: it broke  -",
        "",
        "counts: shots of 0, 1",
    ]


def test_labels() -> None:
    values = [None, True, 1, 0.123456, 1 + 0.5j, [0.1, 0.25], (1,), {"X": 1.0}, "x" * 50, list(range(9)), 10**5000]
    assert [label(value) for value in values] == [
        "()", "true", "1", "0.1235", "1+0.5j", "[0.1, 0.25]", "(1)", "{X=1}", "x" * 37 + "...",
        "[0, 1, 2, 3, 4, 5, ...]", "an int of 16610 bits",
    ]  # fmt: skip


def test_a_text_of_two_lines_stays_on_one() -> None:
    assert label("one\ntwo") == "'one\\ntwo'"


def test_tidy_pandas() -> None:
    results = results_over(Sweep.grid(n=[1, 2], angle=[[0.0]]), lambda p: None if p["n"] == 2 else 25)
    frame = results.to_pandas()
    assert list(frame.columns) == [
        "point",
        "n",
        "angle",
        "outcome",
        "count",
        "probability",
        "probability_low",
        "probability_high",
    ]
    assert frame.drop(columns=["probability_low", "probability_high"]).to_dict("records") == [
        {"point": 0, "n": 1, "angle": [0.0], "outcome": "[0]", "count": 75, "probability": 0.75},
        {"point": 0, "n": 1, "angle": [0.0], "outcome": "[1]", "count": 25, "probability": 0.25},
    ]
    low, high = frame.loc[1, ["probability_low", "probability_high"]]
    assert (0.25 - low, high - 0.25) == (pytest.approx(0.0407, abs=1e-3), pytest.approx(0.0455, abs=1e-3))
    assert frame.groupby("point")["count"].sum().tolist() == [100]
    assert list(results[:0].to_pandas().columns) == list(frame.columns)


def test_wide_pandas() -> None:
    frame = results_over(Sweep.grid(n=[1, 2]), lambda p: None if p["n"] == 2 else 25).to_pandas(wide=True)
    assert frame.to_dict("list") == {
        "point": [0, 1], "n": [1, 2], "job_id": ["job-0", "job-1"], "state": ["Succeeded", "Failed"],
        "[0]": [75, 0], "[1]": [25, 0],
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore:the .* uses the name")
def test_parameters_named_like_our_columns() -> None:
    results = results_over(Sweep.grid(point=[5], count=[6], outcome=[7], state=[8], counts=[9]))
    frame = results.to_pandas()
    assert list(frame.columns[:6]) == ["point", "point_", "count_", "outcome_", "state", "counts"]
    assert frame["point_"].tolist() == [5, 5]
    data = results.to_xarray()
    assert data.counts.dims == ("point", "count", "outcome_", "state_", "counts_", "outcome")
    assert int(data.counts.sel(outcome="[1]").item()) == 25


def test_a_grid_has_named_dimensions() -> None:
    sweep = Sweep.grid(n=[1, 2], x=[0.5, 1.5, 2.5]) * Sweep.zip(a=["p", "q"], b=[True, False])
    results = results_over(sweep, lambda p: None if p["n"] == 2 and p["x"] == 0.5 else int(10 * p["n"] + p["x"]))
    data = results.to_xarray()
    assert dict(data.sizes) == {"n": 2, "x": 3, "a_b": 2, "outcome": 2}
    assert data.x.values.tolist() == [0.5, 1.5, 2.5]
    assert data.a.dims == data.b.dims == ("a_b",)
    assert data.attrs == {"operation": "Turn", "target": "somewhere", "shots": 100}
    assert data.counts.dtype == np.int64
    for row in results:
        place = {"n": row.point["n"], "x": row.point["x"], "a_b": ["p", "q"].index(row.point["a"])}
        found = data.isel(a_b=place.pop("a_b")).sel(place)
        assert found.state.item() == row.state
        assert found.b.item() is row.point["b"]
        assert {
            str(o): int(c) for o, c in zip(found.outcome.values, found.counts.values, strict=True) if c
        } == row.counts
        assert np.isnan(found.probability.values).all() == (row.output is None)


def test_arrays_as_coordinates() -> None:
    data = results_over(Sweep.grid(angle=[[0.0, 1.0], [0.5, 1.0]], n=[3])).to_xarray()
    assert data.counts.dims == ("angle", "n", "outcome")
    assert data.angle.values.tolist() == ["[0.0, 1.0]", "[0.5, 1.0]"]
    assert data["angle[0]"].values.tolist() == [0.0, 0.5]
    assert data.sel(angle="[0.5, 1.0]")["angle[0]"].item() == 0.5
    ragged = results_over(Sweep.grid(angle=[[0.0, 1.0], [0.5]])).to_xarray()
    assert set(ragged.coords) == {"angle", "outcome"}


def test_units_are_attributes() -> None:
    results = results_over(Sweep.grid(angle=[[0.0, 1.0], [0.5, 1.0]], time=[3]))
    data = results.to_xarray(observable="Z", units={"angle": "rad", "time": "ns", "value": "Ha"})
    assert {name: data[name].attrs.get("units") for name in data.variables} == {
        "angle": "rad", "angle[0]": "rad", "angle[1]": "rad", "time": "ns", "value": "Ha", "error": "Ha",
        "counts": "1", "probability": "1", "probability_low": "1", "probability_high": "1",
        "outcome": None, "state": None,
    }  # fmt: skip
    with pytest.raises(SweepError, match=r"no parameter or value 'tiem'.*did you mean") as wrong:
        results.to_xarray(units={"tiem": "ns"})
    assert str(wrong.value).endswith("value 'tiem'; did you mean time?")
    with pytest.raises(SweepError, match="no parameter or value 'value'"):
        results.to_xarray(units={"value": "Ha"})  # there is no observable
    with pytest.raises(SweepError, match="that of 'time' is 5, not a text"):
        results.to_xarray(units={"time": 5})  # type: ignore[dict-item]


def test_what_is_no_grid_has_points() -> None:
    results = results_over(Sweep.points([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]))[::-1]
    data = results.to_xarray()
    assert data.counts.dims == ("point", "outcome")
    assert data.point.values.tolist() == [1, 0]
    assert data.b.values.tolist() == ["y", "x"]
    assert data.counts.sel(point=1, outcome="[0]").item() == 75
    assert results_over(Sweep.grid()).to_xarray().counts.shape == (1, 2)
    assert dict(results_over(Sweep.grid(a=[1]))[:0].to_xarray().sizes) == {"a": 0, "outcome": 0}
    huge = results_over(Sweep.grid(n=[2**70, 1])).to_xarray()
    assert huge.n.values.tolist() == ["1180591620717411303424L", "1"]


def test_a_frame_goes_back_into_a_sweep() -> None:
    results = results_over(Sweep.grid(n=[1, 2], x=[0.5]))
    frame = results.to_pandas(wide=True)
    assert Sweep.from_dataframe(frame[["n", "x"]]) == results.points
    assert isinstance(frame, pd.DataFrame)


def test_values_that_json_has_no_form_for_are_q_sharp() -> None:
    paulis = [qb.from_qsharp(f"[Pauli{a}, Pauli{b}]") for a, b in ("XX", "ZZ")]
    results = results_over(Sweep.grid(basis=paulis, theta=[0.0, 1.0]))
    data = results.to_xarray()
    assert data.basis.values.tolist() == ["[PauliX, PauliX]", "[PauliZ, PauliZ]"]
    assert data.counts.sel(basis="[PauliZ, PauliZ]", theta=1.0, outcome="[1]").item() == 25
    assert "[PauliX, PauliX]" in results.table()


def test_an_observable_in_a_dataset() -> None:
    results = results_over(Sweep.grid(x=[0, 1], y=[0, 2, 4]), lambda p: None if p["x"] == p["y"] else 10 * p["y"])
    data = results.to_xarray(observable="Z")
    assert data.value.dims == data.error.dims == ("x", "y")
    assert data.value.sel(x=1, y=4).item() == pytest.approx(0.2)
    assert np.isnan(data.value.sel(x=0, y=0).item())
    assert data.error.values.ravel().tolist() == pytest.approx(results.expectation("Z").errors.tolist(), nan_ok=True)
    assert data.attrs["observable"] == "Z"
    assert "value" not in results.to_xarray()
    low, p, high = data.probability_low, data.probability, data.probability_high
    assert bool(((low <= p) & (p <= high) & (low < high)).where(p.notnull(), True).all())


def test_missing_shots_are_shown() -> None:
    row = PointResult(0, {}, "Succeeded", output=Output({"[0]": 992}, {"[0]": [0]}, missing=8))
    results = SweepResults([row], operation="Op", target="ionq.simulator", shots=1000)
    assert results.table().splitlines()[-1] == "shots that the service did not count: 8 at point 0"
    assert "did not count: 8 at point 0" in results._repr_html_()
