"""The local Azure Quantum service: an HTTP server that the unmodified ``azure-quantum`` client talks to.

from qsharp_bridge.emulator import LocalService

with LocalService() as service:
    workspace = service.workspace()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .limits import Limits
    from .service import LocalService
    from .serving import serve
    from .state.clock import Clock
    from .state.pace import Pace

__all__ = ["Clock", "Limits", "LocalService", "Pace", "serve"]

# On first use: the pytest plugin is part of this package, and every run of pytest loads it.
__getattr__ = loads(
    __name__,
    {
        "Clock": "state.clock",
        "Limits": "limits",
        "LocalService": "service",
        "Pace": "state.pace",
        "serve": "serving",
    },
)
