"""Collecting before threads start.

A qdk context is part of reference cycles, and belongs to the thread that made it. Once dropped, it waits for Python's
cyclic collector, which runs on whatever thread allocates next; on another thread the context cannot be freed, and says
so on stderr. So code that starts threads runs the collector first, on the thread that most likely owns the garbage.

A full collection takes 20 to 100 ms in a process that has loaded the usual packages, which is more than a small sweep.
So it is left out where no context can be garbage: after a full collection that left no context of the user's, none can
be until another one is made, and that is among the young objects until the next full collection.
"""

from __future__ import annotations

import gc
import sys
import weakref
from typing import Any

_own: weakref.WeakSet[Any] = weakref.WeakSet()
_clean_since: int | None = None  # the number of full collections when there was no context of the user's


def own_context(context: Any) -> None:
    """Register a context that this package disposes of itself, on the thread that it belongs to."""
    _own.add(context)


def collect_contexts() -> None:
    """Run the cyclic collector on this thread, if a context of the user's may be garbage."""
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
    """Return whether there are contexts of the user's among the objects of a generation, or of all."""
    kind = sys.modules["qdk"].Context
    kinds = {kind, *kind.__subclasses__()}  # not isinstance, which may run code of the objects
    return any(
        type(one) in kinds and one not in _own and not getattr(one, "_disposed", False)
        for one in gc.get_objects(generation=generation)
    )
