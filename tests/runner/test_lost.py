"""Results that the service no longer has: the point is reported as lost, is not paid for again, and delays nothing."""

import math
import time

import pytest

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.state.models import Job
from qsharp_bridge.errors import RunError, ServiceError
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.runner.service.job import JOB_GONE, RESULT_GONE
from tests.shared.runs import CERTAIN


def delete_result(service, job_id):
    """As somebody does who tidies up the storage account."""
    rename_result(service, job_id, to=None)


def rename_result(service, job_id, *, named="outputData", to):
    place = [f"job-{job_id}", named]
    if to is None:
        service.store.execute("DELETE FROM blobs WHERE container = ? AND name = ?", place)
    else:
        service.store.execute("UPDATE blobs SET name = ? WHERE container = ? AND name = ?", [to, *place])


def when_asked_for(service, operation, action):
    """Do something whenever the service has heard such a request."""

    class Spy(type(service.requests)):
        def add(self, entry):
            if entry.operation == operation:
                action(entry)
            super().add(entry)

    service.requests.__class__ = Spy


def certain_but(lost):
    return [{} if index in lost else {outcome: 5} for index, outcome in enumerate(CERTAIN)]


def test_in_a_first_run_and_in_its_recovery(turn, sweep, service, target, tmp_path):
    journal = tmp_path / "run.db"
    lost_ids = set()

    def lose_two(entry):
        if len(lost_ids) < 2 or entry.id in lost_ids:
            lost_ids.add(entry.id)
            delete_result(service, entry.id)

    when_asked_for(service, "jobs.get", lose_two)
    results = qb.run_sweep(turn, sweep, target, shots=5, journal=journal)
    lost = [row.index for row in results if row.state == "Lost"]
    assert {results.job_ids[index] for index in lost} == lost_ids
    assert [row.index for row in results.failures] == lost
    assert {results[index].error for index in lost} == {RESULT_GONE}
    assert results.counts == certain_but(lost)
    assert results.pending == []
    assert service.requests.count("blobs.get", status=404) == 2 * 5  # a few looks each
    service.requests.clear()
    assert qb.resume_sweep(journal, target) == results == qb.SweepResults.from_journal(journal)
    assert service.requests.count() == 0
    assert qb.recover_sweep(target.workspace, results.session_ids[0]) == results
    with pytest.warns(UserWarning, match="going on in the session"):
        again = qb.resume_sweep(journal, target, retry_failed=True)
    assert again.counts == certain_but([])
    assert [i for i in range(10) if again.job_ids[i] != results.job_ids[i]] == lost


def test_in_a_resume_everything_else_comes_back_and_nothing_is_sent_again(turn, sweep, service, target, tmp_path):
    journal = tmp_path / "run.db"
    first = qb.run_sweep(turn, sweep, target, shots=5, journal=journal)
    with Journal.open(journal) as record:  # as if it had died before the results came in
        record.set_states([(job_id, "sent") for job_id in first.job_ids[:9]] + [(first.job_ids[9], "sending")])
    delete_result(service, first.job_ids[2])
    delete_result(service, first.job_ids[9])
    (job,) = service.store.find(Job, "id = ?", [first.job_ids[5]])
    service.store.delete_job(job)
    service.requests.clear()
    told = []
    results = qb.resume_sweep(journal, target, on_point=lambda row: told.append(row.index))
    assert [(row.index, row.state, row.error) for row in results.failures] == [
        (2, "Lost", RESULT_GONE), (5, "Gone", JOB_GONE), (9, "Lost", RESULT_GONE),
    ]  # fmt: skip
    assert results.counts == certain_but([2, 5, 9])
    assert results.job_ids == first.job_ids
    assert sorted(told) == list(range(10))
    assert service.requests.count("jobs.create") == service.requests.count("sessions.open") == 0
    assert qb.resume_sweep(journal, target) == results


def test_a_result_that_appears_a_moment_after_its_jobs_end(turn, sweep, service, target):
    looks = {}

    def hide(entry):
        if len(looks) < 3 and entry.id not in looks:
            looks[entry.id] = 0
            rename_result(service, entry.id, to="not yet")

    def show(entry):
        for job_id in looks:
            if job_id in entry.path:
                looks[job_id] += 1
                if looks[job_id] == 2:
                    rename_result(service, job_id, named="not yet", to="outputData")

    when_asked_for(service, "jobs.get", hide)
    when_asked_for(service, "blobs.get", show)
    assert qb.run_sweep(turn, sweep, target, shots=5).counts == certain_but([])
    assert list(looks.values()) == [3, 3, 3]


def test_a_404_from_a_proxy_is_no_lost_result(turn, sweep, service, target, tmp_path):
    service.faults.add("blobs.get", "status", status=404, html=True, times=None)
    with pytest.raises(ServiceError, match=r"fetch the result of job .*404"):
        qb.run_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db")
    service.faults.clear()
    assert qb.resume_sweep(tmp_path / "run.db", target).counts == certain_but([])


def test_one_404_for_a_job_is_no_lost_job(turn, sweep, service, target):
    service.faults.add("jobs.get", "status", status=404, times=1)
    assert qb.run_sweep(turn, sweep, target, shots=5).counts == certain_but([])


def test_a_404_for_a_job_from_a_proxy_is_no_lost_job(turn, sweep, service, target, tmp_path):
    service.faults.add("jobs.get", "status", status=404, html=True, times=None)
    with pytest.raises(ServiceError, match=r"get job .*404"):
        qb.run_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db")
    service.faults.clear()
    assert qb.resume_sweep(tmp_path / "run.db", target).counts == certain_but([])


def test_an_evaluation_of_a_loop(turn, service, target, tmp_path):
    gone = []

    def lose(entry):
        if not gone:
            gone.append(entry.id)
        if entry.id in gone:
            delete_result(service, entry.id)

    when_asked_for(service, "jobs.get", lose)
    told = f"Turn: evaluation 0 ended as Lost: {RESULT_GONE}; its job is on record"
    with qb.HybridSession(turn, target, shots=5, journal=tmp_path / "loop.db") as session:
        with pytest.raises(RunError, match=told):
            session(0.0, False)
        assert session(math.pi, False) == {"1": 5}
    with qb.HybridSession(turn, target, shots=5, journal=tmp_path / "loop.db") as session:
        with pytest.raises(RunError, match=told):
            session(0.0, False)
        assert session(math.pi, False) == {"1": 5}
        assert service.requests.count("jobs.create") == 2
        assert session.results.states == ["Lost", "Succeeded"]
        with pytest.warns(UserWarning, match="going on in the session"):
            assert session(0.0, False) == {"0": 5}  # asked for once more, it is one more evaluation


@pytest.mark.filterwarnings("ignore:session .* has ended:UserWarning")
def test_a_service_that_has_lost_everything_does_not_keep_a_resume_from_its_end(turn, sweep, tmp_path):
    """A local service without --data that was started anew: the sessions are gone, too."""
    journal = tmp_path / "run.db"
    with LocalService(pace=60) as service:
        target = service.workspace().get_targets("ionq.simulator")
        run = qb.start_sweep(turn, sweep, target, shots=5, journal=journal, max_in_flight=2)
        while service.requests.count("jobs.create") < 4:
            time.sleep(0.01)
        run.stop()
        states = run.results().states
    assert {"sent", "planned"} <= set(states)
    with LocalService() as service:
        target = service.workspace().get_targets("ionq.simulator")
        results = qb.resume_sweep(journal, target)
        lost = [index for index, state in enumerate(states) if state == "sent"]
        assert results.counts == certain_but(lost)
        assert {results[index].error for index in lost} == {JOB_GONE}
        assert len(list(target.workspace.list_jobs())) == len(sweep) - len(lost)


@pytest.mark.parametrize("retry_failed", [False, True])
def test_a_resume_that_asked_the_wrong_service_loses_nothing(turn, sweep, service, target, tmp_path, retry_failed):
    """All local services have one name, so nothing tells them apart before."""
    journal = tmp_path / "run.db"
    first = qb.run_sweep(turn, sweep, target, shots=5, journal=journal)
    with Journal.open(journal) as record:  # as if it had died before the results came in
        record.set_states([(job_id, "sent") for job_id in first.job_ids])
    with LocalService() as other, other.workspace() as workspace:
        wrong = qb.resume_sweep(journal, workspace.get_targets("ionq.simulator"))
        assert {(row.state, row.error) for row in wrong} == {("Gone", JOB_GONE)}
    service.requests.clear()
    assert qb.resume_sweep(journal, target, retry_failed=retry_failed) == first
    assert service.requests.count("jobs.create") == 0
