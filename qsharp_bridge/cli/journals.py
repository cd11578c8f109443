"""Journals of runs and files of results, read for the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import JournalError, ResultFormatError, SweepError

if TYPE_CHECKING:
    from ..sweeps import SweepResults

_SQLITE = b"SQLite format 3\0"


def about(path: Path) -> tuple[dict[str, Any], bool]:
    """What identifies the run of a journal, and whether each of its points has ended.

    Raises:
        JournalError: no journal, a damaged one, or one in use.
    """
    from ..sweeps.journal import Journal

    with Journal.open(path) as record:
        return record.about, all(row.ended for row in record.jobs())


def results_in(path: Path) -> SweepResults:
    """The results in a journal, or in a JSON, CSV or Parquet file of results.

    Raises:
        SweepError: the file cannot be read.
        ResultFormatError: it is something else.
        JournalError: a damaged journal, or one that a run is writing now.
    """
    try:
        with path.open("rb") as stream:
            is_journal = stream.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise SweepError(f"cannot read {path}: {error.strerror}") from None
    if is_journal:
        return _in_journal(path)
    from ..sweeps import SweepResults

    readers = {".csv": SweepResults.from_csv, ".parquet": SweepResults.from_parquet}
    try:
        return readers.get(path.suffix.lower(), SweepResults.from_json)(path)
    except ResultFormatError as error:
        error.path = error.path or str(path)
        raise


def _in_journal(path: Path) -> SweepResults:
    from ..sweeps import Sweep
    from ..sweeps.journal import Journal
    from ..sweeps.stored import results_of

    with Journal.open(path) as record:
        try:
            if record.about["sweep"] is None:
                raise JournalError(f"{path} is the journal of a hybrid loop", advice="read it with HybridSession")
            return results_of(record, Sweep.from_json(json.dumps(record.about["sweep"])))
        except (KeyError, TypeError) as error:
            raise JournalError(f"{path} is damaged: {type(error).__name__} {error}") from None
