"""Heat maps and coloured scatter plots: two columns across and up, a panel for each outcome."""

from __future__ import annotations

import functools
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from qsharp_bridge.results.tables import label

from .columns import Columns, distinct, key_of, numeric
from .layout import in_a_row, label_edges, panels, scale
from .quantities import PROBABILITY, Quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from qsharp_bridge.results.point import PointResult

MOST_MAPS = 24
_MOST_CELLS_WITH_NUMBERS = 49
_MOST_ACROSS_WITH_NUMBERS = 7  # more do not fit beside each other


def heat_maps(
    rows: list[PointResult], columns: Columns, quantities: list[Quantity], title: str, ax: Axes | None
) -> Any:
    """Draw a panel for each quantity, and for each value of the third column, which has the fewest values."""
    import numpy as np

    names = list(columns)
    split = min(names, key=lambda name: len(distinct(columns[name]))) if len(names) == 3 else None
    x_name, y_name = [name for name in names if name != split]
    shown = [(q, value) for q in quantities for value in (distinct(columns[split]) if split else [None])]
    xs, ys = distinct(columns[x_name]), distinct(columns[y_name])
    across_of, up_of = _places(xs), _places(ys)
    x_edges, y_edges = _edges(xs), _edges(ys)
    tables, errors = [], []
    for quantity, value in shown:
        table = np.full((len(ys), len(xs)), np.nan)
        for index, row in enumerate(rows):
            if split is None or key_of(columns[split][index]) == key_of(value):
                found = quantity.of(row)
                up, along = up_of[key_of(columns[y_name][index])], across_of[key_of(columns[x_name][index])]
                table[up, along] = found.value
                errors.append((found.high - found.low) / 2)
        tables.append(table)
    low, high, colours = _scale(quantities[0], np.concatenate([table[~np.isnan(table)] for table in tables]))
    across = min(len(distinct(columns[split])), 4) if split else in_a_row(len(shown))
    if ax is None:
        title += f"\nstandard error about {float(np.nanmean(errors)):.2g}"
    axes = panels(len(shown), across, _size(len(shown), across), title, ax)
    for panel, (quantity, value), table in zip(axes, shown, tables, strict=True):
        image = panel.pcolormesh(x_edges, y_edges, np.ma.masked_invalid(table), cmap=colours, vmin=low, vmax=high)
        panel.set_facecolor("0.85")  # where there is no result
        name = quantity.title
        if split is not None:
            panel.set_title(f"{name}, {split} = {label(value, 3)}", fontsize="small")
        elif len(shown) > 1 or name != quantity.axis:  # the colour bar has that name
            panel.set_title(name, fontsize="small")
        _ticks(panel.xaxis, xs)
        _ticks(panel.yaxis, ys)
        few = table.size <= _MOST_CELLS_WITH_NUMBERS and len(xs) <= _MOST_ACROSS_WITH_NUMBERS
        if few and _even(x_edges) and _even(y_edges):
            _write_values(panel, image, table, x_edges, y_edges)
    label_edges(axes, across, x_name, y_name)
    axes[0].figure.colorbar(image, ax=axes, label=quantities[0].axis)
    return axes[0] if len(shown) == 1 else axes


def scatter(rows: list[PointResult], columns: Columns, quantities: list[Quantity], title: str, ax: Axes | None) -> Any:
    """Draw a coloured dot for each point over two columns of numbers, a panel for each quantity."""
    import numpy as np

    (x_name, xs), (y_name, ys) = columns.items()
    across = in_a_row(len(quantities))
    axes = panels(len(quantities), across, _size(len(quantities), across), title, ax)
    found = np.array([[quantity.of(row).value for row in rows] for quantity in quantities], dtype=float)
    low, high, colours = _scale(quantities[0], found[~np.isnan(found)])
    for panel, quantity, values in zip(axes, quantities, found, strict=True):
        dots = panel.scatter(xs, ys, c=values, cmap=colours, vmin=low, vmax=high, edgecolors="0.3", linewidths=0.5)
        if len(axes) > 1 or quantity.title != quantity.axis:
            panel.set_title(quantity.title, fontsize="small")
        scale(panel.xaxis, xs)
        scale(panel.yaxis, ys)
        panel.grid(alpha=0.3)
    label_edges(axes, across, x_name, y_name)
    axes[0].figure.colorbar(dots, ax=axes, label=quantities[0].axis)
    return axes[0] if len(axes) == 1 else axes


def _size(number: int, across: int) -> tuple[float, float]:
    return (6.2, 4.8) if number == 1 else (2.7 * across + 1.1, 2.6 * math.ceil(number / across) + 0.9)


def _places(values: list[Any]) -> dict[Any, int]:
    return {key_of(value): place for place, value in enumerate(values)}


def _edges(values: list[Any]) -> list[float]:
    """Return the edges of the cells: half-way between numbers; other values are at 0, 1, 2..."""
    if not numeric(values):
        values = list(range(len(values)))
    if len(values) == 1:
        return [values[0] - 0.5, values[0] + 0.5]
    middles = [a + (b - a) / 2 for a, b in pairwise(values)]
    return [values[0] - (middles[0] - values[0]), *middles, values[-1] + (values[-1] - middles[-1])]


def _even(edges: list[float]) -> bool:
    widths = [b - a for a, b in pairwise(edges)]
    return min(widths) > 0.7 * max(widths)


def _scale(quantity: Quantity, values: Any) -> tuple[float, float, str]:
    """Return the ends of the colour scale and its name. A scale over noise alone would show patterns in it."""
    if quantity.axis == PROBABILITY:
        return 0.0, min(1.0, max(float(values.max()), 2 * float(values.mean()))), "viridis"
    if quantity.limits is not None:
        return *quantity.limits, "RdBu"
    return float(values.min()), float(values.max()), "viridis"


def _ticks(axis: Axis, values: list[Any]) -> None:
    if numeric(values):
        scale(axis, values)
        return
    places = list(range(0, len(values), max(1, math.ceil(len(values) / 6))))
    axis.set_ticks(places, labels=[label(values[place], 3) for place in places], fontsize="small")


def _write_values(panel: Axes, image: Any, table: Any, x_edges: list[float], y_edges: list[float]) -> None:
    texts = [[f"{value:.2f}".replace("-", "\N{MINUS SIGN}") for value in row] for row in table]
    cell = min(b - a for a, b in pairwise(x_edges)), min(b - a for a, b in pairwise(y_edges))
    letters = max(len(text) for row in texts for text in row)
    for up, row in zip(pairwise(y_edges), zip(table, texts, strict=True), strict=True):
        for across, value, text in zip(pairwise(x_edges), *row, strict=True):
            if not math.isnan(value):
                red, green, blue, _ = image.cmap(image.norm(value))
                colour = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
                place = sum(across) / 2, sum(up) / 2
                panel.add_artist(_fitting_text()(*place, text, color=colour, cell=cell, letters=letters))


@functools.cache
def _fitting_text() -> Any:
    """Return the class of a text that is drawn only if the cell has room, also after the figure was resized."""
    from matplotlib.text import Text

    class FittingText(Text):
        def __init__(self, x: float, y: float, text: str, *, color: str, cell: tuple[float, float], letters: int):
            super().__init__(x, y, text, color=color, fontsize=7, ha="center", va="center")
            self._cell, self._letters = cell, letters
            self.set_in_layout(False)

        def draw(self, renderer: Any) -> None:
            assert self.axes is not None
            origin, corner = self.axes.transData.transform([(0, 0), self._cell])
            letter = renderer.points_to_pixels(self.get_fontsize())  # a digit is 0.64 of that wide
            if self._letters * 0.64 * letter < abs(corner - origin)[0] and 1.2 * letter < abs(corner - origin)[1]:
                super().draw(renderer)

    return FittingText
