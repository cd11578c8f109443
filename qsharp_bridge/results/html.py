"""Results in a notebook: a table with a small histogram for each point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2

from qsharp_bridge.sweeps.shots import shots_text

from .counts import outcome_name
from .names import free_names, own_name
from .point import weight_text
from .tables import label, missing_note

if TYPE_CHECKING:
    from .rows import ResultRows

_MOST_POINTS = 60
_MOST_BARS = 32

# Autoescaped: parameter values and error texts are data, never markup.
_PAGE = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """\
<div><b>{{ operation }}</b> on {{ target }}: {{ total }} points, {{ shots }}
<table><thead><tr><th>point</th>{% for key in keys %}<th>{{ key }}</th>{% endfor %}
<th>state</th><th>outcomes</th></tr></thead><tbody>
{% for row in rows %}
<tr><td>{{ row.index }}</td>{% for value in row.cells %}<td>{{ value }}</td>{% endfor %}<td>{{ row.state }}</td>
<td>{% if row.bars %}<svg width="{{ 8 * row.bars | length }}" height="30" style="vertical-align: middle" \
role="img" aria-label="{{ row.text }}">
<line x1="0" x2="{{ 8 * row.bars | length }}" y1="28.5" y2="28.5" stroke="#888888" />
{% for bar in row.bars %}<rect x="{{ 8 * loop.index0 }}" y="{{ 28 - bar.height }}" width="7" \
height="{{ bar.height }}" fill="#0072B2"><title>{{ bar.text }}</title></rect>{% endfor %}
</svg> {% endif %}{{ row.text }}</td></tr>
{% endfor %}
</tbody></table>{% if more %}<i>and {{ more }} more points</i>{% endif %}
{% for note in notes %}<p>{{ note }}</p>{% endfor %}</div>
"""
)


def results_html(results: ResultRows) -> str:
    """Return the HTML of ``SweepResults._repr_html_``."""
    outcomes = results.outcomes
    names = {display: outcome_name(display) for display in outcomes}
    rows: list[dict[str, Any]] = []
    for row in results[:_MOST_POINTS]:
        top = max(row.weights.values(), default=1)
        bars = [
            {
                "height": round(28 * row.weights.get(display, 0) / top),
                "text": f"{name}: {weight_text(row.weights.get(display, 0))}",
            }
            for display, name in names.items()
        ]
        frequent = ", ".join(
            f"{outcome_name(display)}: {weight_text(count)}" for display, count in row.most_frequent(2)
        )
        rows.append(
            {
                "index": row.index,
                "cells": [label(row.point[key]) for key in results.points.keys],
                "state": row.state,
                "bars": bars if row.weights and len(outcomes) <= _MOST_BARS else [],
                "text": frequent or row.error or "",
            }
        )
    return _PAGE.render(
        operation=own_name(results.operation),
        target=results.target,
        shots="exact" if results.exact else shots_text(results.shots),
        keys=list(free_names(results.points.keys, {"point", "state", "outcomes"}).values()),
        total=len(results),
        rows=rows,
        notes=missing_note(results),
        more=max(0, len(results) - _MOST_POINTS),
    )
