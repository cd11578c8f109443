"""Contexts of the Q# compiler: a few, kept and disposed of by the one thread that owns them.

A qdk context may be used and dropped only by the thread that made it. Its callables point back to it, so left
alone it is garbage that only Python's cyclic collector finds, on whatever thread that runs: then it is never
freed, and a RuntimeError is printed. Hence `_dispose`, which breaks the cycles where the context lives.

A context costs about 0.2 s and 45 MB (measured, qdk 1.33.1): hence a small number of them, the least used dropped
first. It also grows, for it keeps all that it ever read: by some 100 bytes for each character of an expression that it
compiles, and 13 for one that it refuses. Hence one that has grown much is made anew.

To bind a sweep takes two of them: one for the profile of the symbolic form, which also answers for the signature, and
one for the profile of the programs. The first is dropped when the second is made, so that they do not need their memory
at the same time. One that is asked again after that is kept, so a program costs no more than a context of each kind.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import types
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

from qsharp_bridge._garbage import own_context
from qsharp_bridge.errors import CompileError, CompilerCrashError, ProgramError, SourceError
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.targets.profiles import UNRESTRICTED

from .diagnostics import declaration_at, diagnostics, summary
from .placeholders import SYMBOLIC, Placeholders

MOST_CONTEXTS = 6
MOST_GROWTH = 200_000_000  # bytes, by the estimates below
COMPILED = 100  # bytes that stay for a character that was compiled
REFUSED = 13  # and for one that was refused

Key = tuple[Sources, str, str]


class RefusedProgram(SourceError):
    """A program that does not compile under a profile, and the operation or function that the compiler refused."""

    def __init__(self, problem: str, culprit: str, *, advice: str | None = None) -> None:
        super().__init__(problem, advice=advice)
        self.culprit = culprit


class Contexts:
    """The contexts of one thread. To be made, used and closed in that thread alone."""

    def __init__(self, most: int = MOST_CONTEXTS) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Any] = OrderedDict()
        self._growth: dict[Key, int] = {}
        self._gave_way: set[int] = set()  # hashes of keys

    @contextlib.contextmanager
    def using(self, sources: Sources, profile: str, extra: str = "", growth: int = 0) -> Iterator[Any]:
        """Return the ``qdk.Context`` of a program under a profile.

        Args:
            sources: the program.
            profile: "Unrestricted", "Base" ...
            extra: Q# text evaluated after the program's own, such as the declaration of an intrinsic.
            growth: the bytes by which this use makes the context grow, estimated.

        Raises:
            SourceError: the program does not compile under that profile.
            CompileError: the compiler refused what was asked inside the ``with``.
            CompilerCrashError: the compiler panicked. This context is thrown away, the others live on.
        """
        key = (sources, profile, extra)
        with self._crashes_of(key):
            if self._growth.get(key, 0) > MOST_GROWTH:
                self._drop(key)
            context = self._kept.get(key)
            if context is None:
                context = self._make(key)
            self._kept.move_to_end(key)
            self._growth[key] = self._growth.get(key, 0) + growth + 3_000  # the least that any use costs
            # The symbolic form of a power of Doubles is a panic, which is caught, but also printed.
            powers = bool(extra) and any("^" in text for _, text in sources.files)
            with _refusals(CompileError), _without_panic_message() if powers else contextlib.nullcontext():
                yield context

    def reading(self, sources: Sources, growth: int = 0) -> contextlib.AbstractContextManager[Any]:
        """Return a context that has the declarations of a program, under whatever profile. Raises as `using`."""
        symbolic = (sources, SYMBOLIC, Placeholders.of(sources).declarations)
        _, profile, extra = symbolic if symbolic in self._kept else (sources, UNRESTRICTED, "")
        return self.using(sources, profile, extra, growth)

    def close(self) -> None:
        """Dispose of all contexts."""
        while self._kept:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        self._growth.pop(key, None)
        context = self._kept.pop(key, None)
        if context is not None:
            _dispose(context)

    def _make(self, key: Key) -> Any:
        sources, profile, extra = key
        for other in list(self._kept):
            brief = (other[0] == sources and other[2]) or (extra and other[1] == UNRESTRICTED)
            if brief and hash(other) not in self._gave_way:
                self._gave_way.add(hash(other))
                self._drop(other)
        while len(self._kept) >= self._most:
            self._drop(next(iter(self._kept)))
        # A profile may refuse the program for an operation that is not the one that is asked for.
        texts = [] if profile == UNRESTRICTED else [text for _, text in sources.files]
        if sources.project is None:
            context = _new_context(profile, sources.qdk_config)
            # Together with the last text, on its first line, so that lines keep their numbers: each evaluation analyses
            # the whole program again, in 40 ms (measured).
            parts = [*sources.texts[:-1], " ".join(filter(None, [extra, *sources.texts[-1:]]))]
        else:
            with (
                sources.unpacked() as (root, folder),
                _refusals(SourceError, sources.name, (folder, root), texts),
            ):
                context = _new_context(profile, sources.qdk_config, folder)
            parts = [extra]
        try:
            for part in parts:
                if part:
                    with _refusals(SourceError, sources.name, texts=texts):
                        context.eval(part, save_events=True)  # a program is loaded often: print nothing
        except BaseException:
            _dispose(context)  # a source that failed leaves half of its names behind
            raise
        self._kept[key] = context
        return context

    @contextlib.contextmanager
    def _crashes_of(self, key: Key) -> Iterator[None]:
        problem = None
        try:
            yield
        except BaseException as error:
            # A Rust panic arrives as pyo3_runtime.PanicException, which cannot be imported.
            if type(error).__name__ != "PanicException":
                raise
            problem = " ".join(str(error).split())[:300]
        if problem is not None:  # outside the handler: the panic's traceback holds the context
            self._drop(key)
            raise CompilerCrashError(f"the Q# compiler panicked: {problem}")


@contextlib.contextmanager
def _without_panic_message() -> Iterator[None]:
    """Keep the message that Rust prints for a panic from stderr; whatever else is written meanwhile comes after."""
    try:
        kept = os.dup(2)
    except OSError:  # a process without stderr
        yield
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            written = file.read().partition(b"\nthread '")[0]
            if written:
                os.write(2, written)


def _new_context(profile: str, config: dict[str, Any], project_root: str | None = None) -> Any:
    import qdk

    context = qdk.Context(
        target_profile=getattr(qdk.TargetProfile, profile), project_root=project_root, qdk_config=config
    )
    own_context(context)
    return context


@contextlib.contextmanager
def _refusals(
    kind: type[ProgramError], name: str = "", folders: tuple[str, ...] = (), texts: Iterable[str] = ()
) -> Iterator[None]:
    """Turn the compiler's reports into one of our errors, without the traceback, which holds the context."""
    import qdk.qsharp

    report = None
    # What is wrong with a project (its manifest, a dependency that cannot be fetched) comes as a bare Exception.
    expected = Exception if folders else qdk.qsharp.QSharpError
    try:
        yield
    except expected as error:
        report = str(error)
    if report is not None:
        for folder in folders:
            report = report.replace(folder + os.sep, "")
        problem, advice = summary(report)
        if name:
            problem = f"{name} does not compile: {problem}"
        culprit = next(filter(None, (declaration_at(report, text) for text in texts)), None)
        refused = RefusedProgram(problem, culprit, advice=advice) if culprit else kind(problem, advice=advice)
        raise refused.with_codes(one.code for one in diagnostics(report))


def _dispose(context: Any) -> None:
    """Free a context at once, even if something still refers to it."""
    context._disposed = True  # qdk's own mark: callables that were kept raise a clear error
    _strip(context.code)
    context._interpreter = None


def _strip(namespace: types.SimpleNamespace) -> None:
    for item in list(vars(namespace).values()):
        if isinstance(item, types.SimpleNamespace):
            _strip(item)
        elif isinstance(item, type):
            with contextlib.suppress(AttributeError):
                del item._qdk_context  # type: ignore[attr-defined]
        else:
            vars(item).clear()
    vars(namespace).clear()
