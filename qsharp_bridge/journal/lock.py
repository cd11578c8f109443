"""One process at a time for a journal: a lock that the system drops when the process dies, however it dies."""

from __future__ import annotations

import os
import sys
from typing import IO, Self

from qsharp_bridge.errors import JournalError

_held: set[str] = set()  # an OS lock does not tell two runs of one process apart


class FileLock:
    """A lock on ``path`` + ".lock". Take it with :meth:`take`; the file stays, only the lock counts."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name

    @classmethod
    def take(cls, path: str | os.PathLike[str]) -> Self:
        """The lock, at once.

        Raises:
            JournalError: another run has it, or the folder cannot be written.
        """
        name = os.path.realpath(os.fspath(path)) + ".lock"
        busy = JournalError(f"the journal {os.fspath(path)} is in use by another run", advice="wait for it to end")
        if name in _held:
            raise busy
        try:
            file = open(name, "ab")  # noqa: SIM115 - held open as long as the lock
        except OSError as error:
            raise JournalError(
                f"cannot write beside the journal {os.fspath(path)}: {error.strerror}",
                advice="use a folder that can be written",
            ) from None
        try:
            _lock(file)
        except _BUSY:
            file.close()
            raise busy from None
        except OSError as error:
            file.close()
            raise JournalError(
                f"cannot lock the journal {os.fspath(path)}: {error.strerror}",
                advice="use a folder on a disk of this machine; this file system has no locks",
            ) from None
        _held.add(name)
        return cls(file, name)

    def release(self) -> None:
        """Let others have it."""
        _held.discard(self._name)
        self._file.close()  # drops the lock


if sys.platform == "win32":
    import msvcrt

    _BUSY: type[OSError] = OSError  # msvcrt does not tell why

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    _BUSY: type[OSError] = BlockingIOError

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
