"""The journal by itself: durable, versioned, whole or refused."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import zlib
from dataclasses import asdict
from pathlib import Path

import pytest

from qsharp_bridge.errors import JournalError
from qsharp_bridge.journal.checksums import insert
from qsharp_bridge.journal.file import VERSION
from qsharp_bridge.journal.job_rows import JobEnd, JobSpan
from qsharp_bridge.journal.journal import MAX_OUTPUT, Journal, _texts
from qsharp_bridge.results.from_journal import open_for_reading
from qsharp_bridge.states import JobState
from tests.shared.journals import manifest, spans


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.db"


def test_a_new_journal_has_an_id_for_every_point(path):
    made = manifest()
    with Journal.create(path, made, spans(3)) as journal:
        rows = journal.jobs()
        assert [(row.first, row.attempt, row.state, row.session_id) for row in rows] == [
            (0, 1, JobState.PLANNED, None), (1, 1, JobState.PLANNED, None), (2, 1, JobState.PLANNED, None),
        ]  # fmt: skip
        assert len({row.id for row in rows}) == 3
    with Journal.open(path) as journal:
        assert journal.jobs() == rows
        assert journal.manifest == made
        assert [row.id for row in rows] == [made.job_id(str(number)) for number in range(3)]


def test_a_job_goes_through_its_states(path):
    with Journal.create(path, manifest(), spans(2)) as journal:
        first, second = journal.jobs()
        journal.add_session("s", "a session")
        journal.set_session("s", "Waiting")
        journal.sending([first], "s")
        journal.set_states([(first.id, JobState.SENT)])
        journal.ended([JobEnd(first.id, "Succeeded", None, "a format", b"raw" * 1000)])
        journal.sending([second], "s")
        journal.ended([JobEnd(second.id, "Failed", "Code: why", "", None)])
    with Journal.open(path) as journal:
        one, two = journal.jobs()
        assert (one.state, one.session_id, one.error) == ("Succeeded", "s", None)
        assert (two.state, two.error) == ("Failed", "Code: why")
        assert list(journal.outputs()) == [(one.id, "a format", b"raw" * 1000)]
        assert list(journal.outputs([two.id])) == []
        assert journal.sessions() == [("s", "a session", "Waiting")]
        assert journal.job(1) == two


def test_a_second_attempt_has_an_id_of_its_own_and_the_first_stays_on_record(path):
    with Journal.create(path, manifest(), spans(2)) as journal:
        journal.ended([JobEnd(journal.jobs()[1].id, "Failed", "why")])
        failed = journal.jobs()[1]
        new = journal.try_again(failed)
        assert (new.number, new.attempt, new.state) == (1, 2, JobState.PLANNED)
        assert new.id != failed.id
        assert journal.jobs()[1] == journal.job(1) == new
        assert journal.superseded() == [failed]


def test_points_may_be_added_as_a_loop_goes_on(path):
    with Journal.create(path, manifest(), spans(0)) as journal:
        assert journal.jobs() == []
        (first,) = journal.add_points([{"theta": 1}], [JobSpan(0, 1, 10)])
        second, third = journal.add_points([{"theta": 2}, {"theta": 3}], [JobSpan(0, 1, 10), JobSpan(1, 1, 20)])
        assert [row.first for row in journal.jobs()] == [0, 1, 2]
        assert journal.jobs() == [first, second, third]
        assert journal.points() == [{"theta": 1}, {"theta": 2}, {"theta": 3}]


def test_what_is_written_together_is_there_wholly_or_not_at_all(path):
    with Journal.create(path, manifest(), spans(2)) as journal:
        first, second = journal.jobs()

        def half_of_it():
            with journal.together():
                journal.set_states([(first.id, JobState.SENT)])
                raise RuntimeError("in the middle")

        with pytest.raises(RuntimeError):
            half_of_it()
        assert [row.state for row in journal.jobs()] == [JobState.PLANNED, JobState.PLANNED]
        with journal.together():
            journal.set_states([(first.id, JobState.SENT)])
            journal.set_states([(second.id, JobState.SENDING)])
            with sqlite3.connect(path) as outside:
                assert outside.execute("SELECT DISTINCT state FROM job").fetchall() == [(JobState.PLANNED,)]
        assert [row.state for row in journal.jobs()] == [JobState.SENT, JobState.SENDING]


def test_every_write_is_on_the_disk_when_it_returns(path):
    """Written by a process that then dies without a word."""
    code = """
import os, sys
from qsharp_bridge.journal.journal import Journal
from tests.shared.journals import manifest, spans
journal = Journal.create(sys.argv[1], manifest(), spans(1))
journal.add_session("s", "a session")
journal.sending(journal.jobs(), "s")
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    with Journal.open(path) as journal:
        assert [(row.state, row.session_id) for row in journal.jobs()] == [(JobState.SENDING, "s")]
        assert journal._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert journal._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_another_thread_may_read_meanwhile(path):
    with Journal.create(path, manifest(), spans(50)) as journal:
        states, problems, over = set(), [], threading.Event()

        def read():
            try:
                while not over.is_set():
                    states.add(tuple(sorted({row.state for row in journal.jobs()})))
            except Exception as error:
                problems.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        for state in (JobState.SENDING, JobState.SENT, "Succeeded") * 20:
            journal.set_states([(row.id, state) for row in journal.jobs()])
        over.set()
        reader.join()
        assert problems == []
        assert all(len(seen) == 1 for seen in states)  # never a half-written transaction


# --- refusals


def test_a_journal_that_exists_is_not_overwritten(path):
    Journal.create(path, manifest(), spans(1)).close()
    with pytest.raises(JournalError, match=r"exists already; resume_sweep"):
        Journal.create(path, manifest(), spans(1))


def test_there_must_be_one_to_open(path):
    with pytest.raises(JournalError, match="there is no journal"):
        Journal.open(path)
    assert not path.exists()
    with pytest.raises(JournalError, match="there is no journal"):
        Journal.open(path.parent)


def test_two_runs_of_one_process_cannot_have_it_both(path):
    with Journal.create(path, manifest(), spans(1)), pytest.raises(JournalError, match="in use by another run"):
        Journal.open(path)
    Journal.open(path).close()


def test_a_second_process_is_refused_until_the_first_has_died(path):
    code = """
import sys
import tempfile
from pathlib import Path
from qsharp_bridge.journal.journal import Journal
from tests.shared.journals import manifest, spans
journal = Journal.create(sys.argv[1], manifest(), spans(1))
print("has it", flush=True)
sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "has it\n"
        with pytest.raises(JournalError, match="in use by another run"):
            Journal.open(path)
        link = path.with_name("link.db")
        link.symlink_to(path)
        with pytest.raises(JournalError, match="in use by another run"):
            Journal.open(link)
        holder.kill()
    Journal.open(path).close()


def test_another_version_is_refused(path):
    Journal.create(path, manifest(), spans(1)).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(JournalError, match=rf"another version \({VERSION + 1}, this one reads {VERSION}\)"):
        Journal.open(path)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + bytes(200)])
def test_a_file_that_is_no_journal(path, content):
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"run\.db"):
        Journal.open(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program(path):
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (a)")
    with pytest.raises(JournalError, match="is no journal"):
        Journal.open(path)
    with pytest.raises(JournalError, match="exists already"):
        Journal.create(path, manifest(), spans(1))


def test_a_damaged_file_is_an_error(path):
    with Journal.create(path, manifest(), spans(2000)):
        pass
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = os.urandom(8192)
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"damaged|cannot be read") as caught:
        Journal.open(path)
    assert "restore a copy" in str(caught.value)


def test_a_torn_last_write_is_forgiven(path):
    """A power cut may leave half a transaction in the write-ahead log; what was committed before it counts."""
    code = """
import os, sys
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.journal.job_rows import JobEnd
from tests.shared.journals import manifest, spans
journal = Journal.create(sys.argv[1], manifest(), spans(3))
journal.add_session("s", "a session")
journal.sending(journal.jobs(), "s")  # brings the file up to date
journal.accepted(journal.jobs())
journal.ended(JobEnd(row.id, "Succeeded", None, "a format", os.urandom(100_000)) for row in journal.jobs())
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    log = path.with_name("run.db-wal")
    log.write_bytes(log.read_bytes()[:-1000])
    with Journal.open(path) as journal:
        assert [row.state for row in journal.jobs()] == [JobState.SENT] * 3
        assert [name for _, name, _ in journal.sessions()] == ["a session"]


def test_an_empty_file_is_no_run_that_has_not_begun(path):
    path.touch()
    with pytest.raises(JournalError, match=r"is empty, and no journal; restore the journal if this was one"):
        Journal.create(path, manifest(), spans(1))
    with pytest.raises(JournalError, match=r"is empty, and no journal; restore the journal if this was one"):
        Journal.open(path)
    assert path.read_bytes() == b""


@pytest.mark.parametrize("folder", ["none", os.devnull])
def test_a_folder_that_does_not_exist(tmp_path, folder):
    with pytest.raises(JournalError, match=r"cannot write beside the journal.*use a folder that can be written"):
        Journal.create(tmp_path / folder / "run.db", manifest(), spans(1))


def error_of_a_user_who_may_not_write(action):
    """What a JournalError says; root, for whom nothing is read-only, becomes nobody for it."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            action()
            text = "no error"
        except JournalError as error:
            text = str(error)
        except BaseException as error:
            text = repr(error)
        os.write(write, text.encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as pipe:
        return pipe.read()


@pytest.fixture
def read_only_folder():
    """Outside pytest's own folder, which nobody else may enter; holds a journal."""
    folder = Path(tempfile.mkdtemp(prefix="read-only-"))
    with Journal.create(folder / "run.db", manifest(), spans(1)):
        pass
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_folder_that_cannot_be_written(read_only_folder):
    told = error_of_a_user_who_may_not_write(lambda: Journal.create(read_only_folder / "new.db", manifest(), spans(1)))
    assert told.startswith("cannot write beside the journal")
    assert "Permission denied; use a folder that can be written" in told


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_journal_in_such_a_folder_is_not_gone_on_with_but_can_be_read(read_only_folder):
    def read():
        with open_for_reading(read_only_folder / "run.db") as journal:
            assert len(journal.jobs()) == 1

    assert error_of_a_user_who_may_not_write(read) == "no error"
    told = error_of_a_user_who_may_not_write(lambda: Journal.open(read_only_folder / "run.db"))
    assert told.startswith("cannot write beside the journal")
    assert "Permission denied; use a folder that can be written" in told


def test_a_full_disk_is_one_clear_error_and_keeps_what_there_is(path):
    with Journal.create(path, manifest(), spans(10)) as journal:
        pages = journal._db.execute("PRAGMA page_count").fetchone()[0]
        journal._db.execute(f"PRAGMA max_page_count = {pages}")
        rows = journal.jobs()
        raw = json.dumps([os.urandom(40).hex() for _ in range(4000)]).encode()
        with pytest.raises(JournalError, match=r"disk is full; make room"):
            journal.ended([JobEnd(rows[0].id, "Succeeded", None, "a format", raw)])
        assert journal.jobs() == rows
        journal._db.execute("PRAGMA max_page_count = 1000000")
        journal.ended([JobEnd(rows[0].id, "Succeeded", None, "a format", raw)])
        assert list(journal.outputs([rows[0].id])) == [(rows[0].id, "a format", raw)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_does_not_hold_the_lock(path):
    read, write = os.pipe()
    journal = Journal.create(path, manifest(), spans(1))
    child = os.fork()
    if not child:
        os.close(write)
        os.read(read, 1)  # until the test is over
        os._exit(0)
    os.close(read)
    journal.close()
    Journal.open(path).close()
    os.close(write)
    os.waitpid(child, 0)


def test_a_worker_process_does_not_hold_the_lock(path):
    """Also when the run itself was killed: the pool's workers are left over."""
    code = """
import multiprocessing, os, sys, time
from qsharp_bridge.journal.journal import Journal
from tests.shared.journals import manifest, spans
journal = Journal.create(sys.argv[1], manifest(), spans(1))
pool = multiprocessing.get_context("fork").Pool(1)
pool.apply(os.getpid)
print("ready", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "ready\n"
        holder.kill()
        holder.wait()
        Journal.open(path).close()


@pytest.mark.parametrize("when", ["live", "closed"])
def test_a_journal_with_a_second_name_becomes_a_copy(path, when):
    """SQLite's log lies beside the name by which a file was opened: two logs for one file would destroy it."""
    link = path.with_name("link.db")
    with Journal.create(path, manifest(), spans(3)) as journal:
        ids = [row.id for row in journal.jobs()]
        link.hardlink_to(path)
        journal.sending(journal.jobs()[:1], "s")
        if when == "live":
            with Journal.open(link) as other:
                assert [row.id for row in other.jobs()] == ids
                other.sending(other.jobs()[2:], "s")
    if when == "closed":
        Journal.open(link).close()
    assert path.stat().st_ino != link.stat().st_ino
    with Journal.open(path) as journal:
        assert [row.state for row in journal.jobs()] == [JobState.SENDING, JobState.PLANNED, JobState.PLANNED]


# --- journals that somebody changed


def _with_a_result(path):
    with Journal.create(path, manifest(), spans(1)) as journal:
        (row,) = journal.jobs()
        journal.ended([JobEnd(row.id, "Succeeded", None, "a format", b"{}")])
    return row, sqlite3.connect(path, isolation_level=None)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE point; CREATE VIEW point AS WITH RECURSIVE r(point, content, checksum) AS "
        "(SELECT 0, '', 0 UNION ALL SELECT point + 1, '', 0 FROM r) SELECT * FROM r WHERE point < 0",
        "CREATE TRIGGER t AFTER UPDATE ON job BEGIN DELETE FROM output; END",
        "CREATE VIRTUAL TABLE v USING fts5(a)",
        "DROP TABLE session",
        "ALTER TABLE job ADD COLUMN more",
    ],
)
def test_sql_of_a_stranger_is_not_run(path, statement):
    """The first one never ends."""
    _, db = _with_a_result(path)
    db.executescript(statement)
    db.close()
    for read in (Journal.open, open_for_reading):
        with pytest.raises(JournalError, match="its tables were changed"):
            read(path)


@pytest.mark.parametrize(
    ("packed", "problem"),
    [
        (lambda: zlib.compress(bytes(MAX_OUTPUT + 1), 9), "it inflates to more than 268,435,456 bytes"),
        (lambda: b"junk", "incorrect header"),
        (lambda: zlib.compress(b"{}")[:-1], "it is cut off"),
        (lambda: zlib.compress(b"{}") + b"more", "something follows it"),
        (lambda: "text", "the result of job"),
    ],
)
def test_results_of_a_stranger_are_inflated_to_a_limit(path, packed, problem):
    row, db = _with_a_result(path)
    insert(db, "output", [(row.id, "a format", packed())], replace=True)
    db.close()
    with open_for_reading(path) as journal, pytest.raises(JournalError, match=problem):
        list(journal.outputs())


@pytest.mark.parametrize("change", [{"first": -1}, {"size": 0}, {"shots": -5}, {"shots": "many"}, {"size": 1e300}])
def test_jobs_with_impossible_numbers(path, change):
    row, db = _with_a_result(path)
    insert(db, "job", [tuple({**asdict(row), **change}.values())], replace=True)
    db.close()
    with open_for_reading(path) as journal, pytest.raises(JournalError, match="impossible numbers"):
        journal.jobs()


def test_points_are_written_as_each_is_alone():
    """The ids of jobs follow from the texts of their points: values in common, and the order of names, change none."""
    shared = [0.5, {"$qsharp": "PauliX"}]
    points = [{"b": shared, "a": {"$mapping": {"y": 1, "x": "é"}}}, {"b": shared, "a": 2}, {}]
    assert _texts(points, sort=True) == [json.dumps(point, sort_keys=True) for point in points]
    assert _texts(points, sort=False) == [json.dumps(point) for point in points]
