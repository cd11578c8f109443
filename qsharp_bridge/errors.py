"""Everything that qsharp_bridge raises on purpose.

    BridgeError                         catches all of it
    ├── QsharpValueError (ValueError)       a value of the right kind that Q# cannot hold: nan, 2**63 as Int
    ├── QsharpTypeError (TypeError)         a value of the wrong kind: a float for an Int, a set, a Qubit
    ├── TypeSyntaxError (ValueError)        a text that is no Q# type
    ├── LiteralSyntaxError (ValueError)     a text that is no literal of our own printing
    ├── TemplateError (ValueError)          an entry template that cannot be rendered
    ├── ProgramError                        a Q# program
    │   ├── SourceError                         that does not compile, or cannot be read
    │   ├── UnknownOperationError (LookupError) without the operation asked for
    │   ├── ArgumentError (TypeError)           called with a missing, extra or doubled argument
    │   ├── CompileError                        that does not compile for the target profile
    │   └── CompilerCrashError                  that made the compiler panic
    ├── SimulationError                     a QIR program
    │   ├── UnsupportedQirError                 with an instruction the simulators do not know
    │   └── SimulationLimitError                too large for this machine
    ├── SweepError (ValueError)             a sweep or plan that makes no sense
    ├── RunError                            a run against a target
    │   ├── TargetError                         unknown, unavailable, or too small for the program
    │   ├── BudgetError                         would cost more than was allowed
    │   ├── SessionEndedError                   the session no longer takes jobs
    │   ├── ServiceError                        the service refused or could not be reached
    │   ├── JournalError                        the journal is foreign, damaged or locked
    │   └── ResultFormatError (ValueError)      a result that cannot be read
    └── MissingExtraError (ImportError)     an optional package is not installed

An error says what was wrong, where, and what to do. *Where* is filled in on the way up: the literal layer knows
the path inside the value, the operation knows the parameter, the sweep knows the point.

    >>> error = QsharpValueError("nan is not a finite Double", path="[1]")
    >>> print(error.under("angle").at(operation="GenerateRandomBits", point=7))
    GenerateRandomBits, point 7: angle[1]: nan is not a finite Double
"""

from __future__ import annotations

from typing import Any, Self

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
    "ServiceError",
    "SessionEndedError",
    "SimulationError",
    "SimulationLimitError",
    "SourceError",
    "SweepError",
    "TargetError",
    "TemplateError",
    "TypeSyntaxError",
    "UnknownOperationError",
    "UnsupportedQirError",
]


class BridgeError(Exception):
    """The base of every error of this package.

    Attributes:
        problem: what was wrong, one sentence without a full stop.
        path: the element inside a value, as a reader would write it: ``angle[3][1]``, ``point.X``; or "".
        operation: the Q# operation concerned, or None.
        point: the index of the point of the sweep, from 0, or None.
        advice: what to do about it, or None.

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
        """This error, its path put below ``prefix``: "[1]" under "angle" is "angle[1]"."""
        self.path = prefix + self.path
        return self

    def at(self, *, operation: str | None = None, point: int | None = None) -> Self:
        """This error with the operation or the point of the sweep, where they are not known yet."""
        if self.operation is None:
            self.operation = operation
        if self.point is None:
            self.point = point
        return self

    def __str__(self) -> str:
        where = [self.operation] if self.operation else []
        if self.point is not None:
            where.append(f"point {self.point}")
        parts = [", ".join(where), self.path, self.problem]
        text = ": ".join(part for part in parts if part)
        return f"{text}; {self.advice}" if self.advice else text

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process boundaries (worker processes, clusters) with all that they know.
        return _restore, (type(self), self.__dict__.copy())


def _restore(kind: type[BridgeError], state: dict[str, Any]) -> BridgeError:
    error = kind.__new__(kind)
    Exception.__init__(error, state.get("problem", ""))
    error.__dict__.update(state)
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
    """A text that is no Q# type."""


class LiteralSyntaxError(BridgeError, ValueError):
    """A text that is no Q# literal as this package prints them."""


class TemplateError(BridgeError, ValueError):
    """An entry template that cannot be parsed or rendered."""


class ProgramError(BridgeError):
    """Something about a Q# program."""


class SourceError(ProgramError):
    """Q# source that does not compile, or a file or project that cannot be read."""


class UnknownOperationError(ProgramError, LookupError):
    """The program has no operation or function of that name."""


class ArgumentError(ProgramError, TypeError):
    """A missing, extra or doubled argument of an operation."""


class CompileError(ProgramError):
    """The operation does not compile for the target profile asked for."""


class CompilerCrashError(ProgramError):
    """The Q# compiler panicked. Its context was thrown away; other programs are not affected."""


class SimulationError(BridgeError):
    """A QIR program that cannot be simulated here."""


class UnsupportedQirError(SimulationError):
    """QIR that is malformed, or has an instruction that the simulators do not know."""


class SimulationLimitError(SimulationError):
    """A program that needs more qubits or memory than there are."""


class SweepError(BridgeError, ValueError):
    """A sweep that makes no sense, or does not fit its operation."""


class RunError(BridgeError):
    """Something about running a sweep against a target."""


class TargetError(RunError):
    """The target is unknown or unavailable, or the program exceeds what it can run."""


class BudgetError(RunError):
    """The run would cost more than the budget allows."""


class SessionEndedError(RunError):
    """The session has ended and takes no more jobs."""


class ServiceError(RunError):
    """The service refused a request, or could not be reached."""


class JournalError(RunError):
    """The journal belongs to another sweep, is damaged, or is in use."""


class ResultFormatError(RunError, ValueError):
    """What the service sent as a result cannot be read."""


class MissingExtraError(BridgeError, ImportError):  # type: ignore[misc]  # ImportError.path is str | None
    """An optional package is needed and not installed; the advice is the install line."""
