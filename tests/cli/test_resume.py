"""qsharp-bridge resume; a run that was killed is in test_run."""

import json
import sqlite3
from contextlib import closing

import pytest

import qsharp_bridge as qb
from qsharp_bridge.journal.journal import Journal
from tests.shared.command_line import CERTAIN


def counts(text: str) -> list[dict[str, int]]:
    return qb.SweepResults.from_json(text).counts


@pytest.fixture
def journal(cli, folder):
    """The journal of a run that has ended, here."""
    assert cli("run", folder / "sweep.toml", "--journal", folder / "run.journal").code == 0
    return folder / "run.journal"


def forget(journal, points: list[int]) -> None:
    """Make a journal what it was before these points were run."""
    put_back(journal, points, "planned")


def put_back(journal, points: list[int], state: str) -> None:
    """Take the results of these points out of a journal, and let their jobs be in that state."""
    with Journal.open(journal) as record:
        ids = [record.job(point).id for point in points]
        record.set_states([(job_id, state) for job_id in ids])
    with closing(sqlite3.connect(journal)) as db, db:
        db.executemany("DELETE FROM output WHERE job_id = ?", [[job_id] for job_id in ids])


def test_a_run_that_has_ended_gives_its_results_again(cli, journal):
    (journal.parent / "turn.qs").unlink()  # nothing is compiled, no service is asked
    ended = cli("resume", journal, "--json", "--workspace", "http://127.0.0.1:9")
    assert ended.code == 0
    assert counts(ended.out) == CERTAIN


def test_the_rest_of_a_run_on_this_machine(cli, journal):
    forget(journal, [1, 3])
    assert cli("results", journal).out.count("planned") == 2
    ended = cli("resume", journal, "--json")
    assert ended.code == 0
    assert counts(ended.out) == CERTAIN


def test_a_sweep_file_names_the_journal_and_the_outputs(cli, folder):
    (folder / "j.toml").write_text(
        'journal = "run.journal"\noutput = "r.json"\nworkspace = "local"\ntarget = "ionq.simulator"\n'
        + (folder / "sweep.toml").read_text()
    )
    assert cli("run", folder / "j.toml").code == 0
    (folder / "r.json").unlink()
    ended = cli("resume", folder / "j.toml")
    assert ended.code == 0
    assert counts((folder / "r.json").read_text()) == CERTAIN


def test_the_service_beside_the_journal_is_found(cli, folder):
    journal = folder / "run.journal"
    argv = ["--target", "ionq.simulator", "--workspace", "local", "--journal", journal, "--json"]
    before = qb.SweepResults.from_json(cli("run", folder / "sweep.toml", *argv).out)
    put_back(journal, [0, 1, 2, 3], "sending")  # as if it had died before the results came in
    ended = cli("resume", journal, "--json")
    assert ended.code == 0
    assert qb.SweepResults.from_json(ended.out) == before
    (session,) = json.loads(cli("sessions", "list", "--data", f"{journal}.local", "--json").out)
    jobs = json.loads(cli("sessions", "jobs", session["id"], "--data", f"{journal}.local", "--json").out)
    assert sorted(job["id"] for job in jobs) == sorted(before.job_ids)


def test_failed_jobs_are_sent_again_only_on_request(cli, folder, service):
    service.faults.add("jobs.run", "fail_job", name="Turn 2*")
    journal = folder / "run.journal"
    where = ["--workspace", service.url]
    argv = ["--target", "ionq.simulator", "--journal", journal]
    assert cli("run", folder / "sweep.toml", *where, *argv).code == 1
    assert cli("resume", journal, *where).code == 1
    ended = cli("resume", journal, *where, "--retry-failed", "--json")
    assert ended.code == 0
    assert counts(ended.out) == CERTAIN
    assert "qsharp-bridge resume: warning: session " in ended.err
    assert "running.py" not in ended.err
    with service.workspace() as workspace:
        assert len(workspace.list_jobs()) == 5


@pytest.mark.parametrize("how", ["flag", "key"])
def test_no_other_session_where_that_is_not_wanted(cli, folder, service, how):
    service.faults.add("jobs.run", "fail_job", name="Turn 2*", times=2)
    journal, key, flag = folder / "run.journal", "link_sessions = false\n", ["--no-link-sessions"]
    (folder / "s.toml").write_text(
        f'journal = "run.journal"\nworkspace = "{service.url}"\ntarget = "ionq.simulator"\n'
        + (key if how == "key" else "")
        + (folder / "sweep.toml").read_text()
    )
    assert cli("run", folder / "s.toml").code == 1
    ended = cli("resume", folder / "s.toml", "--retry-failed", *(flag if how == "flag" else []))
    assert ended.code == 3
    assert "session" in ended.err
    assert cli("resume", folder / "s.toml", "--retry-failed", "--link-sessions").code == 1
    assert cli("resume", folder / "s.toml", "--retry-failed", "--link-sessions").code == 0
    assert len(qb.SweepResults.from_journal(journal).session_ids) == 3


def test_no_journal(cli, folder, refused):
    """The command line is wrong, not a journal; the same for those who only look."""
    (folder / "text").write_text("hello, this is no journal at all\n" * 10)
    (folder / "empty").touch()
    (folder / "s.toml").write_text('journal = "none"\n' + (folder / "sweep.toml").read_text())
    for name, told in (
        ("no.journal", f"there is no journal {folder / 'no.journal'}"),
        ("text", f"{folder / 'text'} is not the journal of a run"),
        ("empty", f"{folder / 'empty'} is not the journal of a run"),
        (".", f"cannot read {folder}: Is a directory"),
        ("s.toml", f"there is no journal {folder / 'none'}"),
        ("sweep.toml", "names no journal"),
    ):
        assert told in refused("resume", folder / name)
        assert cli("results", folder / name).code == 2


def test_a_journal_in_trouble(cli, folder, journal):
    """Also the same for those who only look."""
    journal.write_bytes(journal.read_bytes()[:-5000])
    ended = cli("resume", journal)
    assert ended.code == 3
    assert "restore a copy" in ended.err
    assert cli("results", journal).code == 3


def test_no_workspace_is_named(cli, folder, service, refused):
    journal = folder / "run.journal"
    service.faults.add("jobs.run", "fail_job", times=4)
    argv = ["--target", "ionq.simulator", "--workspace", service.url, "--journal", journal]
    assert cli("run", folder / "sweep.toml", *argv).code == 1
    assert "no workspace is named" in refused("resume", journal, "--retry-failed")
