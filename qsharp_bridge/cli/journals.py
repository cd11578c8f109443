"""Journals as the command line reads them. Reading does not disturb a run that uses the journal."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from qsharp_bridge.errors import SweepError

if TYPE_CHECKING:
    from qsharp_bridge.journal.manifest import Manifest
    from qsharp_bridge.results.results import SweepResults


def check(path: Path) -> None:
    """Check that a file can be the journal of a run.

    Raises:
        SweepError: there is no such file, or it is not a journal. Not a JournalError: the command line is wrong.
    """
    from qsharp_bridge.results.from_journal import is_journal

    try:
        if not is_journal(path):
            raise SweepError(f"{path} is not the journal of a run")
    except FileNotFoundError:
        raise SweepError(f"there is no journal {path}") from None
    except OSError as error:
        raise SweepError(f"cannot read {path}: {error.strerror}") from None


def about(path: Path) -> tuple[Manifest, bool]:
    """Return the manifest of a journal, and whether all of its points have ended.

    Raises:
        JournalError: the file is no journal, or is damaged.
    """
    from qsharp_bridge.results.from_journal import open_for_reading

    with open_for_reading(path) as record:
        return record.manifest, all(row.ended for row in record.jobs())


def is_hybrid(path: Path) -> bool:
    """Return whether a file is the journal of a hybrid session, whose points are a log of calls."""
    from qsharp_bridge.results.from_journal import is_journal

    return is_journal(path) and about(path)[0].hybrid


def pending_line(results: SweepResults) -> str | None:
    """Return one line about the points that have not ended, or None when all have."""
    pending = [row.index for row in results.pending]
    if not pending:
        return None
    runs = [[index for _, index in group] for _, group in groupby(enumerate(pending), lambda pair: pair[1] - pair[0])]
    named = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    shown = ", ".join(named[:8]) + (", ..." if len(named) > 8 else "")
    return f"{len(pending)} of {len(results)} points have not ended: {shown}"
