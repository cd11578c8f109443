"""Results as they stand in a journal: read from the raw bytes there, so that later is the same as now."""

from __future__ import annotations

from typing import Any

from ..errors import ResultFormatError
from .journal import JobRow, Journal
from .outputs import Output, read_output
from .results import PointResult, SweepResults
from .sweep import Point, Sweep


def results_of(record: Journal, sweep: Sweep) -> SweepResults:
    """All results in a journal, with the state of each point that has none."""
    about = record.about
    outputs = {job_id: (output_format, raw) for job_id, output_format, raw in record.outputs()}
    return SweepResults(
        [_read(row, point, outputs.get(row.id), about) for row, point in zip(record.jobs(), sweep, strict=True)],
        operation=about["operation"],
        target=about["target"],
        shots=about["shots"],
        session_ids=[session_id for session_id, _, _ in record.sessions()],
        sweep=sweep,
    )


def point_result(record: Journal, sweep: Sweep, index: int) -> PointResult:
    """The result of one point: the same as in :func:`results_of`."""
    row = record.job(index)
    output = next(((form, raw) for _, form, raw in record.outputs([row.id])), None)
    return _read(row, sweep[index], output, record.about)


def _read(row: JobRow, point: Point, stored: tuple[str, bytes] | None, about: dict[str, Any]) -> PointResult:
    raw_format, raw = stored or (None, None)
    output: Output | None = None
    state, error = row.state, row.error
    if raw is not None and raw_format is not None and row.state == "Succeeded":
        try:
            output = read_output(raw, raw_format, about["shots"])
        except ResultFormatError as problem:
            state, error = "Unreadable", str(problem)
    job_id = None if about["provider"] is None or row.state == "planned" else row.id
    return PointResult(row.point, point, state, job_id, output, error, raw, raw_format)
