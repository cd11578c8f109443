"""Executors of any kind: submitting work to them, and reading their errors.

All that is needed is a ``submit`` whose futures can be asked for their ``result`` and tell when they are done: the
futures of Ray and others are not quite those of ``concurrent.futures``, and some executors wrap an error that a
worker raises in one of their own, its traceback and all. So the future here is always ours, and an error of ours
comes back as a value.
"""

from __future__ import annotations

import os
from asyncio import CancelledError as AsyncCancelledError
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Any

from qsharp_bridge.errors import BridgeError


def workers_of(executor: Any) -> int:
    """Return about how many calls an executor runs at a time: its ``workers`` or ``num_workers`` (mpi4py) if it tells.

    Else what a pool of the standard library was made for, or the cores of this machine.

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
    """Submit ``work(*arguments)``. Work that waits is taken back when the future is cancelled.

    The future tells of every error, also that nothing can be submitted any more. It is done when the executor's own
    is; cancelled, it is done at once, and what comes of work that runs already is dropped.

    Args:
        executor: any ``concurrent.futures.Executor``, or what has a ``submit`` like it.
        work: a function that can be pickled, if the executor needs that.
        arguments: of the work.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> submit(ThreadPoolExecutor(1), abs, -1).result()
    1
    """
    outer: Future[Any] = Future()
    try:
        inner = executor.submit(_attempt, work, *arguments)
        if not hasattr(inner, "add_done_callback"):
            raise TypeError(f"submit of {type(executor).__name__} gave a {type(inner).__name__}, which is no future")
        outer.add_done_callback(lambda done: _take_back(done, inner))
        inner.add_done_callback(lambda done: _hand_on(done, outer))
    except Exception as error:
        end(outer, None, error)
    return outer


def said(error: BaseException) -> str:
    """Return the message of an error in one line of at most 300 characters; of a traceback in it, the end."""
    lines = str(error).strip().splitlines()
    if any(line.lstrip().startswith('File "') for line in lines):
        lines = lines[-1:]
    return " ".join(" ".join(lines).split())[:300]


def _attempt(work: Callable[..., Any], *arguments: Any) -> tuple[Any, BridgeError | None]:
    """Run the work, in a worker. An error leaves its frames behind: they cannot be sent, nor freed elsewhere."""
    try:
        return work(*arguments), None
    except BridgeError as error:
        error.__cause__ = error.__context__ = None
        return None, error.with_traceback(None)


def _take_back(outer: Future[Any], inner: Any) -> None:
    if outer.cancelled():
        inner.cancel()


def _hand_on(inner: Any, outer: Future[Any]) -> None:
    try:
        found, error = inner.result()
    except (CancelledError, AsyncCancelledError):
        outer.cancel()
        outer.set_running_or_notify_cancel()
    except BaseException as raised:
        end(outer, None, raised)
    else:
        end(outer, found, error)


def end(future: Future[Any], found: Any, error: BaseException | None) -> None:
    """Give a future its result, or its error."""
    if not future.set_running_or_notify_cancel():
        return  # it is no longer waited for
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(found)
