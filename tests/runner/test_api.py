"""run_sweep and resume_sweep against the local service, through the real client."""

import json
import math
import sqlite3
import time

import numpy as np
import pytest

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.errors import (
    ArgumentError,
    BudgetError,
    CompileError,
    JournalError,
    RunError,
    ServiceError,
    SessionEndedError,
    SweepError,
    TargetError,
    UnknownOperationError,
)
from qsharp_bridge.journal.journal import Journal

CERTAIN = ["0", "1", "1", "0", "1", "0", "1", "0", "1", "0"]  # what the points of `sweep` must give


def test_every_point_gets_its_own_counts_in_order(turn, sweep, service, target):
    results = qb.run_sweep(turn, sweep, target, shots=20, session_name="certain")
    assert results.counts == [{outcome: 20} for outcome in CERTAIN]
    assert results.states == ["Succeeded"] * 10
    assert results.points == sweep
    assert len(set(results.job_ids)) == 10
    session = target.workspace.get_session(results.session_ids[0])
    assert (session.details.name, session.details.status) == ("certain", "Succeeded")
    assert {job.id for job in session.list_jobs()} == set(results.job_ids)
    assert service.requests.count("jobs.create") == 10
    assert service.requests.count("storage.sas") == 10


def test_the_request_budget_of_a_job(turn, service, target):
    """At most 3 requests a job to submit, 2 to fetch, and 0.1 a job to poll."""
    sweep = qb.Sweep.linspace("theta", 0, 3, 200) * qb.Sweep.grid(flip=[False])
    qb.run_sweep(turn, sweep, target, shots=10)
    count = service.requests.count
    assert count("storage.sas") + count("blobs.put") + count("jobs.create") == 3 * 200
    assert count("jobs.get") + count("blobs.get") <= 2 * 200 + 5  # a job may be asked for just before it ends
    assert count("sessions.jobs") <= 0.1 * 200


def test_points_and_values_travel_with_the_jobs(turn, sweep, target):
    results = qb.run_sweep(turn, sweep, target, shots=5)
    job = target.workspace.get_job(results.job_ids[3])
    assert job.details.name == "Turn 3"
    assert json.loads(job.details.metadata["qsharp_bridge.values"]) == {"theta": math.pi, "flip": True}
    recovered = qb.recover_sweep(target.workspace, results.session_ids[0])
    assert recovered.counts == results.counts
    assert recovered.points == results.points


@pytest.mark.parametrize(
    ("values", "kind", "text"),
    [
        ({"theta": [0.0, math.nan], "flip": [True]}, qb.QsharpValueError, "Turn, point 1: theta: nan"),
        ({"theta": [0.0, "a"], "flip": [True]}, qb.QsharpTypeError, "Turn, point 1: theta"),
        ({"theta": [0.0], "flip": [1]}, qb.QsharpTypeError, "Turn, point 0: flip"),
        ({"theta": [0.0]}, ArgumentError, "flip"),
        ({"theta": [0.0], "flip": [True], "more": [1]}, ArgumentError, "more"),
    ],
)
def test_bad_points_are_reported_before_a_session_is_opened(turn, service, target, values, kind, text):
    with pytest.raises(kind, match=text):
        qb.run_sweep(turn, qb.Sweep.grid(**values), target, shots=5)
    assert service.requests.count("sessions.open") == 0
    assert service.requests.count("storage.sas") == 0


def test_an_operation_that_does_not_compile_for_the_profile(service, target):
    source = "operation Echo() : Result { use q = Qubit(); H(q); if M(q) == One { X(q); } MResetZ(q) }"
    operation = qb.Program.from_source(source).operation("Echo")
    with pytest.raises(CompileError, match="Echo"):
        qb.run_sweep(operation, qb.Sweep.points([{}]), target)
    with pytest.raises(UnknownOperationError, match="Eco"):
        qb.Program.from_source(source).operation("Eco")
    assert service.requests.count("sessions.open") == 0


@pytest.mark.parametrize("shots", [0, -1, True, 2.5, "10"])
def test_shots_must_make_sense(turn, sweep, target, shots):
    with pytest.raises(SweepError, match="shots"):
        qb.run_sweep(turn, sweep, target, shots=shots)


def test_a_target_must_be_one(turn, sweep):
    with pytest.raises(TargetError, match="get_targets"):
        qb.run_sweep(turn, sweep, "ionq.simulator")


def test_a_program_too_large_for_the_target_is_named(service, target):
    source = "operation Wide(n : Int) : Result[] { use qs = Qubit[n]; Std.Measurement.MResetEachZ(qs) }"
    operation = qb.Program.from_source(source).operation("Wide")
    with pytest.raises(TargetError, match=r"Wide, point 1: needs 40 qubits, but ionq.simulator has 29"):
        qb.run_sweep(operation, qb.Sweep.grid(n=[2, 40]), target)
    assert service.requests.count("sessions.open") == 0


def test_more_shots_than_the_target_takes_are_reported_first(turn, sweep, service):
    with service.workspace() as workspace:
        target = workspace.get_targets("quantinuum.qpu.h2-1")
        assert qb.plan_sweep(turn, sweep, target, shots=10_001).shots == 10_001
        with pytest.raises(TargetError, match=r"Turn: 1000001 shots .* quantinuum.qpu.h2-1 takes 10000 for a job"):
            qb.run_sweep(turn, sweep, target, shots=1_000_001)
        with pytest.raises(TargetError, match="1000001 shots"):
            qb.HybridSession(turn, target, shots=1_000_001)
    assert service.requests.count("sessions.open") == 0


def test_a_profile_that_the_target_does_not_run_is_reported_first(turn, sweep, service, target):
    with pytest.raises(TargetError, match=r"Turn: ionq.simulator runs programs of the profile Base, not Adaptive_RI;"):
        qb.run_sweep(turn, sweep, target, profile="adaptive_ri")
    with pytest.raises(TargetError, match="not Adaptive_RIF"):
        qb.HybridSession(turn, target, profile="Adaptive_RIF")
    assert qb.plan_sweep(turn, sweep, target, profile="base").profile == "Base"
    assert service.requests.count("sessions.open") == 0


def test_a_failed_job_is_a_result_and_the_others_go_on(turn, sweep, service, target):
    service.faults.add("jobs.run", "fail_job", name="Turn 4", message="the ion was lost")
    results = qb.run_sweep(turn, sweep, target, shots=5)
    assert [row.index for row in results.failures] == [4]
    assert "the ion was lost" in results[4].error
    assert [row.counts for row in results if row.index != 4] == [{o: 5} for i, o in enumerate(CERTAIN) if i != 4]
    assert target.workspace.get_session(results.session_ids[0]).details.status == "Failed"


def test_failed_points_are_paid_for_again_only_when_asked_to(turn, sweep, service, target, tmp_path):
    service.faults.add("jobs.run", "fail_job", name="Turn 4")
    journal = tmp_path / "run.db"
    first = qb.run_sweep(turn, sweep, target, shots=5, journal=journal)
    assert qb.resume_sweep(journal, target) == first
    with pytest.warns(UserWarning, match="going on in the session"):
        again = qb.resume_sweep(journal, target, retry_failed=True)
    assert again.counts == [{outcome: 5} for outcome in CERTAIN]
    assert again.job_ids[4] != first.job_ids[4]
    assert [a for i, a in enumerate(again.job_ids) if i != 4] == [a for i, a in enumerate(first.job_ids) if i != 4]
    assert len(again.session_ids) == 2


def test_abort_ends_the_sweep_at_the_first_failure(turn, sweep, service, target, tmp_path):
    service.faults.add("jobs.run", "fail_job", name="Turn 0")
    journal = tmp_path / "run.db"
    with pytest.raises(SessionEndedError, match="policy is Abort"):
        qb.run_sweep(
            turn, sweep, target, shots=5, failure_policy="abort", journal=journal, max_in_flight=1, link_sessions=False
        )
    with pytest.warns(UserWarning, match="going on in the session"):
        results = qb.resume_sweep(journal, target)  # link_sessions: the rest goes to another session
    assert results.states[0] == "Failed"
    assert service.requests.count("jobs.create", status=200) + service.requests.count("jobs.create", status=201) == len(
        {job_id for job_id in results.job_ids if job_id}
    )


def test_too_many_failures_stop_the_sending(turn, sweep, service, target, tmp_path):
    service.faults.add("jobs.run", "fail_job", times=None)
    with pytest.raises(RunError, match="jobs failed, so"):
        qb.run_sweep(turn, sweep, target, shots=5, max_failures=2)
    assert service.requests.count("jobs.create") == 2
    assert all(session.details.status == "Failed" for session in target.workspace.list_sessions())


def test_an_unknown_failure_policy(turn, sweep, target):
    with pytest.raises(SweepError, match="continue"):
        qb.run_sweep(turn, sweep, target, failure_policy="ignore")


def test_a_budget_is_checked_before_anything_is_sent(turn, sweep, service):
    with service.workspace() as workspace:
        target = workspace.get_targets("ionq.qpu.aria-1")
        plan = qb.plan_sweep(turn, sweep, target, 100)
        assert plan.cost.unit == "AQT"
        assert plan.cost.amount == pytest.approx(sum(plan.job_costs))
        assert plan.cost.amount > 975  # ten jobs, each at least the provider's minimum
        with pytest.raises(BudgetError, match="over the budget of 500 AQT"):
            qb.run_sweep(turn, sweep, target, 100, budget=500)
        assert service.requests.count("sessions.open") == 0


def test_a_budget_cannot_be_kept_where_no_price_is_known(turn, sweep, service):
    with service.workspace() as workspace:
        target = workspace.get_targets("rigetti.qpu.ankaa-3")
        with pytest.raises(BudgetError, match="unknown"):
            qb.plan_sweep(turn, sweep, target, 100, budget=1)
        assert "unknown" in str(qb.plan_sweep(turn, sweep, target, 100))


# --- the journal


def test_a_finished_run_gives_its_results_again_without_a_request(turn, sweep, service, target, tmp_path):
    journal = tmp_path / "run.db"
    results = qb.run_sweep(turn, sweep, target, shots=5, journal=journal)
    service.requests.clear()
    assert qb.resume_sweep(journal, target) == results
    assert qb.run_sweep(turn, sweep, target, shots=5, journal=journal) == results
    assert service.requests.count() == 0
    assert [row.raw for row in qb.resume_sweep(journal, target)] == [row.raw for row in results]


@pytest.mark.parametrize(
    ("change", "told"),
    [("sweep", "the points"), ("shots", "the number of shots"), ("source", "the program's source")],
)
def test_a_journal_of_another_run_is_refused(turn, sweep, service, target, tmp_path, change, told):
    journal = tmp_path / "run.db"
    qb.run_sweep(turn, sweep, target, shots=5, journal=journal)
    service.requests.clear()
    other = qb.Program.from_source(turn.sources.text + "// changed").operation("Turn")
    with pytest.raises(JournalError, match=told):
        qb.run_sweep(
            other if change == "source" else turn,
            sweep[:3] if change == "sweep" else sweep,
            target,
            shots=6 if change == "shots" else 5,
            journal=journal,
        )
    assert service.requests.count() == 0


def test_a_journal_of_another_target_is_refused(turn, sweep, service, target, tmp_path):
    qb.run_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db")
    with pytest.raises(JournalError, match=r"ionq\.simulator"):
        qb.resume_sweep(tmp_path / "run.db", target.workspace.get_targets("rigetti.sim.qvm"))


def test_a_run_goes_on_where_it_began(turn, sweep, service, target, tmp_path):
    qb.run_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db")
    with service.workspace("another") as other:
        with pytest.raises(JournalError, match=r"with workspace .*/local, not with workspace .*/another"):
            qb.resume_sweep(tmp_path / "run.db", other.get_targets("ionq.simulator"))
        with pytest.raises(JournalError, match="where it runs changed"):
            qb.run_sweep(turn, sweep, other.get_targets("ionq.simulator"), shots=5, journal=tmp_path / "run.db")
    qb.run_sweep(turn, sweep, qb.LocalSimulator(seed=1), shots=5, journal=tmp_path / "local.db")
    with pytest.raises(JournalError, match="seed 1, noise none"):
        qb.resume_sweep(tmp_path / "local.db", qb.LocalSimulator(seed=2))
    with pytest.raises(JournalError, match="depolarizing"):
        qb.resume_sweep(tmp_path / "local.db", qb.LocalSimulator(seed=1, noise={"depolarizing": 0.1}))


def test_no_secret_in_the_journal(turn, sweep, service, target, tmp_path):
    journal = tmp_path / "run.db"
    qb.run_sweep(turn, sweep, target, shots=5, journal=journal)
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert service.api_key.encode() not in content
    assert b"sig=" not in content


def test_the_id_of_a_job_is_on_disk_before_anything_is_sent_under_it(turn, sweep, service, target, tmp_path):
    """Looked at from outside, through another connection, whenever the service hears of a job."""
    journal = tmp_path / "run.db"
    unknown = []

    class Spy(type(service.requests)):
        def add(self, entry):
            if entry.operation in ("storage.sas", "blobs.put", "jobs.create"):
                with sqlite3.connect(journal) as db:
                    ids = {job_id for (job_id,) in db.execute("SELECT id FROM job WHERE state != 'planned'")}
                unknown.extend([entry] if entry.operation == "jobs.create" and entry.id not in ids else [])
            super().add(entry)

    service.requests.__class__ = Spy
    qb.run_sweep(turn, sweep, target, shots=5, journal=journal)
    assert service.requests.count("jobs.create") == 10
    assert unknown == []


def test_a_resume_sends_what_is_left_in_the_order_of_the_points(turn, sweep, service, target, tmp_path):
    """Also what was about to be sent when the process died, and never reached the service."""

    def interrupt(progress):
        if progress.sent >= 2:
            raise KeyboardInterrupt

    journal = tmp_path / "run.db"
    with pytest.raises(KeyboardInterrupt):
        qb.run_sweep(turn, sweep, target, shots=5, journal=journal, max_in_flight=1, progress=interrupt)
    with Journal.open(journal) as record:
        planned = [row for row in record.jobs() if row.state == "planned"]
        record.sending(planned[2:4], record.sessions()[0][0])
    service.requests.clear()
    with pytest.warns(UserWarning, match="going on in the session"):
        results = qb.resume_sweep(journal, target, max_in_flight=1)
    assert results.counts == [{outcome: 5} for outcome in CERTAIN]
    assert len(planned) >= 4
    assert [entry.id for entry in service.requests.find("jobs.create")] == [row.id for row in planned]


# --- faults


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["status", "reset"])
def test_every_point_is_one_job_whatever_the_network_does(turn, sweep, service, target, kind, when):
    for seed, point in enumerate(
        ["storage.sas", "blobs.put", "jobs.create", "jobs.get", "sessions.*", "blobs.get"], start=1
    ):
        service.faults.add(point, kind, when=when, probability=0.3, times=None, seed=seed)
    results = qb.run_sweep(turn, sweep, target, shots=5)
    assert results.counts == [{outcome: 5} for outcome in CERTAIN]
    service.faults.clear()
    jobs = target.workspace.list_jobs()
    assert sorted(job.id for job in jobs) == sorted(results.job_ids)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429, "retry_after": 0.2},
        {"kind": "status", "status": 429, "html": True},
        {"kind": "truncate"},
        {"kind": "expired_sas"},
    ],
    ids=["retry-after", "html", "truncate", "expired"],
)
def test_busy_broken_and_expired_answers(turn, sweep, service, target, fault):
    for point in ("blobs.put", "blobs.get") if fault["kind"] in ("truncate", "expired_sas") else ("*",):
        service.faults.add(point, times=3, **fault)
    results = qb.run_sweep(turn, sweep, target, shots=5)
    assert results.counts == [{outcome: 5} for outcome in CERTAIN]
    assert len(target.workspace.list_jobs()) == 10


def test_the_rate_follows_what_the_service_accepts(turn, service, target):
    service.faults.add("*", "status", status=429, allowed=50, times=None)
    sweep = qb.Sweep.grid(theta=[0.0, math.pi], flip=[False, True]) * qb.Sweep.grid(run=list(range(8)))
    turn_again = qb.Program.from_source(
        "operation Turn(theta : Double, flip : Bool, run : Int) : Result "
        "{ use q = Qubit(); if flip { X(q); } Rx(theta, q); MResetZ(q) }"
    ).operation("Turn")
    results = qb.run_sweep(turn_again, sweep, target, shots=5, max_in_flight=16)
    assert results.states == ["Succeeded"] * 32
    refused = service.requests.count(status=429)
    assert refused < 40  # of some 200 requests; without slowing down it is several for each good one


def test_a_target_that_has_gone_is_one_clear_error_and_nothing_is_sent(turn, sweep, service, target, tmp_path):
    journal = tmp_path / "run.db"
    gone = type(target)(target.workspace, name="ionq.gone", provider_id="ionq")
    with pytest.raises(TargetError, match=r"the workspace has no target ionq\.gone of ionq, or no longer;"):
        qb.run_sweep(turn, sweep, gone, shots=5, journal=journal)
    with pytest.raises(TargetError, match=r"ionq\.gone"):
        qb.resume_sweep(journal, gone)
    assert service.requests.count("sessions.open") == 0
    with pytest.raises(JournalError, match=r"ionq\.gone"):  # another target is another run
        qb.resume_sweep(journal, target)


def test_a_target_that_goes_in_the_middle_loses_nothing(turn, sweep, service, target, tmp_path):
    journal = tmp_path / "run.db"
    service.faults.add("jobs.create", "status", status=404, times=1, name="* 4")
    with pytest.raises(ServiceError, match=r"submit job '.* 4' .*404"):
        qb.run_sweep(turn, sweep, target, shots=5, journal=journal, max_in_flight=2)
    with pytest.warns(UserWarning, match="going on in the session"):
        results = qb.resume_sweep(journal, target)
    assert results.counts == [{outcome: 5} for outcome in CERTAIN]
    assert len(target.workspace.list_jobs()) == 10


def test_a_key_that_expires_in_the_middle_loses_nothing(turn, sweep, service, target, tmp_path):
    journal = tmp_path / "run.db"
    service.faults.add("jobs.create", "status", status=401, times=1)
    with pytest.raises(ServiceError, match=r"credentials.*then resume"):
        qb.run_sweep(turn, sweep, target, shots=5, journal=journal, max_in_flight=2)
    results = qb.resume_sweep(journal, target)
    assert results.counts == [{outcome: 5} for outcome in CERTAIN]
    assert len(target.workspace.list_jobs()) == 10
    assert all(s.details.status in ("Succeeded", "Failed") for s in target.workspace.list_sessions())


def test_a_session_that_timed_out_is_linked(turn, sweep, service, target, tmp_path):
    journal = tmp_path / "run.db"
    service.faults.add("jobs.create", "status", status=401, times=1)
    with pytest.raises(ServiceError):
        qb.run_sweep(turn, sweep, target, shots=5, journal=journal, max_in_flight=1)
    with pytest.warns(UserWarning, match="going on in the session"):
        results = qb.resume_sweep(journal, target)
    assert results.counts == [{outcome: 5} for outcome in CERTAIN]
    assert len(results.session_ids) == 2


# --- the simulator on this machine


def test_the_simulator_on_this_machine_is_a_target(turn, sweep, tmp_path):
    simulator = qb.LocalSimulator(seed=5)
    results = qb.run_sweep(turn, sweep, simulator, shots=50)
    assert results.counts == [{outcome: 50} for outcome in CERTAIN]
    assert results.job_ids == [None] * 10
    some = qb.Sweep.linspace("theta", 0, 3, 5) * qb.Sweep.grid(flip=[True])
    kept = qb.run_sweep(turn, some, simulator, shots=50, journal=tmp_path / "local.db")
    assert kept == qb.run_sweep(turn, some, simulator, shots=50)
    assert kept == qb.resume_sweep(tmp_path / "local.db", simulator)


def test_a_progress_listener_hears_it_all(turn, sweep, target):
    heard = []
    qb.run_sweep(turn, sweep, target, shots=5, progress=heard.append)
    assert (heard[0].sent, heard[0].done) == (0, 0)
    assert (heard[-1].total, heard[-1].sent, heard[-1].done, heard[-1].failed) == (10, 10, 10, 0)
    assert heard[-1].complete


def test_a_closed_session_is_not_entered_again_and_each_one_that_was_opened_is_closed(turn, target, tmp_path):
    sweep = qb.Sweep.linspace("theta", 0, 3, 40) * qb.Sweep.grid(flip=[False])

    def interrupt(progress):
        if progress.sent >= 5:
            raise KeyboardInterrupt

    with LocalService(pace=0.5) as service:
        slow = service.workspace().get_targets("ionq.simulator")
        with pytest.raises(KeyboardInterrupt):
            qb.run_sweep(turn, sweep, slow, shots=5, journal=tmp_path / "run.db", progress=interrupt)
        with pytest.warns(UserWarning, match="going on in the session"):
            results = qb.resume_sweep(tmp_path / "run.db", slow)
        assert results.states == ["Succeeded"] * 40
        sessions = qb.sessions.list_sessions(service.workspace())
        assert [session.details.status for session in sessions] == ["Succeeded"] * 2
        assert service.requests.count("jobs.create", status=400) == 0


def test_refusals_of_an_ended_session_that_come_late_do_not_end_the_next_one(turn, service, target):
    sweep = qb.Sweep.linspace("theta", 0, 3, 40) * qb.Sweep.grid(flip=[False])
    ended = []

    def end_the_session(progress):
        if progress.sent >= 5 and not ended:
            (session,) = target.workspace.list_sessions()
            service.faults.add("jobs.create", "slow", seconds=0.5, probability=0.5, times=8)
            ended.append(session.close())

    with pytest.warns(UserWarning, match="going on in the session"):
        results = qb.run_sweep(turn, sweep, target, shots=5, progress=end_the_session)
    assert results.states == ["Succeeded"] * 40
    assert service.requests.count("jobs.create", status=400) > 1
    assert [session.details.status for session in target.workspace.list_sessions()] == ["Succeeded"] * 2


@pytest.mark.parametrize(
    "options",
    [
        {"budget": "2000"},
        {"budget": float("nan")},
        {"timeout": "5"},
        {"max_in_flight": 2.5},
        {"max_failures": "x"},
        {"session_name": 5},
        {"on_point": "print"},
        {"link_sessions": "no"},
    ],
)
def test_options_are_checked_before_anything_is_paid(turn, sweep, service, target, options):
    with pytest.raises(SweepError, match="|".join(options)):
        qb.run_sweep(turn, sweep, target, **options)
    assert service.requests.count("sessions.open") == 0


@pytest.mark.parametrize("choice", ["no", [3], None])
def test_whether_failed_jobs_are_paid_for_again_is_yes_or_no(turn, sweep, tmp_path, choice):
    journal = tmp_path / "run.db"
    qb.run_sweep(turn, sweep, qb.LocalSimulator(), shots=1, journal=journal)
    with pytest.raises(SweepError, match="retry_failed must be True or False"):
        qb.resume_sweep(journal, qb.LocalSimulator(), retry_failed=choice)


def test_shots_of_numpy(turn, sweep, target):
    assert qb.run_sweep(turn, sweep, target, shots=np.int64(5))[0].counts == {"0": 5}


def test_cancelling_reaches_jobs_whose_answer_was_lost(turn, sweep, service, tmp_path):
    with LocalService(pace=60) as service:
        target = service.workspace().get_targets("ionq.simulator")
        service.faults.add("jobs.create", "status", status=503, when="after", times=None)
        run = qb.start_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db", max_in_flight=2)
        while service.requests.count("jobs.create") < 2:
            time.sleep(0.01)
        service.faults.add("jobs.create", "status", status=503, times=None)  # nor will they be heard of
        run.cancel()
        run.results()  # what stop() gave up on is no error
        (session,) = qb.sessions.list_sessions(service.workspace())
        jobs = qb.sessions.jobs(service.workspace(), session.id)
        assert jobs
        assert {job.details.status for job in jobs} == {"Cancelled"}
        assert session.details.status == "Succeeded"


@pytest.mark.parametrize("journal", [5, "", ["run.db"]])
def test_what_is_no_path_of_a_journal(turn, sweep, journal):
    with pytest.raises(JournalError, match="a journal is the path of a file, or None, not "):
        qb.run_sweep(turn, sweep, qb.LocalSimulator(), shots=5, journal=journal)
