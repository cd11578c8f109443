"""Compiles of one program for one profile: here, or on an executor's workers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from functools import partial

from qsharp_bridge.errors import BridgeError, CompilerCrashError, ProgramError, QsharpValueError
from qsharp_bridge.parallel.executors import error_line, submit
from qsharp_bridge.programs.compiler.cache import compile_cached
from qsharp_bridge.programs.compiler.placeholders import SYMBOLIC, Placeholders
from qsharp_bridge.programs.compiler.thread import plain_types
from qsharp_bridge.programs.signature import Signature
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.qir.entry import Function, parse_entry
from qsharp_bridge.qir.flow import UnknownShape
from qsharp_bridge.syntax.types import consists_of
from qsharp_bridge.targets.profiles import profile_name

from .config import differing_config
from .skeleton import Skeleton
from .symbolic.angles import with_integer_angles
from .symbolic.regions import block_of, divide, shares, symbolic_expression

_NOT_FINITE = re.compile(r"\bdouble (?:NaN|-?inf)\b|\[(?:NaN|-?inf), %")


class ExecutorError(CompilerCrashError):
    """Error of an executor whose workers died or could not do the work: it says nothing about the program."""


@dataclass(frozen=True)
class CompiledForm:
    """Compiled symbolic form of a structure.

    Attributes:
        function: its entry point.
        characters: of its text.
        compiles: how many it took: none where one for several structures is counted with another.
    """

    function: Function
    characters: int
    compiles: int = 1


class Compiling:
    """Compiler of one program for one profile, in this process or on an executor.

    Args:
        sources: the program.
        profile: the target profile, in any case.
        executor: runs the compiles; None for this process.
        signature: of the operation that the expressions call, where their literals are of its types.

    Attributes:
        sources: the program.
        profile: the target profile's own name.
        done: how many compiles the executor has done.
        parameter: an operation's name that the program does not use.
        differs: why the target may get other code than the symbolic form, or "".
        integer_angles: the program in another form, where it has angles of OpenQASM: see `angles`.
    """

    def __init__(
        self,
        sources: Sources,
        profile: str,
        executor: Executor | None = None,
        signature: Signature | None = None,
    ) -> None:
        self._types = None if signature is None else plain_types(signature)
        self._together = signature is not None and consists_of(signature.output, {"Result", "Unit"})
        self._forms: dict[Skeleton, CompiledForm] = {}
        self.sources = sources
        self.profile = profile_name(profile)
        self.executor = executor
        self.done = 0
        self._placeholders = Placeholders.of(sources)
        self.parameter = self._placeholders.parameter
        self.differs = differing_config(sources, self.profile)
        self.integer_angles = with_integer_angles(sources)

    def symbolic(self, skeleton: Skeleton) -> CompiledForm:
        """Return the program with an intrinsic operation in the place of every Double.

        Raises:
            CompileError, CompilerCrashError: the compiler has no such form.
            UnknownShape: it is of a shape not known here.
        """
        found = self._forms.pop(skeleton, None)
        if found is None:
            qir = self._compile_symbolic(symbolic_expression(skeleton, self.parameter))
            found = CompiledForm(parse_entry(qir), len(qir))
        return found

    def symbolic_together(self, skeletons: Sequence[Skeleton]) -> None:
        """Compile the symbolic forms of several structures at once, for `symbolic` to return.

        Where that is not possible, or one of them has no such form, they are compiled one by one.
        """
        if self.differs or not self._together:
            return
        for part in shares([one for one in skeletons if one.doubles]):
            try:
                qir = self._compile_symbolic(block_of(part, self.parameter, self._placeholders.mark))
                functions = divide(parse_entry(qir), self._placeholders.mark, len(part))
            except (ProgramError, UnknownShape):
                continue
            for number, (skeleton, function) in enumerate(zip(part, functions, strict=True)):
                self._forms[skeleton] = CompiledForm(function, len(qir) // len(part), compiles=int(number == 0))

    def _compile_symbolic(self, expression: str) -> str:
        sources = self.integer_angles or self.sources
        return compile_cached(sources, SYMBOLIC, expression, extra=self._placeholders.declarations)

    def submit(self, expression: str) -> Future[str]:
        """Start to compile an expression for the target profile."""
        future: Future[str] = Future()
        try:
            if self.executor is not None:
                compiled = partial(compile_cached, types=self._types)
                future = submit(self.executor, compiled, self.sources, self.profile, expression)
                future.add_done_callback(self._count)
                return future
            future.set_result(compile_cached(self.sources, self.profile, expression, types=self._types))
        except BaseException as error:
            if not isinstance(error, Exception):
                raise
            future.set_exception(error.with_traceback(None))
        return future

    def direct(self, expression: str) -> str:
        """Compile an expression for the target profile, and wait for it."""
        return self.result(self.submit(expression))

    def result(self, future: Future[str]) -> str:
        """Return the QIR of a compile that was submitted.

        Raises:
            CompileError: it does not compile.
            QsharpValueError: it compiles to a NaN or an infinity, which no QIR reader takes.
            CompilerCrashError: the compiler panicked; `ExecutorError` where the worker that it ran on is gone.
        """
        try:
            qir = future.result()
        except BridgeError:
            raise
        except Exception as error:
            if self.executor is None:
                raise
            raise self._lost(error) from None
        if _NOT_FINITE.search(qir):
            raise not_finite()
        return qir

    def _count(self, future: Future[str]) -> None:
        self.done += not future.cancelled() and future.exception() is None

    def _lost(self, error: Exception) -> ExecutorError:
        so_far = f"{self.done or 'no'} program{'s' if self.done != 1 else ''} had been compiled"
        why = error_line(error)
        # That of Dask by name: it gives the work of a dead worker to others, and says this when they died, too.
        if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
            return ExecutorError(
                f"a worker process of the executor was killed, {so_far}: {why}",
                advice="it may have lacked memory: use fewer workers, and a new executor if it was a process pool; "
                "what had been compiled is not compiled again unless the cache is off",
            )
        if isinstance(error, CancelledError) or (isinstance(error, RuntimeError) and "shutdown" in why):
            return ExecutorError(
                f"the executor was shut down, {so_far}", advice="make a new one, and keep it open while the sweep runs"
            )
        return ExecutorError(
            f"the executor could not do it, {so_far}: {type(error).__name__}: {why}",
            advice="its workers need the same packages as this process; or leave out executor=",
        )


def not_finite() -> QsharpValueError:
    """Return the error of a point at which the program holds a NaN or an infinity."""
    return QsharpValueError(
        "an angle or another Double of the program is not a finite number here",
        advice="QIR has no NaN and no infinity: leave the point out, or guard the expression in Q#",
    )
