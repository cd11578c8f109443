"""What a run is, as its journal tells it: enough to know it again, and to go on with it without the script."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, JournalError, SweepError
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.results.from_journal import is_journal
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.targets.backend import TargetLike

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation


def about_run(
    operation: Operation,
    target: TargetLike,
    profile: str,
    shots: int,
    *,
    sweep: Sweep | None = None,
    session_name: str,
    policy: str,
) -> dict[str, Any]:
    """What identifies a run in its journal, and what a resume needs. No secret is part of it.

    ``sweep`` is None for a hybrid loop, whose points are not known beforehand.
    """
    sources = operation.sources
    return {
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {name: importlib.metadata.version(name) for name in ("qsharp-bridge", "qdk", "azure-quantum")},
        "operation": operation.name,
        "sources": {"name": sources.name, "files": sources.files, "project": sources.project},
        "source_digest": sources.digest,
        "profile": profile,
        "target": target.name,
        "place": target.place,
        "provider": target.spec.provider_id if target.spec is not None else None,
        "shots": shots,
        "sweep": json.loads(sweep.to_json()) if sweep is not None else None,
        "sweep_digest": sweep.digest if sweep is not None else "hybrid",
        "session_name": session_name,
        "failure_policy": policy,
    }


def policy_word(failure_policy: str) -> str:
    """The service's word for a failure policy.

    Raises:
        SweepError: it is neither "continue" nor "abort".
    """
    words = {"continue": "Continue", "abort": "Abort"}
    if failure_policy not in words:
        raise SweepError(f"failure_policy is {failure_policy!r}", advice='use "continue" or "abort"')
    return words[failure_policy]


#: What must be the same for a run to go on with a journal, and how to call it.
_IDENTITY = {
    "source_digest": "the program's source",
    "operation": "the operation",
    "sweep_digest": "the points",
    "shots": "the number of shots",
    "target": "the target",
    "place": "where it runs",
    "profile": "the profile",
}


def journal_for(path: str | os.PathLike[str] | None, about: dict[str, Any], points: int) -> Journal:
    """A new journal, or the one in ``path`` when it is of this very run."""
    if not isinstance(path, str | os.PathLike | None) or path == "":
        raise JournalError(f"a journal is the path of a file, or None, not {path!r}")
    if path is None or not Path(path).exists():
        return Journal.create(path, about, points)
    if Path(path).is_dir():
        raise JournalError(f"{os.fspath(path)} is a folder", advice="name a file in it")
    if Path(path).stat().st_size == 0:
        return Journal.create(path, about, points)
    if not is_journal(path):
        raise JournalError(f"{os.fspath(path)} is another file, and no journal", advice="give another path")
    try:
        record = Journal.open(path)
    except JournalError as problem:
        try:
            # A run that died while creating its journal left a file that holds nothing; create judges that.
            return Journal.create(path, about, points)
        except JournalError:
            raise problem from None
    known = record.about
    changed = [told for key, told in _IDENTITY.items() if known.get(key) != about[key]]
    if changed:
        record.close()
        raise JournalError(
            f"{os.fspath(path)} is the journal of another run: {_list(changed)} changed",
            advice="give another path for a new run, or resume_sweep to finish the old one",
        )
    return record


def check_place(record: Journal, target: TargetLike) -> None:
    """Whether a run goes on where it began.

    Raises:
        JournalError: it ran on another target, in another workspace, or with another seed or noise.
    """
    about = record.about
    if target.name != about["target"]:
        raise JournalError(
            f"{record.path} is the journal of a run on {about['target']}, not on {target.name}",
            advice="resume with the target that it began with",
        )
    if target.place != about["place"]:
        raise JournalError(
            f"{record.path} is the journal of a run with {about['place']}, not with {target.place}",
            advice="resume where it began",
        )


def operation_of(about: dict[str, Any]) -> Operation:
    """The operation of a run, from the source in its journal.

    Raises:
        JournalError: the source was changed, or does not compile any more.
    """
    from qsharp_bridge.programs import Program
    from qsharp_bridge.programs.sources import Sources

    told = about["sources"]
    sources = Sources(told["name"], tuple((path, text) for path, text in told["files"]), told["project"])
    if sources.digest != about["source_digest"]:
        raise JournalError("the program in the journal is not the one it was made for", advice="the file was changed")
    try:
        return Program(sources).operation(about["operation"])
    except BridgeError as error:
        raise JournalError(f"the program in the journal does not compile any more: {error}") from error


def _list(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
