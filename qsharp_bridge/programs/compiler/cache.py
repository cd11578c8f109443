"""A cache of compiled programs on disk, addressed by content.

What the compiler said of a program, such as the types of its operations, is kept in the same way: a sweep whose
programs were all compiled before makes no context of the compiler, which takes longer than the rest of it.

The key is a SHA-256 over everything that determines the text: the sources, the expression, the profile, and the
version of qdk. A compile costs some 50 ms, a hit a fraction of one. Any number of processes of one user may share the
folder: an entry appears at once and whole, is never changed, and is checked when it is read. A cache that cannot be
written or read is not an error: the program is compiled.

Entries are trusted as the user's own programs are, so only the user may write or read them: the folder has the mode
0700 and entries 0600, whatever the umask. An entry that belongs to another user, is a link or no regular file, was
moved from another key, is damaged, or inflates to more than `MAX_TEXT` counts as missing.

Environment:
    QSHARP_BRIDGE_CACHE: the folder, or "off". By default ``qsharp-bridge`` in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
import tempfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from qsharp_bridge._inflate import inflate
from qsharp_bridge.errors import ProgramError
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.targets.profiles import profile_name

from . import thread as compiler
from .diagnostics import LEFT_OUT, NOT_FOUND

if TYPE_CHECKING:
    from qdk._types import QirInputData

    from qsharp_bridge.syntax import QsharpType

T = TypeVar("T")

DEFAULT_LIMIT = 256 * 1024 * 1024
MAX_TEXT = 128 * 1024 * 1024  # bytes of one QIR text, some two million gates; longer ones are not kept
_LAYOUT = 2  # of the entries: goes up when they change
_ANSWER = "an answer"  # in the place of the extra text of a compile: no Q# text reads like this
_PRUNE_EVERY = 500  # writes
_ENTRY = re.compile("[0-9a-f]{62}|new-.*")  # the latter are left by processes that were killed while writing
_CHECKSUM = hashlib.sha256().digest_size
# A link is not followed, and a pipe in the place of an entry does not block. Windows has neither flag.
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class QirCache:
    """A folder of QIR texts.

    Args:
        folder: created at the first write, for the user alone.
        limit: bytes; beyond that the entries that were not used for longest are removed, now and then.
    """

    def __init__(self, folder: str | os.PathLike[str], limit: int = DEFAULT_LIMIT) -> None:
        self.folder = Path(folder)
        self.limit = limit
        self._writes = 0

    def get(self, key: str) -> str | None:
        """Return the text under a key, or None when there is no entry that can be trusted."""
        path = self._path(key)
        try:
            content = _read_own(path)
            packed = content[_CHECKSUM:]
            if content[:_CHECKSUM] != _checksum(key, packed):
                return None
            found = inflate(packed, MAX_TEXT).decode("utf-8")
        except (OSError, ValueError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path, follow_symlinks=False)  # used just now
        return found

    def put(self, key: str, text: str) -> None:
        """Keep a text, if the disk lets it and it is not too long."""
        encoded = text.encode("utf-8")
        if len(encoded) > MAX_TEXT:
            return
        packed = zlib.compress(encoded, 1)
        path = self._path(key)
        with contextlib.suppress(OSError):
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.folder, path.parent):
                _make_private(folder)
            if not _is_own(path.parent.lstat(), stat.S_ISDIR):
                return
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix="new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    os.chmod(temporary, 0o600)  # mkstemp obeys the umask
                    file.write(_checksum(key, packed) + packed)
                os.replace(temporary, path)  # a reader sees the whole entry or none
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
        self._writes += 1
        if self._writes % _PRUNE_EVERY == 1:
            self.prune()

    def prune(self) -> None:
        """Remove the entries that were not used for longest, until the folder is well within its limit."""
        entries = []
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            if path.parent.is_symlink() or not _ENTRY.fullmatch(path.name):
                continue  # whatever else is in the folder is not ours to remove
            with contextlib.suppress(OSError):  # another process may be removing too
                found = path.lstat()
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


def _checksum(key: str, packed: bytes) -> bytes:
    return hashlib.sha256(key.encode("ascii") + packed).digest()


def _make_private(folder: Path) -> None:
    """Create a folder for the user alone. One that exists stays as the user made it: it may have other contents."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    folder.chmod(0o700)  # mkdir obeys the umask


def _read_own(path: Path) -> bytes:
    """Return the content of a regular file that belongs to the user.

    Raises:
        OSError: it does not exist, belongs to another, is no regular file, or is longer than any entry.
    """
    with os.fdopen(os.open(path, _READ), "rb") as file:
        found = os.fstat(file.fileno())
        if not _is_own(found, stat.S_ISREG) or found.st_size > MAX_TEXT:
            raise PermissionError(path)
        return file.read(MAX_TEXT)


def _is_own(found: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    user = os.geteuid() if hasattr(os, "geteuid") else found.st_uid
    return is_kind(found.st_mode) and found.st_uid == user


def cache_key(sources: Sources, profile: str, expression: str, extra: str = "") -> str:
    """Return the SHA-256 over what determines a QIR text, in hexadecimal."""
    parts = [_LAYOUT, _qdk_version(), sources.digest, profile, expression, extra]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()


def compile_cached(
    sources: Sources,
    profile: str,
    expression: str,
    *,
    extra: str = "",
    types: Sequence[QsharpType] | None = None,
    cache: QirCache | None = None,
) -> str:
    """Return the text of `compiler.compile_qir`, from the cache if it was compiled before.

    A project with dependencies on GitHub is not cached: its sources are not all at hand.
    """
    name = profile_name(profile)
    cache = cache or default_cache()
    if cache is None or not sources.self_contained:
        return compiler.compile_qir(sources, name, expression, extra=extra, types=types)
    key = cache_key(sources, name, expression, extra)
    text = cache.get(key)
    if text is None:
        text = compiler.compile_qir(sources, name, expression, extra=extra, types=types)
        cache.put(key, text)
    return text


def answer_cached(
    sources: Sources, profile: str, question: str, ask: Callable[[], T], *, cache: QirCache | None = None
) -> T:
    """Return what the compiler answers to a question about a program, from the cache if it was asked before.

    Args:
        sources: the program. One with dependencies on GitHub is asked each time.
        profile: that it is asked under.
        question: a text that determines the answer, together with the program, the profile and the version of qdk.
        ask: returns the answer, which must be the same when it is written as JSON and read again.
        cache: the default one where it is left out.
    """
    cache = cache or default_cache()
    if cache is None or not sources.self_contained:
        return ask()
    key = cache_key(sources, profile, question, _ANSWER)
    kept = cache.get(key)
    if kept is not None:
        with contextlib.suppress(ValueError):
            found: T = json.loads(kept)
            return found
    answer = ask()
    cache.put(key, json.dumps(answer))
    return answer


def home_profile(sources: Sources) -> str:
    """Return the answer of `thread.home_profile`, from the cache if the program was loaded before.

    Raises:
        SourceError: the program compiles under no profile.
    """
    return answer_cached(sources, "", "home profile", lambda: compiler.home_profile(sources))


def compile_program(
    sources: Sources,
    profile: str,
    expression: str,
    *,
    operation: str | None = None,
    types: Sequence[QsharpType] | None = None,
) -> QirInputData:
    """Return the compiled program of an entry expression, as qdk's own ``compile`` returns it.

    Args:
        sources: the program.
        profile: the target profile, in any case.
        expression: one Q# expression, trusted.
        operation: the name of the operation that it calls, for errors.
        types: of the operation's parameters, see `thread.compile_qir`.

    Raises:
        CompileError: it does not compile for the profile.
        CompilerCrashError: the compiler panicked.
    """
    from qdk._types import QirInputData

    try:
        return QirInputData("main", compile_cached(sources, profile, expression, types=types))
    except ProgramError as error:
        # The operation is declared: the compiler does not find it where its declaration is not for the profile.
        if operation is not None and NOT_FOUND in error.codes and not _exists(sources, profile, operation):
            error = error.with_advice(LEFT_OUT, error.advice)
        raise error.at(operation=operation) from None


def _exists(sources: Sources, profile: str, operation: str) -> bool:
    fragment = f"{{ let _ = {operation}; let __probe : Unit = 0; }}"
    try:
        said = compiler.probe(sources, fragment, profile=profile_name(profile))
    except ProgramError:  # it is the whole program that is not for the profile
        return True
    return all(one.code != NOT_FOUND for one in said)


def default_cache() -> QirCache | None:
    """Return the cache that the environment names, or None when it is off."""
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
