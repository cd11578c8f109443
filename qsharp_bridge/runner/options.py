"""The options of a run, each defined once: name, type, default, check and help.

An option is one entry of a ``TypedDict`` below. The functions that run, plan or resume a sweep take them as
``**options: Unpack[...]``; the command line and the sweep file read :data:`OPTIONS`. A new option is an entry here,
read where it has its effect.

This module imports neither the compiler nor the service.
"""

from __future__ import annotations

import functools
import inspect
import os
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, TypeVar, cast, get_args, get_type_hints

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.sweeps.shots import check_shots_option, whole_number

from .job_options import check_input_params, check_job_name, check_tags
from .option_checks import (
    POLICIES,
    PRIORITIES,
    Check,
    amount,
    callback,
    failure_policy,
    journal_path,
    one_of,
    optional_whole_number,
    points_per_job,
    priority,
    seconds,
    session_id,
    switch,
    text,
)
from .progress import ProgressListener

if TYPE_CHECKING:
    from qsharp_bridge.results.point import PointResult
else:
    PointResult = Any  # the hints are read at run time, and importing the results would slow down the command line

_F = TypeVar("_F", bound=Callable[..., Any])
_T = TypeVar("_T")


@dataclass(frozen=True)
class Option:
    """One option of a run.

    Attributes:
        help: one sentence for docstrings, the command line and the sweep file.
        default: the value when the option is not given.
        check: takes name and value and returns the value to use; raises :class:`~qsharp_bridge.errors.SweepError`.
        metavar: the placeholder on the command line, such as ``N``.
        words: the only texts that are allowed; empty where all are.
        cli: whether the command line has ``--name``.
        file: whether the sweep file has a key of this name.
        name, type: set from the entry.
        taken_by: the functions that take it: ``plan``, ``start``, ``run``, ``async``, ``resume``, ``hybrid``.
    """

    help: str
    default: Any = None
    check: Check = lambda _, value: value
    metavar: str | None = None
    words: tuple[str, ...] = ()
    cli: bool = True
    file: bool = True
    name: str = ""
    type: Any = None
    taken_by: frozenset[str] = frozenset()


_INTERRUPTS = ("ask", "leave", "cancel")

# --- the options, grouped by the functions that take them


class _Shots(TypedDict, total=False):
    shots: Annotated[
        int | Sequence[int],
        Option(
            "shots for each point: one number for all, or a sequence with one for each. Points of one job have equal "
            "shots; more than a job takes are shared by several jobs",
            100,
            check_shots_option,
            "N",
        ),
    ]


class _Budget(TypedDict, total=False):
    budget: Annotated[
        float | None,
        Option("the most that the run may cost, in the unit of the target's price", None, amount, "AMOUNT"),
    ]


class _Profile(_Budget, total=False):
    profile: Annotated[
        str | None,
        Option(
            "the QIR target profile; the target's own by default",
            words=("Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive"),
        ),
    ]


class _Jobs(TypedDict, total=False):
    input_params: Annotated[
        Mapping[str, Any] | None,
        Option(
            "options of the provider, passed on with each job, such as {'error-mitigation': {'debias': False}}; the "
            "page *Options of the providers* lists them",
            None,
            check_input_params,
            "JSON",
        ),
    ]
    tags: Annotated[Sequence[str] | None, Option("texts that each job carries on the service", None, check_tags, "TAG")]
    priority: Annotated[
        str | None,
        Option("the priority of the jobs; the service's own by default", None, priority, words=PRIORITIES),
    ]
    job_name: Annotated[
        str | None,
        Option(
            "the name of each job: a template of the values of its first point, such as 'Rabi {theta:.2f}', with "
            "{operation}, {point} and {shots}; by default the operation's name and the point",
            None,
            check_job_name,
            "TEMPLATE",
        ),
    ]


class _Packing(TypedDict, total=False):
    points_per_job: Annotated[
        int | str,
        Option(
            'how many consecutive points share a job, and so its price: a number, or "most" for as many as the '
            "target has qubits for, and 100 at most",
            1,
            points_per_job,
            "N",
            ("most",),
        ),
    ]


class _Session(TypedDict, total=False):
    session: Annotated[
        Any,
        Option(
            "an open session, or its id: the jobs go into it, and it is left open, with its own failure policy. By "
            "default a run opens a session of its own, and closes it",
            None,
            session_id,
            "ID",
        ),
    ]


class PlanOptions(_Profile, _Jobs, _Packing, _Session, total=False):
    """Options of :func:`plan_sweep`."""


class _Sending(_Budget, total=False):
    max_in_flight: Annotated[int, Option("how many requests at a time", 16, whole_number, "N")]
    link_sessions: Annotated[
        bool, Option("go on in another session when one has ended (timed out) with points left", True, switch)
    ]
    progress: Annotated[
        bool | ProgressListener | None,
        Option(
            "True for a progress bar, False for none, or a function that takes a :class:`Progress`; "
            "by default a bar where stderr is a terminal or in a notebook",
            cli=False,
            file=False,
        ),
    ]


class _Failures(TypedDict, total=False):
    max_failures: Annotated[
        int | None,
        Option(
            "stop sending when this many jobs have failed, and send no more than this many before one has succeeded",
            None,
            optional_whole_number,
            "N",
        ),
    ]


class _Recorded(TypedDict, total=False):
    journal: Annotated[
        str | os.PathLike[str] | None,
        Option("the file that makes the run safe against any crash", None, journal_path, "FILE"),
    ]
    failure_policy: Annotated[
        str,
        Option(
            'what the service does when a job fails: "continue", or "abort", which cancels the rest of the session',
            "continue",
            failure_policy,
            "POLICY",
            POLICIES,
        ),
    ]


class _Named(TypedDict, total=False):
    session_name: Annotated[
        str | None,
        Option("the session's name on the service; by default made from the operation's", None, text, "NAME"),
    ]


class _Waiting(TypedDict, total=False):
    on_point: Annotated[
        Callable[[PointResult], Any] | None,
        Option("a function that is called with each point as it ends", None, callback, cli=False, file=False),
    ]
    timeout: Annotated[
        float | None,
        Option(
            "end after so many seconds, counted from the call, preparing included; what was sent is on record",
            None,
            amount,
            "SECONDS",
        ),
    ]


class _Interrupted(TypedDict, total=False):
    on_interrupt: Annotated[
        str,
        Option(
            'what becomes of unfinished jobs on Ctrl-C or SIGTERM: "leave" lets them run on, "cancel" cancels them, '
            '"ask" asks after Ctrl-C in a terminal and leaves them otherwise',
            "ask",
            one_of(*_INTERRUPTS),
            "WHAT",
            _INTERRUPTS,
        ),
    ]


class _Retry(TypedDict, total=False):
    retry_failed: Annotated[
        bool,
        Option(
            "send points whose job failed or was cancelled, or whose result is lost, again: as new jobs, "
            "which cost again",
            False,
            switch,
            file=False,
        ),
    ]


class StartOptions(PlanOptions, _Sending, _Failures, _Recorded, _Named, total=False):
    """Options of :func:`start_sweep`."""


class AsyncOptions(StartOptions, _Waiting, total=False):
    """Options of :func:`run_sweep_async`."""


class RunOptions(AsyncOptions, _Interrupted, total=False):
    """Options of :func:`run_sweep`."""


class ResumeOptions(_Session, _Sending, _Failures, _Waiting, _Interrupted, _Retry, total=False):
    """Options of :func:`resume_sweep`."""


class HybridOptions(_Profile, _Jobs, _Packing, _Session, _Sending, _Recorded, _Retry, total=False):
    """Options of :class:`HybridSession`."""

    session_timeout: Annotated[
        float,
        Option(
            "after how many idle seconds the service ends a session; a warning comes when four fifths have passed",
            600.0,
            seconds,
            cli=False,
            file=False,
        ),
    ]


_FUNCTIONS: dict[str, Any] = {
    "plan": PlanOptions,
    "start": StartOptions,
    "run": RunOptions,
    "async": AsyncOptions,
    "resume": ResumeOptions,
    "hybrid": HybridOptions,
}


@functools.cache
def options_of(kind: Any) -> Mapping[str, Option]:
    """Return the options of one of the classes above by name, in the order of their definition."""
    found = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        annotation, option = get_args(hint)
        found[name] = replace(option, name=name, type=annotation)
    return MappingProxyType(found)


def _table() -> Mapping[str, Option]:
    found = {
        name: replace(option, taken_by=frozenset(_FUNCTIONS) - {"resume"})
        for name, option in options_of(_Shots).items()
    }
    for function, kind in _FUNCTIONS.items():
        for name, option in options_of(kind).items():
            known = found.get(name, option)
            found[name] = replace(known, taken_by=known.taken_by | {function})
    return MappingProxyType(found)


#: Every option by name. ``shots`` is among them, although the functions take it by position as well.
OPTIONS: Mapping[str, Option] = _table()


def complete(kind: type[_T], given: Mapping[str, Any], caller: str) -> _T:
    """Return the options of a function, checked, with the defaults for those that are not given.

    Args:
        kind: one of the classes above.
        given: the keyword arguments.
        caller: the name of the function, for errors.

    Raises:
        TypeError: there is no such option.
        SweepError, JournalError: a value that cannot be used.

    >>> complete(ResumeOptions, {"budget": 3}, "resume_sweep")["budget"], complete(PlanOptions, {}, "plan")["budget"]
    (3, None)
    """
    known = options_of(cast("Any", kind))
    for name in given:
        if name not in known:
            raise TypeError(f"{caller}() got an unexpected keyword argument {name!r}{did_you_mean(name, known)}")
    return cast("_T", {name: option.check(name, given.get(name, option.default)) for name, option in known.items()})


def accepts(kind: Any) -> Callable[[_F], _F]:
    """Return a decorator that adds these options to the signature and the docstring of a function or a class.

    ``help`` and notebooks then show every option by name; type checkers read ``Unpack``.
    """

    def decorate(function: _F) -> _F:
        own = inspect.signature(function)
        extra = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=option.type)
            for name, option in options_of(kind).items()
        ]
        kept = [one for one in own.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
        function.__signature__ = own.replace(parameters=[*kept, *extra])  # type: ignore[attr-defined]
        before, line, after = (function.__doc__ or "").partition("        options: ")
        if not line:  # under -OO there are no docstrings
            return function
        lines = [
            textwrap.fill(f"{name}: {option.help}.", 110, initial_indent=" " * 8, subsequent_indent=" " * 12)
            for name, option in options_of(kind).items()
        ]
        function.__doc__ = before + "\n".join(lines) + "\n" + after.partition("\n")[2]
        return function

    return decorate
