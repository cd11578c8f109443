"""Figures and panels, their axes, and the colours in them."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import SweepError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from qsharp_bridge.results.observables import Estimate

# Okabe and Ito's palette, for print and the colour-blind, with grey for yellow, which is hard to see on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
# In print without colours, lines differ by markers and dashes.
MARKERS = "osD^vP*X"
DASHES: tuple[Any, ...] = ("-", "--", "-.", (0, (1, 1.2)), (0, (6, 1.5)), (0, (4, 1, 1, 1, 1, 1)), "-", "--")


def panels(
    number: int,
    across: int,
    size: tuple[float, float],
    title: str,
    ax: Axes | None = None,
    advice: str = "give one outcome or an observable, or no ax",
) -> list[Axes]:
    """Return panels with common axes, or the one that the user gave; ``size`` is of the whole figure, in inches.

    Raises:
        SweepError: ``ax`` was given for several panels.
    """
    if ax is not None:
        if number > 1:
            raise SweepError(f"this plot has {number} panels", advice=advice)
        return [ax]

    import matplotlib.pyplot as plt

    down = math.ceil(number / across)
    figure, grid = plt.subplots(
        down, across, figsize=size, squeeze=False, sharex=True, sharey=True, layout="constrained"
    )
    figure.suptitle(title, fontsize="medium", wrap=True)
    axes: list[Axes] = list(grid.flat)
    for spare in axes[number:]:
        spare.set_visible(False)
    for place in range(max(0, number - across), number):  # a panel above a hidden one keeps its labels
        axes[place].tick_params(labelbottom=True)
    return axes[:number]


def in_a_row(number: int) -> int:
    """Return the number of panels in a row, so that their texts can be read at the width of a page.

    >>> [in_a_row(number) for number in (1, 2, 3, 4, 8, 36)]
    [1, 2, 3, 2, 3, 4]
    """
    return 2 if number == 4 else min(number, 3 if number <= 9 else 4)


def label_edges(axes: list[Axes], across: int, x: str, y: str) -> None:
    """Write the names of the axes, only at the bottom and on the left."""
    # Beside an offset such as "1e6+4.9e9", which is at the right end, a label in the middle of a panel has no room.
    formatter = axes[-1].xaxis.get_major_formatter()
    formatter.set_locs(list(axes[-1].get_xticks()))
    shown = formatter.get_offset()
    for place, panel in enumerate(axes):
        if place + across >= len(axes):
            panel.set_xlabel(x, loc="left" if shown and across > 1 else "center")
        if place % across == 0:
            panel.set_ylabel(y)


def error_bars(found: Sequence[Estimate]) -> list[list[float]]:
    """Return the lengths of the error bars below and above the values, as matplotlib takes them."""
    # Rounding may put an end of an interval a last digit beyond its value.
    return [[max(each.value - each.low, 0.0) for each in found], [max(each.high - each.value, 0.0) for each in found]]


_EIGHTH = math.pi / 8


def scale(axis: Axis, values: Sequence[Any]) -> None:
    """Put ticks on an axis of numbers: whole numbers for ints, multiples of pi where all values are such multiples.

    There are as many as the axis has room for when it is drawn, also in a figure that was made smaller.
    """
    from matplotlib import rc_context
    from matplotlib.ticker import FuncFormatter, ScalarFormatter

    at_most, multiples = _locators()
    if all(type(value) is int for value in values):
        axis.set_major_locator(at_most(6, 1 + max(len(str(value)) for value in values), integer=True))
        return
    axis.set_major_locator(at_most(nbins=5))
    # 4.900e9 to 4.905e9: "1e6+4.9e9" and short labels; by default only what four digits have in common is taken out.
    with rc_context({"axes.formatter.offset_threshold": 3}):
        axis.set_major_formatter(ScalarFormatter())
    spread = max(values) - min(values)
    parts = [value / _EIGHTH for value in values]
    if 1 <= spread / _EIGHTH <= 128 and all(abs(part - round(part)) < 1e-9 for part in parts):
        axis.set_major_locator(multiples(spread))
        axis.set_major_formatter(FuncFormatter(lambda value, _: multiple_of_pi(value)))


@functools.cache
def _locators() -> Any:
    """Return the classes of the locators, of at most so many ticks and of multiples of pi."""
    from matplotlib.ticker import MaxNLocator, MultipleLocator

    def room(axis: Any, most: int, letters: int = 4) -> int:
        # matplotlib allows for labels that are three times as wide as high: about four letters.
        return int(max(1, min(axis.get_tick_space() * 4 // letters, most)))

    class AtMost(MaxNLocator):
        def __init__(self, nbins: int, letters: int = 4, integer: bool = False) -> None:
            # The steps of AutoLocator: 0, 1, 2, 3, where those of MaxNLocator are 0, 0.8, 1.6, 2.4.
            super().__init__(nbins=nbins, integer=integer, steps=[1, 2, 2.5, 5, 10])
            self._most, self._letters = nbins, letters

        def __call__(self) -> Any:
            self.set_params(nbins=room(self.axis, self._most, self._letters))
            return super().__call__()

    class MultiplesOfPi(MultipleLocator):
        def __init__(self, spread: float) -> None:
            super().__init__(_EIGHTH)
            self._eighths = spread / _EIGHTH

        def __call__(self) -> Any:
            step = 2 ** max(0, math.ceil(math.log2(self._eighths / room(self.axis, 6))))
            self.set_params(base=step * _EIGHTH)
            return super().__call__()

    return AtMost, MultiplesOfPi


def multiple_of_pi(value: float) -> str:
    """Return an eighth of pi, or a multiple, as text.

    >>> [multiple_of_pi(math.pi * part) for part in (0, 0.25, 1, -1.5)]
    ['0', 'π/4', 'π', '−3π/2']
    """
    from fractions import Fraction

    part = Fraction(round(value / _EIGHTH), 8)
    if not part:
        return "0"
    number = "" if abs(part.numerator) == 1 else str(abs(part.numerator))
    return f"{'−' if part < 0 else ''}{number}π{'' if part.denominator == 1 else f'/{part.denominator}'}"
