"""Entry expressions run by qdk's own ``run``, for programs that no QIR profile can express."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

from qsharp_bridge.errors import BridgeError, CompileError, SimulationError
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.syntax import QsharpType
from qsharp_bridge.targets.profiles import PROFILES, UNRESTRICTED, profile_name

from . import thread as compiler
from .cache import answer_cached, compile_cached
from .contexts import COMPILED, Contexts
from .diagnostics import EVALUATION_FAILED, NOT_AVAILABLE, NOT_FOUND, Diagnostic

_CAPABILITIES = "Qdk.Qsc.CapabilitiesCk."  # how the codes begin that say what a profile lacks
_PARTIAL = "Qdk.Qsc.PartialEval."
_RUNTIME = "Qdk.Qsc.Eval."
_SLICE = 0.1  # seconds that a run of some shots should take: the compiler's thread does nothing else meanwhile
_MOST = 10_000  # shots of such a run


def beyond_profiles(
    error: CompileError, sources: Sources, profile: str, expression: str, types: Sequence[QsharpType]
) -> bool:
    """Return whether an expression that was refused for a profile compiles for no other one, but is right Q#.

    Args:
        error: of the profile.
        sources: the program.
        profile: that refused it.
        expression: a call of an operation.
        types: of the operation's parameters.
    """
    codes = error.codes
    lacking = all(code.startswith((_CAPABILITIES, _PARTIAL)) and code != EVALUATION_FAILED for code in codes)
    # A name of the library that a profile leaves out is NotFound where it is qualified, as Std.Random.DrawRandomInt.
    if not codes or not (lacking or {NOT_AVAILABLE, NOT_FOUND} & set(codes)):
        return False
    name = profile_name(profile)
    # Programs that are refused are not kept, and their contexts take 0.2 s each.
    question = f"beyond the profiles: {expression}"
    return answer_cached(sources, name, question, lambda: _compiles_nowhere_else(sources, name, expression, types))


def _compiles_nowhere_else(sources: Sources, profile: str, expression: str, types: Sequence[QsharpType]) -> bool:
    try:
        if refusals(sources, expression):
            return False
    except BridgeError:  # a program for one profile, by its @Config
        return False
    for other in PROFILES:
        if other == profile:
            continue
        try:
            compile_cached(sources, other, expression, types=types)
        except BridgeError:
            continue
        return False
    return True


def refusals(sources: Sources, expression: str) -> list[Diagnostic]:
    """Return what the compiler objects to in an expression, whatever the profile; nothing is run.

    Raises:
        SourceError: the program itself does not compile without a profile.
        CompilerCrashError: the compiler panicked.
    """
    said = compiler.probe(sources, f"{{ let _ = (\n{expression}\n);\nlet __probe : Unit = 0; }}")
    # The deliberate error is the one on the last line, and the expression is on those before it.
    last = expression.count("\n") + 4
    return [one for one in said if one.line != last]


def interpret(
    sources: Sources,
    expression: str,
    shots: int,
    *,
    seed: int | None = None,
    noise: Any = None,
    check: Callable[[], None] = lambda: None,
) -> list[Any]:
    """Return the outcome of each shot of an entry expression, in their order.

    A Result is 0 or 1, and 2 if its qubit was lost; structs are tuples of their fields; a Pauli, a Range and an Int
    of more than 64 bits are texts. What the program prints with ``Message`` is left out.

    Args:
        sources: the program.
        expression: one Q# expression, trusted.
        shots: how often to run it.
        seed: from 0 to 2**62; shot k draws with the seed ``seed + k``. None: other outcomes each time.
        noise: a ``qdk.simulation.NoiseConfig``, or None.
        check: called between some shots and the next; raises what ends the run.

    Raises:
        SimulationError: the program fails, or gives something that is no value.
        CompileError, SourceError: it is not right Q#.
        CompilerCrashError: qdk panicked.
    """
    found: list[Any] = []
    size = 1
    while len(found) < shots:
        check()
        some = min(size, shots - len(found))

        def work(contexts: Contexts, first: int = len(found), some: int = some) -> list[Any]:
            with contexts.using(sources, UNRESTRICTED, growth=COMPILED * len(expression)) as context:
                own = None if seed is None else seed + first
                try:
                    rows = context.run(expression, some, save_events=True, noise=noise, seed=own)
                except TypeError as error:  # such as a struct without names for its fields
                    raise SimulationError(
                        f"qdk gives no value for an outcome: {error}", advice="let the operation return other types"
                    ) from None
                return [_plain(row["result"]) for row in rows]

        began = time.monotonic()
        try:
            found += compiler.run(work)
        except CompileError as error:
            if any(code.startswith(_RUNTIME) for code in error.codes):
                raise SimulationError(error.problem, advice=error.advice) from None
            raise
        took = max(time.monotonic() - began, 1e-6)
        size = max(1, min(_MOST, 4 * some, int(some * _SLICE / took)))
    return found


def _plain(value: Any) -> Any:
    """Return a value of qdk as outcomes have it. On the compiler's thread: structs refer to their context.

    Raises:
        SimulationError: it is a callable, or another thing that is no value.
    """
    from qdk.qsharp import Pauli, Result

    if value is None:
        return ()
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Result):
        return 0 if value == Result.Zero else 1 if value == Result.One else 2
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, complex):
        return (value.real, value.imag)
    if isinstance(value, Pauli):
        return str(value).replace(".", "")
    if dataclasses.is_dataclass(value):
        return tuple(_plain(getattr(value, field.name)) for field in dataclasses.fields(value))
    raise SimulationError(
        f"an outcome holds a {type(value).__name__}, which is no value", advice="let the operation return values"
    )
