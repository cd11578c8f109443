"""Plots: what is drawn, by the real matplotlib without a screen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")
import matplotlib.pyplot as plt

from qsharp_bridge import Sweep
from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweeps.outputs import Output
from qsharp_bridge.sweeps.results import PointResult, SweepResults

from .result_examples import results_over


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
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["[0]", "[1]"]
    assert len(ax.containers) == 2
    line, _, (bars,) = ax.containers[1]
    assert line.get_xdata().tolist() == thetas  # in order, however the sweep runs
    p = [round(100 * math.sin(theta / 2) ** 2) / 100 for theta in thetas]
    assert line.get_ydata().tolist() == p
    halves = [(segment[1][1] - segment[0][1]) / 2 for segment in bars.get_segments()]
    assert halves == pytest.approx([math.sqrt(q * (1 - q) / 100) for q in p])


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
    assert [ax.get_title() for ax in axes] == ["[0]", "[1]"]
    for ax in axes:
        drawn(ax)
    (image,) = axes[1].images
    table = np.asarray(image.get_array())  # the first parameter across, the second up
    assert table.tolist() == [[0.1, 0.6], [0.2, 0.7], [0.3, 0.8]]
    assert (axes[1].get_xlabel(), axes[0].get_ylabel()) == ("y", "x")
    assert [text.get_text() for text in axes[0].get_yticklabels()] == ["1", "2", "3"]
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
    assert [ax.get_title() for ax in axes] == ["[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]"]
    assert {ax.get_xlabel() for ax in axes} == {"angle[0]"}
    assert axes[0].get_ylabel() == "angle[1]"
    assert len({tuple(np.asarray(ax.images[0].get_array()).ravel()) for ax in axes}) == 2
    assert (axes[0].images[0].norm.vmin, axes[0].images[0].norm.vmax) == (0.0, 0.5)
    for ax in axes:
        drawn(ax)


def test_a_grid_with_holes_is_still_a_heat_map() -> None:
    results = results_over(Sweep.grid(a=[0, 1, 2], b=["x", "y"]), lambda p: None if (p["a"], p["b"]) == (1, "y") else 5)
    ax = results.plot(outcomes=["[1]"])
    table = np.asarray(ax.images[0].get_array())
    assert np.isnan(table).tolist() == [[False, False, False], [False, True, False]]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["x", "y"]


def test_small_multiples_for_three_parameters() -> None:
    sweep = Sweep.grid(a=[0, 1, 2], b=[0.5, 1.5], c=[0, 1, 2])
    axes = results_over(sweep, lambda p: int(10 * p["a"] + p["c"])).plot(observable="parity")
    assert [ax.get_title() for ax in axes] == ["⟨parity⟩, b = 0.5", "⟨parity⟩, b = 1.5"]
    assert axes[0].images[0].get_cmap().name == "RdBu"
    assert np.asarray(axes[1].images[0].get_array())[2, 1] == pytest.approx(1 - 2 * 0.12)
    assert len(results_over(sweep, lambda p: 50).plot()) == 4


def test_histograms_for_what_else_there_is() -> None:
    axes = results_over(Sweep.points([{"name": n} for n in "vwxyz"]), lambda p: 30).plot()
    assert len(axes) == 5
    assert axes[4].get_title() == "name = z"
    assert [bar.get_height() for bar in axes[4].patches] == [0.7, 0.3]
    for ax in axes:
        drawn(ax)
    assert [ax.get_xlabel() for ax in axes] == ["", "outcome", "outcome", "outcome", "outcome"]
    for ax in axes[1:]:
        labels = [text for text in ax.get_xticklabels() if text.get_visible()]
        assert [text.get_text() for text in labels] == ["0", "1"]
    one = results_over(Sweep.grid(n=[1])).plot(ax=plt.subplots()[1])
    assert [bar.get_height() for bar in one.patches] == [0.75, 0.25]


def test_many_points_show_the_first() -> None:
    axes = results_over(Sweep.zip(x=[float(i**2 % 101) for i in range(50)], y=[float(i) for i in range(50)])).plot()
    assert len(axes) == 36
    assert "(the first 36 of 50 points)" in axes[0].figure.get_suptitle()


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(SweepError, match=r"nothing to plot: no point has a result; look at results.failures"):
        results_over(Sweep.grid(x=[1]), lambda _: None).plot()
    with pytest.raises(SweepError, match="this plot has 2 panels; give one outcome"):
        results_over(Sweep.grid(x=[1, 2], y=[1, 2])).plot(ax=plt.subplots()[1])
    with pytest.raises(SweepError, match="this plot has 2 panels; plot one point"):
        results_over(Sweep.grid(x=["a", "b"])).plot(ax=plt.subplots()[1])
