"""The journal of a run: one SQLite file that records the jobs of all points.

The id of a job is on the disk before a request with it is sent, and a point gets a second id only after its first job
has ended and failed. So after a crash the journal has the ids to ask the service about, and no job is paid for twice.
The ids are computed from the id of the run, so an older copy of the journal has those of later jobs, too. Results are
kept as they were received, compressed. Every row has a checksum.

A job's ``state`` is a :class:`~qsharp_bridge.states.JobState`, or a word of the service that is not listed there.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Self

from qsharp_bridge._inflate import inflate
from qsharp_bridge._plural import counted
from qsharp_bridge.errors import JournalError
from qsharp_bridge.states import JobState, SessionState

from .checksums import DamagedRow, insert, select, updating
from .file import CANNOT_READ, CANNOT_WRITE, DAMAGED, create_file, open_file, writing
from .job_rows import JobEnd, JobRow, JobSpan, by_points, values_of
from .lock import JournalLock
from .manifest import Manifest, next_attempt

#: The most bytes of one result, as in a blob of the local service, and of all results together: a journal of unknown
#: origin may inflate to a thousand times its size.
MAX_OUTPUT = 256 * 1024 * 1024
MAX_OUTPUTS = 4 * 1024 * 1024 * 1024

_SET_SESSION = updating("session", "state")
_SET_SENT = updating("job", "state", "session_id")
_SET_STATE = updating("job", "state")
_ENDED = updating("job", "state", "error")


class Journal:
    """The journal of one run, from :meth:`create` or :meth:`open`; a context manager.

    The thread of the run writes it, and other threads may read it at the same time: one method runs at a time.

    Attributes:
        path: of the file, or ``":memory:"``.
        new: whether it was created by this process, so that nothing was sent under its ids before.
    """

    def __init__(self, database: sqlite3.Connection, lock: JournalLock | None, path: str, new: bool = False) -> None:
        self._db, self._lock, self.path, self.new = database, lock, path, new
        self._turn = threading.RLock()
        self._file = _identity(path)
        self._checkpoint = lock is not None  # whether it is still to be made
        self._sent = False
        self._newest: list[JobRow] | None = None  # the result of `jobs`, until the next write
        # Of a hybrid loop: how often each evaluation was asked for, and the numbers of points and of jobs.
        self._asked: tuple[Counter[str], int, int] | None = None

    # --- opening and closing

    @classmethod
    def create(cls, path: str | os.PathLike[str] | None, manifest: Manifest, jobs: Iterable[JobSpan] = ()) -> Self:
        """Create a journal, with a job id for every job.

        Args:
            path: the file, which must not exist; None keeps the journal in memory, for runs that need no resuming.
            manifest: of the run.
            jobs: the points of each job, in their order; none for a hybrid loop.

        Raises:
            JournalError: the file exists, or the folder cannot be written.
        """
        rows = [
            JobRow(number, 1, manifest.job_id(str(number)), *span, None, JobState.PLANNED, None)
            for number, span in enumerate(jobs)
        ]
        db, lock = create_file(path, manifest, lambda db: insert(db, "job", map(values_of, rows)))
        return cls(db, lock, os.fspath(path) if path is not None else ":memory:", new=True)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open the journal in ``path`` to continue its run.

        Raises:
            JournalError: the file is missing, no journal, damaged, of another version, or in use.
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
        """Close the file and release its lock."""
        with self._turn:
            self._db.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- reading: a row that does not fit its checksum is an error

    def check(self) -> None:
        """Read everything once, so that damage is found before a run continues.

        Raises:
            JournalError: a row is damaged or missing.
        """
        for table in ("session", "point"):
            self._rows(table)
        assert self.manifest
        rows = self.jobs()
        with self._reading():
            arrived = {job_id for job_id, _, _ in select(self._db, "output")}
        for row in rows:
            if row.state == JobState.SUCCEEDED and row.id not in arrived:
                raise self.result_missing(row)

    @cached_property
    def manifest(self) -> Manifest:
        """The manifest, as given to :meth:`create`.

        Raises:
            JournalError: an entry is missing, or of a wrong type.
        """
        try:
            entries = {key: json.loads(value) for key, value in self._rows("manifest")}
            for entry in fields(Manifest):
                if entry.name not in entries:  # also one with a default: a new run id would be that of another run
                    raise self.damaged(f"the entry {entry.name!r} is missing")
            return Manifest.from_entries(entries)
        except (ValueError, RecursionError) as error:
            raise self.damaged(f"the manifest of the run: {error}") from None

    def jobs(self) -> list[JobRow]:
        """Return the newest job of every number, in the order of the points."""
        with self._turn:
            if self._newest is None:
                newest = {row[0]: JobRow(*row) for row in self._rows("job", "ORDER BY number, attempt")}
                if any(number != place for place, number in enumerate(newest)):
                    raise self.damaged("the job of a point is missing")
                if not all(row.possible for row in newest.values()):
                    raise self.damaged("a job has impossible numbers of points or shots")
                self._newest = list(newest.values())
            return list(self._newest)

    def job(self, number: int) -> JobRow:
        """Return the newest job of one number."""
        (row,) = self._rows("job", "WHERE number = ? ORDER BY attempt DESC LIMIT 1", (number,))
        return JobRow(*row)

    def jobs_by_points(self, points: int) -> list[list[JobRow]]:
        """Return the newest jobs in groups of those that run the same points, in the order of the points.

        Args:
            points: the number of points of the run.

        Raises:
            JournalError: a point has no job or overlapping ones, or several local jobs simulate the same points.
        """
        groups = by_points(self.jobs())
        sizes = [group[0].size for group in groups]
        if [group[0].first for group in groups] != [0, *accumulate(sizes)][:-1] or sum(sizes) != points:
            raise self.damaged(f"it has jobs of {counted(sum(sizes), 'point')}, not of {points}")
        if self.manifest.provider is None and any(len(group) > 1 for group in groups):
            raise self.damaged("several jobs simulate the same points")
        return groups

    def jobs_of_point(self, index: int) -> list[JobRow]:
        """Return the newest jobs of a point: several where it has more shots than a job takes."""
        rows = self._rows("job", "WHERE first <= ? AND first + size > ? ORDER BY number, attempt", (index, index))
        return list({row[0]: JobRow(*row) for row in rows}.values())

    def superseded(self) -> list[JobRow]:
        """Return the jobs that were sent again under another id. They were paid for, too."""
        rows = [JobRow(*row) for row in self._rows("job", "ORDER BY number, attempt")]
        return [row for row, later in pairwise(rows) if later.number == row.number]

    def sessions(self) -> list[tuple[str, str, str]]:
        """Return (id, name, state) of the sessions of the run, in the order of their opening."""
        return [(session_id, name, state) for session_id, _, name, state in self._rows("session", "ORDER BY ordinal")]

    def outputs(self, job_ids: Iterable[str] | None = None) -> Iterator[tuple[str, str, bytes]]:
        """Yield (job id, format, raw bytes) of all results, or of those of some jobs.

        Raises:
            JournalError: a result cannot be inflated, or all together are longer than 4 GiB.
        """
        if job_ids is None:
            found: Iterable[tuple[str, str, bytes]] = self._rows("output")
        else:
            found = (row for job_id in job_ids for row in self._rows("output", "WHERE job_id = ?", (job_id,)))
        left = MAX_OUTPUTS
        for job_id, output_format, packed in found:
            try:
                raw = inflate(packed, min(left, MAX_OUTPUT))
            except (ValueError, TypeError) as error:
                raise self.damaged(f"the result of job {job_id}: {error}") from None
            left -= len(raw)
            yield job_id, output_format, raw

    def points(self) -> list[Any]:
        """Return the points that :meth:`add_points` added, in their order."""
        return [json.loads(content) for _, content in self._rows("point", "ORDER BY point")]

    def damaged(self, problem: str, point: int | None = None) -> JournalError:
        """Return the error for a damaged file."""
        return JournalError(f"the journal {self.path} is damaged: {problem}", point=point, advice=CANNOT_READ)

    def result_missing(self, row: JobRow) -> JournalError:
        """Return the error for a job that succeeded without a result in the file."""
        return self.damaged(f"the result of job {row.id} is missing", row.first)

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
                raise self.damaged(f"{error.name} is not what was written", self._point_of(error)) from None

    def _point_of(self, row: DamagedRow) -> int | None:
        if row.job_id is None:
            return row.point
        with suppress(*DAMAGED):
            found = self._db.execute("SELECT first FROM job WHERE id = ?", [row.job_id]).fetchone()
            return found[0] if found else None
        return None

    # --- writing: each method is one durable transaction, or a part of that of `together`

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write all changes of the block in one transaction: all or nothing, on the disk when the block ends."""
        with self._turn:
            self._newest = None
            if self._db.in_transaction:
                yield
                return
            try:
                with writing(self._db):
                    yield
            except sqlite3.Error as error:
                raise self._trouble(error) from None
            if self._sent and self._checkpoint:
                self._checkpoint = False
                with suppress(sqlite3.Error):  # a reader may block it; nothing depends on it
                    self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def add_points(self, points: Sequence[Any], jobs: Sequence[JobSpan]) -> list[JobRow]:
        """Add points of a hybrid loop, JSON-ready, and their jobs.

        The id of a job is computed from the values, the shots and the number of earlier evaluations with the same, not
        from its place: a loop that continues with an older copy of its journal may ask in another order.

        Args:
            points: the values of each point.
            jobs: the points of each job, in their order; index 0 is the first of ``points``.
        """
        with self._turn:
            asked, known, numbers = self._asked or self._asked_so_far()
            self._asked = None  # read again if this fails
            rows = []
            texts = _texts(points, sort=True)
            for number, span in enumerate(jobs, numbers):
                names = []
                for text in texts[span.first : span.first + span.size]:
                    asked[key := f"{span.shots} {text}"] += 1
                    names.append(f"{asked[key]} {key}")
                job_id = self.manifest.job_id("\n".join(names))
                rows.append(
                    JobRow(number, 1, job_id, known + span.first, span.size, span.shots, None, JobState.PLANNED, None)
                )
            with self.together():
                insert(self._db, "point", list(enumerate(_texts(points, sort=False), known)))
                self._insert(rows)
            self._asked = asked, known + len(points), numbers + len(rows)
        return rows

    def _asked_so_far(self) -> tuple[Counter[str], int, int]:
        points, jobs = self.points(), self.jobs()
        texts = _texts(points, sort=True)
        asked = Counter(f"{row.shots} {texts[index]}" for row in jobs for index in row.points)
        return asked, len(points), len(jobs)

    def next_session(self) -> str:
        """Return the id of the next session that the run would open."""
        return self.manifest.session_id(sum(self.is_own(session_id) for session_id, _, _ in self.sessions()) + 1)

    def is_own(self, session_id: str) -> bool:
        """Return whether the run opened this session itself."""
        return any(self.manifest.session_id(number + 1) == session_id for number in range(len(self._rows("session"))))

    def add_session(self, session_id: str, name: str, state: str = SessionState.OPENING) -> None:
        """Record a session: about to be opened, opened by a run with a newer copy, or given to the run."""
        with self.together():
            last = max((ordinal for _, ordinal, _, _ in self._rows("session")), default=0)
            insert(self._db, "session", [(session_id, last + 1, name, state)])

    def set_session(self, session_id: str, state: str) -> None:
        """Record the state of a session."""
        self._write(_SET_SESSION, [{"id": session_id, "state": state}])

    def sending(self, jobs: Sequence[JobRow], session_id: str) -> None:
        """Record that these jobs are about to be sent into the session.

        After the first call, the log is copied into the file; later SQLite does that by itself.

        Raises:
            JournalError: it cannot be written, or is no longer at its place.
        """
        if not jobs:
            return
        if self._file is not None and _identity(self.path) != self._file:
            raise JournalError(
                f"the journal {self.path} was moved or replaced while the run writes it, so nothing more is sent",
                advice="resume with the file where it is now",
            )
        self._sent = True
        self._write(_SET_SENT, [{"id": row.id, "state": JobState.SENDING, "session_id": session_id} for row in jobs])

    def set_states(self, states: Iterable[tuple[str, str]]) -> None:
        """Record the states of jobs, as (job id, state) pairs."""
        self._write(_SET_STATE, [{"id": job_id, "state": state} for job_id, state in states])

    def accepted(self, jobs: Iterable[JobRow]) -> None:
        """Record that the service has accepted these jobs, in the sessions of their rows."""
        self._write(_SET_SENT, [{"id": row.id, "state": JobState.SENT, "session_id": row.session_id} for row in jobs])

    def ended(self, jobs: Iterable[JobEnd]) -> None:
        """Record the ends of these jobs with their results."""
        jobs = list(jobs)
        if not jobs:
            return
        outputs = [(end.job_id, end.output_format, end.packed) for end in jobs if end.packed is not None]
        with self.together():
            insert(self._db, "output", outputs, replace=True)
            self._write(_ENDED, [{"id": end.job_id, "state": end.state, "error": end.error} for end in jobs])

    def try_again(self, job: JobRow) -> JobRow:
        """Add another attempt, with a new id, of a job that ended without success; return it."""
        assert job.ended, "a job that may still run is never replaced"
        new = JobRow(
            job.number, job.attempt + 1, next_attempt(job.id), job.first, job.size, job.shots, None,
            JobState.PLANNED, None,
        )  # fmt: skip
        with self.together():
            self._insert([new])
        return new

    def _insert(self, rows: Iterable[JobRow]) -> None:
        insert(self._db, "job", map(values_of, rows))

    def _write(self, statement: str, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        with self.together():
            self._db.executemany(statement, rows)

    def _trouble(self, error: sqlite3.Error) -> JournalError:
        return JournalError(f"cannot write the journal {self.path}: {error}", advice=CANNOT_WRITE)


def _texts(points: Sequence[Mapping[str, Any]], *, sort: bool) -> list[str]:
    """Return the JSON of points. Values that they share as objects, such as angles, are converted once."""
    known: dict[int, str] = {}
    for point in points:
        for value in point.values():
            if id(value) not in known:
                known[id(value)] = json.dumps(value, sort_keys=sort)
    pairs = ([(name, point[name]) for name in (sorted(point) if sort else point)] for point in points)
    return [f"{{{', '.join([f'{json.dumps(name)}: {known[id(value)]}' for name, value in row])}}}" for row in pairs]


def _identity(path: str) -> tuple[int, int] | None:
    """Return device and inode of a file; None where there is no file, or no inodes."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_ino else None
