"""HybridSession: one session for a loop, its evaluations never paid for twice."""

import math
import os
import signal
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.optimize

import qsharp_bridge as qb
from qsharp_bridge.errors import (
    ArgumentError,
    BudgetError,
    JournalError,
    RunError,
    ServiceError,
    SessionEndedError,
    SweepError,
    TargetError,
)


def ones(counts):
    return counts.get("1", 0) / sum(counts.values())


def test_every_evaluation_is_a_job_of_one_session(turn, service, target):
    with qb.HybridSession(turn, target, shots=20, name="loop") as session:
        assert session(0.0, False) == {"0": 20}
        assert session(theta=math.pi, flip=False) == {"1": 20}
        assert session(np.float64(0.0), flip=True) == {"1": 20}
        assert session.results.counts == [{"0": 20}, {"1": 20}, {"1": 20}]
    assert [(s.details.name, s.details.status) for s in target.workspace.list_sessions()] == [("loop", "Succeeded")]
    assert service.requests.count("jobs.create") == 3
    log = session.results  # also after the end
    assert log.points[1] == {"theta": math.pi, "flip": False}
    assert len(set(log.job_ids)) == 3


def test_several_points_side_by_side(turn, target):
    points = [{"theta": math.pi * (i % 2), "flip": False} for i in range(6)]
    with qb.HybridSession(turn, target, shots=10) as session:
        assert session.map(points) == [{"0": 10}, {"1": 10}] * 3
        assert session.map([]) == []


def test_scipy_minimizes_with_it(turn, target):
    with qb.HybridSession(turn, target, shots=400, name="VQE") as session:
        found = scipy.optimize.minimize(
            lambda theta: -ones(session(theta[0], False)),
            [2.0],
            method="COBYLA",
            options={"rhobeg": 0.7, "maxiter": 25},
        )
    assert found.x[0] == pytest.approx(math.pi, abs=0.4)
    assert len(session.results) == found.nfev
    assert len(target.workspace.list_sessions()) == 1


@pytest.mark.parametrize("where", ["service", "here"])
def test_a_loop_that_died_gets_its_answers_again(turn, service, target, tmp_path, where):
    place = target if where == "service" else qb.LocalSimulator(seed=3)
    angles = [0.3, 0.6, 0.3, 0.9]  # the same values asked twice are two evaluations
    first = []

    def loop_that_dies():
        with qb.HybridSession(turn, place, 50, journal=tmp_path / "loop.db") as session:
            first.extend(session(angle, False) for angle in angles[:3])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        loop_that_dies()
    service.requests.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with qb.HybridSession(turn, place, 50, journal=tmp_path / "loop.db") as session:
            assert [session(angle, False) for angle in angles[:3]] == first
            assert service.requests.count("jobs.create") == 0
            session(angles[3], False)
    assert service.requests.count("jobs.create") == (1 if where == "service" else 0)
    assert len(session.results) == 4


def test_an_evaluation_in_doubt_is_settled_not_repeated(turn, service, target, tmp_path):
    service.faults.add("jobs.create", "status", status=401, when="after")  # accepted, and the client does not know
    with pytest.raises(ServiceError), qb.HybridSession(turn, target, 10, journal=tmp_path / "loop.db") as session:
        session(math.pi, False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with qb.HybridSession(turn, target, 10, journal=tmp_path / "loop.db") as session:
            assert session(math.pi, False) == {"1": 10}
    assert len(target.workspace.list_jobs()) == 1


def test_the_budget_is_checked_before_each_evaluation_and_counts_what_was_paid(turn, service, tmp_path):
    with service.workspace() as workspace:
        target = workspace.get_targets("ionq.qpu.aria-1")
        options = {"shots": 10, "budget": 200, "journal": tmp_path / "loop.db"}

        def loop(*angles):
            with qb.HybridSession(turn, target, **options) as session:
                for angle in angles:
                    session(angle, False)

        with pytest.raises(BudgetError, match="budget of 200"):
            loop(0.0, 1.0, 2.0)  # 97.5 tokens each, at least
        assert service.requests.count("jobs.create") == 2
        with pytest.raises(BudgetError):
            loop(3.0)
        assert service.requests.count("jobs.create") == 2


def test_what_an_earlier_loop_planned_is_sent_only_when_it_is_asked_for_again(turn, service, target, tmp_path):
    journal = tmp_path / "loop.db"
    service.faults.add("storage.sas", "status", status=401, times=1)
    with pytest.raises(ServiceError), qb.HybridSession(turn, target, shots=10, journal=journal) as session:
        session(0.0, False)  # on record, and never sent
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the linked session
        with qb.HybridSession(turn, target, shots=10, journal=journal) as session:
            assert session(math.pi, False) == {"1": 10}
            assert len(target.workspace.list_jobs()) == 1
            assert session(0.0, False) == {"0": 10}
    assert len(target.workspace.list_jobs()) == 2
    assert len(session.results) == 2


def test_what_can_never_be_sent_is_not_put_on_record(turn, service):
    wide = qb.Program.from_source(
        "operation Wide(n : Int) : Result[] { use qs = Qubit[n]; Std.Measurement.MResetEachZ(qs) }"
    ).operation("Wide")
    with service.workspace() as workspace:
        with qb.HybridSession(wide, workspace.get_targets("ionq.simulator"), shots=10) as session:
            with pytest.raises(TargetError, match=r"Wide: needs 40 qubits, but ionq.simulator has 29"):
                session(40)
            assert len(session.results) == 0
        unpriced = workspace.get_targets("rigetti.qpu.ankaa-3")
        with qb.HybridSession(turn, unpriced, shots=10, budget=5.0) as session:
            with pytest.raises(BudgetError, match=r"Turn: a budget cannot be kept: no price .* rigetti.qpu.ankaa-3;"):
                session(0.0, False)
            assert len(session.results) == 0


def test_a_session_that_timed_out_is_linked_and_says_so(turn, service, target):
    with qb.HybridSession(turn, target, shots=5, name="slow") as session:
        session(0.0, False)
        service.clock.advance(700)
        with pytest.warns(UserWarning, match=r"has ended \(TimedOut\); going on in the session 'slow \(2\)'"):
            assert session(math.pi, False) == {"1": 5}
    assert len(session.results.session_ids) == 2


def test_or_it_is_a_clear_error(turn, service, target):
    with qb.HybridSession(turn, target, shots=5, link_sessions=False) as session:
        session(0.0, False)
        service.clock.advance(700)
        with pytest.raises(SessionEndedError):
            session(math.pi, False)
    assert service.requests.count("sessions.open") == 1


def test_a_warning_comes_before_the_idle_time_out(turn, target):
    def loop_with_a_slow_step():
        with qb.HybridSession(turn, target, shots=5, session_timeout=0.25) as session:
            session(0.0, False)
            time.sleep(0.5)

    with pytest.warns(UserWarning, match="has had no job for 0 s"):
        loop_with_a_slow_step()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_in_an_evaluation_closes_the_session_and_the_job_is_not_lost(turn, service, target, tmp_path):
    service.engine.queue_seconds["ionq.simulator"] = 3600.0

    def interrupt():
        while service.requests.count("jobs.create") < 1:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    def loop():
        with qb.HybridSession(turn, target, 10, journal=tmp_path / "loop.db") as session:
            return session(math.pi, False)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        loop()
    assert service.requests.count("sessions.close") == 1
    service.clock.advance(3601)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert loop() == {"1": 10}
    assert len(target.workspace.list_jobs()) == 1


def test_ctrl_c_as_an_evaluation_begins_ends_it_too(turn, service, target, tmp_path):
    """It may come when the evaluation is on its way, and nothing waits for it yet."""
    service.engine.queue_seconds["ionq.simulator"] = 3600.0
    session = qb.HybridSession(turn, target, 10, journal=tmp_path / "loop.db")

    def loop():
        with session:
            submit = session._loop.submit

            def interrupted(action):
                submit(action)
                while service.requests.count("jobs.create") < 1:
                    time.sleep(0.01)
                raise KeyboardInterrupt

            session._loop.submit = interrupted
            session(math.pi, False)

    with pytest.raises(KeyboardInterrupt):
        loop()
    assert service.requests.count("sessions.close") == 1


def test_a_failed_evaluation_is_an_error_and_the_loop_can_go_on(turn, service, target):
    service.faults.add("jobs.run", "fail_job", name="Turn 0", message="the ion was lost")
    with qb.HybridSession(turn, target, shots=5) as session:
        with pytest.raises(RunError, match="the ion was lost"):
            session(0.0, False)
        assert session(0.0, True) == {"1": 5}
    assert session.results.states == ["Failed", "Succeeded"]


@pytest.mark.parametrize("retry", [False, True])
def test_a_failed_evaluation_is_paid_for_again_only_when_asked_to(turn, service, target, tmp_path, retry):
    service.faults.add("jobs.run", "fail_job", name="Turn 0")
    with (
        qb.HybridSession(turn, target, shots=5, journal=tmp_path / "loop.db") as session,
        pytest.raises(RunError, match="begin again from its journal with retry_failed=True"),
    ):
        session(0.0, False)
    with qb.HybridSession(turn, target, shots=5, journal=tmp_path / "loop.db", retry_failed=retry) as session:
        if retry:
            assert session(0.0, False) == {"0": 5}
        else:
            with pytest.raises(RunError, match="evaluation 0 ended as Failed"):
                session(0.0, False)
    assert len(session.results) == 1
    assert len(target.workspace.list_jobs()) == 1 + retry


def test_bad_arguments_send_nothing(turn, service, target):
    with qb.HybridSession(turn, target, shots=5) as session:
        with pytest.raises(qb.QsharpValueError):
            session(math.nan, False)
        with pytest.raises(ArgumentError):
            session(0.0)
        with pytest.raises(ArgumentError):
            session(0.0, True, flip=True)
        with pytest.raises(qb.QsharpTypeError):
            session.map([{"theta": 0.0, "flip": True}, {"theta": 0.0, "flip": 1}])
    assert service.requests.count("sessions.open") == 0
    with pytest.raises(RunError, match="with block"):
        session(0.0, True)


def test_journals_of_loops_and_sweeps_are_kept_apart(turn, sweep, target, tmp_path):
    with qb.HybridSession(turn, target, shots=5, journal=tmp_path / "loop.db") as session:
        session(0.0, False)
    with pytest.raises(JournalError, match="hybrid loop"):
        qb.resume_sweep(tmp_path / "loop.db", target)
    with pytest.raises(JournalError, match="another run: the points changed"):
        qb.run_sweep(turn, sweep, target, shots=5, journal=tmp_path / "loop.db")


def test_an_evaluation_in_doubt_goes_on_under_its_id_when_it_is_asked_for_again(turn, service, target):
    with qb.HybridSession(turn, target, shots=10) as session:
        service.faults.add("jobs.create", "status", status=403, when="after")  # accepted, and nobody heard of it
        with pytest.raises(RunError):
            session(0.0, False)
        assert session(0.0, False) == {"0": 10}
        assert len(session.results) == 1
        (session_id,) = session.results.session_ids
    assert len(target.workspace.list_session_jobs(session_id)) == 1


def test_what_succeeded_beside_a_failed_evaluation_is_not_paid_for_again(turn, service, target):
    points = [{"theta": 0.0, "flip": flip} for flip in (False, True)]
    with qb.HybridSession(turn, target, shots=10) as session:
        service.faults.add("jobs.run", "fail_job", name="Turn 0")
        with pytest.raises(RunError, match="evaluation 0 ended as Failed"):
            session.map(points)
        assert session.map(points) == [{"0": 10}, {"1": 10}]
    assert session.results.states == ["Failed", "Succeeded", "Succeeded"]


@pytest.mark.parametrize("points", [[0.5], {"theta": 0.5}])
def test_map_takes_mappings(turn, points):
    with (
        qb.HybridSession(turn, qb.LocalSimulator(), shots=10) as session,
        pytest.raises(SweepError, match="point 0 of map is"),
    ):
        session.map(points)


@pytest.mark.parametrize(
    "options",
    [{"shots": 0}, {"shots": "x"}, {"max_in_flight": 0}, {"budget": float("nan")}, {"name": 5}, {"session_timeout": 0}],
)
def test_options_are_checked_at_once(turn, options):
    """A time-out of nothing would let the watch for an idle session spin."""
    with pytest.raises(SweepError, match="|".join(options)):
        qb.HybridSession(turn, qb.LocalSimulator(), **options)


@pytest.mark.parametrize("where", ["service", "here"])
def test_threads_may_share_a_session(turn, target, tmp_path, where):
    """Ray, a parallel optimizer, a user interface: each answer is that of its own question, here and on record."""
    thetas = [0.0, math.pi] * 10
    certain = [{"0": 10}, {"1": 10}] * 10
    with qb.HybridSession(
        turn, target if where == "service" else qb.LocalSimulator(), shots=10, journal=tmp_path / "loop.db"
    ) as session:
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda theta: session(theta, False), thetas)) == certain
        log = session.results
    assert log.counts == [{"1" if point["theta"] else "0": 10} for point in log.points]
    assert len(log) == 20


def test_a_session_is_entered_once_at_a_time(turn, target):
    with qb.HybridSession(turn, target, shots=10) as session:
        session(0.0, False)
        with pytest.raises(RunError, match="open already"):
            session.__enter__()
        assert session(0.0, False) == {"0": 10}
    with session:  # and again afterwards
        assert session(0.0, False) == {"0": 10}


def test_an_evaluation_whose_listener_raised_is_not_paid_for_twice(turn, service, target, capsys):
    told = []

    def listener(progress):
        told.append(progress)
        if len(told) == 3:
            raise ZeroDivisionError

    with qb.HybridSession(turn, target, shots=10, progress=listener) as session:
        with pytest.raises(ZeroDivisionError):
            session(0.0, False)
        assert session(0.0, False) == {"0": 10}
    assert len(list(target.workspace.list_jobs())) == 1
    with qb.HybridSession(turn, qb.LocalSimulator(), shots=10, progress=True) as session:
        session(0.0, False)
