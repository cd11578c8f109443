"""The geometry of the charts on the pages: histograms of jobs, and curves over the points of a sweep."""

from __future__ import annotations

import math
from typing import Any, Final

from qsharp_bridge.results.counts import outcome_name, outcome_order

_MOST_BARS: Final = 40


def sweep_chart(plot: dict[str, Any]) -> dict[str, Any]:
    """Return the geometry of a plot that ``views.sweep_plot`` returned."""
    width, height, left, top, right, base = 960, 240, 48, 16, 16, 196
    xs = [x for curve in plot["outcomes"] for x, _ in curve["points"]]
    low, high = min(xs), max(xs)
    scale = (width - left - right) / ((high - low) or 1.0)
    curves = [
        {
            "label": curve["label"],
            "dots": [
                {
                    "x": round(left + (x - low) * scale, 1),
                    "y": round(base - (base - top) * share, 1),
                    "title": f"{plot['over']} {x:g}: P({curve['label']}) = {share:.3g}",
                }
                for x, share in curve["points"]
            ],
        }
        for curve in plot["outcomes"]
    ]
    return {
        "width": width,
        "height": height,
        "left": left,
        "base": base,
        "right": width - right,
        "over": plot["over"],
        "left_out": plot["left_out"],
        "curves": curves,
        "lines": [{"y": base - (base - top) * share, "label": f"{share:g}"} for share in (0.0, 0.5, 1.0)],
        "ticks": [
            {"x": round(left + (x - low) * scale, 1), "label": f"{x:.4g}"}
            for x in ((low, (low + high) / 2, high) if high > low else (low,))
        ],
    }


def histogram_chart(rows: list[tuple[str, float]]) -> dict[str, Any]:
    """Return the geometry of a histogram: the most frequent outcomes, in the order and with the labels of results."""
    most = sorted(rows, key=lambda row: -row[1])[:_MOST_BARS]
    shown = [(outcome_name(label), value) for label, value in sorted(most, key=lambda row: outcome_order(row[0]))]
    width, left, top, base = 960, 48, 24, 260
    slant = len(shown) > 10 or any(len(label) > 10 for label, _ in shown)
    height = base + (110 if slant else 30)
    highest = max([1e-6, *(value for _, value in shown)])
    step = _step(highest)
    ceiling = step * math.ceil(highest / step)
    slot = (width - left - 10) / max(len(shown), 1)
    thick = min(slot * 0.72, 90.0)
    bars = []
    for index, (label, value) in enumerate(shown):
        tall = (base - top) * value / ceiling
        middle = left + slot * (index + 0.5)
        bars.append(
            {
                "label": label,
                "shown": f"{value:g}" if value >= 1 or value == 0 else f"{value:.3g}",
                "show_value": len(shown) <= 24,
                "x": round(middle - thick / 2, 1),
                "y": round(base - tall, 1),
                "width": round(thick, 1),
                "height": round(tall, 1),
                "middle": round(middle, 1),
            }
        )
    lines = [
        {"y": round(base - (base - top) * i * step / ceiling, 1), "label": f"{i * step:g}"}
        for i in range(round(ceiling / step) + 1)
    ]
    note = f"{len(rows)} different" if len(rows) <= _MOST_BARS else f"the {_MOST_BARS} most frequent of {len(rows)}"
    return {
        "bars": bars,
        "outcomes_note": note,
        "chart": {
            "width": width,
            "height": height,
            "left": left,
            "base": base,
            "lines": lines,
            "slant": slant,
        },
    }


def _step(highest: float) -> float:
    """Return a round step that divides a scale up to ``highest`` into about four."""
    power: float = 10.0 ** math.floor(math.log10(highest / 4))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * 4 >= highest)
