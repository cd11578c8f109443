"""The journal of a run: one SQLite file that knows, at any moment, which job stands for which point.

What it promises: the id of a job is on the disk before anything is sent under it, and a point never gets a second id
unless its first job has ended and failed. So after a crash the journal tells what to ask the service about, and
nothing is paid for twice. What the service sent as a result is kept as it came, compressed.

A job's ``state`` is ``planned`` (never sent), ``sending`` (may have been sent: ask), ``sent`` (accepted), or the
service's own word for how it ended.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field
from typing import Any, Self

from ..errors import JournalError
from .file_lock import FileLock
from .journal_file import CANNOT_READ, CANNOT_WRITE, DAMAGED, create_file, open_file, writing

PLANNED, SENDING, SENT = "planned", "sending", "sent"


@dataclass(frozen=True)
class JobRow:
    """The newest job of a point, as the journal knows it."""

    point: int
    attempt: int
    id: str
    session_id: str | None
    state: str
    error: str | None

    @property
    def ended(self) -> bool:
        """Whether the service said how the job ended."""
        return self.state not in (PLANNED, SENDING, SENT)


@dataclass(frozen=True)
class JobEnd:
    """How a job ended, and what it sent: packed by whoever has it, so that the thread that writes need not.

    Args:
        raw: the result as it came, bytes; None where there is none.

    Attributes:
        state: the service's word for the end; ``error``: why, where it failed.
        output_format: of the result; ``packed``: the result, compressed, or None.
    """

    job_id: str
    state: str
    error: str | None
    output_format: str
    raw: InitVar[bytes | None]
    packed: bytes | None = field(init=False)

    def __post_init__(self, raw: bytes | None) -> None:
        object.__setattr__(self, "packed", None if raw is None else zlib.compress(raw, 6))


class Journal:
    """One run's record. Use :meth:`create` or :meth:`open`; close it, or use it as a context manager.

    The run's own thread writes it; other threads may read meanwhile: every method has the file for itself.
    """

    def __init__(self, database: sqlite3.Connection, lock: FileLock | None, path: str) -> None:
        self._db, self._lock, self.path = database, lock, path
        self._turn = threading.RLock()

    # --- doors

    @classmethod
    def create(cls, path: str | os.PathLike[str] | None, about: Mapping[str, Any], points: int) -> Self:
        """A new journal, with a job id for every point.

        Args:
            path: the file, which must not exist, or hold nothing yet (a run that died while creating it); None keeps
                the journal in memory, for runs that need no resuming.
            about: what identifies the run, JSON-ready.
            points: how many points.

        Raises:
            JournalError: the file exists, or the folder cannot be written.
        """
        db, lock = create_file(path, about, points)
        return cls(db, lock, os.fspath(path) if path is not None else ":memory:")

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """The journal in ``path``, to go on with.

        Raises:
            JournalError: no such file, no journal, a damaged one, one of a newer version, or one in use.
        """
        db, lock = open_file(path)
        return cls(db, lock, os.fspath(path))

    def close(self) -> None:
        """Close the file and let others have it."""
        with self._turn:
            self._db.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- reading

    @property
    def about(self) -> dict[str, Any]:
        """What identifies the run, as given to :meth:`create`."""
        rows = self._read("SELECT key, value FROM about")
        try:
            return {key: json.loads(value) for key, value in rows}
        except ValueError as error:
            raise self._damaged(error) from None

    def jobs(self) -> list[JobRow]:
        """The newest job of every point, in the order of the points."""
        rows = self._read(
            "SELECT point, attempt, id, session_id, state, error FROM job AS a "
            "WHERE attempt = (SELECT max(attempt) FROM job WHERE point = a.point) ORDER BY point"
        )
        return [JobRow(*row) for row in rows]

    def job(self, point: int) -> JobRow:
        """The newest job of one point."""
        (row,) = self._read(
            "SELECT point, attempt, id, session_id, state, error FROM job WHERE point = ? "
            "ORDER BY attempt DESC LIMIT 1",
            (point,),
        )
        return JobRow(*row)

    def superseded(self) -> list[int]:
        """The points of jobs that were tried again, one entry for each earlier job. They were paid for too."""
        return [
            point
            for (point,) in self._read(
                "SELECT point FROM job AS a WHERE attempt < (SELECT max(attempt) FROM job WHERE point = a.point)"
            )
        ]

    def sessions(self) -> list[tuple[str, str, str]]:
        """(id, name, state) of the sessions of the run, in the order of their opening."""
        return self._read("SELECT id, name, state FROM session ORDER BY ordinal")

    def outputs(self, job_ids: Iterable[str] | None = None) -> Iterator[tuple[str, str, bytes]]:
        """(job id, format, raw bytes) of every result that has arrived, or of those named."""
        select = "SELECT job_id, format, raw FROM output"
        if job_ids is None:
            found: Iterable[tuple[str, str, bytes]] = self._read(select)
        else:
            one = f"{select} WHERE job_id = ?"
            found = (row for job_id in job_ids for row in self._read(one, (job_id,)))
        for job_id, output_format, raw in found:
            try:
                plain = zlib.decompress(raw)
            except (zlib.error, TypeError) as error:
                raise self._damaged(error) from None
            yield job_id, output_format, plain

    def points(self) -> list[Any]:
        """The points that were added one after the other by :meth:`add_points`, as given there."""
        rows = self._read("SELECT content FROM point ORDER BY point")
        try:
            return [json.loads(content) for (content,) in rows]
        except ValueError as error:
            raise self._damaged(error) from None

    def _read(self, select: str, values: tuple[Any, ...] = ()) -> list[Any]:
        try:
            with self._turn:
                return self._db.execute(select, values).fetchall()
        except DAMAGED as error:
            raise JournalError(f"cannot read the journal {self.path}: {error}", advice=CANNOT_READ) from None

    def _damaged(self, error: Exception) -> JournalError:
        return JournalError(f"the journal {self.path} is damaged: {error}", advice=CANNOT_READ)

    # --- writing: each method is one durable transaction, or a part of the one that `together` makes

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside the block is on the disk when the block ends, all of it or nothing."""
        with self._turn:
            if self._db.in_transaction:
                yield
                return
            try:
                with writing(self._db):
                    yield
            except sqlite3.Error as error:
                raise self._trouble(error) from None

    def add_points(self, points: Iterable[Any]) -> list[JobRow]:
        """More points, JSON-ready, each with a job id: for loops that choose their points as they go."""
        contents = [json.dumps(point) for point in points]
        ((first,),) = self._read("SELECT count(*) FROM point")
        rows = [JobRow(first + place, 1, str(uuid.uuid4()), None, PLANNED, None) for place in range(len(contents))]
        with self.together():
            self._db.executemany(
                "INSERT INTO point VALUES (?, ?)",
                [(row.point, content) for row, content in zip(rows, contents, strict=True)],
            )
            self._db.executemany(
                "INSERT INTO job (point, attempt, id, state) VALUES (?, 1, ?, ?)",
                [(row.point, row.id, row.state) for row in rows],
            )
        return rows

    def add_session(self, session_id: str, name: str) -> None:
        """A session is about to be opened under this id."""
        self._write(
            "INSERT INTO session VALUES (?, (SELECT coalesce(max(ordinal), 0) + 1 FROM session), ?, 'opening')",
            [(session_id, name)],
        )

    def set_session(self, session_id: str, state: str) -> None:
        """What the service says of a session."""
        self._write("UPDATE session SET state = ? WHERE id = ?", [(state, session_id)])

    def sending(self, jobs: Iterable[JobRow], session_id: str) -> None:
        """These jobs are about to be sent into the session."""
        self._write(
            "UPDATE job SET state = 'sending', session_id = ? WHERE id = ?",
            [(session_id, j.id) for j in jobs],
        )

    def set_states(self, states: Iterable[tuple[str, str]]) -> None:
        """(job id, state) pairs: accepted by the service, or known never to have reached it."""
        self._write("UPDATE job SET state = ? WHERE id = ?", [(state, job_id) for job_id, state in states])

    def ended(self, jobs: Iterable[JobEnd]) -> None:
        """These jobs have ended, and this is what they sent."""
        jobs = list(jobs)
        if not jobs:
            return
        outputs = [(end.job_id, end.output_format, end.packed) for end in jobs if end.packed is not None]
        with self.together():
            self._db.executemany("INSERT OR REPLACE INTO output VALUES (?, ?, ?)", outputs)
            self._db.executemany(
                "UPDATE job SET state = ?, error = ? WHERE id = ?", [(end.state, end.error, end.job_id) for end in jobs]
            )

    def try_again(self, job: JobRow) -> JobRow:
        """A new id for a point whose job has ended without success. The old one stays on record."""
        assert job.ended, "a job that may still run is never replaced"
        new = JobRow(job.point, job.attempt + 1, str(uuid.uuid4()), None, PLANNED, None)
        self._write(
            "INSERT INTO job (point, attempt, id, state) VALUES (?, ?, ?, ?)",
            [(new.point, new.attempt, new.id, new.state)],
        )
        return new

    def _write(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        if not rows:
            return
        with self.together():
            self._db.executemany(statement, rows)

    def _trouble(self, error: sqlite3.Error) -> JournalError:
        return JournalError(f"cannot write the journal {self.path}: {error}", advice=CANNOT_WRITE)
