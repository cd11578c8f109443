"""Results in a journal, read from the raw bytes that it keeps, so that they are the same at any time."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from functools import reduce
from pathlib import Path

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import JournalError, ResultFormatError
from qsharp_bridge.journal.file import CANNOT_READ, DAMAGED, check_file, check_not_empty
from qsharp_bridge.journal.job_rows import JobRow
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.results.formats import Output, read_outputs
from qsharp_bridge.results.formats.packed_points import PACKED_POINTS_FORMAT, PackedPoints
from qsharp_bridge.states import PENDING_JOB_STATES, JobState
from qsharp_bridge.sweeps.shots import one_or_each
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.sweeps.value_json import from_json, is_trusting

from .point import PointResult, pooled
from .row_store import PackedRows, Part, RowStore
from .rows import R

_MAGIC = b"SQLite format 3\0"


def is_journal(path: str | os.PathLike[str]) -> bool:
    """Return whether the first bytes of a file are those of a journal.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def from_journal(path: str | os.PathLike[str], kind: type[R]) -> R:
    """See :meth:`SweepResults.from_journal`."""
    with open_for_reading(path) as record:
        try:
            return results_of(record, _points(record), kind)
        except (KeyError, TypeError, ValueError) as error:  # something that should be there is not
            raise JournalError(
                f"the journal {os.fspath(path)} is damaged: {type(error).__name__} {error}", advice=CANNOT_READ
            ) from None


def _points(record: Journal) -> Sweep:
    """Return the points of a sweep, or the evaluations of a loop in the order in which they were requested."""
    sweep = record.manifest.sweep
    if sweep is not None:
        return Sweep.from_json(json.dumps(sweep), trusted=is_trusting())
    return Sweep.points({name: from_json(value) for name, value in content.items()} for content in record.points())


def open_for_reading(path: str | os.PathLike[str]) -> Journal:
    """Open a journal and read it as of one moment, also while a run is writing it. Nothing is locked.

    Raises:
        JournalError: there is no such file, or it is no journal, damaged, or of another version.
    """
    name = os.fspath(path)
    try:
        with open(path, "rb"):
            pass
    except FileNotFoundError:
        raise JournalError(f"there is no journal {name}") from None
    except OSError as error:
        raise JournalError(f"cannot read the journal {name}: {error.strerror}") from None
    check_not_empty(path)
    try:
        db = _connect_to_read(Path(path))
    except DAMAGED as error:
        raise JournalError(f"{name} cannot be read as a journal: {error}", advice=CANNOT_READ) from None
    try:
        check_file(db, path)
    except BaseException as error:
        db.close()
        if isinstance(error, DAMAGED):
            raise JournalError(f"{name} cannot be read as a journal: {error}", advice=CANNOT_READ) from None
        raise
    return Journal(db, None, name)


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a connection in a read transaction, so that everything is read as of one moment.

    SQLite may write: the last connection to a journal merges the log of a run that was killed when it is closed.
    """
    uri = path.absolute().as_uri()
    for mode in ("mode=rw", "immutable=1"):  # the second: in a folder that is read-only, and no run is active
        db = sqlite3.connect(f"{uri}?{mode}", uri=True, isolation_level=None, check_same_thread=False, timeout=30)
        try:
            db.execute("PRAGMA query_only = 1")
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return db
        except sqlite3.OperationalError:
            db.close()
            if mode == "immutable=1" or Path(f"{path}-wal").exists():
                raise
        except BaseException:
            db.close()
            raise
    raise AssertionError


def results_of(record: Journal, sweep: Sweep, kind: type[R]) -> R:
    """Return the results in a journal; a point without a result has its state alone."""
    manifest = record.manifest
    outputs = {job_id: (output_format, raw) for job_id, output_format, raw in record.outputs()}
    groups = record.jobs_by_points(len(sweep))
    shots = manifest.shots
    if manifest.hybrid and groups:
        shots = one_or_each([sum(row.shots for row in jobs) for jobs in groups for _ in jobs[0].points])
    parts = [
        part for jobs in groups
        for part in _read_all(record, jobs, sweep, [outputs.pop(row.id, None) for row in jobs])
    ]  # fmt: skip
    return kind(
        RowStore(parts, sweep),
        operation=manifest.operation,
        target=manifest.target,
        shots=shots,
        session_ids=[session_id for session_id, _, _ in record.sessions()],
        sweep=sweep,
    )


def job_results(record: Journal, sweep: Sweep, index: int) -> Sequence[PointResult]:
    """Return the results of the points that share the job of one point: the same as in :func:`results_of`."""
    jobs = record.jobs_of_point(index)
    stored = {job_id: (form, raw) for job_id, form, raw in record.outputs([row.id for row in jobs])}
    return RowStore(_read_all(record, jobs, sweep, [stored.get(row.id) for row in jobs]), sweep)


def _read_all(
    record: Journal, jobs: Sequence[JobRow], sweep: Sweep, stored: Sequence[tuple[str, bytes] | None]
) -> Sequence[Part]:
    """Return the results of points whose shots these jobs share."""
    found = [_read(record, row, sweep, one) for row, one in zip(jobs, stored, strict=True)]
    if len(found) == 1:
        return found[0]
    return [shots_together(rows) for rows in zip(*(RowStore(parts, sweep) for parts in found), strict=True)]


def shots_together(rows: Sequence[PointResult]) -> PointResult:
    """Return the result of a point, given those of all jobs that share its shots, in their order.

    It has counts only if all jobs have: they sum to the shots of the point. Else it is the result of a job that has
    not ended, or has the state and the id of the first job that failed.
    """
    if len(rows) == 1:
        return rows[0]
    pending = [row for row in rows if row.state in PENDING_JOB_STATES]
    failed = [(number, row) for number, row in enumerate(rows, 1) if row.output is None]
    if pending:
        return pending[0]
    if failed:
        number, row = failed[0]
        error = f"job {number} of the {len(rows)} that share the shots of this point: {row.error or 'no reason'}"
        return PointResult(row.index, row.point, row.state, row.job_id, None, error, row.raw, row.raw_format)
    return reduce(pooled, rows)


def _read(record: Journal, row: JobRow, sweep: Sweep, stored: tuple[str, bytes] | None) -> list[Part]:
    """Return the results of the points of a job. All but packed ones share the raw bytes."""
    raw_format, raw = stored or (None, None)
    if row.points.stop > len(sweep):
        raise record.damaged(f"it has jobs of {counted(row.points.stop, 'point')}, not of {len(sweep)}")
    job_id = None if record.manifest.provider is None or row.state == JobState.PLANNED else row.id
    outputs: list[Output] | list[None] = [None] * row.size
    state, error = row.state, row.error
    if row.state == JobState.SUCCEEDED:
        if raw is None or raw_format is None:
            raise record.result_missing(row)
        try:
            if raw_format == PACKED_POINTS_FORMAT:
                found = PackedPoints(raw)
                if len(found) != row.size:
                    raise ResultFormatError(f"the result is that of {counted(len(found), 'point')}, not of {row.size}")
                return [PackedRows(row.first, job_id, row.shots, found)]
            outputs = read_outputs(raw, raw_format, row.shots, row.size)
        except ResultFormatError as problem:
            state, error = "Unreadable", str(problem)
    return [
        PointResult(index, sweep[index], state, job_id, output, error, raw, raw_format)
        for index, output in zip(row.points, outputs, strict=True)
    ]
