"""The thread of the Q# compiler: all compiling goes through it.

A qdk context belongs to the thread that made it, and compiling holds the interpreter lock, so several threads
would gain nothing: one daemon thread in the process owns all contexts, and all work is sent to it. The functions
may be called from any thread, in a forked child, and in worker processes.

    compile_qir(sources, "Base", "Main()")      QIR text
    probe(sources, fragment)                    what the compiler says of a fragment, without running it
    submit(work)                                anything else, as a Future
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import json
import math
import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from qsharp_bridge.errors import BridgeError, CompileError, CompilerCrashError, SourceError
from qsharp_bridge.programs.signature import Signature
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.syntax import ArrayType, Primitive, QsharpType
from qsharp_bridge.syntax.types import consists_of
from qsharp_bridge.targets.profiles import PROFILES, UNRESTRICTED, profile_name

from .contexts import COMPILED, REFUSED, Contexts, RefusedProgram
from .diagnostics import EVALUATION_FAILED, NOT_AVAILABLE, NOT_FOUND, Diagnostic, diagnostics
from .placeholders import SYMBOLIC, Placeholders

T = TypeVar("T")
_Task = tuple[Callable[[Contexts], Any], Future[Any]]

_STACK = 64 * 1024 * 1024  # bytes: the compiler recurses over the source, and an overflow kills the process
_PLAIN: dict[str, type] = {"Bool": bool, "Int": int, "Double": float}
_PLAIN_OUTPUTS = frozenset({*_PLAIN, "Result", "Unit"})
_EVALUATION, _FAILED = "partial evaluation failed with error: ", "program failed: "  # before what went wrong
_other_profiles: dict[tuple[Sources, str, str], str | None] = {}
_END_WAIT = 5.0  # seconds that the end of the process waits for the compiler to put its contexts away


class _CompilerThread:
    """A daemon thread and its queue. Only the thread's own frames ever refer to the contexts."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        before = threading.stack_size(_STACK)
        try:
            self.thread = threading.Thread(target=self._serve, name="qsharp-compiler", daemon=True)
            self.thread.start()
        finally:
            threading.stack_size(before)

    def submit(self, work: Callable[[Contexts], T]) -> Future[T]:
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future

    def stop(self) -> None:
        self._queue.put(None)
        self.thread.join(_END_WAIT)

    def _serve(self) -> None:
        contexts = Contexts()
        while (task := self._queue.get()) is not None:
            # The cyclic collector runs on whatever thread allocates. Were it this one, it could drop contexts that
            # the user made elsewhere, which only their own thread may do; so not while this thread allocates.
            collecting = gc.isenabled()
            gc.disable()
            _perform(*task, contexts)
            del task  # an idle thread must not keep the caller's things alive
            if collecting:
                gc.enable()
        contexts.close()


def _perform(work: Callable[[Contexts], Any], future: Future[Any], contexts: Contexts) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work(contexts)
    except BridgeError as error:
        # A traceback would keep this thread's frames, and with them contexts, alive in other threads.
        error.__context__ = error.__cause__ = None
        future.set_exception(error.with_traceback(None))
    except BaseException as error:  # a defect of ours: the caller sees it, the thread lives on
        future.set_exception(error)
    else:
        future.set_result(result)


_lock = threading.Lock()
_current: _CompilerThread | None = None


def _compiler() -> _CompilerThread:
    global _current
    if _current is None:
        with _lock:
            if _current is None:
                _current = _CompilerThread()
    return _current


def _forget() -> None:
    """Forget the thread in a forked child. It is gone; its contexts stay in its dead frames, never dropped."""
    global _current, _lock
    _current, _lock = None, threading.Lock()


def _end() -> None:
    if _current is not None:
        _current.stop()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
atexit.register(_end)


def submit(work: Callable[[Contexts], T]) -> Future[T]:
    """Run ``work(contexts)`` on the compiler's thread. No context may escape from it."""
    if _current is not None and threading.current_thread() is _current.thread:
        raise RuntimeError("the compiler's thread cannot wait for itself")
    return _compiler().submit(work)


def run(work: Callable[[Contexts], T]) -> T:
    """Wait for the result of `submit`. Control-C stops the waiting, and the work if it has not begun."""
    future = submit(work)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def compile_qir(
    sources: Sources, profile: str, expression: str, *, extra: str = "", types: Sequence[QsharpType] | None = None
) -> str:
    """Return the QIR text of an entry expression: exactly what qdk's own compile gives.

    Args:
        sources: the program.
        profile: the target profile, see `profiles.profile_name`.
        expression: one Q# expression, trusted. About 50 ms, and 0.2 s for the first of a program and profile.
        extra: Q# text to add to the program, such as the declaration of an intrinsic operation.
        types: of the parameters, where the expression calls a callable of the program, see `plain_types`: it may
            then be compiled by the callable form of qdk, which takes less time.

    Raises:
        CompileError: the program or the expression does not compile for the profile.
        CompilerCrashError: the compiler panicked.
    """
    name = profile_name(profile)

    call = None if types is None or _only_by_expression(sources) else _plain_call(expression, types)

    def work(contexts: Contexts, call: tuple[list[str], list[Any]] | None) -> str:
        with contexts.using(sources, name, extra, COMPILED * len(expression)) as context:
            if call is not None:
                with contextlib.suppress(Exception):  # what the expression says, then
                    return str(context.compile(functools.reduce(getattr, call[0], context.code), *call[1]))
            return str(context.compile(expression))

    try:
        if call is not None:
            with contextlib.suppress(CompilerCrashError):  # the callable form panics where the expression does not
                return run(functools.partial(work, call=call))
        return run(functools.partial(work, call=None))
    except (CompileError, SourceError) as error:
        problem, advice = error.problem.removeprefix(f"{sources.name} does not compile: "), error.advice
        codes = error.codes
        called = expression.partition("(")[0].rpartition(".")[2]
        if isinstance(error, RefusedProgram) and error.culprit != called:
            problem = f"{error.culprit}, which is part of the program: {problem}"
    if EVALUATION_FAILED in codes:  # under any profile
        said = (problem.partition(_EVALUATION)[2] or problem).removeprefix(_FAILED)
        raise CompileError(f"the program fails: {said}").with_codes(codes)
    if not extra:
        advice = _with_profile(sources, name, expression, problem, advice)
    raise CompileError(f"it does not compile for the profile {name}: {problem}", advice=advice).with_codes(codes)


def _only_by_expression(sources: Sources) -> bool:
    """Check for what the callable form of qdk does otherwise, by its name in the text.

    ``@Config`` may choose a callable of other types than those found under another profile, and an intrinsic operation
    or a test as the callable is a panic.
    """
    words = ("Config", "intrinsic", "SimulatableIntrinsic", "Test")
    return not sources.self_contained or any(word in text for _, text in sources.files for word in words)


def plain_types(signature: Signature) -> tuple[QsharpType, ...] | None:
    """Return the ``types`` of `compile_qir` for calls of an operation, or None where its output is not plain.

    A struct as the output is refused by the expression under Adaptive_RIF, and taken by the callable form.
    """
    return tuple(one.type for one in signature.parameters) if consists_of(signature.output, _PLAIN_OUTPUTS) else None


def _plain_call(expression: str, types: Sequence[QsharpType]) -> tuple[list[str], list[Any]] | None:
    """Return the path of a callable and the values that an expression calls it with, or None where they are not plain.

    Plain are Bools, Ints, Doubles and arrays of them that are not empty. For values of the parameters' own types qdk's
    callable form gives the same program as the expression, byte for byte (the tests compare many), in three quarters
    of the time. It takes an Int for a Double, too, and Q# does not: hence the types.

    >>> _plain_call("Main.Turn(2, [0.5, -1e-07])", [Primitive("Int"), ArrayType(Primitive("Double"))])
    (['Main', 'Turn'], [2, [0.5, -1e-07]])
    >>> _plain_call("Turn(2)", [Primitive("Double")])
    """
    name, _, arguments = expression.partition("(")
    try:
        values = json.loads(f"[{arguments.removesuffix(')')}]")
    except ValueError:
        return None
    plain = len(values) == len(types) and all(map(_fits, values, types))
    return (name.split("."), values) if plain else None


def _fits(value: Any, type_: QsharpType) -> bool:
    if isinstance(type_, ArrayType):
        return isinstance(value, list) and value != [] and all(_fits(one, type_.element) for one in value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return False
    plain = isinstance(type_, Primitive) and type(value) is _PLAIN.get(type_.name)
    return plain and math.isfinite(value)


def _with_profile(sources: Sources, profile: str, expression: str, problem: str, advice: str | None) -> str | None:
    """Return the advice with the least able profile that the program does compile for, if any."""
    key = (sources, profile, problem)
    if key not in _other_profiles:  # a sweep may fail in the same way at many points
        if len(_other_profiles) > 100:
            _other_profiles.clear()
        _other_profiles[key] = _more_able(sources, profile, expression)
    other = _other_profiles[key]
    if other is None:
        return advice
    return f'{advice + "; " if advice else ""}it compiles with profile="{other}", which LocalSimulator runs, too'


def _more_able(sources: Sources, profile: str, expression: str) -> str | None:
    def work(contexts: Contexts, other: str) -> None:
        with contexts.using(sources, other, growth=COMPILED * len(expression)) as context:
            context.compile(expression)

    for other in PROFILES[PROFILES.index(profile) + 1 :]:
        try:
            run(functools.partial(work, other=other))
        except (CompileError, SourceError):
            continue
        except CompilerCrashError:
            return None
        return other
    return None


def probe(sources: Sources, fragment: str, *, profile: str = UNRESTRICTED, declared: bool = False) -> list[Diagnostic]:
    """Return the compiler's diagnostics of a Q# fragment that cannot compile.

    The caller writes a fragment with a deliberate error in it, such as ``{ let _ : Unit = Foo; }``: nothing
    runs, nothing is added to the program, and it costs some 20 microseconds.

    Args:
        sources: the program.
        fragment: such a text.
        profile: the target profile, or "Unrestricted".
        declared: whether the fragment asks for nothing but the types of the program's own declarations. Then a context
            of another profile may answer for "Unrestricted".

    Raises:
        SourceError: the program itself does not compile under the profile.
        CompilerCrashError: the compiler panicked.
    """
    import qdk.qsharp

    def work(contexts: Contexts) -> list[Diagnostic]:
        growth = REFUSED * len(fragment)
        reads = declared and profile == UNRESTRICTED
        with contexts.reading(sources, growth) if reads else contexts.using(sources, profile, "", growth) as context:
            try:
                context.eval(fragment)
            except qdk.qsharp.QSharpError as error:
                return diagnostics(str(error))
        raise AssertionError(f"the probe must not compile: {fragment}")

    return run(work)


def home_profile(sources: Sources) -> str:
    """Return the most able profile that a program compiles under: nearly always Unrestricted.

    Only a program with ``@Config`` can need less: a callable that exists under Base alone, for example.

    Raises:
        SourceError: it compiles under none.
    """
    if sources.self_contained and not any("Config" in text for _, text in sources.files):
        # What compiles for one profile compiles for the more able ones, and a sweep needs this context next.
        with contextlib.suppress(SourceError, CompilerCrashError):
            run(lambda contexts: _load(contexts, sources, SYMBOLIC, Placeholders.of(sources).declarations))
            return UNRESTRICTED
    first: SourceError | None = None
    for profile in (UNRESTRICTED, *reversed(PROFILES)):
        try:
            run(lambda contexts, profile=profile: _load(contexts, sources, profile))  # type: ignore[misc]
        except SourceError as error:
            first = first or error
            if not {NOT_FOUND, NOT_AVAILABLE} & set(error.codes):
                break
        else:
            return profile
    assert first is not None
    raise first


def _load(contexts: Contexts, sources: Sources, profile: str, extra: str = "") -> None:
    with contexts.using(sources, profile, extra):
        pass
