"""The workspace layer: Azure Quantum as a sweep uses it. Knows the azure-quantum client, and nothing of Q#.

- ``azure``: a genuine ``azure.quantum.Workspace`` from a resource id, a connection string or the environment
- ``target_spec``: what has to be known of a target to send it QIR
- ``retries``: patience with a service that is busy or cut off, shared by all threads of a run
- ``service``: one workspace over kept connections: sessions, idempotent submission, polling, download
"""

from .azure import open_workspace
from .retries import Patience
from .service import ENDED_JOB_STATES, ENDED_SESSION_STATES, JobRequest, Service
from .target_spec import TargetSpec

__all__ = [
    "ENDED_JOB_STATES",
    "ENDED_SESSION_STATES",
    "JobRequest",
    "Patience",
    "Service",
    "TargetSpec",
    "open_workspace",
]
