"""QIR programs run on this machine, each on the engine that fits it.

Loaded on first use: importing this package imports neither qdk nor qulacs.

    >>> from qsharp_bridge.simulators import display
    >>> display(([1, 0], True))
    '([1, 0], true)'
"""

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .local import LocalSimulator
    from .outcomes import LOST, Outcomes, display
    from .select import simulate

__all__ = ["LOST", "LocalSimulator", "Outcomes", "display", "simulate"]

__getattr__ = loads(
    __name__,
    {
        "LOST": "outcomes",
        "LocalSimulator": "local",
        "Outcomes": "outcomes",
        "display": "outcomes",
        "simulate": "select",
    },
)
