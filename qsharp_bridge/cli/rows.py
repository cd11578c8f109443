"""Sessions and jobs of a workspace as rows, printed as JSON or as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]


def session_row(session: Any) -> Row:
    """Return the fields of an ``azure.quantum.job.session.Session``."""
    details = session.details
    return {
        "id": session.id,
        "name": details.name,
        "state": _plain(details.status),
        "target": details.target,
        "failure_policy": _plain(details.job_failure_policy),
        "created": _plain(details.creation_time),
        "ended": _plain(details.end_execution_time),
    }


def job_row(job: Any) -> Row:
    """Return the fields of an ``azure.quantum.job.job.Job``."""
    details = job.details
    error = details.error_data
    return {
        "id": details.id,
        "name": details.name,
        "state": _plain(details.status),
        "target": details.target,
        "session": details.session_id,
        "created": _plain(details.creation_time),
        "ended": _plain(details.end_execution_time),
        "error": f"{error.code}: {error.message}" if error is not None else None,
        "metadata": dict(details.metadata or {}),
    }


def print_rows(rows: Sequence[Row], columns: Sequence[str], *, as_json: bool) -> None:
    """Print rows as a JSON array, or some of their columns as a table."""
    if as_json:
        print(json.dumps(list(rows)))
        return
    table = [list(columns), *([_cell(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_row(row: Row, *, as_json: bool) -> None:
    """Print one row as a JSON object, or as a line for each field."""
    if as_json:
        print(json.dumps(row))
        return
    width = max(map(len, row))
    for field, value in row.items():
        if isinstance(value, dict):
            value = "  ".join(f"{name} {item}" for name, item in value.items())
        print(f"{field.replace('_', ' ').ljust(width)}  {_cell(value)}")


def _cell(value: Any) -> str:
    return "-" if value is None or value == "" else str(value)


def _plain(value: Any) -> Any:
    """Return a time in ISO 8601, the value of an enumeration, or the text of anything else."""
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="seconds")
    return None if value is None else str(getattr(value, "value", value))
