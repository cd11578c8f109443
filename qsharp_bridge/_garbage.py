"""Garbage collection of qdk contexts before threads start.

A qdk context is part of reference cycles, and can only be freed in the thread that made it. An unused context waits for
Python's cyclic collector, which runs in the thread that allocates next; in another thread the context is not freed, and
an error is printed on stderr. So code that starts threads runs the collector first, in the thread that most likely made
the contexts.

A full collection takes 20 to 100 ms in a process that has loaded the usual packages, more than a sweep of 2,000 points.
It is skipped when no context of the user can be garbage. The contexts that the last full collection left are global
variables of modules, as in a script, a notebook or after ``qsharp.init()``, and still have their values; and a newer
context would be among the objects of the young generations until the next full collection.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

_own: weakref.WeakSet[Any] = weakref.WeakSet()


class _Global(NamedTuple):
    """A global variable that has a context, and so keeps it alive."""

    module: str
    name: str
    context: weakref.ref[Any]

    def holds(self) -> bool:
        """Return whether the variable still has the context."""
        context = self.context()
        return context is not None and _variables(sys.modules.get(self.module)).get(self.name) is context


_clean_since: int | None = None  # the number of full collections when there was no context that could be garbage
_held: list[_Global] = []  # the global variables of the other contexts


def own_context(context: Any) -> None:
    """Register a context that this package frees in the thread that made it."""
    _own.add(context)


def collect_contexts() -> None:
    """Run the cyclic collector in this thread, if a context of the user may be garbage."""
    global _clean_since
    if "qdk._native" not in sys.modules:
        return
    if _clean_since == _full_collections() and all(one.holds() for one in _held) and not _has_newer_contexts():
        return
    gc.collect()
    left = list(_contexts(None))
    _held[:] = _globals(left) if left else []
    _clean_since = _full_collections() if len(_held) == len(left) else None


def _full_collections() -> int:
    return int(gc.get_stats()[2]["collections"])


def _has_newer_contexts() -> bool:
    return any(True for generation in (0, 1) for _ in _contexts(generation))


def _contexts(generation: int | None) -> Iterator[Any]:
    """Yield the contexts of the user among the objects of a generation, or of all generations for None."""
    kind = sys.modules["qdk"].Context
    kinds = {kind, *kind.__subclasses__()}  # isinstance() could run code of the objects
    for one in gc.get_objects(generation=generation):
        if type(one) in kinds and one not in _own and not getattr(one, "_disposed", False):
            yield one


def _globals(contexts: Iterable[Any]) -> list[_Global]:
    """Return a global variable of each context, if there is one."""
    wanted = {id(context): context for context in contexts}
    found: dict[int, _Global] = {}
    for module in list(sys.modules):
        for name, value in list(_variables(sys.modules.get(module)).items()):
            if id(value) in wanted:
                found.setdefault(id(value), _Global(module, name, weakref.ref(value)))
    return list(found.values())


def _variables(module: Any) -> dict[str, Any]:
    """Return the global variables of a module, without running code of the module: it may be loaded on first use."""
    if not issubclass(type(module), ModuleType):
        return {}
    variables: dict[str, Any] = object.__getattribute__(module, "__dict__")
    return variables
