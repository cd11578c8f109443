"""The file of a journal: made whole or not at all, opened by one process at a time, every write on the disk."""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qsharp_bridge.errors import JournalError

from .checksums import SCHEMA, insert, use_checksums
from .lock import FileLock

VERSION = 2

#: What reading a damaged file raises; the second when the name of a table is not text any more.
DAMAGED = (sqlite3.Error, UnicodeDecodeError)

#: What to do when the file cannot be written, and when it cannot be read.
CANNOT_WRITE = "make room or fix the permissions, then resume; what was sent is on record"
CANNOT_READ = (
    "restore a copy of it; jobs that were sent are still on the service: qb.recover_sweep(workspace, session_id) "
    "gets their results, qb.sessions.list_sessions(workspace) tells the session"
)


def create_file(
    path: str | os.PathLike[str] | None, about: Mapping[str, Any], points: int
) -> tuple[sqlite3.Connection, FileLock | None]:
    """A new file with a job id for every point, and the lock on it; see ``Journal.create``."""
    lock = FileLock.take(path) if path is not None else None
    try:
        db = _connect(path)
        try:
            _fill(db, path, about, points)
        except BaseException:
            db.close()
            raise
    except DAMAGED as error:
        if lock is not None:
            lock.release()
        raise JournalError(f"cannot write the journal {path}: {error}", advice=CANNOT_WRITE) from None
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    return db, lock


def _fill(db: sqlite3.Connection, path: str | os.PathLike[str] | None, about: Mapping[str, Any], points: int) -> None:
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    if tables or version or pages > 1:  # no table can be seen in some damaged files: they are not written over
        raise JournalError(
            f"{path} exists already",
            advice="resume_sweep goes on with it; for a new run give another path",
        )
    with writing(db):
        for statement in SCHEMA.split(";"):
            db.execute(statement)
        insert(
            db, "about", [("version", json.dumps(VERSION)), *((key, json.dumps(value)) for key, value in about.items())]
        )
        insert(db, "job", ((point, 1, str(uuid.uuid4()), None, "planned", None) for point in range(points)))
        # The version is written last, in the same transaction: a file with it is whole.
        db.execute(f"PRAGMA user_version = {VERSION}")


def open_file(path: str | os.PathLike[str]) -> tuple[sqlite3.Connection, FileLock]:
    """The file of a journal, checked, and the lock on it; see ``Journal.open``."""
    if not Path(path).is_file():
        raise JournalError(f"there is no journal {os.fspath(path)}")
    lock = FileLock.take(path)
    try:
        db = _connect(path)
        try:
            check_file(db, path)
        except BaseException:
            db.close()
            raise
    except DAMAGED as error:
        lock.release()
        raise JournalError(f"{os.fspath(path)} cannot be read as a journal: {error}", advice=CANNOT_READ) from None
    except BaseException:
        lock.release()
        raise
    return db, lock


def check_file(db: sqlite3.Connection, path: str | os.PathLike[str]) -> None:
    """That an open file is a whole journal of this version.

    Raises:
        JournalError: it is not, and what it is. Errors of SQLite come as they are.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        if db.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('about', 'job')").fetchone() == (2,):
            raise JournalError(f"the journal {os.fspath(path)} is damaged: its version is missing", advice=CANNOT_READ)
        raise JournalError(
            f"{os.fspath(path)} is no journal of a run, or its run has not begun",
            advice="nothing was sent under it; if no run is about to begin with it, delete it and run again",
        )
    if version != VERSION:
        raise JournalError(
            f"{os.fspath(path)} was written by another version ({version}, this one reads {VERSION})",
            advice="use the qsharp_bridge that wrote it",
        )
    (verdict,) = db.execute("PRAGMA integrity_check(1)").fetchone()  # quick_check leaves out the indices
    if verdict != "ok":
        raise JournalError(f"the journal {os.fspath(path)} is damaged: {verdict}", advice=CANNOT_READ)


def _connect(path: str | os.PathLike[str] | None) -> sqlite3.Connection:
    # autocommit mode: transactions are begun and ended by `writing` alone
    db = sqlite3.connect(":memory:" if path is None else os.fspath(path), isolation_level=None, check_same_thread=False)
    try:
        use_checksums(db)
        if path is not None:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
    except sqlite3.Error:
        db.close()
        raise
    return db


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction, all or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        commit(db)
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def commit(db: sqlite3.Connection) -> None:
    """The end of a transaction: after it, all of it is on the disk."""
    db.execute("COMMIT")
