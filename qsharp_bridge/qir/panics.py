"""Panics of Rust libraries, turned into errors that can be pickled and raised in any thread.

``pyo3_runtime.PanicException`` is a BaseException: no ``except Exception`` sees it, and it would end a worker. And
pyqir's objects must be freed by the thread that made them: an error that is taken to another thread must not take
their frames along.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from qsharp_bridge.errors import BridgeError, SimulationError

T = TypeVar("T")


def contained(kind: type[SimulationError], what: str, work: Callable[..., T], *arguments: Any) -> T:
    """Return ``work(*arguments)``; a panic inside is raised as ``kind``, an error of ours without the frames beneath.

    >>> contained(SimulationError, "qdk panicked", abs, -1)
    1
    """
    problem: BridgeError
    try:
        return work(*arguments)
    except BridgeError as error:
        problem = error.with_traceback(None)
        problem.__cause__ = problem.__context__ = None
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":
            raise
        problem = kind(f"{what}: {panic}")
    raise problem  # here, where the one that was handled is no part of it
