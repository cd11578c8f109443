"""The file of a journal: created complete, opened by one process at a time, every commit on the disk.

With SQLite's write-ahead log a commit costs one write to the disk, 5 ms as measured, against 19 to 23 ms with a
rollback journal. The log is another file. So a new journal is written completely under another name and then moved to
its place: a copy of the file alone, at any moment, has the id of the run, from which the ids of all its jobs follow.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from qsharp_bridge.errors import JournalError

from .checksums import SCHEMA, has_tables, insert, use_checksums
from .lock import JournalLock
from .manifest import Manifest

VERSION = 4

#: The exceptions of reading a damaged file; the second when the name of a table is not valid text.
DAMAGED = (sqlite3.Error, UnicodeDecodeError)

#: The advice of errors when the file cannot be written, and when it cannot be read.
CANNOT_WRITE = "make room or fix the permissions, then resume; what was sent is on record"
CANNOT_READ = (
    "restore a copy of it; jobs that were sent are still on the service: qb.recover_sweep(workspace, session_id) "
    "gets their results, qb.sessions.list_sessions(workspace) shows the session"
)

Fill = Callable[[sqlite3.Connection], None]


def create_file(
    path: str | os.PathLike[str] | None, manifest: Manifest, fill: Fill
) -> tuple[sqlite3.Connection, JournalLock | None]:
    """Return the connection to a new file, and the lock on it.

    Args:
        path: the file; None for memory.
        manifest: of the run.
        fill: writes the jobs, in the one transaction that makes the file.

    Raises:
        JournalError: the file exists, or the folder cannot be written.
    """
    if path is None:
        db = _connect(":memory:")
        _fill(db, manifest, fill)
        return db, None
    lock = JournalLock.take(path)
    try:
        _check_free(Path(path))
        made = _new_file_beside(path)
        try:
            with closing(_connect(os.fspath(made))) as db:
                db.execute("PRAGMA synchronous = FULL")
                _fill(db, manifest, fill)
            os.replace(made, os.path.realpath(path))
            _sync_folder(Path(os.path.realpath(path)).parent)
        finally:
            made.unlink(missing_ok=True)
        return _connect_to_write(path), lock
    except BaseException as error:
        lock.release()
        if isinstance(error, (*DAMAGED, OSError)):
            raise JournalError(f"cannot write the journal {os.fspath(path)}: {error}", advice=CANNOT_WRITE) from None
        raise


def _new_file_beside(path: str | os.PathLike[str]) -> Path:
    """Return an empty file with a new name in the same folder, private to its user."""
    folder, name = os.path.split(os.path.abspath(path))
    handle, made = tempfile.mkstemp(prefix=f".{name[:100]}.", suffix=".new", dir=folder)
    os.close(handle)
    return Path(made)


def _check_free(path: Path) -> None:
    """Check that there is no journal, and no log of one: it may be the only record of jobs that were paid for."""
    check_not_empty(path)
    if os.path.lexists(path):
        raise JournalError(
            f"{path} exists already",
            advice=f"resume_sweep or `qsharp-bridge resume {path}` continues it; for a new run give another path",
        )
    log = Path(f"{os.path.realpath(path)}-wal")
    if log.exists() and log.stat().st_size:
        raise JournalError(
            f"{log} is the log of a journal, and the journal itself is not beside it",
            advice=f"move it back to {path}, and resume; for a new run give another path",
        )


def check_not_empty(path: str | os.PathLike[str]) -> None:
    """Check that a file, if there is one, is not empty.

    Raises:
        JournalError: it is empty. It is not taken for a new journal: its content may be lost.
    """
    if Path(path).is_file() and not Path(path).stat().st_size:
        raise JournalError(
            f"{os.fspath(path)} is empty, and no journal",
            advice="restore the journal if this was one; for a new run give another path",
        )


def _fill(db: sqlite3.Connection, manifest: Manifest, fill: Fill) -> None:
    with writing(db):
        for statement in SCHEMA.split(";"):
            db.execute(statement)
        insert(db, "manifest", [(key, json.dumps(value)) for key, value in manifest.entries().items()])
        fill(db)
        db.execute(f"PRAGMA user_version = {VERSION}")


def open_file(path: str | os.PathLike[str]) -> tuple[sqlite3.Connection, JournalLock]:
    """Return the connection to the file of a journal, checked, and the lock on it.

    Raises:
        JournalError: the file is missing, no journal, damaged, of another version, or in use.
    """
    if not Path(path).is_file():
        raise JournalError(f"there is no journal {os.fspath(path)}")
    check_not_empty(path)
    lock = JournalLock.take(path)
    try:
        _take_apart(path)
        db = _connect_to_write(path)
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


def _take_apart(path: str | os.PathLike[str]) -> None:
    """Give a file with several names (hard links) a copy of its own under this one.

    SQLite keeps its log under the name by which a file was opened: two logs for one file would destroy it.
    """
    if os.stat(path).st_nlink < 2:
        return
    made = _new_file_beside(os.path.realpath(path))
    try:
        with closing(_connect(os.fspath(path))) as db, closing(_connect(os.fspath(made))) as copy:
            check_file(db, path)
            db.backup(copy)
        os.replace(made, os.path.realpath(path))
    finally:
        made.unlink(missing_ok=True)
    for suffix in ("-wal", "-shm"):  # of the file with the other names; the copy has all of it
        Path(f"{os.path.realpath(path)}{suffix}").unlink(missing_ok=True)


def check_file(db: sqlite3.Connection, path: str | os.PathLike[str]) -> None:
    """Check that an open file is an undamaged journal of this version.

    Raises:
        JournalError: it is not.
        sqlite3.Error: it cannot be read.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        if db.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('manifest', 'job')").fetchone() == (2,):
            raise JournalError(f"the journal {os.fspath(path)} is damaged: its version is missing", advice=CANNOT_READ)
        raise JournalError(f"{os.fspath(path)} is no journal of a run", advice=CANNOT_READ)
    if version != VERSION:
        raise JournalError(
            f"{os.fspath(path)} was written by another version ({version}, this one reads {VERSION})",
            advice="use the qsharp_bridge that wrote it",
        )
    if not has_tables(db):
        raise JournalError(f"the journal {os.fspath(path)} is damaged: its tables were changed", advice=CANNOT_READ)
    (verdict,) = db.execute("PRAGMA integrity_check(1)").fetchone()  # quick_check leaves out the indices
    if verdict != "ok":
        raise JournalError(f"the journal {os.fspath(path)} is damaged: {verdict}", advice=CANNOT_READ)


def _connect(name: str) -> sqlite3.Connection:
    # autocommit mode: transactions are begun and ended by `writing` alone
    db = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
    use_checksums(db)
    return db


def _connect_to_write(path: str | os.PathLike[str]) -> sqlite3.Connection:
    db = _connect(os.fspath(path))
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
    except sqlite3.Error:
        db.close()
        raise
    return db


def _sync_folder(folder: Path) -> None:
    """Flush the new name of a file to the disk, where the system can do that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """Run the block in one transaction: all or nothing, on the disk when the block ends."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        commit(db)
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def commit(db: sqlite3.Connection) -> None:
    """End a transaction: after it, all of it is on the disk."""
    db.execute("COMMIT")
