"""Jobs and sessions as JSON, field by field as recorded, and the URLs in them.

The answer to the GET of a single job has signed URLs; the answer to a PUT, and lists, do not.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from qsharp_bridge._hosts import is_loopback
from qsharp_bridge.emulator.state.clock import rfc3339
from qsharp_bridge.emulator.state.models import Job, Session
from qsharp_bridge.emulator.state.sas import Signer
from qsharp_bridge.states import JobState

_PAID: Final = frozenset({"ionq", "quantinuum"})
_UNUSED: Final = frozenset({"Waiting", "TimedOut"})
_OFFSETS: Final = frozenset({"quantinuum", "pasqal"})
"""Providers whose jobs begin and end at times with +00:00 in answers to single requests; others have Z (recorded)."""
_SESSION_COST: Final = {"currencyCode": "USD", "events": [], "estimatedTotal": 0.0}
"""Recorded of the sessions of paid providers after a job has run."""
_ACCOUNT: Final = re.compile(r"qb[0-9a-f]{22}")


def parse_path(path: str) -> tuple[str | None, str, str]:
    """Return the account, the container and the blob of a path of the storage.

    Args:
        path: ``/container/blob``, ``/container/container/blob`` (see ``Urls``) or ``/account/container/blob``.

    >>> parse_path("/box/box/a/b")
    (None, 'box', 'a/b')
    """
    first, _, rest = path.removeprefix("/").partition("/")
    if _ACCOUNT.fullmatch(first):
        container, _, name = rest.partition("/")
        return first, container, name
    if rest == first or rest.startswith(f"{first}/"):
        rest = rest.removeprefix(first).removeprefix("/")
    return None, first, rest


class Urls:
    """The blob URLs in one answer.

    The client's blob library reads the first segment of a path as the account if the host contains ``127.0.0.1`` or
    ``localhost``. There the container is written twice, as account and as container, which all parts of the client read
    consistently; elsewhere it is written once.

    Args:
        base: scheme, host and port, as the client wrote them.
    """

    def __init__(self, base: str, signer: Signer, account: str, now: int) -> None:
        self._base = base
        self._twice = "127.0.0.1" in base or "localhost" in base
        self._signer = signer
        self._account = account
        self._now = now

    def container(self, name: str, permissions: str | None = None) -> str:
        """Return the URL of a container; with ``permissions`` it is signed."""
        url = f"{self._base}/{name}/{name}" if self._twice else f"{self._base}/{name}"
        if permissions is None:
            return url
        return f"{url}?{self._signer.sign(self._account, name, permissions=permissions, now=self._now)}"

    def writable_container(self, name: str) -> str:
        """Return the URL of a container that a client may write to, with a signature for the account, as recorded."""
        protocols = "https" if self._base.startswith("https") else "https,http"
        query = self._signer.sign_account(self._account, permissions="rwlac", protocols=protocols, now=self._now)
        return f"{self.container(name)}?{query}"

    def parse(self, address: str) -> tuple[str, str] | None:
        """Return the container and the blob ("" for a container) of a URL; None if it is not of this account.

        All loopback addresses are the same host.
        """
        try:
            there, here = urlsplit(address), urlsplit(self._base)
            same = there.netloc.lower() == here.netloc.lower() or (
                there.port == here.port and all(is_loopback(url.hostname or "") for url in (there, here))
            )
            account, container, name = parse_path(unquote(there.path))
        except ValueError:
            return None
        return (container, name.strip("/")) if same and account in (None, self._account) else None

    def blob(self, container: str, name: str, permissions: str | None = None, filename: str | None = None) -> str:
        """Return the URL of a blob; with ``permissions`` it is signed."""
        url = f"{self.container(container)}/{name}"
        if permissions is None:
            return url
        query = self._signer.sign(
            self._account, container, name, permissions=permissions, now=self._now, filename=filename
        )
        return f"{url}?{query}"


def job_json(
    job: Job, urls: Urls, *, single: bool = False, signed: bool = False, priority: bool = True
) -> dict[str, Any]:
    """Return a job as JSON.

    Args:
        single: whether the times of creation and change end in +00:00, as in answers to single requests, or in Z.
        signed: whether the URLs are signed.
        priority: whether the answer has a priority, which api-versions up to 2025-12 lack.
    """
    body = job.body
    outcome = (job.outcome or {}) if job.final else {}
    output = outcome.get("output", "outputData")
    read, files = ("r", f"{job.name}-{job.id}") if signed else (None, "")
    zone = "+00:00" if single else "Z"
    ran = zone if job.provider in _OFFSETS else "Z"
    return {
        "containerUri": urls.container(job.container, "rl" if signed else None),
        "inputDataUri": urls.blob(*job.input_place, read, f"{files}.input.json"),
        "inputDataFormat": body.get("inputDataFormat"),
        "inputParams": body.get("inputParams"),
        "metadata": _texts(body.get("metadata")),
        "sessionId": job.session,
        "status": job.status,
        "jobType": job.job_type,
        "outputDataFormat": body.get("outputDataFormat"),
        "outputDataUri": urls.blob(job.container, output, read, f"{files}.output.json"),
        "beginExecutionTime": _time(job.began, ran),
        "cancellationTime": _time(job.cancelled),
        # Recorded: null in the answer to a PUT, and set already while the job waits.
        "quantumComputingData": None if single and not signed and job.status == JobState.WAITING else {"count": 1},
        "errorData": outcome.get("error"),
        "isCancelling": False,
        "tags": body.get("tags") or [],
        "jobPriority": "Basic",
        **({"priority": body.get("priority") or "Standard"} if priority else {}),
        "name": job.name,
        "id": job.id,
        "providerId": job.provider,
        "target": job.target,
        "creationTime": rfc3339(job.created, zone),
        "lastModifiedTime": _time(job.modified, zone),
        "endExecutionTime": _time(job.ended, ran),
        "costEstimate": outcome.get("cost") if job.status == JobState.SUCCEEDED else None,
        "itemType": "Job",
        **({"warnings": outcome["warnings"]} if outcome.get("warnings") else {}),
    }


def session_json(session: Session) -> dict[str, Any]:
    """Return a session as JSON."""
    return {
        "status": session.status,
        "jobFailurePolicy": session.policy,
        "jobPriority": "Basic",
        "name": session.name,
        "id": session.id,
        "providerId": session.provider,
        "target": session.target,
        "creationTime": rfc3339(session.created, "Z"),
        "endExecutionTime": _time(session.ended),
        "costEstimate": _SESSION_COST if session.provider in _PAID and session.status not in _UNUSED else None,
        "itemType": "Session",
    }


def _texts(metadata: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return metadata with its integers as text, as recorded of old clients, which sent integers."""
    if metadata is None:
        return None
    return {
        name: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in metadata.items()
    }


def _time(instant: int | None, zone: str = "Z") -> str | None:
    return None if instant is None else rfc3339(instant, zone)
