"""Panics of Rust libraries, turned into errors.

``pyo3_runtime.PanicException`` is a BaseException: no ``except Exception`` sees it, and it would end a worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import SimulationError

__all__ = ["contained"]


@contextmanager
def contained(kind: type[SimulationError], what: str) -> Iterator[None]:
    """Raise ``kind`` for a panic inside; all other exceptions pass.

    >>> with contained(SimulationError, "qdk panicked"):
    ...     pass
    """
    try:
        yield
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":
            raise
        raise kind(f"{what}: {panic}") from None
