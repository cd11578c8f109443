"""Ending a simulation that is under way: what takes long checks now and then whether it is still wanted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

_check: ContextVar[Callable[[], None]] = ContextVar("check", default=lambda: None)


@contextlib.contextmanager
def interruptible(check: Callable[[], None]) -> Iterator[None]:
    """Let simulations of this thread call ``check`` every few milliseconds; it raises what ends them.

    >>> with interruptible(lambda: None):
    ...     check_interruption()
    """
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


def check_interruption() -> None:
    """Raise what ends the simulation, if it is to end."""
    _check.get()()
