"""Plots that fit the sweep: lines for one parameter, heat maps for two, small multiples for three, else histograms.

Array-valued parameters count by their elements: a sweep of ``angle`` over pairs is a sweep of ``angle[0]`` and
``angle[1]``. What never varies is left out. Error bars are one standard error: of a proportion,
``sqrt(p (1 - p) / shots)``, or of the mean of an observable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import SweepError
from .extras import needs
from .observables import Expectation, expectation
from .tables import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .results import PointResult, SweepResults

# Okabe and Ito's palette: tells apart in print and to the colour-blind.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
_MARKERS = "osD^vP*X"
_MOST_OUTCOMES = 8
_MOST_HISTOGRAMS = 36

Quantity = tuple[str, Callable[["PointResult"], Expectation]]


def plot(
    results: SweepResults,
    *,
    observable: str | Callable[[Any], float] | None = None,
    outcomes: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Any:
    """Draw results; nothing is shown or saved.

    Args:
        results: of a sweep.
        observable: draw this instead of the probability of each outcome; see ``SweepResults.expectation``.
        outcomes: the outcome texts to draw; by default the eight most frequent.
        ax: where to draw, for a plot that needs one panel only.

    Returns:
        The matplotlib axes: one, or a list of them where there are several panels.

    Raises:
        MissingExtraError: matplotlib is not installed.
        SweepError: no point has a result, or ``ax`` is given for a plot of several panels.
    """
    needs("matplotlib", "results")
    good = [row for row in results if row.output is not None]
    if not good:
        raise SweepError("nothing to plot: no point has a result", advice="look at results.failures")
    quantities = _quantities(good, observable, outcomes)
    columns = _varying_columns(good)
    numeric = all(isinstance(value, (int, float)) for values in columns.values() for value in values)
    title = f"{results.operation} on {results.target}, {results.shots} shots a point"
    if numeric and len(columns) == 1:
        return _lines(good, columns, quantities, title, ax)
    if numeric and len(columns) in (2, 3) and _is_lattice(columns):
        return _heat_maps(good, columns, quantities, title, ax)
    return _histograms(good, columns, title, ax)


def _quantities(rows: list[PointResult], observable: Any, outcomes: Sequence[str] | None) -> list[Quantity]:
    if observable is not None:
        name = observable if isinstance(observable, str) else getattr(observable, "__name__", "observable")
        return [(f"⟨{name}⟩", lambda row: expectation(row.output, observable))]
    if outcomes is None:
        total: dict[str, int] = {}
        for row in rows:
            for display, count in row.counts.items():
                total[display] = total.get(display, 0) + count
        outcomes = sorted(sorted(total, key=lambda display: -total[display])[:_MOST_OUTCOMES])

    def probability(display: str) -> Callable[[PointResult], Expectation]:
        def of(row: PointResult) -> Expectation:
            p = row.probabilities.get(display, 0.0)
            return Expectation(p, math.sqrt(p * (1 - p) / row.shots))

        return of

    return [(display, probability(display)) for display in outcomes]


def _varying_columns(rows: list[PointResult]) -> dict[str, list[Any]]:
    """Every scalar that varies from point to point, by name: parameters, and elements of array-valued ones."""
    columns: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in _flat(row.point):
            columns.setdefault(name, []).append(value)
    return {
        name: values
        for name, values in columns.items()
        if len(values) == len(rows) and any(value != values[0] for value in values)
    }


def _flat(point: dict[str, Any]) -> list[tuple[str, Any]]:
    def walk(name: str, value: Any) -> list[tuple[str, Any]]:
        if isinstance(value, (list, tuple)):
            return [item for place, part in enumerate(value) for item in walk(f"{name}[{place}]", part)]
        return [(name, value)]

    return [item for name, value in point.items() for item in walk(name, value)]


def _is_lattice(columns: dict[str, list[Any]]) -> bool:
    """Whether every combination of the values occurs exactly once."""
    rows = list(zip(*columns.values(), strict=True))
    size = math.prod(len(set(values)) for values in columns.values())
    return len(rows) == size == len(set(rows))


def _lines(
    rows: list[PointResult], columns: dict[str, list[Any]], quantities: list[Quantity], title: str, ax: Axes | None
) -> Axes:
    import matplotlib.pyplot as plt

    ((name, values),) = columns.items()
    if ax is None:
        ax = plt.subplots(figsize=(7, 4.2), layout="constrained")[1]
    order = sorted(range(len(rows)), key=values.__getitem__)
    for place, (told, quantity) in enumerate(quantities):
        found = [quantity(rows[index]) for index in order]
        ax.errorbar(
            [values[index] for index in order],
            [each.value for each in found],
            yerr=[each.error for each in found],
            label=told,
            color=_COLOURS[place % len(_COLOURS)],
            marker=_MARKERS[place % len(_MARKERS)],
            markersize=4,
            linewidth=1.2,
            capsize=2,
        )
    single = len(quantities) == 1 and quantities[0][0].startswith("⟨")
    ax.set(xlabel=name, ylabel=quantities[0][0] if single else "probability", title=title)
    ax.set_ylim((-1.05, 1.05) if single and quantities[0][0] == "⟨parity⟩" else (None, None))
    if not single:
        ax.set_ylim(-0.03, 1.03)
        ax.legend(title="outcome", fontsize="small", loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    ax.grid(alpha=0.3)
    return ax


def _heat_maps(
    rows: list[PointResult], columns: dict[str, list[Any]], quantities: list[Quantity], title: str, ax: Axes | None
) -> Any:
    """A panel for each quantity, and for each value of the third parameter, which has the fewest values."""
    import matplotlib.pyplot as plt
    import numpy as np

    names = list(columns)
    split = min(names, key=lambda name: len(set(columns[name]))) if len(names) == 3 else None
    x_name, y_name = [name for name in names if name != split]
    panels = [
        (told, quantity, value)
        for told, quantity in quantities
        for value in (sorted(set(columns[split])) if split else [None])
    ]
    tables, errors = [], []
    xs, ys = sorted(set(columns[x_name])), sorted(set(columns[y_name]))
    for _, quantity, value in panels:
        table = np.full((len(ys), len(xs)), np.nan)
        for index, row in enumerate(rows):
            if split is None or columns[split][index] == value:
                found = quantity(row)
                table[ys.index(columns[y_name][index]), xs.index(columns[x_name][index])] = found.value
                errors.append(found.error)
        tables.append(table)
    low, high = min(np.nanmin(table) for table in tables), max(np.nanmax(table) for table in tables)
    if ax is not None and len(panels) > 1:
        raise SweepError(f"this plot has {len(panels)} panels", advice="give one outcome or an observable, or no ax")
    if ax is None:
        across = min(len(panels), len(set(columns[split])) if split else 4, 4)
        down = math.ceil(len(panels) / across)
        width, height = (6.2, 4.6) if len(panels) == 1 else (2.7 * across + 1.1, 2.6 * down + 0.7)
        figure, grid = plt.subplots(
            down, across, figsize=(width, height), squeeze=False, sharex=True, sharey=True, layout="constrained"
        )
        axes = list(grid.flat)
        for spare in axes[len(panels) :]:
            spare.set_visible(False)
        figure.suptitle(title, fontsize="medium")
    else:
        axes, figure = [ax], ax.figure
    for panel, (told, _, value), table in zip(axes, panels, tables, strict=False):
        image = panel.imshow(table, origin="lower", aspect="auto", cmap="viridis", vmin=low, vmax=high)
        panel.set_title(told if value is None else f"{told}, {split} = {label(value, 3)}", fontsize="small")
        _ticks(panel.set_xticks, xs)
        _ticks(panel.set_yticks, ys)
        if table.size <= 49:
            _write_values(panel, table, (low + high) / 2)
    for panel in axes[: len(panels)]:
        panel.label_outer()
        panel.set(xlabel=x_name, ylabel=y_name)
        panel.label_outer()
    what = quantities[0][0] if quantities[0][0].startswith("⟨") else "probability"
    typical = float(np.nanmean(errors))
    figure.colorbar(image, ax=axes[: len(panels)], label=f"{what} (standard error about {typical:.2g})")
    return axes[0] if len(panels) == 1 else axes[: len(panels)]


def _ticks(set_ticks: Callable[..., Any], values: list[float]) -> None:
    step = max(1, math.ceil(len(values) / 6))
    places = list(range(0, len(values), step))
    set_ticks(places, [label(values[place], 3) for place in places], fontsize="small")


def _write_values(panel: Axes, table: Any, middle: float) -> None:
    for (y, x), value in _cells(table):
        colour = "white" if value < middle else "black"
        panel.text(x, y, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=7)


def _cells(table: Any) -> list[tuple[tuple[int, int], float]]:
    import numpy as np

    return [(place, value) for place, value in np.ndenumerate(table) if not math.isnan(value)]


def _histograms(rows: list[PointResult], columns: dict[str, list[Any]], title: str, ax: Axes | None) -> Any:
    import matplotlib.pyplot as plt

    shown = rows[:_MOST_HISTOGRAMS]
    outcomes = sorted({display for row in shown for display in row.counts})
    if ax is not None and len(shown) > 1:
        raise SweepError(f"this plot has {len(shown)} panels", advice="plot one point, or give no ax")
    if ax is None:
        across = min(len(shown), 4)
        down = math.ceil(len(shown) / across)
        size = (6.2, 4.0) if len(shown) == 1 else (2.7 * across, 2.2 * down + 0.6)
        figure, grid = plt.subplots(down, across, figsize=size, squeeze=False, sharey=True, layout="constrained")
        axes = list(grid.flat)
        for spare in axes[len(shown) :]:
            spare.set_visible(False)
        more = f" (the first {len(shown)} of {len(rows)} points)" if len(rows) > len(shown) else ""
        figure.suptitle(title + more, fontsize="medium")
    else:
        axes = [ax]
    for index, (panel, row) in enumerate(zip(axes, shown, strict=False)):
        values = [row.probabilities.get(display, 0.0) for display in outcomes]
        errors = [math.sqrt(p * (1 - p) / row.shots) for p in values]
        panel.bar(range(len(outcomes)), values, yerr=errors, color=_COLOURS[0], capsize=2, width=0.75)
        told = ", ".join(f"{name} = {label(values_[index], 3)}" for name, values_ in columns.items())
        panel.set_title(told if len(told) < 40 else f"point {row.index}", fontsize="small")
        if len(outcomes) <= 16:
            panel.set_xticks(range(len(outcomes)), outcomes, rotation=90 if len(outcomes) > 4 else 0, fontsize="small")
        else:
            panel.set_xticks([])
            panel.set_xlabel(f"{len(outcomes)} outcomes", fontsize="small")
    for panel in axes[: len(shown) : min(len(shown), 4)]:
        panel.set_ylabel("probability")
    return axes[0] if len(shown) == 1 else axes[: len(shown)]
