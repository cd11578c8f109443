"""The local Azure Quantum service: an HTTP server that the unmodified ``azure-quantum`` client talks to.

from qsharp_bridge.emulator import LocalService

with LocalService() as service:
    workspace = service.workspace()
"""

from __future__ import annotations

from .serve import serve
from .service import LocalService
from .state.clock import Clock
from .state.pace import Pace

__all__ = ["Clock", "LocalService", "Pace", "serve"]
