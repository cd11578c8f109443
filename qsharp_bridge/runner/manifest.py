"""The manifest of a run: written, compared with that of a journal, and turned into an operation again."""

from __future__ import annotations

import datetime
import functools
import importlib.metadata
import json
import os
import posixpath
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qsharp_bridge.errors import BridgeError, JournalError
from qsharp_bridge.journal.job_rows import JobSpan
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.journal.manifest import Manifest, SourcesRecord
from qsharp_bridge.results.from_journal import is_journal
from qsharp_bridge.sweeps.shots import Shots
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.targets.backend import Backend

from .options import HybridOptions, StartOptions

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation

_FORGED = "it was not written by qsharp_bridge, or changed; SweepResults.from_journal reads it, and runs nothing"
_POLICIES = {"continue": "Continue", "abort": "Abort"}  # our words and the service's


def manifest_of(
    operation: Operation,
    backend: Backend,
    profile: str,
    shots: Shots,
    *,
    sweep: Sweep | None = None,
    batched: bool = False,
    session_name: str,
    options: StartOptions | HybridOptions,
) -> Manifest:
    """Return the manifest of a run; ``sweep`` is None for a hybrid loop, whose points are not known beforehand."""
    sources = operation.sources
    return Manifest(
        operation=operation.name,
        sources=SourcesRecord(name=sources.name, files=sources.files, project=sources.project, config=sources.config),
        source_digest=sources.digest,
        profile=profile,
        target=backend.name,
        place=backend.place,
        provider=backend.provider,
        shots=shots,
        sweep=sweep.to_data() if sweep is not None else None,
        sweep_digest=sweep.digest if sweep is not None else "hybrid",
        session_name=session_name,
        batched=batched,
        failure_policy=_POLICIES[options["failure_policy"]],
        input_params=dict(options["input_params"] or {}),
        tags=tuple(options["tags"] or ()),
        priority=options["priority"],
        job_name=options["job_name"],
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        versions=_versions(),
    )


@functools.cache
def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in ("qsharp-bridge", "qdk", "azure-quantum")}


#: The entries that must be the same to continue a run with its journal, and their names in messages.
_IDENTITY = {
    "source_digest": "the program's source",
    "operation": "the operation",
    "sweep_digest": "the points",
    "shots": "the number of shots",
    "target": "the target",
    "place": "where it runs",
    "profile": "the profile",
    "input_params": "the options of the provider (input_params)",
}


def journal_for(path: str | None, manifest: Manifest, jobs: Sequence[JobSpan] = ()) -> Journal:
    """Create a journal, or open the one in ``path`` when it belongs to this run.

    Raises:
        JournalError: the file is of another run, no journal, damaged or in use.
    """
    if path is None or not os.path.lexists(path):
        return Journal.create(path, manifest, jobs)
    if Path(path).is_dir():
        raise JournalError(f"{path} is a folder", advice="name a file in it")
    if not Path(path).is_file() or not Path(path).stat().st_size:
        return Journal.create(path, manifest, jobs)  # refuses it
    if not is_journal(path):
        raise JournalError(f"{path} is another file, and no journal", advice="give another path")
    record = Journal.open(path)
    try:
        known = record.manifest
    except BaseException:
        record.close()
        raise
    changed = [name for key, name in _IDENTITY.items() if getattr(known, key) != getattr(manifest, key)]
    if not changed and known.batched != manifest.batched:
        changed = ["the points of each job"]
    if (
        not changed
        and jobs
        and not known.batched
        and [(row.first, row.size, row.shots) for row in record.jobs()] != list(jobs)
    ):
        changed = ["the points of each job"]
    if changed:
        record.close()
        raise JournalError(
            f"{path} is the journal of another run: {_list(changed)} changed",
            advice="give another path for a new run; "
            f"resume_sweep or `qsharp-bridge resume {path}` finishes the old one",
        )
    return record


def check_place(record: Journal, backend: Backend) -> None:
    """Check that a run is resumed on the same backend.

    Raises:
        JournalError: it ran on another target, in another workspace, or with another seed or noise.
    """
    known = record.manifest
    if backend.name != known.target:
        raise JournalError(
            f"{record.path} is the journal of a run on {known.target}, not on {backend.name}",
            advice="resume with the target that it began with",
        )
    if backend.place != known.place:
        raise JournalError(
            f"{record.path} is the journal of a run with {known.place}, not with {backend.place}",
            advice="resume where it began",
        )


def operation_of(manifest: Manifest) -> Operation:
    """Return the operation of a run, from the source in its journal.

    Raises:
        JournalError: the source was changed, names files outside of its folder, or does not compile any more.
    """
    from qsharp_bridge.programs import Program
    from qsharp_bridge.programs.sources import Sources

    known = manifest.sources
    sources = Sources(known.name, known.files, known.project, known.config)
    if sources.digest != manifest.source_digest:
        raise JournalError("the program in the journal is not the one it was made for", advice="the file was changed")
    if known.project is not None:
        check_project(known)
    try:
        return Program(sources.with_config(sources.qdk_config)).operation(manifest.operation)
    except (BridgeError, ValueError, RecursionError) as error:  # the last two: the config is no JSON
        raise JournalError(f"the program in the journal does not compile any more: {error}") from error


def check_project(sources: SourcesRecord) -> None:
    """Check that the files of a project, and the projects that it depends on, are in its folder.

    A journal may come from a stranger. Its files are written to disk, and the compiler reads what the project
    names.

    Raises:
        JournalError: a file or a dependency is outside of the folder.
    """
    names = {path for path, _ in sources.files}
    for path in (*names, sources.project or "."):
        check_inside(path)
        if path in names and any(other.startswith(f"{path}/") for other in names):
            raise JournalError("the program in the journal has two files of one name", advice=_FORGED)
    for path, text in sources.files:
        folder, _, name = path.rpartition("/")
        if name == "qsharp.json":
            for dependency in _dependencies(text):
                check_relative(dependency)
                if posixpath.normpath(f"{folder or '.'}/{dependency}/qsharp.json") not in names:
                    raise JournalError(
                        f"the program in the journal depends on {dependency[:100]!r}, which is not in it",
                        advice=_FORGED,
                    )


def _dependencies(text: str) -> list[str]:
    """Return the paths of local projects in a ``qsharp.json``; none where it is invalid: the compiler reports that."""
    try:
        found = json.loads(text.removeprefix("\ufeff"))["dependencies"].values()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    return [one["path"] for one in found if isinstance(one, dict) and isinstance(one.get("path"), str)]


def check_relative(dependency: str) -> None:
    """Check that the path of a dependency is relative: the compiler would read an absolute one.

    Raises:
        JournalError: it is absolute on some system, or has characters that no Q# project needs.
    """
    if dependency.startswith("/") or set(dependency) & set('\\:*?"<>|') or not dependency.isprintable():
        raise JournalError(
            f"the program in the journal depends on {dependency[:100]!r}, which is outside of its folder",
            advice=_FORGED,
        )


def check_inside(path: str) -> None:
    """Check that the path of a file of a project is inside of its folder, on every system.

    Raises:
        JournalError: it is absolute, names a drive, leads upwards, or has characters that no Q# project needs.
    """
    parts = path.split("/")
    usable = path == "." or all(
        # Windows drops dots and blanks at the end: ".. " leads upwards there. A surrogate is not printable.
        not part.endswith((".", " ")) and part and not set(part) & set('\\:*?"<>|') and part.isprintable()
        and len(part.encode()) <= 255
        for part in parts
    )  # fmt: skip
    if not usable or len(path) > 1000 or len(parts) > 50:
        raise JournalError(
            f"the program in the journal has a file {path[:100]!r}, which may lie outside of its folder",
            advice=_FORGED,
        )


def _list(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
