"""Heat maps: two columns across and up, a panel for each outcome and each value of a third."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import SweepError
from qsharp_bridge.results.tables import label

from .columns import Columns, distinct, same
from .layout import label_edges, panels
from .quantities import PROBABILITY, Quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qsharp_bridge.results.point import PointResult

MOST_MAPS = 24
_MOST_CELLS_WITH_NUMBERS = 49
_MOST_ACROSS_WITH_NUMBERS = 7  # more do not fit beside each other


def heat_maps(
    rows: list[PointResult], columns: Columns, quantities: list[Quantity], title: str, ax: Axes | None
) -> Any:
    """A panel for each quantity, and for each value of the third column, which has the fewest values."""
    import numpy as np

    names = list(columns)
    split = min(names, key=lambda name: len(distinct(columns[name]))) if len(names) == 3 else None
    x_name, y_name = [name for name in names if name != split]
    shown = [(q, value) for q in quantities for value in (distinct(columns[split]) if split else [None])]
    if ax is not None and len(shown) > 1:
        raise SweepError(f"this plot has {len(shown)} panels", advice="give one outcome or an observable, or no ax")
    xs, ys = distinct(columns[x_name]), distinct(columns[y_name])
    across_of, up_of = _places(xs), _places(ys)
    tables, errors = [], []
    for quantity, value in shown:
        table = np.full((len(ys), len(xs)), np.nan)
        for index, row in enumerate(rows):
            if split is None or same(columns[split][index]) == same(value):
                found = quantity.of(row)
                table[up_of[same(columns[y_name][index])], across_of[same(columns[x_name][index])]] = found.value
                errors.append(found.error)
        tables.append(table)
    low, high, colours = _scale(quantities[0], np.concatenate([table[~np.isnan(table)] for table in tables]))
    across = min(len(shown), len(distinct(columns[split])) if split else 4, 4)
    if ax is None:
        down = math.ceil(len(shown) / across)
        size = (6.2, 4.8) if len(shown) == 1 else (2.7 * across + 1.1, 2.6 * down + 0.9)
        error = f"standard error about {float(np.nanmean(errors)):.2g}"
        axes = panels(len(shown), across, size, f"{title}\n{error}")
    else:
        axes = [ax]
    for panel, (quantity, value), table in zip(axes, shown, tables, strict=True):
        image = panel.imshow(table, origin="lower", aspect="auto", cmap=colours, vmin=low, vmax=high)
        panel.set_facecolor("0.85")  # where there is no result
        name = quantity.name
        panel.set_title(name if split is None else f"{name}, {split} = {label(value, 3)}", fontsize="small")
        _ticks(panel.set_xticks, xs)
        _ticks(panel.set_yticks, ys)
        if table.size <= _MOST_CELLS_WITH_NUMBERS and len(xs) <= _MOST_ACROSS_WITH_NUMBERS:
            _write_values(panel, image, table)
    label_edges(axes, across, x_name, y_name)
    axes[0].figure.colorbar(image, ax=axes, label=quantities[0].axis)
    return axes[0] if len(shown) == 1 else axes


def _places(values: list[Any]) -> dict[Any, int]:
    return {same(value): place for place, value in enumerate(values)}


def _scale(quantity: Quantity, values: Any) -> tuple[float, float, str]:
    """The ends of the colour scale and its name. A scale that follows the noise would show patterns in it."""
    if quantity.axis == PROBABILITY:
        return 0.0, min(1.0, max(float(values.max()), 2 * float(values.mean()))), "viridis"
    if quantity.limits is not None:
        return *quantity.limits, "RdBu"
    return float(values.min()), float(values.max()), "viridis"


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
