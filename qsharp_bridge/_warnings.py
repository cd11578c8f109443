"""Warnings that name the user's line, however deep in the package they arise."""

from __future__ import annotations

import sys
import warnings


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line that called into the package.

    In a thread of the package, where no such line is, the warning is at the thread's start.
    """
    package = __name__.partition(".")[0]
    frame, level, outermost = sys._getframe(), 1, 1
    while frame.f_back is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] == package:
            outermost = level
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=outermost + 1)
