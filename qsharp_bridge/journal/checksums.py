"""The tables of a journal, and a checksum in every row.

SQLite checks the structure of its file, not the values: a byte that a disk changes inside of a text or a blob would be
another job id or other counts, without an error. So every row has the CRC-32 of its table's name and its values, which
is checked whenever the row is read. A CRC finds every change of up to 32 consecutive bits, and all but one in 2^32 of
the others.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

#: The columns of each table but the last, which is the checksum over them.
COLUMNS = {
    "manifest": ("key", "value"),
    "session": ("id", "ordinal", "name", "state"),
    "job": ("number", "attempt", "id", "first", "size", "shots", "session_id", "state", "error"),
    "point": ("point", "content"),
    "output": ("job_id", "format", "raw"),
}

SCHEMA = """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE session (
    id TEXT PRIMARY KEY, ordinal INTEGER NOT NULL UNIQUE, name TEXT NOT NULL, state TEXT NOT NULL,
    checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE job (
    number INTEGER NOT NULL, attempt INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, first INTEGER NOT NULL,
    size INTEGER NOT NULL, shots INTEGER NOT NULL, session_id TEXT, state TEXT NOT NULL, error TEXT,
    checksum INTEGER NOT NULL, PRIMARY KEY (number, attempt)
) WITHOUT ROWID;
CREATE TABLE point (point INTEGER PRIMARY KEY, content TEXT NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE output (
    job_id TEXT PRIMARY KEY, format TEXT NOT NULL, raw BLOB NOT NULL, checksum INTEGER NOT NULL
) WITHOUT ROWID;
"""


_NAMES = {
    "manifest": "the entry {!r}",
    "session": "the session {}",
    "point": "the record of its values",
    "output": "the result of job {}",
}


class DamagedRow(Exception):
    """A row that does not fit its checksum.

    Attributes:
        name: the name of the row in messages, as far as it can be read.
        point: the index of its first point, or None; ``job_id``: the id of the job whose result it was, or None.
    """

    def __init__(self, table: str, row: Sequence[Any]) -> None:
        super().__init__(table, row)
        key = row[0]
        point = row[3] if table == "job" else key if table == "point" else None
        self.point = point if isinstance(point, int) else None
        self.job_id = key if table == "output" else None
        if table == "job":
            self.name = f"the job (attempt {row[1]}, id {row[2]})"
        else:
            self.name = _NAMES[table].format(key)


def checksum(table: str, *values: Any) -> int:
    """Return the CRC-32 of a row of ``table``.

    >>> checksum("point", 0, "{}") == checksum("point", 0, "{ }")
    False
    >>> checksum("job", 1, 11) == checksum("job", 11, 1)
    False
    """
    parts = [table.encode()]
    for value in values:
        # repr differs for 1, "1" and None: a changed type is found, too
        if isinstance(value, str):
            text = str.__repr__(value).encode()  # also of a member of an enum
        else:
            text = value if isinstance(value, bytes) else repr(value).encode()
        parts += (b"%d:" % len(text), text)  # with its length, so that (1, 11) differs from (11, 1)
    return zlib.crc32(b"".join(parts))


def use_checksums(db: sqlite3.Connection) -> None:
    """Register ``checksum`` as an SQL function for the statements of :func:`updating`."""
    db.create_function("checksum", -1, checksum, deterministic=True)


def insert(db: sqlite3.Connection, table: str, rows: Iterable[Sequence[Any]], *, replace: bool = False) -> None:
    """Insert rows, each with its checksum; ``replace`` overwrites rows with the same keys."""
    marks = ", ".join("?" * (len(COLUMNS[table]) + 1))
    db.executemany(
        f"INSERT {'OR REPLACE ' if replace else ''}INTO {table} VALUES ({marks})",
        ((*row, checksum(table, *row)) for row in rows),
    )


def updating(table: str, *changed: str, key: str = "id") -> str:
    """Return the statement that sets columns, by name, and the checksum of the row with a key.

    >>> print(updating("point", "content", key="point"))
    UPDATE point SET content = :content, checksum = checksum('point', point, :content) WHERE point = :point
    """
    sets = ", ".join(f"{column} = :{column}" for column in changed)
    values = ", ".join(f":{column}" if column in changed else column for column in COLUMNS[table])
    return f"UPDATE {table} SET {sets}, checksum = checksum('{table}', {values}) WHERE {key} = :{key}"


def has_tables(db: sqlite3.Connection) -> bool:
    """Return whether a file has the tables of a journal, and nothing else.

    A view in the place of a table, or a trigger, would run SQL of an unknown author, perhaps without end.
    """
    found = {text for (text,) in db.execute("SELECT sql FROM sqlite_master") if text is not None}  # None: own indices
    return found == {statement.strip() for statement in SCHEMA.split(";") if statement.strip()}


def select(db: sqlite3.Connection, table: str, where: str = "", values: Sequence[Any] = ()) -> Iterator[Any]:
    """Yield the rows of a table, without their checksums.

    Args:
        where: what follows the table's name in the statement: ``WHERE ... ORDER BY ...``.

    Raises:
        DamagedRow: a row that does not fit its checksum.
    """
    for *row, known in db.execute(f"SELECT {', '.join(COLUMNS[table])}, checksum FROM {table} {where}", values):
        if checksum(table, *row) != known:
            raise DamagedRow(table, row)
        yield tuple(row)
