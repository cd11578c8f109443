"""Plots that fit the sweep: lines for one parameter, heat maps for two, small multiples for three, else histograms.

Array-valued parameters count by their elements: a sweep of ``angle`` over pairs is a sweep of ``angle[0]`` and
``angle[1]``. What never varies is left out. Error bars are one standard error: of a proportion,
``sqrt(p (1 - p) / shots)``, or of the mean of an observable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import SweepError
from .extras import needs
from .observables import Expectation, expectation
from .tables import flat, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .results import PointResult, SweepResults

# Okabe and Ito's palette, grey for its yellow, which is lost on white: tells apart in print and to the colour-blind.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
_MARKERS = "osD^vP*X"
_MOST_OUTCOMES = 8
_MOST_HISTOGRAMS = 36
_MOST_MAPS = 24
_MOST_CELLS_WITH_NUMBERS = 49
_BITS = re.compile(r"\[[01](, [01])*\]")

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
    good = [row for row in results if row.shots]
    if not good:
        raise SweepError("nothing to plot: no point has a result", advice="look at results.failures")
    quantities = _quantities(good, observable, outcomes)
    columns = _varying_columns(good)
    title = f"{results.operation} on {results.target}, {results.shots} shots a point"
    numbers = all(type(value) in (int, float) for values in columns.values() for value in values)
    if numbers and len(columns) == 1:
        return _lines(good, columns, quantities, title, ax)
    if len(columns) in (2, 3) and _is_lattice(columns):
        if outcomes is None and len(columns) == 3:
            quantities = quantities[: _MOST_MAPS // min(len(set(values)) for values in columns.values())]
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
            return Expectation(p, _proportion_error(p, row.shots))

        return of

    return [(display, probability(display)) for display in outcomes]


def _proportion_error(p: float, shots: int) -> float:
    return math.sqrt(p * (1 - p) / shots) if shots else math.nan


def _varying_columns(rows: list[PointResult]) -> dict[str, list[Any]]:
    """Every scalar that varies from point to point, by name: parameters, and elements of array-valued ones."""
    columns: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in (item for key, given in row.point.items() for item in flat(key, given)):
            columns.setdefault(name, []).append(value)
    return {
        name: values
        for name, values in columns.items()
        if len(values) == len(rows) and any(value != values[0] for value in values)
    }


def _is_lattice(columns: dict[str, list[Any]]) -> bool:
    """Whether the points fill a grid, each place once; some may be missing, where jobs failed."""
    for values in columns.values():
        kinds = set(map(type, values))
        if not (kinds <= {int, float} or kinds in ({bool}, {str})):
            return False
    rows = list(zip(*columns.values(), strict=True))
    sizes = [len(set(values)) for values in columns.values()]
    fits = len(sizes) < 3 or min(sizes) <= _MOST_MAPS
    return fits and len(rows) == len(set(rows)) and 0.6 * math.prod(sizes) < len(rows)


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
    what = _what(quantities)
    ax.set(xlabel=name, ylabel=what)
    ax.set_title(title, fontsize="medium")
    if what == "probability":
        ax.set_ylim(-0.03, 1.03)
    elif _is_sign(what):
        ax.set_ylim(-1.06, 1.06)
    if what == "probability":
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
    if ax is not None and len(panels) > 1:
        raise SweepError(f"this plot has {len(panels)} panels", advice="give one outcome or an observable, or no ax")
    what = _what(quantities)
    low, high, colours = _scale(what, np.concatenate([table[~np.isnan(table)] for table in tables]))
    across = min(len(panels), len(set(columns[split])) if split else 4, 4)
    if ax is None:
        down = math.ceil(len(panels) / across)
        width, height = (6.2, 4.8) if len(panels) == 1 else (2.7 * across + 1.1, 2.6 * down + 0.9)
        figure, grid = plt.subplots(
            down, across, figsize=(width, height), squeeze=False, sharex=True, sharey=True, layout="constrained"
        )
        axes = _visible(grid, len(panels), across)
        figure.suptitle(f"{title}\nstandard error about {float(np.nanmean(errors)):.2g}", fontsize="medium")
    else:
        axes = [ax]
    for place, (panel, (told, _, value), table) in enumerate(zip(axes, panels, tables, strict=True)):
        image = panel.imshow(table, origin="lower", aspect="auto", cmap=colours, vmin=low, vmax=high)
        panel.set_facecolor("0.85")  # where there is no result
        panel.set_title(told if value is None else f"{told}, {split} = {label(value, 3)}", fontsize="small")
        _ticks(panel.set_xticks, xs)
        _ticks(panel.set_yticks, ys)
        if place + across >= len(panels):
            panel.set_xlabel(x_name)
        if place % across == 0:
            panel.set_ylabel(y_name)
        if table.size <= _MOST_CELLS_WITH_NUMBERS:
            _write_values(panel, image, table)
    axes[0].figure.colorbar(image, ax=axes, label=what)
    return axes[0] if len(panels) == 1 else axes


def _what(quantities: list[Quantity]) -> str:
    """The quantity's name on an axis: of an observable, or that of the probabilities."""
    name = quantities[0][0]
    return name if len(quantities) == 1 and name.startswith("⟨") else "probability"


def _is_sign(what: str) -> bool:
    """Whether it is the mean of something that is 1 or -1."""
    return what == "⟨parity⟩" or not set(what) - set("⟨ZI⟩")


def _scale(what: str, values: Any) -> tuple[float, float, str]:
    """The ends of the colour scale and its name. A scale that follows the noise would show patterns in it."""
    if _is_sign(what):
        return -1.0, 1.0, "RdBu"
    if what == "probability":
        return 0.0, min(1.0, max(float(values.max()), 2 * float(values.mean()))), "viridis"
    return float(values.min()), float(values.max()), "viridis"


def _visible(grid: Any, number: int, across: int) -> list[Axes]:
    """The first panels of a grid of axes; the rest is hidden, and what stands above it keeps its labels."""
    axes: list[Axes] = list(grid.flat)
    for spare in axes[number:]:
        spare.set_visible(False)
    for place in range(max(0, number - across), number):
        axes[place].tick_params(labelbottom=True)
    return axes[:number]


def _ticks(set_ticks: Callable[..., Any], values: list[float]) -> None:
    step = max(1, math.ceil(len(values) / 6))
    places = list(range(0, len(values), step))
    set_ticks(places, [label(values[place], 3) for place in places], fontsize="small")


def _write_values(panel: Axes, image: Any, table: Any) -> None:
    for y, row in enumerate(table):
        for x, value in enumerate(row):
            if not math.isnan(value):
                red, green, blue, _ = image.cmap(image.norm(value))
                colour = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
                panel.text(x, y, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=7)


def _histograms(rows: list[PointResult], columns: dict[str, list[Any]], title: str, ax: Axes | None) -> Any:
    import matplotlib.pyplot as plt

    shown = rows[:_MOST_HISTOGRAMS]
    outcomes = sorted({display for row in shown for display in row.counts})
    if ax is not None and len(shown) > 1:
        raise SweepError(f"this plot has {len(shown)} panels", advice="plot one point, or give no ax")
    across = min(len(shown), 4)
    if ax is None:
        down = math.ceil(len(shown) / across)
        size = (6.2, 4.0) if len(shown) == 1 else (max(2.7 * across, 6.2), 1.8 * down + 1.4)
        figure, grid = plt.subplots(
            down, across, figsize=size, squeeze=False, sharex=True, sharey=True, layout="constrained"
        )
        axes = _visible(grid, len(shown), across)
        more = f" (the first {len(shown)} of {len(rows)} points)" if len(rows) > len(shown) else ""
        figure.suptitle(title + more, fontsize="medium")
    else:
        axes = [ax]
    bits = all(_BITS.fullmatch(display) for display in outcomes)
    names = [re.sub(r"\D", "", display) if bits else display for display in outcomes]
    for index, (panel, row) in enumerate(zip(axes, shown, strict=True)):
        values = [row.probabilities.get(display, 0.0) for display in outcomes]
        errors = [_proportion_error(p, row.shots) for p in values]
        panel.bar(range(len(outcomes)), values, yerr=errors, color=_COLOURS[0], capsize=2, width=0.75)
        told = ", ".join(f"{name} = {label(values_[index], 3)}" for name, values_ in columns.items())
        panel.set_title(told if len(told) < 40 else f"point {row.index}", fontsize="small")
        if len(outcomes) <= 16:
            crowded = sum(map(len, names)) > 16
            panel.set_xticks(range(len(outcomes)), names, rotation=90 if crowded else 0, fontsize="small")
        else:
            panel.set_xticks([])
        if index + across >= len(shown):
            panel.set_xlabel("outcome" if len(outcomes) <= 16 else f"{len(outcomes)} outcomes")
        if index % across == 0:
            panel.set_ylabel("probability")
    return axes[0] if len(shown) == 1 else axes
