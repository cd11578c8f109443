"""The input formats of jobs, each turned into QIR, which the simulators run.

``read`` raises ``InputError`` for what is not of its format, or uses what cannot be simulated.
"""

from __future__ import annotations

from qsharp_bridge.emulator.jobs.inputs.prepared import Prepared
from qsharp_bridge.emulator.jobs.inputs.readers import read

__all__ = ["Prepared", "read"]
