"""QIR programs run on this machine, each on the engine that fits it.

Loaded on first use: importing this package imports neither qdk nor qulacs.

    >>> from qsharp_bridge.simulators import display
    >>> display(([1, 0], True))
    '([1, 0], true)'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .local import LocalSimulator
    from .outcomes import LOST, Outcome, Outcomes, display
    from .select import simulate

__all__ = ["LOST", "LocalSimulator", "Outcome", "Outcomes", "display", "simulate"]

_HOME = {
    "LOST": "outcomes",
    "LocalSimulator": "local",
    "Outcome": "outcomes",
    "Outcomes": "outcomes",
    "display": "outcomes",
    "simulate": "select",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
