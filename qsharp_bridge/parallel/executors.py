"""Submission of work to executors of any kind, and their errors.

An executor needs a ``submit`` whose futures have ``result`` and ``add_done_callback``. The futures of Ray and others
differ from those of ``concurrent.futures``, and some executors wrap an error of a worker, with its traceback, in an
error of their own. So callers get a future of ``concurrent.futures``, and a worker returns a BridgeError as a value.
"""

from __future__ import annotations

import os
from asyncio import CancelledError as AsyncCancelledError
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Any

from qsharp_bridge.errors import BridgeError


def workers_of(executor: Any) -> int:
    """Return about how many calls an executor runs at a time.

    It is its ``workers``, its ``num_workers`` (mpi4py), the size of a pool of the standard library, or else the number
    of cores of this machine.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> workers_of(ThreadPoolExecutor(3))
    3
    """
    for name in ("workers", "num_workers", "_max_workers"):
        count = getattr(executor, name, None)
        if isinstance(count, int) and count > 0:
            return count
    return os.cpu_count() or 1


def submit(executor: Executor, work: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
    """Submit ``work(*arguments)``, and return its future.

    The future has every error, also one of ``executor.submit``. It is done when the executor's future is. If it is
    cancelled, work that has not begun is cancelled too, and the outcome of work that runs is dropped.

    Args:
        executor: any ``concurrent.futures.Executor``, or an object with a ``submit`` like it.
        work: a function, picklable if the executor needs that.
        arguments: the arguments of the function.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> submit(ThreadPoolExecutor(1), abs, -1).result()
    1
    """
    outer: Future[Any] = Future()
    try:
        inner = executor.submit(_attempt, work, *arguments)
        if not hasattr(inner, "add_done_callback"):
            raise TypeError(f"submit of {type(executor).__name__} gave a {type(inner).__name__}, which is not a future")
        outer.add_done_callback(lambda done: inner.cancel() if done.cancelled() else None)
        inner.add_done_callback(lambda done: _copy_outcome(done, outer))
    except Exception as error:
        finish(outer, None, error)
    return outer


def error_line(error: BaseException) -> str:
    """Return the message of an error in one line of at most 300 characters; the last line if it has a traceback."""
    lines = str(error).strip().splitlines()
    if any(line.lstrip().startswith('File "') for line in lines):
        lines = lines[-1:]
    return " ".join(" ".join(lines).split())[:300]


def _attempt(work: Callable[..., Any], *arguments: Any) -> tuple[Any, BridgeError | None]:
    """Run the work in a worker. An error is returned without its frames, which cannot be pickled."""
    try:
        return work(*arguments), None
    except BridgeError as error:
        error.__cause__ = error.__context__ = None
        return None, error.with_traceback(None)


def _copy_outcome(inner: Any, outer: Future[Any]) -> None:
    try:
        found, error = inner.result()
    except (CancelledError, AsyncCancelledError):
        outer.cancel()
        outer.set_running_or_notify_cancel()
    except BaseException as raised:
        finish(outer, None, raised)
    else:
        finish(outer, found, error)


def finish(future: Future[Any], found: Any, error: BaseException | None) -> None:
    """Set the result of a future, or its error; do nothing if it was cancelled."""
    if not future.set_running_or_notify_cancel():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(found)
