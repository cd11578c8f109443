"""Checks of the options of a run: each takes name and value, and returns the value to use or raises SweepError."""

from __future__ import annotations

import enum
import math
import os
from collections.abc import Callable
from typing import Any, cast

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import JournalError, SweepError
from qsharp_bridge.sweeps.shots import whole_number

from .job_options import whole_characters

Check = Callable[[str, Any], Any]


def points_per_job(name: str, value: Any) -> int | str:
    """Return how many points share a job: a whole number, or "most".

    >>> points_per_job("points_per_job", "most")
    'most'
    """
    if isinstance(value, str) and value == "most":
        return value
    try:
        return whole_number(name, value)
    except SweepError:
        raise SweepError(
            f"{name} must be a whole number from 1 up, or 'most', not {value!r}",
            advice="1 gives every point a job of its own",
        ) from None


def optional_whole_number(name: str, value: Any) -> int | None:
    """Return the value as an int, or None for no limit."""
    return None if value is None else whole_number(name, value)


def amount(name: str, value: Any) -> float | None:
    """Return a budget or a time: a number that is not NaN, or None for no limit."""
    if value is None:
        return None
    try:
        usable = not isinstance(value, str | bytes | bool) and not math.isnan(value)
    except TypeError:
        usable = False
    if not usable:
        raise SweepError(f"{name} must be a number, or None for no limit, not {value!r}")
    return cast("float", value)


def seconds(name: str, value: Any) -> float:
    """Return a time of more than 0 seconds."""
    if not amount(name, value) or value < 0:
        raise SweepError(f"{name} must be more than 0 seconds, not {value!r}")
    return cast("float", value)


def text(name: str, value: Any) -> str | None:
    """Return a text, or None for the default."""
    if value is not None and not isinstance(value, str):
        raise SweepError(f"{name} must be text, not {value!r}")
    return None if value is None else whole_characters(name, value)


def callback(name: str, value: Any) -> Any:
    """Return a function or None, checked before anything is paid for."""
    if value is not None and not callable(value):
        raise SweepError(f"{name} must be a function, or None, not {value!r}")
    return value


def switch(name: str, value: Any) -> bool:
    """Return True or False; a text such as "no", which is true in Python, is refused."""
    if value not in (True, False):  # numpy's are equal to them
        raise SweepError(f"{name} must be True or False, not {value!r}")
    return bool(value)


def one_of(*words: str) -> Check:
    """Return a check that a value is one of these words."""

    def check(name: str, value: Any) -> str:
        if value not in words:
            *most, last = (f'"{word}"' for word in words)
            raise SweepError(
                f"{name} is {value!r}{did_you_mean(str(value), words)}", advice=f"use {', '.join(most)} or {last}"
            )
        return cast("str", value)

    return check


POLICIES = ("continue", "abort")


def failure_policy(name: str, value: Any) -> str:
    """Return a failure policy as a word; a ``SessionJobFailurePolicy`` of the Azure client is converted."""
    if isinstance(value, enum.Enum) and isinstance(value.value, str):
        value = value.value.lower()  # the client's are "Continue" and "Abort"
    return cast("str", one_of(*POLICIES)(name, value))


def journal_path(name: str, value: Any) -> str | None:
    """Return the path of a journal, or None to keep it in memory.

    Raises:
        JournalError: it is no path.
    """
    if not isinstance(value, str | os.PathLike | None) or value == "" or "\0" in str(value):
        raise JournalError(f"a journal is the path of a file, or None, not {value!r}")
    return None if value is None else os.fspath(value)


def session_id(name: str, value: Any) -> str | None:
    """Return the id of an existing session, given as an id or as the client's object; None for a new session."""
    found = getattr(value, "id", value)
    if found is not None and (not isinstance(found, str) or not found.strip()):
        raise SweepError(
            f"{name} must be a session or its id, not {value!r}",
            advice="give target.open_session(...), or an id of `qsharp-bridge sessions list`",
        )
    return found


PRIORITIES = ("Standard", "High")  # of azure-quantum


def priority(name: str, value: Any) -> str | None:
    """Return a priority of the service, or None for its default."""
    return None if value is None else cast("str", one_of(*PRIORITIES)(name, value))
