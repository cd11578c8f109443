"""The workspace layer: Azure Quantum as a sweep uses it. Knows the azure-quantum client, and nothing of Q#.

- ``azure``: a genuine ``azure.quantum.Workspace`` from a resource id, a connection string or the environment
- ``target_spec``: what has to be known of a target to send it QIR
- ``known_targets``, ``prices``: what is published of targets: qubits, shots, profiles; and what a job costs
- ``retries``, ``throttle``: patience with a service that is busy or cut off, shared by all threads of a run
- ``service``: one workspace over kept connections: sessions, idempotent submission, polling, download
"""

from typing import TYPE_CHECKING

from .._lazy import loads

if TYPE_CHECKING:
    from .azure import open_workspace
    from .retries import Patience
    from .service import ENDED_JOB_STATES, ENDED_SESSION_STATES, JobAnswer, JobRequest, Service, SessionAnswer
    from .target_spec import TargetSpec

__all__ = [
    "ENDED_JOB_STATES",
    "ENDED_SESSION_STATES",
    "JobAnswer",
    "JobRequest",
    "Patience",
    "Service",
    "SessionAnswer",
    "TargetSpec",
    "open_workspace",
]

__getattr__ = loads(
    __name__,
    {
        "ENDED_JOB_STATES": "service",
        "ENDED_SESSION_STATES": "service",
        "JobAnswer": "service",
        "JobRequest": "service",
        "Patience": "retries",
        "Service": "service",
        "SessionAnswer": "service",
        "TargetSpec": "target_spec",
        "open_workspace": "azure",
    },
)
