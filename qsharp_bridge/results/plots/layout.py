"""Figures and panels, and the colours in them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette, grey for its yellow, which is lost on white: tells apart in print and to the colour-blind.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
# Where there is no colour at all, markers and dashes tell apart.
MARKERS = "osD^vP*X"
DASHES: tuple[Any, ...] = ("-", "--", "-.", (0, (1, 1.2)), (0, (6, 1.5)), (0, (4, 1, 1, 1, 1, 1)), "-", "--")


def panels(number: int, across: int, size: tuple[float, float], title: str) -> list[Axes]:
    """So many panels, with common axes; ``size`` is that of the whole figure, in inches."""
    import matplotlib.pyplot as plt

    down = math.ceil(number / across)
    figure, grid = plt.subplots(
        down, across, figsize=size, squeeze=False, sharex=True, sharey=True, layout="constrained"
    )
    figure.suptitle(title, fontsize="medium")
    axes: list[Axes] = list(grid.flat)
    for spare in axes[number:]:
        spare.set_visible(False)
    for place in range(max(0, number - across), number):  # what stands above a hidden panel keeps its labels
        axes[place].tick_params(labelbottom=True)
    return axes[:number]


def label_edges(axes: list[Axes], across: int, x: str, y: str) -> None:
    """The names of the axes, at the bottom and on the left alone."""
    for place, panel in enumerate(axes):
        if place + across >= len(axes):
            panel.set_xlabel(x)
        if place % across == 0:
            panel.set_ylabel(y)
