"""Warnings that name the line of the user's code, and do not mix with progress bars."""

from __future__ import annotations

import contextlib
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Line(NamedTuple):
    """A line of code, as the arguments of :func:`warnings.warn_explicit`."""

    filename: str
    lineno: int
    module: str
    registry: dict[Any, Any]


_remembered = threading.local()  # .line: the user's line, in threads of the package
_held: list[tuple[str, type[Warning], Line]] | None = None


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning at the line that called into the package."""
    line = users_line()
    if _held is not None:
        _held.append((message, category, line))
        return
    with _bars_cleared():
        warnings.warn_explicit(message, category, *line)


def users_line() -> Line:
    """Return the line that called into the package; in a thread of the package, the line that started it."""
    found: Line | None = getattr(_remembered, "line", None)
    if found is not None:
        return found
    package = __name__.partition(".")[0]
    frame = caller = sys._getframe()
    while frame.f_back is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] == package:
            caller = frame.f_back
        frame = frame.f_back
    registry = caller.f_globals.setdefault("__warningregistry__", {})
    return Line(caller.f_code.co_filename, caller.f_lineno, caller.f_globals.get("__name__", "__main__"), registry)


def remember(line: Line) -> None:
    """Set the user's line of this thread."""
    _remembered.line = line


def from_here(action: Callable[P, R]) -> Callable[P, R]:
    """Return an action for a new thread, with its warnings at the line that called into the package now."""
    line = users_line()

    def act(*args: P.args, **kwargs: P.kwargs) -> R:
        remember(line)
        return action(*args, **kwargs)

    return act


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Hold back the warnings of all threads until the end of the block, for example while a prompt is shown."""
    global _held
    waiting: list[tuple[str, type[Warning], Line]] = []
    _held = waiting
    try:
        yield
    finally:
        _held = None
        for message, category, line in waiting:
            warnings.warn_explicit(message, category, *line)


@contextlib.contextmanager
def _bars_cleared() -> Iterator[None]:
    """Clear the progress bars from the terminal, and draw them again below the output of the block."""
    tqdm = getattr(sys.modules.get("tqdm.std"), "tqdm", None)
    with contextlib.nullcontext() if tqdm is None else tqdm.external_write_mode(file=sys.stderr):
        yield
