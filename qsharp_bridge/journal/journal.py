"""The journal of a run: one SQLite file that knows, at any moment, which job stands for which point.

What it promises: the id of a job is on the disk before anything is sent under it, and a point never gets a second id
unless its first job has ended and failed. So after a crash the journal tells what to ask the service about, and
nothing is paid for twice. What the service sent as a result is kept as it came, compressed. Every row has a checksum.

A job's ``state`` is ``planned`` (never sent), ``sending`` (may have been sent: ask), ``sent`` (accepted), the
service's own word for how it ended, or ``Lost``: it was accepted, and the service no longer has its result.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import InitVar, astuple, dataclass, field
from functools import cached_property
from typing import Any, Self

from qsharp_bridge.errors import JournalError
from qsharp_bridge.states import SUCCEEDED

from .checksums import DamagedRow, insert, select, updating
from .file import CANNOT_READ, CANNOT_WRITE, DAMAGED, create_file, open_file, writing
from .lock import FileLock

PLANNED, SENDING, SENT = "planned", "sending", "sent"

_SET_SESSION = updating("session", "state")
_SENDING = updating("job", "state", "session_id")
_SET_STATE = updating("job", "state")
_ENDED = updating("job", "state", "error")


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
        journal = cls(db, lock, os.fspath(path))
        try:
            journal.check()
        except BaseException:
            journal.close()
            raise
        return journal

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

    # --- reading: what is read was written so, or it is an error

    def check(self) -> None:
        """Read everything once: a run that goes on shall not find out in the middle, or spread what is wrong.

        Raises:
            JournalError: something is not what was written, or is missing.
        """
        for table in ("about", "session", "point"):
            self._rows(table)
        rows = self.jobs()
        with self._reading():
            arrived = {job_id for job_id, _, _ in select(self._db, "output")}
        for row in rows:
            if row.state == SUCCEEDED and row.id not in arrived:
                raise self.result_missing(row)

    @cached_property
    def about(self) -> dict[str, Any]:
        """What identifies the run, as given to :meth:`create`."""
        return _About(self, {key: json.loads(value) for key, value in self._rows("about")})

    def jobs(self) -> list[JobRow]:
        """The newest job of every point, in the order of the points."""
        newest = {row[0]: JobRow(*row) for row in self._rows("job", "ORDER BY point, attempt")}
        if any(point != place for place, point in enumerate(newest)):
            raise self.damaged("the job of a point is missing")
        return list(newest.values())

    def job(self, point: int) -> JobRow:
        """The newest job of one point."""
        (row,) = self._rows("job", "WHERE point = ? ORDER BY attempt DESC LIMIT 1", (point,))
        return JobRow(*row)

    def superseded(self) -> list[int]:
        """The points of jobs that were tried again, one entry for each earlier job. They were paid for too."""
        return [point for point, attempt, *_ in self._rows("job", "ORDER BY point, attempt") if attempt > 1]

    def sessions(self) -> list[tuple[str, str, str]]:
        """(id, name, state) of the sessions of the run, in the order of their opening."""
        return [(session_id, name, state) for session_id, _, name, state in self._rows("session", "ORDER BY ordinal")]

    def outputs(self, job_ids: Iterable[str] | None = None) -> Iterator[tuple[str, str, bytes]]:
        """(job id, format, raw bytes) of every result that has arrived, or of those named."""
        if job_ids is None:
            found: Iterable[tuple[str, str, bytes]] = self._rows("output")
        else:
            found = (row for job_id in job_ids for row in self._rows("output", "WHERE job_id = ?", (job_id,)))
        for job_id, output_format, raw in found:
            yield job_id, output_format, zlib.decompress(raw)

    def points(self) -> list[Any]:
        """The points that were added one after the other by :meth:`add_points`, as given there."""
        return [json.loads(content) for _, content in self._rows("point", "ORDER BY point")]

    def damaged(self, problem: str, point: int | None = None) -> JournalError:
        """What to tell of a file whose content is not what was written."""
        return JournalError(f"the journal {self.path} is damaged: {problem}", point=point, advice=CANNOT_READ)

    def result_missing(self, row: JobRow) -> JournalError:
        """What to tell of a job that succeeded, and whose result is not in the file."""
        return self.damaged(f"the result of job {row.id} is missing", row.point)

    def _rows(self, table: str, where: str = "", values: tuple[Any, ...] = ()) -> list[Any]:
        with self._reading():
            return list(select(self._db, table, where, values))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._turn:
            try:
                yield
            except DAMAGED as error:
                raise JournalError(f"cannot read the journal {self.path}: {error}", advice=CANNOT_READ) from None
            except DamagedRow as error:
                raise self.damaged(f"{error.told} is not what was written", self._point_of(error)) from None

    def _point_of(self, row: DamagedRow) -> int | None:
        if row.job_id is None:
            return row.point
        with suppress(*DAMAGED):
            found = self._db.execute("SELECT point FROM job WHERE id = ?", [row.job_id]).fetchone()
            return found[0] if found else None
        return None

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
        with self._reading():
            ((first,),) = self._db.execute("SELECT count(*) FROM point")
        rows = [JobRow(first + place, 1, str(uuid.uuid4()), None, PLANNED, None) for place in range(len(contents))]
        with self.together():
            insert(self._db, "point", [(row.point, content) for row, content in zip(rows, contents, strict=True)])
            self._insert(rows)
        return rows

    def add_session(self, session_id: str, name: str) -> None:
        """A session is about to be opened under this id."""
        with self.together():
            last = max((ordinal for _, ordinal, _, _ in self._rows("session")), default=0)
            insert(self._db, "session", [(session_id, last + 1, name, "opening")])

    def set_session(self, session_id: str, state: str) -> None:
        """What the service says of a session."""
        self._write(_SET_SESSION, [{"id": session_id, "state": state}])

    def sending(self, jobs: Iterable[JobRow], session_id: str) -> None:
        """These jobs are about to be sent into the session."""
        self._write(_SENDING, [{"id": row.id, "state": SENDING, "session_id": session_id} for row in jobs])

    def set_states(self, states: Iterable[tuple[str, str]]) -> None:
        """(job id, state) pairs: accepted by the service, or known never to have reached it."""
        self._write(_SET_STATE, [{"id": job_id, "state": state} for job_id, state in states])

    def ended(self, jobs: Iterable[JobEnd]) -> None:
        """These jobs have ended, and this is what they sent."""
        jobs = list(jobs)
        if not jobs:
            return
        outputs = [(end.job_id, end.output_format, end.packed) for end in jobs if end.packed is not None]
        with self.together():
            insert(self._db, "output", outputs, replace=True)
            self._write(_ENDED, [{"id": end.job_id, "state": end.state, "error": end.error} for end in jobs])

    def try_again(self, job: JobRow) -> JobRow:
        """A new id for a point whose job has ended without success. The old one stays on record."""
        assert job.ended, "a job that may still run is never replaced"
        new = JobRow(job.point, job.attempt + 1, str(uuid.uuid4()), None, PLANNED, None)
        with self.together():
            self._insert([new])
        return new

    def _insert(self, rows: Iterable[JobRow]) -> None:
        insert(self._db, "job", [astuple(row) for row in rows])

    def _write(self, statement: str, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        with self.together():
            self._db.executemany(statement, rows)

    def _trouble(self, error: sqlite3.Error) -> JournalError:
        return JournalError(f"cannot write the journal {self.path}: {error}", advice=CANNOT_WRITE)


class _About(dict[str, Any]):
    """What identifies a run; an entry that should be there and is not is an error of the file."""

    def __init__(self, journal: Journal, entries: dict[str, Any]) -> None:
        super().__init__(entries)
        self._journal = journal

    def __missing__(self, key: str) -> Any:
        raise self._journal.damaged(f"the entry {key!r} is missing")
