"""Collecting before threads start.

A qdk context is part of reference cycles, and belongs to the thread that made it. Once dropped, it waits for Python's
cyclic collector, which runs on whatever thread allocates next; on another thread the context cannot be freed, and says
so on stderr. So whoever starts threads lets the collector run first, on the thread that most likely owns the garbage.
"""

from __future__ import annotations

import gc
import sys


def collect_contexts() -> None:
    """Run the cyclic collector on this thread, if qdk was loaded at all."""
    if "qdk._native" in sys.modules:
        gc.collect()
