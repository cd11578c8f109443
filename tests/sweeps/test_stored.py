"""Results out of a journal: after a run, during one, and after one that died."""

import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import JournalError
from qsharp_bridge.sweeps.journal import Journal
from qsharp_bridge.sweeps.stored import is_journal

from .conftest import CERTAIN


@pytest.fixture
def journal(turn, sweep, tmp_path):
    path = tmp_path / "run.db"
    qb.run_sweep(turn, sweep, qb.LocalSimulator(), shots=10, journal=path)
    return path


def test_a_finished_run_gives_what_it_gave(turn, sweep, tmp_path):
    path = tmp_path / "run.db"
    results = qb.run_sweep(turn, sweep, qb.LocalSimulator(seed=1), shots=10, journal=path)
    before = sorted(os.listdir(tmp_path))
    assert qb.SweepResults.from_journal(path) == results == qb.SweepResults.from_journal(str(path))
    assert results.pending == []
    assert sorted(os.listdir(tmp_path)) == before  # nothing is left behind


def test_of_a_grid_a_grid(turn, tmp_path):
    sweep = qb.Sweep.grid(theta=[0.0, math.pi], flip=[False, True])
    qb.run_sweep(turn, sweep, qb.LocalSimulator(), shots=10, journal=tmp_path / "j")
    assert qb.SweepResults.from_journal(tmp_path / "j").to_xarray().sizes["theta"] == 2


def test_while_the_run_is_on(turn, sweep, target, tmp_path):
    path = tmp_path / "run.db"
    seen = []
    with qb.start_sweep(turn, sweep, target, 10, journal=path, max_in_flight=2) as run:
        for point in run.as_completed():
            now = qb.SweepResults.from_journal(path)
            assert now[point.index] == point
            assert len(now) == len(sweep)
            assert {row.index for row in now.pending} == {row.index for row in now if not row.counts}
            seen.append(now)
        final = run.results()
    assert list(final.counts) == [{display: 10} for display in CERTAIN]
    assert qb.SweepResults.from_journal(path) == final


def test_while_another_process_writes_it(journal):
    """A writer with its transaction open, as another process sees it: what was committed before is what is read."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE job SET state = 'sent' WHERE point = 3")
        code = f"import qsharp_bridge as qb; print(len(qb.SweepResults.from_journal({str(journal)!r}).pending))"
        ask = [sys.executable, "-c", code]
        assert subprocess.run(ask, capture_output=True, text=True, check=True).stdout == "0\n"
        db.execute("COMMIT")
        assert subprocess.run(ask, capture_output=True, text=True, check=True).stdout == "1\n"


def test_a_run_holds_its_journal_and_reading_takes_nothing_from_it(journal):
    with Journal.open(journal):
        assert len(qb.SweepResults.from_journal(journal)) == 10
        with pytest.raises(JournalError):
            Journal.open(journal)
    with Journal.open(journal) as record:
        assert len(record.jobs()) == 10


def test_points_that_have_not_ended_are_named(journal):
    with closing(sqlite3.connect(journal)) as db, db:
        for point, state in ((1, "planned"), (4, "sending"), (7, "sent")):
            db.execute("UPDATE job SET state = ? WHERE point = ?", [state, point])
        db.execute("UPDATE job SET state = 'Failed', error = 'no luck' WHERE point = 2")
    results = qb.SweepResults.from_journal(journal)
    assert [row.index for row in results.pending] == [1, 4, 7]
    assert [row.index for row in results.failures] == [1, 2, 4, 7]


def test_a_hybrid_session_is_its_log_of_evaluations(turn, tmp_path):
    path = tmp_path / "loop.db"
    with qb.HybridSession(turn, qb.LocalSimulator(seed=1), shots=20, journal=path) as session:
        assert qb.SweepResults.from_journal(path).points == qb.Sweep.points([])
        session(0.0, False)
        session.map([{"theta": math.pi, "flip": False}, {"theta": 0.0, "flip": False}])
        assert qb.SweepResults.from_journal(path) == session.results
    results = qb.SweepResults.from_journal(path)
    assert results == session.results
    assert [point["theta"] for point in results.points] == [0.0, math.pi, 0.0]


def test_what_is_no_journal(journal, tmp_path):
    with pytest.raises(JournalError, match=r"there is no journal .*nowhere"):
        qb.SweepResults.from_journal(tmp_path / "nowhere")
    with pytest.raises(JournalError, match=r"cannot read the journal .*: Is a directory"):
        qb.SweepResults.from_journal(tmp_path)
    (tmp_path / "text").write_text("not a database, but long enough to be taken for one" * 30)
    with pytest.raises(JournalError, match=r"cannot be read as a journal"):
        qb.SweepResults.from_journal(tmp_path / "text")
    (tmp_path / "empty").touch()
    with pytest.raises(JournalError, match=r"its run has not begun"):
        qb.SweepResults.from_journal(tmp_path / "empty")
    with closing(sqlite3.connect(tmp_path / "other")) as db, db:
        db.execute("CREATE TABLE mine (x)")
    with pytest.raises(JournalError, match=r"no journal of a run"):
        qb.SweepResults.from_journal(tmp_path / "other")
    with closing(sqlite3.connect(journal)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalError, match=r"another version \(99"):
        qb.SweepResults.from_journal(journal)


def test_a_damaged_one_is_told(journal, tmp_path):
    whole = journal.read_bytes()
    for cut in range(100, len(whole), 1500):
        for data in (whole[:cut], whole[:cut] + b"\xff" * 600 + whole[cut + 600 :]):
            damaged = tmp_path / "damaged"
            damaged.write_bytes(data)
            told = ""
            try:  # an error of ours, or the part was one that nothing stood in
                assert len(qb.SweepResults.from_journal(damaged)) == 10
            except JournalError as error:
                told = str(error)
            assert not told or str(damaged) in told


def test_is_journal(journal, tmp_path):
    (tmp_path / "x").write_text("x")
    assert is_journal(journal)
    assert not is_journal(tmp_path / "x")


def test_in_a_folder_that_cannot_be_written(journal):
    """A colleague's results: read by somebody who may not write there."""
    with tempfile.TemporaryDirectory() as folder:
        theirs = os.path.join(folder, "run.db")
        shutil.copy(journal, theirs)
        os.chmod(theirs, 0o444)
        os.chmod(folder, 0o555)
        code = (
            f"import os, qsharp_bridge as qb; read = qb.SweepResults.from_journal; read({str(journal)!r});"
            "os.geteuid() == 0 and os.setuid(65534);"  # root may write everywhere
            f"print(len(read({theirs!r})))"
        )
        try:
            ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
            assert ended.stdout == "10\n", ended.stderr
            assert os.listdir(folder) == ["run.db"]
        finally:
            os.chmod(folder, 0o755)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("output", "UPDATE output SET raw = substr(raw, 1, length(raw) - 3)"),
        ("about", "UPDATE about SET value = substr(value, 2) WHERE key = 'sweep'"),
    ],
)
def test_content_that_is_damaged_inside_a_sound_file(turn, sweep, tmp_path, table, change):
    path = tmp_path / "run.db"
    qb.run_sweep(turn, sweep, qb.LocalSimulator(), shots=5, journal=path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(change)
    with pytest.raises(JournalError, match="damaged"):
        qb.SweepResults.from_journal(path)
    with pytest.raises(JournalError, match="damaged"):
        qb.resume_sweep(path, qb.LocalSimulator())
