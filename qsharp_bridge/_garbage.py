"""Garbage collection of qdk contexts before threads start.

A qdk context is part of reference cycles, and can only be freed in the thread that made it. An unused context waits for
Python's cyclic collector, which runs in the thread that allocates next; in another thread the context is not freed, and
an error is printed on stderr. So code that starts threads runs the collector first, in the thread that most likely made
the contexts.

A full collection takes 20 to 100 ms in a process that has loaded the usual packages, more than a small sweep. It is
skipped when no context of the user's can be garbage: a full collection left none, and a newer one would be among the
objects of the young generations until the next full collection.
"""

from __future__ import annotations

import gc
import sys
import weakref
from typing import Any

_own: weakref.WeakSet[Any] = weakref.WeakSet()
_clean_since: int | None = None  # the number of full collections when there was no context of the user


def own_context(context: Any) -> None:
    """Register a context that this package frees in the thread that made it."""
    _own.add(context)


def collect_contexts() -> None:
    """Run the cyclic collector in this thread, if a context of the user may be garbage."""
    global _clean_since
    if "qdk._native" not in sys.modules:
        return
    if _clean_since == _full_collections() and not (_has_contexts(0) or _has_contexts(1)):
        return
    gc.collect()
    _clean_since = None if _has_contexts(None) else _full_collections()


def _full_collections() -> int:
    return int(gc.get_stats()[2]["collections"])


def _has_contexts(generation: int | None) -> bool:
    """Return whether the user has contexts among the objects of a generation, or of all generations for None."""
    kind = sys.modules["qdk"].Context
    kinds = {kind, *kind.__subclasses__()}  # isinstance() could run code of the objects
    return any(
        type(one) in kinds and one not in _own and not getattr(one, "_disposed", False)
        for one in gc.get_objects(generation=generation)
    )
