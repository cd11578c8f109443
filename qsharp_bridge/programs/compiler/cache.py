"""A cache of compiled programs on disk, addressed by content.

The key is a SHA-256 over everything that determines the text: the sources, the expression, the profile, and the
version of qdk. A compile costs some 50 ms, a hit a fraction of one. Any number of processes may share the folder:
an entry appears at once and whole, is never changed, and is checked when read. A cache that cannot be
written or read is not an error: the program is compiled.

Environment:
    QSHARP_BRIDGE_CACHE: the folder, or "off". By default ``qsharp-bridge`` in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
import zlib
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from qsharp_bridge.errors import ProgramError
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.targets.profiles import profile_name

from . import thread as compiler

if TYPE_CHECKING:
    from qdk._types import QirInputData

__all__ = ["QirCache", "compile_cached", "compile_program", "default_cache"]

DEFAULT_LIMIT = 256 * 1024 * 1024
_LAYOUT = 1  # of the entries: goes up when they change
_PRUNE_EVERY = 500  # writes
_ENTRY = re.compile("[0-9a-f]{62}|new-.*")  # the latter are left by processes that were killed while writing


class QirCache:
    """A folder of QIR texts.

    Args:
        folder: made when first written to.
        limit: bytes; beyond that the entries that were not used for longest are removed, now and then.
    """

    def __init__(self, folder: str | os.PathLike[str], limit: int = DEFAULT_LIMIT) -> None:
        self.folder = Path(folder)
        self.limit = limit
        self._writes = 0

    def get(self, key: str) -> str | None:
        """The text under a key, or None; a damaged entry counts as none."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            checksum, packed = content[:32], content[32:]
            if hashlib.sha256(packed).digest() != checksum:
                return None
            text = zlib.decompress(packed).decode("utf-8")
        except (OSError, zlib.error, UnicodeDecodeError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # used just now
        return text

    def put(self, key: str, text: str) -> None:
        """Keeps a text, if the disk lets it."""
        packed = zlib.compress(text.encode("utf-8"), 1)
        path = self._path(key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix="new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(packed).digest() + packed)
                os.replace(temporary, path)  # whoever reads sees the whole entry or none
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
        self._writes += 1
        if self._writes % _PRUNE_EVERY == 1:
            self.prune()

    def prune(self) -> None:
        """Removes what was not used for longest, until the folder is well within its limit."""
        entries = []
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            if not _ENTRY.fullmatch(path.name):  # whatever else is in the folder is not ours to remove
                continue
            with contextlib.suppress(OSError):  # another process may be removing too
                found = path.stat()
                entries.append((found.st_mtime, found.st_size, path))
        size = sum(entry[1] for entry in entries)
        if size <= self.limit:
            return
        for _, length, path in sorted(entries):
            with contextlib.suppress(OSError):
                path.unlink()
            size -= length
            if size <= self.limit * 0.8:
                return

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]


def cache_key(sources: Sources, profile: str, expression: str, extra: str = "") -> str:
    """The SHA-256 over what determines a QIR text, in hexadecimal."""
    parts = [_LAYOUT, _qdk_version(), sources.digest, profile, expression, extra]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()


def compile_cached(
    sources: Sources, profile: str, expression: str, *, extra: str = "", cache: QirCache | None = None
) -> str:
    """What `compiler.compile_qir` gives, from the cache if it was compiled before.

    A project with dependencies on GitHub is not cached: its sources are not all at hand.
    """
    name = profile_name(profile)
    cache = cache or default_cache()
    if cache is None or not sources.self_contained:
        return compiler.compile_qir(sources, name, expression, extra=extra)
    key = cache_key(sources, name, expression, extra)
    text = cache.get(key)
    if text is None:
        text = compiler.compile_qir(sources, name, expression, extra=extra)
        cache.put(key, text)
    return text


def compile_program(sources: Sources, profile: str, expression: str, *, operation: str | None = None) -> QirInputData:
    """Return the compiled program of an entry expression, as qdk's own ``compile`` returns it.

    Args:
        sources: the program.
        profile: the target profile, in any case.
        expression: one Q# expression, trusted.
        operation: the name of the operation that it calls, for errors.

    Raises:
        CompileError: it does not compile for the profile.
        CompilerCrashError: the compiler panicked.
    """
    from qdk._types import QirInputData

    try:
        return QirInputData("main", compile_cached(sources, profile, expression))
    except ProgramError as error:
        if operation is not None and "name error" in error.problem and operation in error.problem:
            error.advice = "its declaration has a @Config that leaves this profile out; choose another"
        raise error.at(operation=operation) from None


def default_cache() -> QirCache | None:
    """The cache that the environment names, or None when it is off."""
    return _cache_at(os.environ.get("QSHARP_BRIDGE_CACHE", ""))


@once
def _cache_at(setting: str) -> QirCache | None:
    if setting.lower() in ("off", "none", "0"):
        return None
    if setting:
        return QirCache(setting)
    home = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
    try:
        return QirCache((Path(home) if home else Path.home() / ".cache") / "qsharp-bridge")
    except RuntimeError:  # a user without a home
        return None


@once
def _qdk_version() -> str:
    return version("qdk")
