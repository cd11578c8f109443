"""The lock of a journal: one process at a time. The system releases it when the process ends, also by a crash."""

from __future__ import annotations

import os
from typing import Self

from filelock import FileLock, Timeout

from qsharp_bridge.errors import JournalError


class JournalLock:
    """A lock on the file ``path`` + ".lock", which is never deleted.

    No child of the process holds it: ``filelock`` closes the descriptor in forked children, and no other child inherits
    it.
    """

    def __init__(self, lock: FileLock) -> None:
        self._lock = lock

    @classmethod
    def take(cls, path: str | os.PathLike[str]) -> Self:
        """Return the lock, without waiting for it.

        Raises:
            JournalError: another run holds it, or the folder cannot be written.
        """
        name = os.path.realpath(os.fspath(path)) + ".lock"
        if not os.path.isdir(os.path.dirname(name)):  # filelock would make it
            raise JournalError(
                f"cannot write beside the journal {os.fspath(path)}: there is no such folder",
                advice="use a folder that can be written",
            )
        # The kernel's locks alone are released when a process is killed; a file system without them is an error.
        lock = FileLock(
            name, blocking=False, mode=0o600, thread_local=False, fallback_to_soft=False, preserve_lock_file=True
        )
        try:
            lock.acquire()
        except (Timeout, RuntimeError):  # the second: held by this very process
            raise JournalError(
                f"the journal {os.fspath(path)} is in use by another run", advice="wait for it to end"
            ) from None
        except OSError as error:
            raise JournalError(
                f"cannot write beside the journal {os.fspath(path)}: {error.strerror or error}",
                advice="use a folder that can be written, on a disk of this machine: some file systems have no locks",
            ) from None
        return cls(lock)

    def release(self) -> None:
        """Release the lock."""
        self._lock.release()
