"""Lines with error bars: one for each outcome, or for each category; panels where there are both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from qsharp_bridge.results.tables import label

from .columns import Columns, assigned, axis_name, distinct, key_of, numeric
from .layout import COLOURS, DASHES, MARKERS, error_bars, in_a_row, label_edges, panels, scale
from .quantities import PROBABILITY, Quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qsharp_bridge.results.point import PointResult

_MOST_PANELS = 24
Rows = list["PointResult"]


def one_panel(
    rows: Rows, along: str, xs: list[Any], quantities: list[Quantity], title: str, ax: Axes | None, joined: bool = True
) -> Axes:
    """Draw a line for each quantity over one column."""
    own = ax is None
    (ax,) = panels(1, 1, (7, 4.2), "", ax)
    for place, quantity in enumerate(quantities):
        _line(ax, rows, xs, quantity, quantity.name, place, joined)
    _finish(ax, xs, quantities[0])
    ax.set(xlabel=axis_name(along, rows), ylabel=quantities[0].axis)
    ax.set_title(title, fontsize="medium", wrap=True)
    if quantities[0].axis == PROBABILITY:
        _legend(ax, "outcome", outside=own)
    elif len(quantities) > 1:
        _legend(ax, "observable", outside=own)
    return ax


def by_category(
    rows: Rows, columns: Columns, along: str, others: list[str], quantities: list[Quantity], title: str, ax: Axes | None
) -> Any:
    """Draw a line for each value of one of ``others``, a panel for each quantity and each combination of the rest."""
    split = max(others, key=lambda name: len(distinct(columns[name])))  # lines are easier to compare than panels
    rest = [name for name in others if name != split]
    combinations = [dict(zip(rest, found, strict=True)) for found in product(*(distinct(columns[r]) for r in rest))]
    every = [(quantity, combination) for quantity in quantities for combination in combinations]
    shown = every[:_MOST_PANELS]
    if len(every) > len(shown):
        title += f" (the first {len(shown)} of {len(every)} panels)"
    across = min(len(shown), len(combinations), 4) if rest else in_a_row(len(shown))
    size = (7, 4.2) if len(shown) == 1 else (2.9 * across + 1.2, 2.5 * math.ceil(len(shown) / across) + 0.8)
    axes = panels(len(shown), across, size, title, ax)
    if ax is not None:
        ax.set_title(title, fontsize="medium", wrap=True)
    for panel, (quantity, combination) in zip(axes, shown, strict=True):
        for place, value in enumerate(distinct(columns[split])):
            wanted = {split: value, **combination}
            chosen = [i for i in range(len(rows)) if all(key_of(columns[n][i]) == key_of(v) for n, v in wanted.items())]
            _line(panel, [rows[i] for i in chosen], [columns[along][i] for i in chosen], quantity, label(value), place)
        _finish(panel, columns[along], quantity)
        parts = [
            *([quantity.title] if quantity.axis == PROBABILITY or len(quantities) > 1 else []),
            *([assigned(combination)] if rest else []),
        ]
        if ax is None:
            panel.set_title(", ".join(parts), fontsize="small")
    label_edges(axes, across, axis_name(along, rows), quantities[0].axis)
    _legend(axes[across - 1], split, outside=ax is None)
    return axes[0] if len(axes) == 1 else axes


def _line(
    ax: Axes, rows: Sequence[PointResult], xs: Sequence[Any], quantity: Quantity, name: str, place: int,
    joined: bool = True,
) -> None:  # fmt: skip
    at = _place(list(xs))
    order = sorted(range(len(rows)), key=lambda index: at(xs[index]))
    found = [quantity.of(rows[index]) for index in order]
    ax.errorbar(
        [at(xs[index]) for index in order],
        [each.value for each in found],
        yerr=error_bars(found),
        label=name,
        color=COLOURS[place % len(COLOURS)],
        marker=MARKERS[place % len(MARKERS)],
        linestyle=DASHES[place % len(DASHES)] if joined else "none",
        markersize=4,
        linewidth=1.2,
        elinewidth=1.0,
        capsize=2,
    )


def _finish(ax: Axes, xs: list[Any], quantity: Quantity) -> None:
    if not numeric(xs):
        names = distinct(xs)
        ax.set_xticks(range(len(names)), [label(name) for name in names])
        ax.set_xlim(-0.5, len(names) - 0.5)
    else:
        scale(ax.xaxis, xs)
    if quantity.limits is not None:
        low, high = quantity.limits
        margin = 0.03 * (high - low)
        ax.set_ylim(low - margin, high + margin)
    ax.grid(alpha=0.3)


def _place(xs: list[Any]) -> Callable[[Any], float]:
    """Return the function from a value to its position on the axis: of a number itself, of others 0, 1, 2..."""
    if numeric(xs):
        return lambda value: value
    places = {key_of(value): place for place, value in enumerate(distinct(xs))}
    return lambda value: places[key_of(value)]


def _legend(ax: Axes, title: str, *, outside: bool) -> None:
    """Draw the legend: beside the axes only in a figure of ours, where it has room; else it might be cut off."""
    beside = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5), "frameon": False}
    ax.legend(title=title, fontsize="small", handlelength=3, **(beside if outside else {"loc": "best"}))
