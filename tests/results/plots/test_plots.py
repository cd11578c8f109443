"""Plots: what is drawn, by the real matplotlib without a screen."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from qdk.qsharp import Pauli

mpl.use("Agg")
import matplotlib.pyplot as plt

from qsharp_bridge import Sweep
from qsharp_bridge.errors import SweepError
from qsharp_bridge.results.formats import Output
from qsharp_bridge.results.observables import Expectation, proportion
from qsharp_bridge.results.plots.choice import plot_values
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.results.results import SweepResults
from tests.shared.result_examples import any_results, results_over


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def drawn(ax: Any) -> None:
    """Draw it, warnings being errors, and see that no text of the axes overlaps another."""
    ax.figure.canvas.draw()
    for axis in (ax.xaxis, ax.yaxis):
        boxes = [text.get_window_extent() for text in axis.get_ticklabels() if text.get_text() and text.get_visible()]
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))


def test_a_line_for_one_parameter() -> None:
    thetas = np.linspace(0, math.pi, 9).tolist()
    results = results_over(Sweep.grid(n=[2], theta=thetas[::-1]), lambda p: round(100 * math.sin(p["theta"] / 2) ** 2))
    ax = results.plot()
    drawn(ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("theta", "probability")
    assert ax.get_title() == "Turn on somewhere, 100 shots a point"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0", "1"]
    assert len(ax.containers) == 2
    line, _, (bars,) = ax.containers[1]
    assert line.get_xdata().tolist() == thetas  # in order, however the sweep runs
    p = [round(100 * math.sin(theta / 2) ** 2) / 100 for theta in thetas]
    assert line.get_ydata().tolist() == p
    ends = [(segment[0][1], segment[1][1]) for segment in bars.get_segments()]
    expected = [proportion(round(100 * q), 100) for q in p]
    for (low, high), share in zip(ends, expected, strict=True):
        assert (low, high) == pytest.approx((share.low, share.high))
        assert high > low  # also where no shot, or every shot, was a 1
    assert [tick.get_text() for tick in ax.get_xticklabels()][1:-1] == ["0", "π/4", "π/2", "3π/4", "π"]


def test_an_observable_on_given_axes() -> None:
    results = results_over(Sweep.grid(x=[0, 1, 2]), lambda p: 25 * p["x"])
    own = plt.subplots()[1]
    ax = results.plot(observable="Z", ax=own)
    assert ax is own
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "⟨Z⟩")
    assert ax.get_legend() is None
    assert ax.containers[0][0].get_ydata().tolist() == [1.0, 0.5, 0.0]
    assert ax.get_ylim() == (-1.06, 1.06)


def test_points_without_a_result_are_left_out() -> None:
    ax = results_over(Sweep.grid(x=[0, 1, 2]), lambda p: None if p["x"] == 1 else 50).plot(outcomes=["[1]"])
    assert ax.containers[0][0].get_xdata().tolist() == [0, 2]


def test_heat_maps_for_two_parameters() -> None:
    sweep = Sweep.grid(y=[0.0, 1.0], x=[3, 1, 2])
    axes = results_over(sweep, lambda p: int(10 * p["x"] + 50 * p["y"])).plot()
    assert [ax.get_title() for ax in axes] == ["P(0)", "P(1)"]
    for ax in axes:
        drawn(ax)
    (image,) = axes[1].collections
    table = np.asarray(image.get_array())  # the first parameter across, the second up
    assert table.tolist() == [[0.1, 0.6], [0.2, 0.7], [0.3, 0.8]]
    assert (axes[1].get_xlabel(), axes[0].get_ylabel()) == ("y", "x")
    assert (axes[0].get_xlim(), axes[0].get_ylim()) == ((-0.5, 1.5), (0.5, 3.5))
    assert {1, 2, 3} <= set(axes[0].get_yticks()) <= set(range(5))
    assert [text.get_text() for text in axes[1].texts] == ["0.10", "0.60", "0.20", "0.70", "0.30", "0.80"]
    assert axes[0].figure.axes[-1].get_ylabel() == "probability"
    assert "standard error about 0.0" in axes[0].figure.get_suptitle()
    assert (image.norm.vmin, image.norm.vmax) == (0.0, pytest.approx(1.0))


def test_array_valued_pairs_are_two_parameters() -> None:
    """The main job: a uniform outcome everywhere, so no pattern may show."""
    angles = [[x, y] for x in (0.0, 0.5, 1.0, 1.5, 2.0) for y in (0.0, 0.5, 1.0, 1.5, 2.0)]
    quarter = {str([a, b]): 25 + (1 if a == b else -1) for a in (0, 1) for b in (0, 1)}
    outcomes = {str([a, b]): [a, b] for a in (0, 1) for b in (0, 1)}
    sweep = Sweep.grid(n=[2], angle=angles)
    rows = [PointResult(i, p, "Succeeded", None, Output(quarter, outcomes)) for i, p in enumerate(sweep)]
    axes = SweepResults(rows, operation="GenerateRandomBits", target="t", shots=100, sweep=sweep).plot()
    assert [ax.get_title() for ax in axes] == ["P(00)", "P(01)", "P(10)", "P(11)"]
    assert [ax.get_xlabel() for ax in axes] == ["", "", "angle[0]", "angle[0]"]  # two rows of two
    assert axes[0].get_ylabel() == "angle[1]"
    assert len({tuple(np.asarray(ax.collections[0].get_array()).ravel()) for ax in axes}) == 2
    assert (axes[0].collections[0].norm.vmin, axes[0].collections[0].norm.vmax) == (0.0, 0.5)
    for ax in axes:
        drawn(ax)


def test_a_grid_with_holes_is_still_a_heat_map() -> None:
    results = results_over(Sweep.grid(a=[0, 1, 2], b=[3, 4]), lambda p: None if (p["a"], p["b"]) == (1, 4) else 5)
    ax = results.plot(outcomes=["[1]"])
    table = ax.collections[0].get_array()
    assert np.ma.getmaskarray(table).tolist() == [[False, False, False], [False, True, False]]


def test_small_multiples_for_three_parameters() -> None:
    sweep = Sweep.grid(a=[0, 1, 2], b=[0.5, 1.5], c=[0, 1, 2])
    axes = results_over(sweep, lambda p: int(10 * p["a"] + p["c"])).plot(observable="parity")
    assert [ax.get_title() for ax in axes] == ["⟨parity⟩, b = 0.5", "⟨parity⟩, b = 1.5"]
    assert axes[0].collections[0].get_cmap().name == "RdBu"
    assert np.asarray(axes[1].collections[0].get_array())[2, 1] == pytest.approx(1 - 2 * 0.12)
    assert len(results_over(sweep, lambda p: 50).plot()) == 4


def test_histograms_for_what_else_there_is() -> None:
    axes = results_over(Sweep.points([{"name": n} for n in "vwxyz"]), lambda p: 30).plot()
    assert len(axes) == 5
    assert axes[4].get_title() == "name = z"
    assert [bar.get_height() for bar in axes[4].patches] == [0.7, 0.3]
    for ax in axes:
        drawn(ax)
    # Three in the first row; below the third of them there is none.
    assert [ax.get_xlabel() for ax in axes] == ["", "", *["outcome"] * 3]
    for ax in axes[2:]:
        labels = [text for text in ax.get_xticklabels() if text.get_visible()]
        assert [text.get_text() for text in labels] == ["0", "1"]
    one = results_over(Sweep.grid(n=[1])).plot(ax=plt.subplots()[1])
    assert [bar.get_height() for bar in one.patches] == [0.75, 0.25]


def test_histograms_of_the_outcomes_wanted() -> None:
    names = Sweep.points([{"name": str(n)} for n in range(50)])
    axes = results_over(names, lambda p: 30).plot(outcomes=["[1]"])
    assert len(axes) == 36
    assert "(the first 36 of 50 points)" in axes[0].figure.get_suptitle()
    assert [bar.get_height() for bar in axes[4].patches] == [0.3]


def lines_of(ax: Any) -> dict[str, tuple[list[Any], list[float]]]:
    """Label to the places and the values of each line."""
    return {c.get_label(): (c[0].get_xdata().tolist(), c[0].get_ydata().tolist()) for c in ax.containers}


def legend_of(ax: Any) -> tuple[str, list[str]]:
    legend = ax.get_legend()
    return legend.get_title().get_text(), [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize(
    "categories", [["Z", "X"], [False, True], [None, "I"], [["X", "X"], ["Z", "Z"]], list("abcdefgh")]
)
def test_a_line_for_each_category(categories: list[Any]) -> None:
    """What is no number has no axis: a line each, whichever parameter is named first."""
    sweep = Sweep.grid(theta=[0.0, 0.5, 1.0], basis=categories)
    for points in (sweep, Sweep.grid(basis=categories) * Sweep.grid(theta=[0.0, 0.5, 1.0])):
        results = results_over(points, lambda p: int(20 * p["theta"]) + 5 * categories.index(p["basis"]))
        ax = results.plot(outcomes=["[1]"])
        drawn(ax)
        title, names = legend_of(ax)
        assert title in ("basis", "basis[0]")
        assert (ax.get_xlabel(), len(names)) == ("theta", len(categories))
        for i, (_, ys) in enumerate(sorted(lines_of(ax).values())):
            assert ys == pytest.approx([(5 * i + step) / 100 for step in (0, 10, 20)])
        styles = {(c[0].get_color(), c[0].get_marker()) for c in ax.containers}
        assert len(styles) == len(names)


def test_the_lines_are_those_of_their_points() -> None:
    results = results_over(Sweep.grid(n=[2, 1], t=[0.3, 0.2, 0.1, 0.4, 0.5]), lambda p: round(100 * p["t"] * p["n"]))
    ax = results.plot(observable=lambda bits: bits[0])
    ts = [0.1, 0.2, 0.3, 0.4, 0.5]
    assert lines_of(ax) == {"1": (ts, pytest.approx(ts)), "2": (ts, pytest.approx([2 * t for t in ts]))}
    assert legend_of(ax) == ("n", ["1", "2"])
    assert ax.get_ylabel() == "⟨observable⟩"


def test_a_panel_for_each_outcome_and_a_line_for_each_category() -> None:
    axes = results_over(Sweep.grid(basis=["X", "Z"], theta=[0, 1, 2]), lambda p: 10 * p["theta"]).plot()
    assert [ax.get_title() for ax in axes] == ["P(0)", "P(1)"]
    assert legend_of(axes[1]) == ("basis", ["X", "Z"])
    assert lines_of(axes[0])["Z"] == ([0, 1, 2], [1.0, 0.9, 0.8])
    assert lines_of(axes[1])["X"] == ([0, 1, 2], [0.0, 0.1, 0.2])
    for ax in axes:
        drawn(ax)


def test_categories_beside_categories_are_panels() -> None:
    sweep = Sweep.grid(basis=["X", "Y", "Z"], flip=[False, True], theta=[0.0, 1.0, 2.0])
    axes = results_over(sweep, lambda p: 20 + 10 * p["flip"]).plot(observable="Z")
    assert [ax.get_title() for ax in axes] == ["flip = false", "flip = true"]
    assert legend_of(axes[1]) == ("basis", ["X", "Y", "Z"])
    assert lines_of(axes[1])["Y"][1] == pytest.approx([0.4] * 3)
    assert legend_of(results_over(sweep).plot(over="theta", observable="Z")) == (
        "", [f"basis = {b}, flip = {f}" for b in "XYZ" for f in ("false", "true")]
    )  # fmt: skip


def test_what_goes_along_with_a_parameter_is_no_axis_of_its_own() -> None:
    results = results_over(
        Sweep.zip(theta=[0.0, 1.0, 2.0], phi=[3, 2, 1], name=["a", "b", "c"]), lambda p: 10 * p["phi"]
    )
    ax = results.plot()
    assert ax.get_xlabel() == "theta (with phi, name)"
    assert lines_of(ax)["1"] == ([0.0, 1.0, 2.0], [0.3, 0.2, 0.1])
    ax = results.plot(over="phi")
    assert ax.get_xlabel() == "phi (with theta, name)"
    assert lines_of(ax)["1"] == ([1, 2, 3], [0.1, 0.2, 0.3])
    ax = results.plot(over="name", observable="Z")
    drawn(ax)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["a", "b", "c"]


def test_scattered_points_are_dots_of_their_colour() -> None:
    """Each value of one belongs to one of the other, and still it is no path."""
    points = Sweep.zip(x=[0.3, 0.9, 0.1, 0.5], y=[1.0, 0.0, 0.3, 0.7])
    results = results_over(points, lambda p: int(100 * p["x"]))
    axes = results.plot()
    assert [ax.get_title() for ax in axes] == ["P(0)", "P(1)"]
    for ax in axes:
        drawn(ax)
        assert not ax.lines
        assert (ax.get_xlabel(), axes[0].get_ylabel()) == ("x", "y")
    (dots,) = axes[1].collections
    assert np.asarray(dots.get_offsets()).tolist() == [[0.3, 1.0], [0.9, 0.0], [0.1, 0.3], [0.5, 0.7]]
    assert np.asarray(dots.get_array()).tolist() == [0.3, 0.9, 0.1, 0.5]
    mean = results.plot(observable="Z", ax=plt.subplots()[1])
    assert np.asarray(mean.collections[0].get_array()).tolist() == pytest.approx([0.4, -0.8, 0.8, 0.0])
    with pytest.raises(SweepError, match="this plot has 2 panels; give one outcome"):
        results.plot(ax=plt.subplots()[1])


def test_over_the_number_of_the_point() -> None:
    """The log of a loop; and what is drawn without being asked where histograms would be too many."""
    loop = Sweep.points([{"a": math.sin(9 * i), "b": math.cos(5 * i), "c": i * i % 7} for i in range(40)])
    results = results_over(loop, lambda p: round(50 + 50 * p["a"]))
    expected = [round(50 + 50 * math.sin(9 * i)) / 100 for i in range(40)]
    for ax in (results.plot(), results.plot(over="point")):
        assert ax.get_xlabel() == "point"
        assert lines_of(ax)["1"] == (list(range(40)), expected)
    assert results.plot(over="point").containers[0][0].get_linestyle() == "-"
    ax = results[:5].plot(observable="Z")  # an observable is no histogram
    assert lines_of(ax)["⟨Z⟩"][1] == pytest.approx([1 - 2 * p for p in expected[:5]])


def test_cells_of_a_map_are_as_wide_as_their_steps() -> None:
    results = results_over(Sweep.grid(x=[0.0, 1.0, 10.0, 12.0], f=[4.9e9 + 1e6 * i for i in range(6)]), lambda p: 5)
    ax = results.plot(observable="Z")
    drawn(ax)
    mesh = ax.collections[0].get_coordinates()
    assert mesh[0, :, 0].tolist() == [-0.5, 0.5, 5.5, 11.0, 13.0]
    assert not ax.texts  # no room in the narrow cells
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert len(set(labels)) == len(labels)
    assert ax.yaxis.get_major_formatter().get_offset() == "1e6+4.9e9"


def test_what_is_left_out_is_said() -> None:
    counts = {str([int(bit) for bit in f"{i:05b}"]): i + 1 for i in range(32)}
    outcomes = {display: json.loads(display) for display in counts}
    sweep = Sweep.linspace("theta", 0.0, 1.0, 5)
    rows = [PointResult(i, p, "Succeeded", None, Output(counts, outcomes, missing=3)) for i, p in enumerate(sweep)]
    ax = SweepResults(rows, operation="Op", target="t", shots=531, sweep=sweep).plot()
    assert ax.get_title() == "Op on t, 531 shots a point (up to 3 not counted by the service), 8 of 32 outcomes"
    assert legend_of(ax)[1] == [f"{i:05b}" for i in range(24, 32)]
    assert "of 32" not in results_over(sweep).plot().get_title()


def test_ints_have_whole_ticks() -> None:
    for ax in (results_over(Sweep.grid(n=[1, 2, 3])).plot(), results_over(Sweep.grid(n=[1, 2], m=[1, 2])).plot()[0]):
        ax.figure.canvas.draw()
        assert all(tick == int(tick) for tick in ax.get_xticks())
    ax = results_over(Sweep.grid(n=[1, 2, 3, 4, 5])).plot()
    ax.figure.set_size_inches(3.4, 2.4)
    ax.figure.canvas.draw()
    assert {1, 2, 3, 4, 5} <= set(ax.get_xticks())


@pytest.mark.parametrize("top", [3, 10, 40])
def test_even_floats_have_round_ticks(top: int) -> None:
    """0, 1, 2, 3: never 0, 0.8, 1.6, 2.4."""
    sweep = Sweep.grid(t=np.linspace(0, top, 7))
    for ax in (results_over(sweep).plot(), results_over(sweep * Sweep.grid(u=[0.0, 1.0, 2.0])).plot()[0]):
        ax.figure.canvas.draw()
        step = np.diff(ax.get_xticks())[0]
        first = float(f"{step:e}".split("e")[0])
        assert first in {1, 2, 2.5, 5}, ax.get_xticks()


@pytest.mark.parametrize("width", [3.4, 6.5])
@pytest.mark.parametrize("values", [np.linspace(-np.pi, np.pi, 9), np.linspace(-3.1, 3.0, 9), [1, 2, 3, 4, 5]])
def test_the_labels_of_panels_have_room(width: float, values: Any) -> None:
    """Also in a figure that was made as narrow as a column of a journal."""
    axes = results_over(Sweep.grid(a=values, b=values)).plot()
    figure = axes[0].figure
    figure.set_size_inches(width, 0.8 * width)
    figure.canvas.draw()
    assert len(axes) > 1
    for panel in axes:
        low, high = sorted(panel.get_xlim())
        shown = [t for t in panel.xaxis.get_major_ticks() if low <= t.get_loc() <= high and t.label1.get_text()]
        boxes = [tick.label1.get_window_extent() for tick in shown]
        assert len(boxes) > 1
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_a_long_title_is_wrapped_in_a_narrow_figure() -> None:
    sweep = Sweep.linspace("t", 0, 1, 9)
    ax = results_over(sweep).plot()
    ax.set_title("a long title of a narrow figure " * 3)
    ax.figure.set_size_inches(3.4, 2.4)
    ax.figure.canvas.draw()
    box = ax.title.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= ax.figure.bbox.width


def test_negative_numbers_have_a_minus_sign() -> None:
    ax = results_over(Sweep.grid(n=[-1, 0], m=[-2.5, 0.5]), lambda p: 90).plot(observable="Z")
    drawn(ax)
    texts = [text.get_text() for text in [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels()]]
    assert "−0.80" in texts
    assert not any("-" in text for text in texts)


def test_an_observable_over_categories_is_not_joined() -> None:
    ax = results_over(Sweep.grid(name=["x", "y"])).plot(observable="Z")
    drawn(ax)
    assert lines_of(ax)["⟨Z⟩"] == ([0, 1], [0.5, 0.5])
    assert ax.containers[0][0].get_linestyle() == "None"
    one = results_over(Sweep.grid(n=[3])).plot(observable="Z")
    assert (one.get_xlabel(), lines_of(one)["⟨Z⟩"]) == ("point", ([0], [0.5]))


def test_two_numbers_with_many_values_are_a_heat_map_as_ever() -> None:
    assert (
        results_over(Sweep.grid(a=[1, 2, 3, 4, 5, 6], b=list(range(12))))
        .plot(outcomes=["[1]"])
        .collections[0]
        .get_array()
        .ndim
        == 2
    )
    assert (
        results_over(Sweep.grid(a=[1, 2, 3], b=[1, 2, 3, 4])).plot(outcomes=["[1]"]).collections[0].get_array().ndim
        == 2
    )
    assert results_over(Sweep.grid(a=[1, 2, 3], b=[1, 2, 3, 4, 5, 6])).plot(outcomes=["[1]"]).containers  # lines


def test_numbers_in_a_map_have_room() -> None:
    few = results_over(Sweep.grid(a=[1, 2, 3, 4], b=[1, 2, 3])).plot()
    boxes = [text.get_window_extent() for text in few[0].texts]
    assert len(boxes) == 12
    assert not any(one.overlaps(other) for one, other in pairwise(boxes))
    assert not results_over(Sweep.grid(a=list(range(16)), b=["p", "q"]) * Sweep.grid(c=["r", "s"])).plot()[0].texts


def test_numbers_in_a_map_are_left_out_where_they_have_no_room() -> None:
    def pixels(figure: Any) -> Any:
        for _ in range(3):  # until the layout has settled
            figure.canvas.draw()
        return np.asarray(figure.canvas.buffer_rgba()).copy()

    panels = results_over(Sweep.grid(a=[1.5, 2.5, 3.5, 4.5, 5.5, 6.5], b=[1.5, 2.5, 3.5, 4.5, 5.5])).plot()
    figure = panels[0].figure
    for width, drawn_numbers in ((7.0, True), (3.4, False)):
        figure.set_size_inches(width, 0.6 * width)
        found = pixels(figure)
        for panel in panels:
            for text in panel.texts:
                text.set_visible(False)
        assert (pixels(figure) != found).any() == drawn_numbers
        for panel in panels:
            for text in panel.texts:
                text.set_visible(True)


def test_the_name_of_an_axis_is_not_in_its_offset() -> None:
    panels = results_over(Sweep.grid(f=[4.9e9 + 1e6 * i for i in range(6)], t=[1e-6 * i for i in range(5)])).plot()
    figure = panels[0].figure
    figure.set_size_inches(3.4, 2.2)
    figure.canvas.draw()
    for panel in panels:
        assert not panel.xaxis.label.get_window_extent().overlaps(panel.xaxis.get_offset_text().get_window_extent())


def test_the_legend_is_not_cut_off_in_axes_that_were_given() -> None:
    for sweep in (Sweep.linspace("theta", 0.0, 1.0, 5), Sweep.linspace("theta", 0.0, 1.0, 6) * Sweep.grid(n=[1, 2])):
        for ax in (None, plt.subplots()[1]):
            drawn_in = results_over(sweep).plot(outcomes=["[0]"], ax=ax)
            drawn(drawn_in)
            box, legend = drawn_in.figure.bbox, drawn_in.get_legend().get_window_extent()
            assert box.contains(legend.x0, legend.y0)
            assert box.contains(legend.x1, legend.y1)


def test_several_axes_are_not_one() -> None:
    with pytest.raises(SweepError, match="not one matplotlib Axes; with several give one: ax=axes"):
        results_over(Sweep.grid(x=[1, 2])).plot(ax=plt.subplots(1, 2)[1])


def test_paulis_tell_lines_apart() -> None:
    """qdk's Paulis cannot be keys of a set."""
    bases = Sweep.grid(basis=[Pauli.X, Pauli.Z])
    lines = results_over(bases * Sweep.linspace("theta", 0.0, 1.0, 5)).plot(observable="Z")
    assert [text.get_text() for text in lines.get_legend().get_texts()] == ["PauliX", "PauliZ"]
    panels = results_over(Sweep.grid(bases=[[Pauli.X, Pauli.Z], [Pauli.Z, Pauli.Z]], n=["a", "b"])).plot()
    assert [panel.get_title() for panel in panels][:2] == ["bases[0] = PauliX, n = a", "bases[0] = PauliX, n = b"]


@settings(max_examples=20, deadline=None)
@given(any_results())
def test_whatever_was_swept_can_be_drawn(found: SweepResults) -> None:
    if any(row.shots for row in found):
        found.plot()
        plt.close("all")
    else:
        with pytest.raises(SweepError, match="nothing to plot"):
            found.plot()


def test_an_outcome_that_never_occurred_is_an_error() -> None:
    """Zeros may be meant; a missing space is more likely."""
    with pytest.warns(UserWarning, match=r"no point has the outcome '\[ 1\]'; there are \[0\], \[1\]") as caught:
        results_over(Sweep.grid(x=[1, 2])).plot(outcomes=["[ 1]"])
    assert caught[0].filename == __file__


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(SweepError, match=r"nothing to plot: there are no points"):
        results_over(Sweep.grid(x=[1]))[:0].plot()
    with pytest.raises(SweepError, match=r"nothing to plot: no point has a result; look at results.failures"):
        results_over(Sweep.grid(x=[1]), lambda _: None).plot()
    with pytest.raises(SweepError, match="this plot has 2 panels; give one outcome"):
        results_over(Sweep.grid(x=[1, 2], y=[1, 2])).plot(ax=plt.subplots()[1])
    with pytest.raises(SweepError, match="no parameter 'z' varies; give one of x, point"):
        results_over(Sweep.grid(x=[1, 2], y=[1])).plot(over="z")
    with pytest.raises(SweepError, match="there would be 9 lines over x, one for each y; choose"):
        results_over(Sweep.grid(x=[1, 2], y=list(range(9)))).plot(over="x")
    with pytest.raises(SweepError, match="cannot be drawn together"):
        results_over(Sweep.grid(x=[1, 2])).plot(observable="Z", outcomes=["[1]"])
    for wrong in ("[1]", []):
        with pytest.raises(SweepError, match="give a list of outcome texts"):
            results_over(Sweep.grid(x=[1, 2])).plot(outcomes=wrong)
    with pytest.raises(SweepError, match="this plot has 2 panels; plot one point"):
        results_over(Sweep.grid(x=["a", "b"])).plot(ax=plt.subplots()[1])


def test_outcomes_of_several_lengths_stand_with_their_own_length() -> None:
    counts = [{"[0, 0]": 60, "[1, 1]": 40}, {"[0, 0, 0]": 70, "[1, 0, 1]": 30}]
    rows = [
        PointResult(index, {"state": state}, "Succeeded", None, Output(found, {}), raw=b"")
        for index, (state, found) in enumerate(zip(("Bell", "GHZ"), counts, strict=True))
    ]
    panels = SweepResults(rows, operation="Op", target="t", shots=100).plot()
    assert [tick.get_text() for tick in panels[0].get_xticklabels()] == ["00", "11", "000", "101"]


def test_a_circuit_is_called_by_its_own_name() -> None:
    results = results_over(Sweep.grid(x=[0, 1, 2]), operation="qasm_import.bell")
    assert results.plot().get_title() == "bell on somewhere, 100 shots a point"
    assert repr(results).startswith("<SweepResults of bell:")
    assert "<b>bell</b>" in results._repr_html_()
    assert results.operation == "qasm_import.bell"  # the name in Q#, by which it is found again


@pytest.mark.parametrize("names", [["energy"], ["energy", "spin"]])
def test_several_observables_are_told_apart(names: list[str]) -> None:
    """By a legend where they share axes, and by the names of the panels where each has its own."""

    class Row:
        def __init__(self, index: int, point: dict[str, Any]) -> None:
            self.index, self.point = index, point
            self.means = {name: Expectation(0.1 * index, 0.01) for name in names}

    def axes_over(**values: list[Any]) -> Any:
        rows = [Row(index, dict(point)) for index, point in enumerate(Sweep.grid(**values))]
        return plot_values(rows, {name: name for name in names}, "Op on t")

    line = axes_over(x=[0.0, 0.5, 1.0])
    drawn(line)
    if len(names) == 1:
        assert line.get_legend() is None
    else:
        assert legend_of(line) == ("observable", names)
    panels = np.atleast_1d(axes_over(x=[0.0, 0.5, 1.0], basis=["X", "Z"]))
    assert [panel.get_title() for panel in panels] == ([""] if len(names) == 1 else names)
