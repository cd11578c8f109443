"""Results as text tables, and short labels of values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .counts import outcome_name
from .names import free_names
from .point import weight_text

if TYPE_CHECKING:
    from .point import PointResult
    from .rows import ResultRows

_MOST_COLUMNS = 8


def label(value: Any, digits: int = 4) -> str:
    """Return a value as a short label: floats with ``digits`` significant digits, lists in brackets."""
    if value is None:
        return "()"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (float, complex)):
        return f"{value:.{digits}g}"
    if isinstance(value, (list, tuple)):
        shown = [label(item, digits) for item in value[:6]] + (["..."] if len(value) > 6 else [])
        return f"[{', '.join(shown)}]" if isinstance(value, list) else f"({', '.join(shown)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={label(item, digits)}' for name, item in value.items())}}}"
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an int of {value.bit_length()} bits"
    if type(value).__name__ == "Pauli":  # qdk's, which is not imported for that
        return str(value).replace("Pauli.", "Pauli")
    text = str(value)
    if not text.isprintable():
        text = repr(text)  # a line break would break the table
    return text if len(text) <= 40 else f"{text[:37]}..."


def to_text(results: ResultRows, *, most: int = 2) -> str:
    """Return an aligned text table, one line a point."""
    keys = results.points.keys
    exact = results.exact
    own = ["job", "state", "most frequent", "probabilities" if exact else "counts"]
    head = ["point", *free_names(keys, {"point", *own}).values(), *own]
    shown = results.outcomes[:_MOST_COLUMNS]
    lines = [head]
    for row in results:
        frequent = "  ".join(
            f"{outcome_name(display)}: {weight_text(count)}" for display, count in row.most_frequent(most)
        )
        counts = " ".join(weight_text(row.weights.get(display, 0)) for display in shown) if row.output else "-"
        lines.append(
            [str(row.index), *(label(row.point[key]) for key in keys), row.job_id or "-", row.state,
             frequent or _line(row.error), counts]
        )  # fmt: skip
    more = ", ..." if len(results.outcomes) > len(shown) else ""
    kind = "probabilities, exact: those" if exact else "counts: shots"
    notes = [f"{kind} of {', '.join(map(outcome_name, shown))}{more}", *missing_note(results)]
    return "\n".join([*aligned(lines), "", *notes])


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table with aligned columns; below the first line, the head, there is a rule.

    >>> aligned([["point", "n"], ["0", "12"]])
    ['point  n', '--------', '0      12']
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    head, *rest = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]
    return [head, "-" * len(head), *rest]


def missing_note(results: Iterable[PointResult]) -> list[str]:
    """Return the sentence on shots that the service did not count, in a list; an empty list where there are none."""
    found = [row for row in results if row.missing_shots]
    if not found:
        return []
    shown = ", ".join(f"{row.missing_shots} at point {row.index}" for row in found[:4])
    return [f"shots that the service did not count: {shown}{', ...' if len(found) > 4 else ''}"]


def _line(error: str | None) -> str:
    text = " ".join((error or "-").split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def flat(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return the scalars in a value, each by its name: ``angle[0]``, ``angle[1]``."""
    if isinstance(value, (list, tuple)):
        return [item for place, part in enumerate(value) for item in flat(f"{name}[{place}]", part)]
    if isinstance(value, dict):
        return [item for field, part in value.items() for item in flat(f"{name}.{field}", part)]
    return [(name, value)]
