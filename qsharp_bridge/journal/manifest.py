"""The manifest of a run in its journal: enough to identify the run and to resume it without its script."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import msgspec

from qsharp_bridge.sweeps.shots import Shots


@dataclass(frozen=True, kw_only=True)
class SourcesRecord:
    """The sources of a program, as plain data; see ``qsharp_bridge.programs.sources.Sources``."""

    name: str
    files: tuple[tuple[str, str], ...]
    project: str | None = None
    config: str = ""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The data that identify a run, and those that a resume needs. There is no secret in it.

    Attributes:
        operation, sources, source_digest: the program.
        profile: the QIR target profile that it is compiled for.
        target: the target's name; ``provider``: its provider, None for the simulator on this machine.
        place: the workspace, or the seed, noise and engine of the simulator.
        shots: for each point: one number for all, or one for each.
        sweep: the points as JSON; None for a hybrid loop, whose points are not known beforehand.
        sweep_digest: of the points; ``hybrid`` for a loop.
        session_name: of the first session.
        batched: whether a job of several points has a program for each of them, as in local simulations; else one
            program for all.
        failure_policy: ``Continue`` or ``Abort``, the service's words.
        created: the time in UTC (ISO 8601); ``versions``: of the packages that made it.
        input_params, tags, priority: sent with each job; ``job_name``: the template of the jobs' names, or None.
        run_id: the UUID of the run; the ids of its jobs and sessions are computed from it, so that they are the same in
            every copy of the journal.
    """

    operation: str
    sources: SourcesRecord
    source_digest: str
    profile: str
    target: str
    place: str
    provider: str | None
    shots: Shots
    sweep: dict[str, Any] | None
    sweep_digest: str
    session_name: str
    batched: bool
    failure_policy: str
    created: str
    versions: dict[str, str]
    input_params: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    priority: str | None = None
    job_name: str | None = None
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def hybrid(self) -> bool:
        """Whether the run is a hybrid loop, whose points are not known beforehand."""
        return self.sweep is None

    def job_id(self, key: str) -> str:
        """Return the id of the first job for ``key``, the number of a job or an evaluation of a hybrid loop."""
        return first_job_id(self.run_id, key)

    def session_id(self, ordinal: int) -> str:
        """Return the id of the run's session with this number, from 1."""
        return str(uuid.uuid5(uuid.UUID(self.run_id), f"session {ordinal}"))

    def entries(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        entries = {entry.name: getattr(self, entry.name) for entry in fields(self)}  # asdict would copy every value
        return entries | {"sources": asdict(self.sources)}

    @classmethod
    def from_entries(cls, entries: Mapping[str, Any]) -> Manifest:
        """Return the manifest of these fields, checked.

        Raises:
            ValueError: a field is missing, of another type, or has an invalid value.
        """
        manifest = msgspec.convert(entries, cls)  # its ValidationError is a ValueError
        uuid.UUID(manifest.run_id)
        shots = (manifest.shots,) if isinstance(manifest.shots, int) else manifest.shots
        if min(shots, default=0) < 0:
            raise ValueError(f"{min(shots)} shots")
        return manifest


def first_job_id(run_id: str, key: str) -> str:
    """Return the id of the first job for ``key`` in the run with this id; see :meth:`Manifest.job_id`."""
    return str(uuid.uuid5(uuid.UUID(run_id), f"job {key}"))


def next_attempt(job_id: str) -> str:
    """Return the id of the job that is sent after the one with this id has failed."""
    return str(uuid.uuid5(uuid.UUID(job_id), "again"))
