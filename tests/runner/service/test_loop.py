"""Decisions that cost money are never made on one answer that disagrees with what is known."""

import signal
import subprocess
import sys
import time
import warnings
from concurrent.futures import Future

import pytest

import qsharp_bridge as qb
from qsharp_bridge.azure.client import Service
from qsharp_bridge.errors import BudgetError, SessionEndedError
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.states import JobState
from tests.shared.runs import service, sweep, target, turn

__all__ = ["service", "sweep", "target", "turn"]


def accepted(service) -> int:
    with service.workspace() as workspace:
        return len(workspace.list_jobs())


@pytest.mark.parametrize("late_reads", [1, 1000])
def test_a_late_answer_about_an_aborted_session_sends_nothing_more(
    turn, sweep, service, target, monkeypatch, late_reads
):
    real, late = Service.session, iter(range(late_reads))

    def session(self, session_id, **options):
        found = real(self, session_id, **options)
        if found is not None and found.ended and next(late, None) is not None:
            return type(found)(found.id, found.name, "Executing")
        return found

    monkeypatch.setattr(Service, "session", session)
    service.faults.add("jobs.run", "fail_job", name="Turn 0")
    many = sweep * qb.Sweep.points([{}] * 4)
    with pytest.raises(SessionEndedError, match="policy is Abort"):
        qb.run_sweep(turn, many, target, 5, failure_policy="abort", max_in_flight=2)
    assert service.requests.count("sessions.open") == 1
    assert accepted(service) < len(many)


class Lagging:
    """Lists that leave the newest jobs out, and reads that do not know a job the first times."""

    def __init__(self, monkeypatch, reads):
        self._reads, self._asked = reads, {}
        monkeypatch.setattr(Service, "session_jobs", lambda _, session_id: [])
        real = Service._get_job

        def get_job(client, job_id):
            self._asked[job_id] = self._asked.get(job_id, 0) + 1
            return None if self._asked[job_id] <= self._reads else real(client, job_id)

        monkeypatch.setattr(Service, "_get_job", get_job)


def test_jobs_in_doubt_are_paid_for_until_it_is_certain_that_they_are_not(turn, service, tmp_path, monkeypatch):
    """Of 20 jobs ten were accepted, three of which failed; the journal does not know the others for certain."""
    budget, journal = 20 * 97.51, tmp_path / "run.db"
    points = qb.Sweep.linspace("theta", 0, 0, 20) * qb.Sweep.grid(flip=[True])
    for failing in ("Turn 1", "Turn 3", "Turn 5"):
        service.faults.add("jobs.run", "fail_job", name=failing)
    with service.workspace() as workspace, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        aria = workspace.get_targets("ionq.qpu.aria-1")
        known = Future()  # the run, as soon as it is known here

        def hold_at_ten(progress):  # in the thread that sends
            if progress.ended >= 10:
                known.result().hold()

        run = qb.start_sweep(
            turn, points, aria, 10, journal=journal, budget=budget, max_in_flight=1, progress=hold_at_ten
        )
        known.set_result(run)
        for number, _ in enumerate(run.as_completed(), 1):
            if number == 10:
                break
        run.stop()
        assert 10 <= accepted(service) < 20
        with Journal.open(journal) as record:
            rows = [row for row in record.jobs() if row.state in (JobState.SENT, JobState.SUCCEEDED)]
            record.set_states((row.id, JobState.SENDING) for row in rows)
        Lagging(monkeypatch, reads=2)
        with pytest.raises(BudgetError, match=r"the budget of 1950.2 is spent: 3 points were not sent"):
            qb.resume_sweep(journal, aria, budget=budget, retry_failed=True)
    assert accepted(service) == 20


def test_a_result_that_could_not_be_read_is_looked_for_again_by_a_resume(turn, sweep, service, target, tmp_path):
    journal = tmp_path / "run.db"
    results = qb.run_sweep(turn, sweep, target, 5, journal=journal)
    garbage = b"<html>gateway</html>"
    with Journal.open(journal) as record:
        from qsharp_bridge.journal.job_rows import JobEnd

        row = record.jobs()[2]
        record.ended([JobEnd(row.id, JobState.SUCCEEDED, None, "microsoft.quantum-results.v2", garbage)])
    assert qb.SweepResults.from_journal(journal)[2].state == "Unreadable"
    service.requests.clear()
    assert qb.resume_sweep(journal, target) == results
    assert service.requests.count("jobs.create") == 0


def test_too_few_shots_are_fetched_anew_only_when_asked_for(turn, sweep, service, tmp_path):
    journal = tmp_path / "run.db"
    with service.workspace() as workspace:
        target = workspace.get_targets("quantinuum.sim.h1-1e")
        results = qb.run_sweep(turn, sweep, target, 5, journal=journal)
        short = results[2].raw.replace(b'"Count": 5', b'"Count": 3').replace(b'"Count":5', b'"Count":3')
        with Journal.open(journal) as record:
            from qsharp_bridge.journal.job_rows import JobEnd

            row = record.jobs()[2]
            form = results[2].raw_format
            record.ended([JobEnd(row.id, JobState.SUCCEEDED, None, form, short)])
        service.requests.clear()
        assert short != results[2].raw
        assert qb.resume_sweep(journal, target, retry_failed=True) == results
        assert service.requests.count("jobs.create") == 0


INTERRUPTED = """
import sys, threading
import qsharp_bridge as qb
from qsharp_bridge.runner import run as running
from tests.shared.runs import SOURCE
url, key, journal, how = sys.argv[1:]
turn = qb.Program.from_source(SOURCE).operation("Turn")
sweep = qb.Sweep.linspace("theta", 0, 0, 40) * qb.Sweep.grid(flip=[True])
begin = running.SweepThread.begin
def interrupted(thread):
    begin(thread)
    raise KeyboardInterrupt  # as Python raises it, when Ctrl-C comes at this moment
running.SweepThread.begin = interrupted
with qb.connect(url, api_key=key) as workspace:
    target = workspace.get_targets("ionq.simulator")
    if how == "run":
        qb.run_sweep(turn, sweep, target, 5, journal=journal, max_in_flight=1)
    else:
        qb.start_sweep(turn, sweep, target, 5, journal=journal, max_in_flight=1)
"""


@pytest.mark.parametrize("how", ["run", "start"])
def test_ctrl_c_as_the_threads_begin_stops_the_run(service, tmp_path, how):
    service.faults.add("jobs.create", "slow", seconds=0.05, times=None)
    command = [sys.executable, "-c", INTERRUPTED, service.url, service.api_key, str(tmp_path / "run.db"), how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "KeyboardInterrupt" in done.stderr
    assert accepted(service) < 20
    with service.workspace() as workspace:
        assert {session.details.status for session in workspace.list_sessions()} <= {"Succeeded"}


def test_a_run_without_a_reference_stops(turn, service, target):
    service.faults.add("jobs.create", "slow", seconds=0.05, times=None)
    points = qb.Sweep.linspace("theta", 0, 0, 60) * qb.Sweep.grid(flip=[True])
    run = qb.start_sweep(turn, points, target, 5, max_in_flight=1)
    next(run.as_completed())
    thread = run._thread
    del run
    until = time.monotonic() + 30
    while not thread.join(0.1):
        assert time.monotonic() < until
    assert accepted(service) < 60


UNCAUGHT = """
import sys
import qsharp_bridge as qb
from tests.shared.runs import SOURCE
url, key = sys.argv[1:]
turn = qb.Program.from_source(SOURCE).operation("Turn")
sweep = qb.Sweep.linspace("theta", 0, 0, 200) * qb.Sweep.grid(flip=[True])
workspace = qb.connect(url, api_key=key).open()
run = qb.start_sweep(turn, sweep, workspace.get_targets("ionq.simulator"), 5, max_in_flight=1)
print("started", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_script_that_ctrl_c_ended_sends_nothing_more(service):
    service.faults.add("jobs.create", "slow", seconds=0.05, times=None)
    command = [sys.executable, "-c", UNCAUGHT, service.url, service.api_key]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"started\n"
        while service.requests.count("jobs.create") < 2:
            assert child.poll() is None
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert b"KeyboardInterrupt" in said
    assert accepted(service) < 100
