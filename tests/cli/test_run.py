"""qsharp-bridge run, against the simulator here and against a service."""

import csv
import json
import os
import signal
import sqlite3
import time
from contextlib import closing

import pytest

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService
from tests.shared.command_line import CERTAIN, start


def counts(text: str) -> list[dict[str, int]]:
    return qb.SweepResults.from_json(text).counts


def test_on_this_machine(cli, folder):
    ended = cli("run", folder / "sweep.toml", "--json")
    assert ended.code == 0
    assert counts(ended.out) == CERTAIN
    assert "4/4 points sent, 4 done" in ended.err


def test_the_table_is_on_stdout_and_progress_on_stderr(cli, folder):
    ended = cli("run", folder / "sweep.toml")
    assert ended.out.splitlines()[0].split() == ["point", "theta", "flip", "job", "state", "most", "frequent", "counts"]
    assert ended.out.count("Succeeded") == 4
    assert "Turn on local.simulator: 4/4" in ended.err
    assert cli("run", folder / "sweep.toml", "--quiet").err == ""


def test_exact_probabilities_with_a_journal(cli, folder):
    ended = cli("run", folder / "sweep.toml", "--exact", "--journal", folder / "exact.db", "--json")
    results = qb.SweepResults.from_json(ended.out)
    assert (ended.code, results.exact, results.counts) == (0, True, [{}] * 4)
    assert cli("resume", folder / "exact.db", "--json").out == ended.out
    assert "4, exact" in cli("plan", folder / "sweep.toml", "--exact").out


def test_as_jobs_in_one_session(cli, folder, service):
    where = ["--target", "ionq.simulator", "--workspace", service.url]
    ended = cli("run", folder / "sweep.toml", *where, "--session-name", "mine", "--json")
    assert ended.code == 0
    results = qb.SweepResults.from_json(ended.out)
    assert results.counts == CERTAIN
    with service.workspace() as workspace:
        (session,) = workspace.list_sessions()
        assert session.details.name == "mine"
        assert (session.id,) == results.session_ids
        assert {job.id for job in workspace.list_session_jobs(session.id)} == set(results.job_ids)


def test_flags_override_the_file(cli, folder):
    ended = cli("run", folder / "sweep.toml", "--shots", "7", "--set", "theta=0", "--seed", "1", "--json")
    assert counts(ended.out) == [{"0": 7}, {"1": 7}]


def test_a_seed_makes_runs_equal(cli, folder):
    argv = ["run", folder / "sweep.toml", "--set", "theta=1.5", "--shots", "1000", "--json", "--seed"]
    assert cli(*argv, "3").out == cli(*argv, "3").out
    assert counts(cli(*argv, "3").out) != counts(cli(*argv, "4").out)


def test_workers_give_the_same(cli, folder):
    argv = ["run", folder / "sweep.toml", "--set", "theta=1.5", "--seed", "3", "--json"]
    assert cli(*argv, "--workers", "2").out == cli(*argv).out
    (folder / "w.toml").write_text("workers = 2\n" + (folder / "sweep.toml").read_text())
    assert cli("run", folder / "w.toml", *argv[2:]).out == cli(*argv).out


def test_outputs(cli, folder):
    outputs = [folder / name for name in ("r.json", "r.csv", "sub/r.png", "r.svg", "r.parquet")]
    ended = cli("run", folder / "sweep.toml", "--quiet", *(word for path in outputs for word in ("--output", path)))
    assert ended.err.splitlines() == [f"wrote {path}" for path in outputs]
    assert counts(outputs[0].read_text()) == CERTAIN
    with outputs[1].open(newline="") as stream:
        assert [int(row["count"]) for row in csv.DictReader(stream) if row["outcome"]] == [20] * 4
    assert outputs[2].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in outputs[3].read_text()


def test_a_failed_job_is_exit_code_1(cli, folder, service):
    service.faults.add("jobs.run", "fail_job", name="Turn 1*", message="no luck")
    ended = cli("run", folder / "sweep.toml", "--target", "ionq.simulator", "--workspace", service.url)
    assert ended.code == 1
    assert ended.out.count("Succeeded") == 3
    assert "no luck" in ended.out


def test_the_same_run_again_costs_nothing(cli, folder, service):
    argv = [
        "run", folder / "sweep.toml", "--target", "ionq.simulator", "--workspace", service.url,
        "--journal", folder / "run.journal", "--json",
    ]  # fmt: skip
    first, second = cli(*argv), cli(*argv)
    assert first.out == second.out
    with service.workspace() as workspace:
        assert len(workspace.list_jobs()) == 4
    changed = cli(*argv, "--shots", "5")
    assert changed.code == 3
    assert "is the journal of another run: the number of shots changed" in changed.err
    assert f"`qsharp-bridge resume {folder / 'run.journal'}` finishes the old one" in changed.err


def test_a_service_of_its_own_keeps_its_jobs_beside_the_journal(cli, folder):
    journal = folder / "run.journal"
    argv = ["--target", "ionq.simulator", "--workspace", "local", "--journal", journal]
    assert cli("run", folder / "sweep.toml", *argv).code == 0
    (session,) = json.loads(cli("sessions", "list", "--data", f"{journal}.local", "--json").out)
    assert session["state"] == "Succeeded"


def test_interrupted(folder):
    with LocalService(pace=30) as service:
        argv = ["--target", "ionq.simulator", "--workspace", service.url, "--journal", folder / "j"]
        process = start("run", folder / "sweep.toml", *argv, env=_environment(service))
        wait_until_sent(folder / "j", process, 4)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == (
        f"qsharp-bridge run: interrupted; `qsharp-bridge resume {folder / 'j'}` continues it"
    )


def test_terminated(folder):
    with LocalService(pace=30) as service:
        argv = ["--target", "ionq.simulator", "--workspace", service.url, "--on-interrupt", "cancel", "--journal", "j"]
        process = start("run", folder / "sweep.toml", *argv, env=_environment(service), cwd=folder)
        wait_until_sent(folder / "j", process, 4)
        process.terminate()
        out, _ = process.communicate(timeout=60)
        assert (process.returncode, out) == (143, "")
        with service.workspace() as workspace:
            assert {job.details.status for job in workspace.list_jobs()} == {"Cancelled"}


def test_a_timeout_leaves_a_run_to_resume(cli, folder, monkeypatch):
    journal = folder / "run.journal"
    with LocalService(pace=2) as service:
        monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", service.api_key)
        argv = ["--target", "ionq.simulator", "--workspace", service.url, "--journal", journal]
        ended = cli("run", folder / "sweep.toml", *argv, "--timeout", "0.5", "--quiet")
        assert ended.code == 3
        assert ended.err.endswith(f"`qsharp-bridge resume {journal}` continues it\n")
        assert counts(cli("resume", journal, "--workspace", service.url, "--json").out) == CERTAIN


def test_killed_and_resumed(cli, folder, monkeypatch):
    journal = folder / "run.journal"
    with LocalService(pace=2) as service:
        monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", service.api_key)
        where = ["--workspace", service.url]
        argv = [*where, "--target", "ionq.simulator", "--journal", journal, "--max-in-flight", "1"]
        process = start("run", folder / "sweep.toml", *argv, env=_environment(service))
        wait_until_sent(journal, process, 2)
        process.kill()
        process.communicate()
        ended = cli("resume", journal, *where, "--json")
        assert ended.code == 0
        assert counts(ended.out) == CERTAIN
        with service.workspace() as workspace:
            assert sorted(job.id for job in workspace.list_jobs()) == sorted(
                qb.SweepResults.from_json(ended.out).job_ids
            )


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (
            ["--shots", "0"],
            "--shots: expected a whole number from 1, an array of them, or a column, found 0",
        ),
        (["--failure-policy", "abrt"], "'--failure-policy': unknown choice 'abrt'; did you mean abort?"),
        (["--profile", "base"], "did you mean Base?"),
        (["--output", "a.pgn"], "did you mean .png?"),
        (
            ["--target", "ionq.simulator"],
            "no workspace is named for the target 'ionq.simulator'; give --workspace",
        ),
        (["--target", "local.simulatr"], "the target local.simulator needs none"),
        (["--target", "ionq.simulatr", "--workspace", "local"], "did you mean ionq.simulator?"),
        (["--target", "ionq.simulator", "--workspace", "local", "--seed", "1"], "only local.simulator takes seed"),
        (
            ["--target", "ionq.simulator", "--workspace", "local", "--workers", "2"],
            "only local.simulator takes workers",
        ),
        (["--workers", "0"], "--workers: expected a whole number from 1, found 0"),
        (["--link-session"], "did you mean --link-sessions?"),
        (["--set", "thta=1"], "parameters.thta: Turn has no such parameter; did you mean theta?"),
        (["--set", "theta=NaN"], "Turn, point 0: theta: nan is not a finite Double"),
        (["--set", "theta"], "NAME=VALUE"),
        (["--profile", "Base", "--set", "flip=1"], "Turn, point 0: flip: "),
    ],
)
def test_refuses_before_anything_is_sent(refused, folder, argv, told):
    assert told in refused("run", folder / "sweep.toml", *argv)


def test_over_the_budget(cli, folder):
    where = ["--workspace", "local", "--target", "ionq.qpu.aria-1"]
    ended = cli("run", folder / "sweep.toml", *where, "--budget", "10")
    assert ended.code == 3
    assert "over the budget of 10 AQT" in ended.err
    assert ended.err.count("\n") == 1


def test_no_service_there(cli, folder, monkeypatch):
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "x")
    with LocalService() as gone:
        url = gone.url
    ended = cli("run", folder / "sweep.toml", "--target", "ionq.simulator", "--workspace", url)
    assert ended.code == 3
    assert f"no service answers at {url}" in ended.err


def test_a_key_never_shows(cli, folder, service, monkeypatch):
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "wrong-secret")
    where = ["--target", "ionq.simulator", "--workspace", service.url]
    ended = cli("run", folder / "sweep.toml", *where, "--journal", folder / "j")
    assert ended.code == 3
    assert "wrong-secret" not in ended.out + ended.err


@pytest.mark.parametrize("verb", ["run", "plan"])
def test_a_wrong_key_is_reported_as_such(cli, folder, service, monkeypatch, verb):
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "wrong")
    ended = cli(verb, folder / "sweep.toml", "--target", "ionq.simulator", "--workspace", service.url)
    assert (ended.code, ended.out) == (3, "")
    assert "cannot list the targets of the workspace: 401 Unauthorized; the credentials were refused" in ended.err


def test_outputs_are_checked_before_the_run(refused, cli, folder, service):
    where = ["--target", "ionq.simulator", "--workspace", service.url]
    (folder / "taken.json").mkdir()
    assert "taken.json is a folder" in refused("run", folder / "sweep.toml", *where, "--output", folder / "taken.json")
    nowhere = cli("run", folder / "sweep.toml", *where, "--output", "/proc/no/such.json")
    assert (nowhere.code, nowhere.out) == (3, "")
    assert service.requests.count("jobs.create") == 0


def test_results_that_cannot_be_written_are_printed(cli, folder, monkeypatch):
    """The disk fills up while the run is on: what was paid for is not lost."""
    from qsharp_bridge import SweepResults

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SweepResults, "to_csv", full)
    ended = cli("run", folder / "sweep.toml", "--output", folder / "r.csv", "--json")
    assert ended.code == 3
    assert counts(ended.out) == CERTAIN
    assert "No space left on device" in ended.err


def test_a_journal_that_is_something_else_is_left_alone(cli, folder):
    before = sorted(path.name for path in folder.iterdir())
    for name, told in (("turn.qs", "turn.qs is another file, and no journal"), (".", "is a folder; name a file")):
        ended = cli("run", folder / "sweep.toml", "--journal", folder / name)
        assert ended.code == 3
        assert told in ended.err
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_folder_is_for_a_service_of_its_own(cli, folder, service, refused):
    argv = ["--target", "ionq.simulator", "--workspace", service.url]
    assert "only a local service in this process has a folder" in refused(
        "run", folder / "sweep.toml", *argv, "--data", folder / "d"
    )
    assert "expected the name of a workspace" in refused("run", folder / "sweep.toml", "--workspace", "")
    (folder / "d.toml").write_text('workspace = "local"\ndata = "d"\n' + (folder / "sweep.toml").read_text())
    assert cli("run", folder / "d.toml", *argv).code == 0  # the folder is that of the service in the file


def wait_until_sent(journal, process, jobs: int) -> None:
    """Wait until the journal says that the service has accepted so many jobs."""
    while _sent(journal) < jobs:
        assert process.poll() is None
        time.sleep(0.01)


def _sent(journal) -> int:
    if not journal.exists() or not journal.stat().st_size:
        return 0
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as db:
        try:
            return db.execute("SELECT count(*) FROM job WHERE state = 'sent'").fetchone()[0]
        except sqlite3.OperationalError:
            return 0  # its tables are being made


def _environment(service: LocalService) -> dict[str, str]:
    return {**os.environ, "QSHARP_BRIDGE_API_KEY": service.api_key}
