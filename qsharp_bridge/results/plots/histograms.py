"""A histogram for each point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qsharp_bridge.results.counts import outcome_name, outcome_order

from .columns import Columns, assigned
from .layout import COLOURS, error_bars, in_a_row, label_edges, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qsharp_bridge.results.point import PointResult

_MOST = 36
_MOST_NAMES = 16


def histograms(
    rows: list[PointResult], columns: Columns, wanted: Sequence[str] | None, title: str, ax: Axes | None
) -> Any:
    """Draw a panel for each of the first points, all with the same outcomes: those wanted, or all that occur."""
    shown = rows[:_MOST]
    found_at_all = {display for row in shown for display in row.weights}
    outcomes = sorted(found_at_all, key=outcome_order) if wanted is None else list(wanted)
    across = in_a_row(len(shown))
    size = (6.2, 4.0) if len(shown) == 1 else (max(2.7 * across, 6.2), 1.8 * math.ceil(len(shown) / across) + 1.4)
    more = f" (the first {len(shown)} of {len(rows)} points)" if len(rows) > len(shown) else ""
    axes = panels(len(shown), across, size, title + more, ax, "plot one point, or give no ax")
    names = [outcome_name(display) for display in outcomes]
    for index, (panel, row) in enumerate(zip(axes, shown, strict=True)):
        found = [row.share(display) for display in outcomes]
        values = [share.value for share in found]
        panel.bar(range(len(outcomes)), values, yerr=error_bars(found), color=COLOURS[0], capsize=2, width=0.75)
        name = assigned({name: values_[index] for name, values_ in columns.items()})
        panel.set_title(name if len(name) < 40 else f"point {row.index}", fontsize="small")
        # Of many outcomes every second, fourth... has a label: with bits, those that end in zeros.
        step = 1 << max(0, math.ceil(math.log2(max(1, len(outcomes)) / _MOST_NAMES)))
        ticks = range(0, len(outcomes), step)
        crowded = sum(map(len, names[::step])) > 16
        panel.set_xticks(ticks, names[::step], rotation=90 if crowded else 0, fontsize="small")
    label_edges(axes, across, "outcome" if len(outcomes) <= _MOST_NAMES else f"{len(outcomes)} outcomes", "probability")
    return axes[0] if len(shown) == 1 else axes
