"""The errors of qsharp_bridge.

    BridgeError                         base class of all errors
    ├── QsharpValueError (ValueError)       a value of the right kind that Q# cannot hold: nan, 2**63 as Int
    ├── QsharpTypeError (TypeError)         a value of the wrong kind: a float for an Int, a set, a Qubit
    ├── TypeSyntaxError (ValueError)        a text that is not a Q# type
    ├── LiteralSyntaxError (ValueError)     a text that is no Q# literal as this package prints them
    ├── TemplateError (ValueError)          an entry template that cannot be parsed or rendered
    ├── ProgramError                        a fault of a Q# program
    │   ├── SourceError                         source that does not compile or cannot be read
    │   ├── UnknownOperationError (LookupError) an operation that the program does not have
    │   ├── ArgumentError (TypeError)           a missing, extra or doubled argument
    │   ├── CompileError                        an operation that does not compile for the target profile
    │   └── CompilerCrashError                  a panic of the compiler
    ├── SimulationError                     a QIR program that cannot be simulated
    │   ├── UnsupportedQirError                 an instruction that the simulators do not have, or malformed QIR
    │   └── SimulationLimitError                a program that is too large for this machine
    ├── SweepError (ValueError)             a sweep or plan that is not valid
    │   └── SweepFileError                      a sweep file with several faults
    ├── RunError                            a fault of a run on a target
    │   ├── TargetError                         a target that is unknown, unavailable, or too small for the program
    │   │   └── SchedulerError                      a scheduler of a Dask cluster that does not answer
    │   ├── BudgetError                         a run that would cost more than its budget
    │   ├── SessionEndedError                   a session that takes no more jobs
    │   ├── ServiceError                        a refusal of the service, or no connection to it
    │   ├── JournalError                        a journal that is damaged, locked, or of another sweep
    │   └── ResultFormatError (ValueError)      a result that cannot be read
    └── MissingExtraError (ImportError)     an optional package that is not installed

An error message has the problem, its place, and what to do. The layers add to the place: the literal layer knows the
path inside the value, the operation knows the parameter, and the sweep knows the point.

    >>> error = QsharpValueError("nan is not a finite Double", path="[1]")
    >>> print(error.under("angle").at(operation="GenerateRandomBits", point=7))
    GenerateRandomBits, point 7: angle[1]: nan is not a finite Double
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Self, TypeVar

__all__ = [
    "ArgumentError",
    "BridgeError",
    "BudgetError",
    "CompileError",
    "CompilerCrashError",
    "JournalError",
    "LiteralSyntaxError",
    "MissingExtraError",
    "ProgramError",
    "QsharpTypeError",
    "QsharpValueError",
    "ResultFormatError",
    "RunError",
    "SchedulerError",
    "ServiceError",
    "SessionEndedError",
    "SimulationError",
    "SimulationLimitError",
    "SourceError",
    "SweepError",
    "SweepFileError",
    "TargetError",
    "TemplateError",
    "TypeSyntaxError",
    "UnknownOperationError",
    "UnsupportedQirError",
    "without_credentials",
]


_Error = TypeVar("_Error", bound="BridgeError")


class BridgeError(Exception):
    """The base class of all errors of this package.

    Attributes:
        problem: the problem, in one sentence without a full stop.
        path: the path of the element inside a value: ``angle[3][1]``, ``point.X``; or "".
        operation: the name of the Q# operation, or None.
        point: the index of the point of the sweep, from 0, or None.
        advice: what to do about the problem, or None.

    >>> error = BridgeError("too large", path="n", operation="Main", advice="use a smaller n")
    >>> print(error.at(point=3))
    Main, point 3: n: too large; use a smaller n
    """

    def __init__(
        self,
        problem: str,
        *,
        path: str = "",
        operation: str | None = None,
        point: int | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path
        self.operation = operation
        self.point = point
        self.advice = advice

    def under(self, prefix: str) -> Self:
        """Return a copy of this error with its path below ``prefix``: "[1]" under "angle" is "angle[1]".

        Args:
            prefix: the path of the container, such as a parameter's name or ``[3]``.
        """
        return self._with(path=prefix + self.path)

    def at(self, *, operation: str | None = None, point: int | None = None) -> Self:
        """Return a copy of this error with the operation or the point of the sweep, if it does not have them yet.

        Args:
            operation: the name of the Q# operation.
            point: the index of the point, from 0.
        """
        return self._with(
            operation=operation if self.operation is None else self.operation,
            point=point if self.point is None else self.point,
        )

    def with_advice(self, *advice: str | None) -> Self:
        """Return a copy of this error with other advice.

        Args:
            advice: sentences, which are joined by ``; ``. ``self.advice`` may be one of them; None and "" are skipped.

        >>> error = BridgeError("too large", advice="use a smaller n")
        >>> print(error.with_advice(error.advice, "or another target"))
        too large; use a smaller n; or another target
        """
        return self._with(advice="; ".join(filter(None, advice)) or None)

    def _with(self, **changes: Any) -> Self:
        # A new error, since a future or another point of the sweep may hold this one.
        changed = _restore(type(self), {**self._state(), **changes})
        changed.__cause__, changed.__suppress_context__ = self.__cause__, True
        return changed.with_traceback(self.__traceback__)

    def __str__(self) -> str:
        where = [self.operation] if self.operation else []
        if self.point is not None:
            where.append(f"point {self.point}")
        parts = [", ".join(where), self.path, self.problem]
        text = ": ".join(part for part in parts if part)
        return f"{text}; {self.advice}" if self.advice else text

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors keep all attributes when they are pickled, for worker processes and clusters.
        return _restore, (type(self), self._state())

    def _state(self) -> dict[str, Any]:
        return {**self.__dict__, "path": self.path}  # an ImportError stores its path outside of __dict__


def _restore(kind: type[_Error], state: dict[str, Any]) -> _Error:
    error = kind.__new__(kind)
    Exception.__init__(error, state.get("problem", ""))
    for name, value in state.items():
        setattr(error, name, value)
    return error


class QsharpValueError(BridgeError, ValueError):
    """A value of the right kind that Q# cannot hold: nan, infinity, 2**63 as an Int, a lone surrogate.

    >>> from qsharp_bridge import to_qsharp
    >>> try:
    ...     to_qsharp([1.0, float("nan")], root="angle")
    ... except QsharpValueError as error:
    ...     error.path
    'angle[1]'
    """


class QsharpTypeError(BridgeError, TypeError):
    """A value of the wrong kind for the Q# type: a float for an Int, a set, anything for a Qubit.

    >>> from qsharp_bridge import to_qsharp
    >>> try:
    ...     to_qsharp(1.5, "Int")
    ... except QsharpTypeError as error:
    ...     error.problem.startswith("1.5 is a Double, not an Int")
    True
    """


class TypeSyntaxError(BridgeError, ValueError):
    """A text that is not a Q# type.

    >>> qb.parse_type("Int[")
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.TypeSyntaxError: 'Int[' is not a Q# type: expected ']', found the end at position 4; ...
    """


class LiteralSyntaxError(BridgeError, ValueError):
    """A text that is no Q# literal as this package prints them.

    >>> qb.from_qsharp("1 + 1")
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.LiteralSyntaxError: not a literal that to_qsharp writes: expected the end, found '+' ...
    """


class TemplateError(BridgeError, ValueError):
    """An entry template that cannot be parsed or rendered.

    >>> qb.EntryTemplate("F({{ x }})").render()
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.TemplateError: 'x' is undefined
    """


class ProgramError(BridgeError):
    """A fault of a Q# program.

    Attributes:
        codes: the codes of the compiler's errors, in order, such as "Qdk.Qsc.Resolve.NotFound"; often none.

    >>> try:
    ...     qb.Program.from_file("nothing.qs")
    ... except ProgramError as error:
    ...     print(type(error).__name__)
    SourceError
    """

    codes: tuple[str, ...] = ()

    def with_codes(self, codes: Iterable[str]) -> Self:
        """Return a copy of this error with the codes of the compiler.

        Args:
            codes: the codes, such as "Qdk.Qsc.Resolve.NotFound".

        >>> CompileError("no such name").with_codes(["Qdk.Qsc.Resolve.NotFound"]).codes
        ('Qdk.Qsc.Resolve.NotFound',)
        """
        return self._with(codes=tuple(codes))


class SourceError(ProgramError):
    """Q# source that does not compile, or a file or project that cannot be read.

    >>> qb.Program.from_source("operation Flip() : Result { M(q) }")
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.SourceError: source does not compile: name error: `q` not found, at line 1, column 31: ...
    """


class UnknownOperationError(ProgramError, LookupError):
    """The program has no operation or function of that name.

    >>> qb.Program.from_source("operation Flip() : Unit {}").operation("Flop")
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.UnknownOperationError: source has no operation 'Flop'; did you mean Flip?
    """


class ArgumentError(ProgramError, TypeError):
    """A missing, extra or doubled argument of an operation.

    >>> qb.Program.from_source("function Twice(x : Int) : Int { 2 * x }").operation("Twice").expression()
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.ArgumentError: Twice: argument missing: 'x'; it is declared as Twice(x : Int) : Int
    """


class CompileError(ProgramError):
    """The operation does not compile for the requested target profile.

    >>> source = "operation Half() : Double { use q = Qubit(); Reset(q); 0.5 }"
    >>> qb.Program.from_source(source).operation("Half").compile(profile="Base")
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.CompileError: Half: it does not compile for the profile Base: cannot use a double ...
    """


class CompilerCrashError(ProgramError):
    """The Q# compiler panicked. Its context is not used again; other programs are not affected.

    >>> print(CompilerCrashError("the Q# compiler panicked: index out of bounds", operation="Main", point=3))
    Main, point 3: the Q# compiler panicked: index out of bounds
    """


class SimulationError(BridgeError):
    """A QIR program that cannot be simulated on this machine.

    >>> qb.LocalSimulator().run("", shots=-1)
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.SimulationError: point 0: shots is -1; give an integer from 0
    """


class UnsupportedQirError(SimulationError):
    """QIR that is malformed, or has an instruction that the simulators do not support.

    >>> qb.LocalSimulator().run("define void @main() {", shots=1)
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.UnsupportedQirError: point 0: malformed QIR: ...
    """


class SimulationLimitError(SimulationError):
    """A program that needs more qubits or memory than there are.

    >>> source = "operation Many() : Result[] { use q = Qubit[60]; Std.Canon.ApplyQFT(q); MResetEachZ(q) }"
    >>> program = qb.Program.from_source(source)
    >>> qb.LocalSimulator().run(str(program.compile("Many()")), shots=1)
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.SimulationLimitError: point 0: a state of 60 qubits needs 16 * 2**60 bytes; ...
    """


class SweepError(BridgeError, ValueError):
    """A sweep that is not valid, or does not fit its operation.

    >>> qb.Sweep.zip(a=[1, 2], b=[1])
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.SweepError: zip needs lists of one length: a has 2, b has 1
    """


class SweepFileError(SweepError):
    """A sweep file with several faults.

    Attributes:
        faults: one error for each fault, with its path in the file.

    >>> from qsharp_bridge.errors import SweepFileError
    >>> faults = [SweepError("unknown key 'shot'"), SweepError("there are no values", path="parameters.x")]
    >>> print(SweepFileError(faults))
    2 faults: unknown key 'shot' | parameters.x: there are no values
    """

    def __init__(self, faults: Sequence[BridgeError], *, path: str = "") -> None:
        super().__init__(f"{len(faults)} faults: {' | '.join(map(str, faults))}", path=path)
        self.faults = tuple(faults)


class RunError(BridgeError):
    """A fault of a run on a target.

    >>> try:
    ...     qb.resume_sweep("nothing.db", qb.LocalSimulator())
    ... except RunError as error:
    ...     print(type(error).__name__)
    JournalError
    """


class TargetError(RunError):
    """The target is unknown or unavailable, or too small for the program.

    >>> source = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"
    >>> op = qb.Program.from_source(source).operation("Flip")
    >>> qb.run_sweep(op, qb.Sweep.points([{}]), "ionq.simulator")
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.TargetError: 'ionq.simulator' is not a target; use ...
    """


class SchedulerError(TargetError):
    """The scheduler of a Dask cluster does not answer, or the connection to it broke and the running tasks are lost.

    >>> qb.dask_executor("tcp://127.0.0.1:9", timeout=0.1)
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.SchedulerError: no Dask scheduler at tcp://127.0.0.1:9...
    """


class BudgetError(RunError):
    """The run would cost more than its budget.

    >>> source = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"
    >>> op = qb.Program.from_source(source).operation("Flip")
    >>> with qb.connect("local") as workspace:
    ...     target = workspace.get_targets("quantinuum.qpu.h2-1")
    ...     qb.run_sweep(op, qb.Sweep.points([{}]), target, shots=100, budget=1)
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.BudgetError: Flip: ... would cost 5.32 HQC ..., over the budget of 1 HQC; ...
    """


class SessionEndedError(RunError):
    """The session has ended and takes no more jobs.

    >>> source = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"
    >>> op = qb.Program.from_source(source).operation("Flip")
    >>> with qb.connect("local") as workspace:
    ...     target = workspace.get_targets("ionq.simulator")
    ...     with qb.HybridSession(op, target, shots=1, link_sessions=False) as session:
    ...         counts = session()
    ...         workspace.get_session(session.results.session_ids[0]).close()  # by another client
    ...         counts = session()
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.SessionEndedError: session ... has ended (Succeeded) with points left; ...
    """


class ServiceError(RunError):
    """The service refused a request, or could not be reached.

    >>> with qb.connect("local") as workspace:
    ...     qb.sessions.show(workspace, "none")
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.ServiceError: there is no session none; list_sessions(workspace) or ...
    """


class JournalError(RunError):
    """The journal belongs to another sweep, is damaged, or is in use.

    >>> qb.resume_sweep("nothing.db", qb.LocalSimulator())
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.JournalError: there is no journal nothing.db
    """


class ResultFormatError(RunError, ValueError):
    """A result of the service, or a file of results, cannot be read.

    >>> qb.SweepResults.from_json("{}")
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.ResultFormatError: not the results of a sweep: ...
    """


class MissingExtraError(BridgeError, ImportError):  # type: ignore[misc]  # ImportError.path is str | None
    """An optional package is not installed; the advice is the line that installs it.

    >>> from unittest.mock import patch
    >>> with patch.dict("sys.modules", {"distributed": None}):  # as if Dask were not installed
    ...     qb.dask_executor("tcp://127.0.0.1:8786")
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.MissingExtraError: this needs distributed; pip install "qsharp-bridge[dask]"
    """


def without_credentials(text: str) -> str:
    """Return a text without the user names and passwords of the URLs in it.

    Args:
        text: any text, such as an error of a client.

    >>> without_credentials("no service answers at https://me:secret@127.0.0.1:8400/")
    'no service answers at https://127.0.0.1:8400/'
    """
    return re.sub(r"\S+", lambda word: _without_user(word[0]), text)


def _without_user(word: str) -> str:
    scheme, separator, rest = word.partition("://")
    return scheme + separator + rest.rpartition("@")[2] if separator else word
