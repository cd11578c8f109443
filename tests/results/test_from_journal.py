"""Results out of a journal: after a run, during one, and after one that died."""

import math
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.errors import JournalError
from qsharp_bridge.journal.checksums import updating, use_checksums
from qsharp_bridge.journal.job_rows import JobEnd
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.results.from_journal import is_journal, results_of
from qsharp_bridge.results.results import SweepResults
from tests.shared.journals import manifest, spans
from tests.shared.runs import CERTAIN, ten_points


@pytest.fixture(scope="module")
def run_here(turn, tmp_path_factory):
    """The journal of a run on this machine, of the points of `sweep`, byte for byte."""
    path = tmp_path_factory.mktemp("here") / "run.db"
    qb.run_sweep(turn, ten_points(), qb.LocalSimulator(), shots=10, journal=path)
    return path.read_bytes()


@pytest.fixture
def journal(run_here, tmp_path):
    path = tmp_path / "run.db"
    path.write_bytes(run_here)
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
        use_checksums(db)
        db.execute("BEGIN IMMEDIATE")
        db.execute(updating("job", "state", key="number"), {"state": "sent", "number": 3})
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
    with Journal.open(journal) as record:
        ids = [row.id for row in record.jobs()]
        record.set_states([(ids[1], "planned"), (ids[4], "sending"), (ids[7], "sent")])
        record.ended([JobEnd(ids[2], "Failed", "no luck", "", None)])
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
    with pytest.raises(JournalError, match=r"empty is empty, and no journal"):
        qb.SweepResults.from_journal(tmp_path / "empty")
    with closing(sqlite3.connect(tmp_path / "other")) as db, db:
        db.execute("CREATE TABLE mine (x)")
    with pytest.raises(JournalError, match=r"no journal of a run"):
        qb.SweepResults.from_journal(tmp_path / "other")
    with closing(sqlite3.connect(journal)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalError, match=r"another version \(99"):
        qb.SweepResults.from_journal(journal)


def test_a_damaged_journal_is_an_error(journal, tmp_path):
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
    ("change", "told"),
    [
        ("UPDATE output SET raw = substr(raw, 1, length(raw) - 3) WHERE job_id = ?", "the result of job {id} is not"),
        ("UPDATE output SET format = 'microsoft.quantum-results.v1' WHERE job_id = ?", "the result of job {id} is not"),
        ("UPDATE output SET raw = zeroblob(length(raw)) WHERE job_id = ?", "the result of job {id} is not"),
        ("DELETE FROM output WHERE job_id = ?", "the result of job {id} is missing"),
        ("UPDATE job SET state = 'Failed' WHERE id = ?", r"the job \(attempt 1, id {id}\) is not"),
        ("UPDATE job SET attempt = 3 WHERE id = ?", r"the job \(attempt 3, id {id}\) is not"),
        ("UPDATE job SET error = 'none' WHERE id = ?", r"the job \(attempt 1, id {id}\) is not"),
    ],
)
def test_a_row_that_changed_inside_a_sound_file_is_reported_with_its_point(journal, change, told):
    with Journal.open(journal) as record:
        job_id = record.job(3).id
    with closing(sqlite3.connect(journal)) as db, db:
        assert db.execute(change, [job_id]).rowcount == 1
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    said = rf"point 3: the journal {re.escape(str(journal))} is damaged: {told.format(id=job_id)}.*; restore a copy"
    for read in (qb.SweepResults.from_journal, Journal.open, lambda path: qb.resume_sweep(path, qb.LocalSimulator())):
        with pytest.raises(JournalError, match=said) as caught:
            read(journal)
        assert "qb.recover_sweep(workspace, session_id)" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "UPDATE manifest SET value = 'x' WHERE key = 'sweep'",
            "the entry 'sweep' is not what was written",
        ),
        ("UPDATE manifest SET value = '11' WHERE key = 'shots'", "the entry 'shots' is not what was written"),
        ("DELETE FROM manifest WHERE key = 'sweep'", "the entry 'sweep' is missing"),
        ("DELETE FROM job WHERE number = 4", "the job of a point is missing"),
        ("DELETE FROM job WHERE number = 9", "it has jobs of 9 points, not of 10"),
        ("PRAGMA user_version = 0", "its version is missing"),
    ],
)
def test_what_is_wrong_with_the_whole_of_it(journal, change, told):
    with closing(sqlite3.connect(journal)) as db, db:
        db.execute(change)
    for read in (qb.SweepResults.from_journal, lambda path: qb.resume_sweep(path, qb.LocalSimulator())):
        with pytest.raises(JournalError, match=f"is damaged: {told}"):
            read(journal)


def test_a_session_and_the_evaluations_of_a_loop_have_checksums_too(turn, target, tmp_path):
    path = tmp_path / "loop.db"
    with qb.HybridSession(turn, target, shots=5, journal=path) as session:
        session(0.0, False)
        session(0.0, True)
    (session_id,) = session.results.session_ids
    for change, told in (
        (
            "UPDATE point SET content = replace(content, 'true', 'false')",
            "point 1: .*: the record of its values is not",
        ),
        ("UPDATE session SET id = replace(id, '-', '_')", f"the session {session_id.replace('-', '_')} is not"),
    ):
        shutil.copy(path, tmp_path / "copy.db")
        with closing(sqlite3.connect(tmp_path / "copy.db")) as db, db:
            db.execute(change)
        with pytest.raises(JournalError, match=told):
            qb.SweepResults.from_journal(tmp_path / "copy.db")
        with pytest.raises(JournalError, match=told):
            qb.HybridSession(turn, target, shots=5, journal=tmp_path / "copy.db").__enter__()


@pytest.fixture(scope="module")
def finished(turn, tmp_path_factory):
    """A finished journal with some of everything, byte for byte, and what is to be read from it."""
    path = tmp_path_factory.mktemp("finished") / "run.db"
    sweep = qb.Sweep.linspace("theta", 0, 3, 6) * qb.Sweep.grid(flip=[True])
    with LocalService(seed=7) as service, service.workspace() as workspace:
        service.faults.add("jobs.run", "fail_job", name="Turn 1", message="the ion was lost")
        results = qb.run_sweep(turn, sweep, workspace.get_targets("ionq.simulator"), shots=20, journal=path)
    return path.read_bytes(), results


# Where the file has something: between the pages' headers and their cells there are only zeros, which nobody reads.
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), flip=st.integers(1, 255))
def test_a_byte_that_changed_is_reported_or_changes_nothing(finished, tmp_path, data, flip):
    content, results = finished
    places = [place for place, byte in enumerate(content) if byte]
    place = data.draw(st.sampled_from(places), label="place")
    path = tmp_path / f"{place}-{flip}.db"
    path.write_bytes(content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :])

    def open_and_read() -> qb.SweepResults:
        with Journal.open(path) as record:
            return results_of(record, results.points, SweepResults)

    def told_by(read) -> str | qb.SweepResults:
        try:
            return read()
        except JournalError as error:
            return str(error)

    for found in (told_by(lambda: qb.SweepResults.from_journal(path)), told_by(open_and_read)):
        if isinstance(found, str):
            assert str(path) in found
            continue
        assert found == results
        assert [row.raw for row in found] == [row.raw for row in results]
        assert (found.session_ids, found.target, found.shots) == (results.session_ids, results.target, results.shots)


def test_a_damaged_journal_is_never_taken_for_an_empty_one_and_written_over(turn, finished, tmp_path):
    """The number of tables, in the header of the first page, is zero: SQLite sees no table at all."""
    content, results = finished
    path = tmp_path / "run.db"
    path.write_bytes(content[:103] + b"\0\0" + content[105:])
    damaged = path.read_bytes()
    with pytest.raises(JournalError, match="is damaged"):
        qb.run_sweep(turn, results.points, qb.LocalSimulator(), shots=20, journal=path)
    with pytest.raises(JournalError, match="exists already"):
        Journal.create(path, manifest(), spans(6))
    assert path.read_bytes() == damaged
