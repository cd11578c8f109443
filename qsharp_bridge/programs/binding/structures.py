"""The structures that were met in this process: what was proved once serves every later sweep and loop."""

from __future__ import annotations

import threading
from collections import OrderedDict

from qsharp_bridge.programs.sources import Sources

from .compiles import Compiling
from .skeleton import Skeleton
from .structure import Structure

__all__ = ["LOCK", "forget", "structure_of"]

LOCK = threading.RLock()
"""Over the structures and all that is found out about them."""

_MOST = 64

_kept: OrderedDict[tuple[Sources, str, Skeleton], Structure] = OrderedDict()


def structure_of(skeleton: Skeleton, compiling: Compiling) -> Structure:
    """The structure with what is already known of it. The caller holds the `LOCK`."""
    key = (compiling.sources, compiling.profile, skeleton)
    structure = _kept.get(key)
    if structure is None:
        structure = _kept[key] = Structure(skeleton, compiling)
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return structure


def forget() -> None:
    """Drops all structures."""
    with LOCK:
        _kept.clear()
