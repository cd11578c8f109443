"""The Azure Quantum client, made safe to retry and quick. Knows nothing of Q#.

- ``connect``: a ``azure.quantum.Workspace`` from a resource id, a connection string or the environment
- ``client``: one workspace over kept connections: sessions, idempotent submission, polling, download
- ``retry``, ``rate_limit``: how long and how often requests are sent again, shared by all threads of a run
- ``sessions``: sessions and their jobs, for people who manage their own
"""

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .client import ENDED_JOB_STATES, ENDED_SESSION_STATES, JobAnswer, JobRequest, Service, SessionAnswer
    from .connect import open_workspace
    from .retry import Patience

__all__ = [
    "ENDED_JOB_STATES",
    "ENDED_SESSION_STATES",
    "JobAnswer",
    "JobRequest",
    "Patience",
    "Service",
    "SessionAnswer",
    "open_workspace",
]

__getattr__ = loads(
    __name__,
    {
        "ENDED_JOB_STATES": "client",
        "ENDED_SESSION_STATES": "client",
        "JobAnswer": "client",
        "JobRequest": "client",
        "Patience": "retry",
        "Service": "client",
        "SessionAnswer": "client",
        "open_workspace": "connect",
    },
)
