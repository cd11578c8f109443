"""What is known of targets: profiles, qubits, shots, prices.

- ``known``: the targets of Azure Quantum by name
- ``prices``: what a job costs
- ``profiles``: what a target can do while a program runs
- ``limits``: what a plan refuses because of its target
- ``spec``: what is needed to send QIR to a target of the client
- ``backend``: a target of a sweep: one behind a workspace, or the simulator on this machine
"""

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .spec import TargetSpec

__all__ = ["TargetSpec"]

__getattr__ = loads(
    __name__,
    {
        "TargetSpec": "spec",
    },
)
