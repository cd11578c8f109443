"""The database of jobs, sessions and blobs: SQLite, in memory or in a folder.

In a folder SQLite writes a write-ahead log. An accepted job is on the disk before the client gets the answer: its
transaction is committed with synchronous FULL, which also writes out all earlier commits, such as that of the input
blob. Other commits survive the death of the process, not of the machine.

All threads share one connection; each use of it holds ``lock``.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from qsharp_bridge.errors import BridgeError

from .models import FINAL, Blob, Job, Session

WHERE_PLACE: Final = "WHERE account = ? AND container = ? AND name = ?"
"""The condition for a ``BlobPlace``."""

UNFINISHED: Final = f"status NOT IN ({', '.join(repr(str(status)) for status in sorted(FINAL))})"
"""The condition for a job that has not ended."""

_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, workspace TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
    provider TEXT NOT NULL, target TEXT NOT NULL, session TEXT, created INTEGER NOT NULL, body TEXT NOT NULL,
    ordinal INTEGER NOT NULL, status TEXT NOT NULL, job_type TEXT NOT NULL, modified INTEGER, began INTEGER,
    ended INTEGER, cancelled INTEGER, begin_due INTEGER NOT NULL, end_due INTEGER NOT NULL, reads INTEGER NOT NULL,
    aborted INTEGER NOT NULL, outcome TEXT, deaths INTEGER NOT NULL, UNIQUE (workspace, id));
CREATE INDEX IF NOT EXISTS jobs_of_session ON jobs (workspace, session, created);
CREATE INDEX IF NOT EXISTS jobs_by_time ON jobs (workspace, created, seq);
CREATE INDEX IF NOT EXISTS jobs_unfinished ON jobs (seq) WHERE {UNFINISHED};
CREATE TABLE IF NOT EXISTS accepted (digest BLOB PRIMARY KEY, jobs INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, workspace TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
    provider TEXT NOT NULL, target TEXT NOT NULL, created INTEGER NOT NULL, active INTEGER NOT NULL,
    body TEXT NOT NULL, status TEXT NOT NULL, policy TEXT NOT NULL, in_flight INTEGER NOT NULL,
    closed INTEGER NOT NULL, ended INTEGER, UNIQUE (workspace, id));
CREATE INDEX IF NOT EXISTS sessions_by_time ON sessions (workspace, created, seq);
CREATE INDEX IF NOT EXISTS sessions_open ON sessions (seq) WHERE ended IS NULL;
CREATE TABLE IF NOT EXISTS containers (
    account TEXT, name TEXT, created INTEGER, PRIMARY KEY (account, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (
    rowid INTEGER PRIMARY KEY, account TEXT, container TEXT, name TEXT, size INTEGER, etag TEXT, modified INTEGER,
    created INTEGER, content_type TEXT, headers TEXT, data BLOB, UNIQUE (account, container, name));
CREATE TABLE IF NOT EXISTS blocks (
    rowid INTEGER PRIMARY KEY, account TEXT, container TEXT, name TEXT, block TEXT, data BLOB,
    UNIQUE (account, container, name, block));
"""

_VERSION: Final = 4
"""Version of the tables, kept in the database itself; an empty database has 0."""

_JSON: Final = frozenset({"body", "outcome", "headers"})
_FLAGS: Final = frozenset({"aborted", "closed"})

Record = TypeVar("Record", Job, Session)


class _Table:
    """Mapping of a record to the columns of its table."""

    def __init__(self, name: str, record: type[Any]) -> None:
        self.record = record
        self.columns = [field.name for field in fields(record)]
        self.json = [column for column in self.columns if column in _JSON]
        self.flags = [column for column in self.columns if column in _FLAGS]
        self.written = written = [column for column in self.columns if column != "seq"]
        self.select = f"SELECT {', '.join(self.columns)} FROM {name}"
        self.insert = f"INSERT INTO {name} ({', '.join(written)}) VALUES ({', '.join('?' * len(written))})"
        self.update = f"UPDATE {name} SET {', '.join(f'{c} = ?' for c in written)} WHERE seq = ?"

    def values(self, record: Any) -> list[Any]:
        values = ((column, getattr(record, column)) for column in self.written)
        return [orjson.dumps(v).decode() if column in _JSON and v is not None else v for column, v in values]

    def read(self, row: Sequence[Any]) -> Any:
        found = dict(zip(self.columns, row, strict=True))
        for column in self.json:
            if found[column] is not None:
                found[column] = orjson.loads(found[column])
        for column in self.flags:
            found[column] = bool(found[column])
        return self.record(**found)


_TABLES: Final = {Job: _Table("jobs", Job), Session: _Table("sessions", Session)}
_BLOBS: Final = _Table("blobs", Blob)


class Store:
    """Database of the service.

    Args:
        folder: the folder of the database, created if it does not exist; None: in memory, lost at the end.
        limit: bytes at most in memory; a folder is not limited.

    Raises:
        BridgeError: another service has the folder open, or its database is not one of this version.
    """

    def __init__(self, folder: Path | None = None, limit: int = 160 * 2**20) -> None:
        self._limit = limit
        self.lock = threading.RLock()
        self._durable = folder is not None
        if folder is None:
            place = ":memory:"
        else:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            place = str(folder / "service.sqlite")
            # It contains the secret that signs blob addresses, so only the owner may read it.
            os.close(os.open(place, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(place, timeout=1, check_same_thread=False, isolation_level=None)
        try:
            if self._durable:
                self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version != _VERSION and self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
                raise sqlite3.DatabaseError(f"its tables are of version {version}, not {_VERSION}")
            self._db.executescript(f"{_SCHEMA} PRAGMA user_version = {_VERSION};")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise BridgeError(
                f"cannot use the database {place}: {error}",
                advice="another service or another version may have made it or have it open: stop that one, or choose "
                "another folder",
            ) from None

    def close(self) -> None:
        """Close the database. Nothing can be read or written afterwards."""
        with self.lock:
            self._db.close()

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[None]:
        """Make all writes inside take effect together or not at all; durable: they are on the disk on return.

        A transaction inside another one is part of it.
        """
        with self.lock:
            if self._db.in_transaction:
                yield
                return
            durable = durable and self._durable
            if durable:
                self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # On a full disk SQLite has rolled back itself, and the error of a second ROLLBACK would hide the first.
                if self._db.in_transaction:
                    with suppress(sqlite3.Error):
                        self._db.execute("ROLLBACK")
                raise
            finally:
                if durable and not self._db.in_transaction:
                    self._db.execute("PRAGMA synchronous = NORMAL")

    # -- settings ------------------------------------------------------------------------------------------

    def setting(self, name: str, fresh: bytes) -> bytes:
        """Return the setting of that name; ``fresh`` is stored and returned if there is none yet."""
        with self.transaction(durable=True):
            self._db.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (name, fresh))
            row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
            return bytes(row[0])

    # -- jobs and sessions ---------------------------------------------------------------------------------

    def add(self, record: Job | Session) -> None:
        """Store a new job or session.

        Raises:
            sqlite3.IntegrityError: the workspace has one of that id already.
        """
        table = _TABLES[type(record)]
        with self.lock:
            cursor = self._db.execute(table.insert, table.values(record))
            record.seq = cursor.lastrowid or 0

    def save(self, record: Job | Session) -> None:
        """Write the present state of a stored record."""
        table = _TABLES[type(record)]
        with self.lock:
            self._db.execute(table.update, [*table.values(record), record.seq])

    def get(self, kind: type[Record], workspace: str, id_: str) -> Record | None:
        """Return the record of that id, or None."""
        found = self.find(kind, "workspace = ? AND id = ?", (workspace, id_))
        return found[0] if found else None

    def find(self, kind: type[Record], where: str, values: Sequence[Any] = (), *, then: str = "") -> list[Record]:
        """Return the records that meet an SQL condition; ``then`` is an ORDER BY, LIMIT clause."""
        table = _TABLES[kind]
        with self.lock:
            rows = self._db.execute(f"{table.select} WHERE {where} {then}", values).fetchall()
        return [table.read(row) for row in rows]

    def latest(self) -> int:
        """Return the latest instant at which a job or session changed; 0 for an empty database."""
        changes = "SELECT max(created, coalesce(modified, 0)) AS at FROM jobs UNION ALL SELECT active FROM sessions"
        return int(self.execute(f"SELECT coalesce(max(at), 0) FROM ({changes})")[0][0])

    def next_ordinal(self, workspace: str, name: str, target: str) -> int:
        """Count one more job of that name and target; return how many the workspace had, deleted ones included."""
        # A hash, since it is kept for ever.
        digest = hashlib.sha256("\0".join((workspace, target.lower(), name)).encode()).digest()[:12]
        with self.transaction():
            self._db.execute("INSERT INTO accepted VALUES (?, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1", (digest,))
            (row,) = self.execute("SELECT jobs - 1 FROM accepted WHERE digest = ?", (digest,))
            return int(row[0])

    def delete_job(self, job: Job) -> None:
        """Remove a job, and its own container with all blobs."""
        with self.transaction():
            self._db.execute("DELETE FROM jobs WHERE seq = ?", (job.seq,))
            for account in (job.body["account"], "pending", "pages"):
                self._delete_container(account, job.own_container)

    def _delete_container(self, account: str, name: str) -> None:
        """Remove a container, and the blobs and blocks in it."""
        self._db.execute("DELETE FROM containers WHERE account = ? AND name = ?", (account, name))
        for table in ("blobs", "blocks"):
            self._db.execute(f"DELETE FROM {table} WHERE account = ? AND container = ?", (account, name))

    def make_room(self, size: int) -> bool:
        """Make room for ``size`` bytes more; return False if that is not possible.

        In memory, the oldest uploads that belong to no job are deleted first, if they take more than half of the
        memory; then the oldest jobs that have ended, with their blobs. A folder is not limited.
        """
        if self._durable or self._used() + size <= self._limit:
            return True
        with self.transaction():
            self._delete_uploads(self._limit // 2 - size)
            while self._used() + size > self._limit:
                oldest = self.find(Job, f"NOT ({UNFINISHED})", then="ORDER BY seq LIMIT 500")
                if not oldest:
                    return False
                for job in oldest:
                    self.delete_job(job)
        return True

    def _delete_uploads(self, keep: int) -> None:
        """Remove the oldest containers without a job, until at most ``keep`` bytes of their blobs are left."""
        orphans = self.execute(
            "SELECT containers.account, containers.name, coalesce((SELECT sum(size) FROM blobs WHERE"
            " blobs.account = containers.account AND container = containers.name), 0) + coalesce((SELECT"
            " sum(length(data)) FROM blocks WHERE blocks.account = containers.account AND container ="
            " containers.name), 0) FROM containers WHERE name NOT IN (SELECT 'job-' || id FROM jobs)"
            " ORDER BY created"
        )
        held = sum(size for *_, size in orphans)
        for account, container, size in orphans:
            if held <= keep:
                break
            self._delete_container(account, container)
            held -= size

    def _used(self) -> int:
        """Return the bytes of memory in use."""
        pages, free, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of one statement."""
        with self.lock:
            return self._db.execute(sql, values).fetchall()

    # -- blobs ---------------------------------------------------------------------------------------------

    def make_container(self, account: str, name: str, now: int) -> bool:
        """Create a container; return False if it exists."""
        with self.lock:
            return (
                self._db.execute("INSERT OR IGNORE INTO containers VALUES (?, ?, ?)", (account, name, now)).rowcount > 0
            )

    def has_container(self, account: str, name: str) -> bool:
        """Check whether the container exists."""
        return bool(self.execute("SELECT 1 FROM containers WHERE account = ? AND name = ?", (account, name)))

    def put_blob(self, blob: Blob, data: bytes) -> None:
        """Store a blob, and replace the blob of that name if there is one."""
        with self.lock:
            self._db.execute(
                f"INSERT INTO blobs ({', '.join(_BLOBS.columns)}, data) VALUES ({'?, ' * len(_BLOBS.columns)}?)"
                " ON CONFLICT (account, container, name) DO UPDATE SET size = excluded.size, etag = excluded.etag,"
                " modified = excluded.modified, content_type = excluded.content_type, headers = excluded.headers,"
                " data = excluded.data",
                [*_BLOBS.values(blob), data],
            )

    def blob(self, account: str, container: str, name: str) -> Blob | None:
        """Return the properties of a blob, or None."""
        found = self.blobs(account, container, "AND name = ?", (name,))
        return found[0] if found else None

    def blobs(
        self,
        account: str,
        container: str,
        condition: str = "",
        values: Sequence[Any] = (),
        *,
        limit: int = -1,
    ) -> list[Blob]:
        """Return the blobs of a container, by name; at most ``limit`` unless that is negative."""
        rows = self.execute(
            f"{_BLOBS.select} WHERE account = ? AND container = ? {condition} ORDER BY name LIMIT {limit}",
            (account, container, *values),
        )
        return [_BLOBS.read(row) for row in rows]

    def blob_bytes(self, blob: Blob, start: int = 0, length: int | None = None) -> bytes:
        """Return the bytes of a blob, or ``length`` of them from ``start``."""
        size = blob.size if length is None else length
        rows = self.execute(f"SELECT substr(data, ?, ?) FROM blobs {WHERE_PLACE}", (start + 1, size, *blob.place))
        return bytes(rows[0][0] or b"") if rows else b""
