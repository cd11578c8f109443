"""A sweep under way: points as they end, stopping, deadlines, Ctrl-C, SIGTERM, asyncio."""

import asyncio
import gc
import inspect
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
import weakref

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import RunError, SweepError
from qsharp_bridge.runner.api import run_sweep_async, start_sweep

CERTAIN = ["0", "1", "1", "0", "1", "0", "1", "0", "1", "0"]
WANTED = [{outcome: 5} for outcome in CERTAIN]


def states(target, results):
    return [target.workspace.get_session(session_id).details.status for session_id in results.session_ids]


def test_points_come_as_they_end_and_are_those_of_the_results(turn, sweep, target):
    with start_sweep(turn, sweep, target, shots=5) as run:
        points = list(run.as_completed())
        results = run.results()
    assert run.done
    assert sorted(point.index for point in points) == list(range(10))
    assert sorted(points, key=lambda point: point.index) == list(results)
    assert [point.raw for point in sorted(points, key=lambda point: point.index)] == [row.raw for row in results]
    assert list(run.as_completed()) == points  # once more, when all is over
    assert results.counts == WANTED
    assert "10 of 10, ended" in repr(run)


def test_runs_that_have_ended_are_freed_and_leave_no_thread(turn, sweep):
    freed = []
    for _ in range(3):
        run = start_sweep(turn, sweep, qb.LocalSimulator(), shots=5)
        run.results()
        run.stop()
        freed.append(weakref.ref(run._thread))
        del run
    gc.collect()
    assert [run() for run in freed] == [None] * 3
    assert sum(thread.name == "qsharp-bridge-main" for thread in threading.enumerate()) == 1


def test_a_point_can_be_had_before_the_others_end(turn, sweep, service, target):
    service.faults.add("jobs.create", "slow", seconds=0.15, times=None)
    with start_sweep(turn, sweep, target, shots=5, max_in_flight=2) as run:
        first = next(run.as_completed())
        assert first.counts == WANTED[first.index]
        assert not run.done


def test_a_resumed_journal_gives_the_old_points_too(turn, sweep, target, tmp_path):
    qb.run_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db")
    with start_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db") as run:
        assert [point.counts for point in run.as_completed()] == WANTED


def test_a_callback_hears_every_point_in_the_callers_thread(turn, sweep, target):
    heard = []
    qb.run_sweep(turn, sweep, target, shots=5, on_point=lambda p: heard.append((p.index, threading.current_thread())))
    assert sorted(index for index, _ in heard) == list(range(10))
    assert {thread for _, thread in heard} == {threading.current_thread()}


def test_a_callback_that_fails_ends_the_run_in_order(turn, sweep, target, tmp_path):
    def fail(point):
        raise ZeroDivisionError("of the user")

    with pytest.raises(ZeroDivisionError):
        qb.run_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db", on_point=fail)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = qb.resume_sweep(tmp_path / "run.db", target)
    assert results.counts == WANTED
    assert len(target.workspace.list_jobs()) == 10
    assert set(states(target, results)) == {"Succeeded"}


def test_a_stopped_run_says_which_points_have_no_result(turn, sweep, service, target, tmp_path):
    service.faults.add("jobs.create", "slow", seconds=0.1, times=None)
    run = start_sweep(turn, sweep, target, shots=5, max_in_flight=1, journal=tmp_path / "run.db")
    next(run.as_completed())
    run.stop()
    results = run.results()
    assert "planned" in results.states
    assert states(target, results)[0] in ("Succeeded", "Executing")
    service.faults.clear()
    with pytest.warns(UserWarning, match="going on in the session"):
        assert qb.resume_sweep(tmp_path / "run.db", target).counts == WANTED
    assert len(target.workspace.list_jobs()) == 10


def test_cancelled_jobs_are_cancelled_on_the_service(turn, sweep, service, target, tmp_path):
    service.engine.queue_seconds["ionq.simulator"] = 3600.0
    run = start_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db")
    while service.requests.count("jobs.create") < 10:
        time.sleep(0.01)
    run.cancel()
    assert {job.details.status for job in target.workspace.list_jobs()} == {"Cancelled"}
    assert set(run.results().states) == {"Cancelled"}
    assert run.ended == len(list(run.as_completed())) == 10
    service.engine.queue_seconds.clear()
    with pytest.warns(UserWarning, match="going on in the session"):
        again = qb.resume_sweep(tmp_path / "run.db", target, retry_failed=True)
    assert again.counts == WANTED


def test_a_deadline_ends_the_waiting_and_loses_nothing(turn, sweep, service, target, tmp_path):
    service.engine.queue_seconds["ionq.simulator"] = 3600.0
    with pytest.raises(RunError, match=r"of 10 points have ended after 0.5 s.*resume"):
        qb.run_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db", timeout=0.5)
    service.engine.queue_seconds.clear()  # for those that were not sent in time
    service.clock.advance(3601)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert qb.resume_sweep(tmp_path / "run.db", target).counts == WANTED
    assert len(target.workspace.list_jobs()) == 10


def test_the_deadline_of_a_question_does_not_end_the_run(turn, sweep, service, target):
    service.faults.add("jobs.create", "slow", seconds=0.3, times=None)
    with start_sweep(turn, sweep, target, shots=5) as run:
        with pytest.raises(RunError, match="wait longer"):
            run.results(timeout=0.01)
        with pytest.raises(RunError, match="wait longer"):
            list(run.as_completed(timeout=0.01))
        assert run.results().counts == WANTED


def test_what_ended_the_run_comes_after_the_points_before_it(turn, sweep, service, target):
    service.faults.add("jobs.run", "fail_job", name="Turn 0")
    with start_sweep(turn, sweep, target, shots=5, max_failures=1) as run:
        points = run.as_completed()
        assert next(points).state == "Failed"
        with pytest.raises(RunError, match="1 job failed, so 9 points were not sent"):
            next(points)
        with pytest.raises(RunError, match="1 job failed"):
            run.results()


def test_on_the_simulator_of_this_machine(turn, sweep, tmp_path):
    with start_sweep(turn, sweep, qb.LocalSimulator(seed=1), 5) as run:
        assert [point.counts for point in run.as_completed()] == WANTED
    run = start_sweep(turn, sweep, qb.LocalSimulator(seed=1), 5, journal=tmp_path / "run.db")
    run.stop()
    assert qb.resume_sweep(tmp_path / "run.db", qb.LocalSimulator(seed=1)).counts == WANTED


def test_a_local_run_that_is_held_ends():
    many = qb.Sweep.linspace("theta", 0.1, 3.0, 40) * qb.Sweep.grid(rounds=[60])
    wide = qb.Program.from_source(
        "operation Wide(theta : Double, rounds : Int) : Result[] { use q = Qubit[17]; for _ in 1..rounds { "
        "for k in 0..16 { Rx(theta, q[k]); } for k in 0..15 { CNOT(q[k], q[k + 1]); } } MResetEachZ(q) }"
    ).operation("Wide")
    run = start_sweep(wide, many, qb.LocalSimulator(), 5)
    run.hold()
    assert "planned" in run.results().states  # also without stop: nothing was sent that could be waited for


def test_bad_options_are_reported_before_anything_runs(turn, sweep, service, target):
    for options, told in [
        ({"on_interrupt": "weep"}, "on_interrupt"),
        ({"max_in_flight": 0}, "max_in_flight"),
        ({"max_failures": 0}, "max_failures"),
    ]:
        with pytest.raises(SweepError, match=told):
            qb.run_sweep(turn, sweep, target, **options)
    assert service.requests.count("sessions.open") == 0


def test_the_users_own_sessions_on_the_same_target_are_left_alone(turn, sweep, target):
    """`latest_session` of a target decides where `target.submit` sends: ours must not touch it, nor follow it."""
    with target.open_session(name="of the user") as mine:
        results = qb.run_sweep(turn, sweep, target, shots=5)
        assert target.latest_session is mine
        job = target.submit(turn.compile(0.0, False), name="of the user", shots=5)
        job.wait_until_completed()
    assert {job.id for job in mine.list_jobs()} == {job.id}
    assert mine.id not in results.session_ids
    assert qb.run_sweep(turn, sweep, target, shots=5).counts == WANTED  # the user's session is closed by now


# --- asyncio


def test_the_event_loop_goes_on_meanwhile(turn, sweep, target):
    async def both():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.01)

        ticking = asyncio.create_task(tick())
        first, second = await asyncio.gather(
            run_sweep_async(turn, sweep, target, 5), run_sweep_async(turn, sweep[:3], target, 5)
        )
        ticking.cancel()
        return first, second, ticks

    first, second, ticks = asyncio.run(both())
    assert first.counts == WANTED
    assert second.counts == WANTED[:3]
    assert ticks > 3


def test_points_come_into_the_event_loop_as_they_end(turn, sweep, target):
    heard = []

    async def note(point):
        await asyncio.sleep(0)
        heard.append((point.index, threading.current_thread()))

    results = asyncio.run(run_sweep_async(turn, sweep, target, 5, on_point=note))
    assert sorted(index for index, _ in heard) == list(range(10))
    assert {thread for _, thread in heard} == {threading.current_thread()}
    heard.clear()
    asyncio.run(run_sweep_async(turn, sweep, target, 5, on_point=lambda point: heard.append(point)))
    assert sorted(heard, key=lambda point: point.index)[3].counts == results[3].counts

    async def by_hand():
        run = await asyncio.to_thread(start_sweep, turn, sweep, target, 5)
        return [point.index async for point in run], await run

    indices, again = asyncio.run(by_hand())
    assert sorted(indices) == list(range(10))
    assert again.counts == WANTED


def test_a_deadline_in_the_event_loop_loses_nothing(turn, sweep, service, target, tmp_path):
    service.engine.queue_seconds["ionq.simulator"] = 3600.0
    with pytest.raises(RunError, match=r"0 of 10 points have ended after 1 s; wait longer"):
        asyncio.run(run_sweep_async(turn, sweep, target, 5, journal=tmp_path / "run.db", timeout=1))
    service.clock.advance(3601)
    service.engine.queue_seconds.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a linked session, where some had not been sent yet
        assert qb.resume_sweep(tmp_path / "run.db", target).counts == WANTED
    assert len(target.workspace.list_jobs()) == 10


def test_a_callback_that_fails_in_the_event_loop_ends_the_run_in_order(turn, sweep, target):
    def fail(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run_sweep_async(turn, sweep, target, 5, on_point=fail))
    assert [session.details.status for session in target.workspace.list_sessions()] == ["Succeeded"]


def test_a_task_that_is_cancelled_twice_while_it_begins_leaves_no_sweep_behind(turn, sweep, service, target):
    service.engine.queue_seconds["ionq.simulator"] = 3600.0

    def ours():
        return [one.name for one in threading.enumerate() if one.name in ("qsharp-bridge-await", "qsharp-bridge-sweep")]

    async def cancelled():
        task = asyncio.create_task(qb.run_sweep_async(turn, sweep, target, shots=5))
        await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    until = time.monotonic() + 30
    while ours() and time.monotonic() < until:
        time.sleep(0.01)
    assert ours() == []


def test_a_cancelled_task_ends_in_order(turn, sweep, service, target, tmp_path):
    service.engine.queue_seconds["ionq.simulator"] = 3600.0

    async def cancelled():
        task = asyncio.create_task(run_sweep_async(turn, sweep, target, 5, journal=tmp_path / "run.db"))
        while service.requests.count("jobs.create") < 10:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    service.clock.advance(3601)
    assert qb.resume_sweep(tmp_path / "run.db", target).counts == WANTED
    assert len(target.workspace.list_jobs()) == 10


# --- signals

CHILD = """
import sys, warnings
import qsharp_bridge as qb
from azure.core.credentials import AzureKeyCredential
from azure.quantum.workspace import Workspace
url, key, journal, on_interrupt = sys.argv[1:]
workspace = Workspace(subscription_id="00000000-0000-0000-0000-000000000000", resource_group="local", name="local",
                      location="eastus", credential=AzureKeyCredential(key), _quantum_endpoint=url)
op = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
qb.run_sweep(op, qb.Sweep.grid(n=list(range(10))), workspace.get_targets("ionq.simulator"), 5, journal=journal,
             on_interrupt=on_interrupt)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("number", "on_interrupt", "code", "state"),
    [
        (signal.SIGINT, "leave", -signal.SIGINT, "Waiting"),
        (signal.SIGINT, "ask", -signal.SIGINT, "Waiting"),  # there is no terminal to ask
        (signal.SIGTERM, "cancel", 128 + signal.SIGTERM, "Cancelled"),
    ],
)
def test_a_signal_closes_the_session_and_a_resume_goes_on(service, target, tmp_path, number, on_interrupt, code, state):
    service.engine.queue_seconds["ionq.simulator"] = 3600.0
    journal = tmp_path / "run.db"
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, service.url, service.api_key, str(journal), on_interrupt],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        while service.requests.count("jobs.create") < 5:
            assert child.poll() is None, child.stderr.read()
            time.sleep(0.01)
        os.kill(child.pid, number)
        child.communicate(timeout=60)
    assert child.returncode == code
    jobs = target.workspace.list_jobs()
    assert {job.details.status for job in jobs} == {state}
    (session,) = target.workspace.list_sessions()
    assert service.requests.count("sessions.close") == 1
    service.engine.queue_seconds.clear()
    service.clock.advance(3601)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = qb.resume_sweep(journal, target, retry_failed=True)
    assert results.counts == [{"1": 5}] * 10
    ended_well = [job for job in target.workspace.list_jobs() if job.details.status == "Succeeded"]
    assert len(ended_well) == 10
    assert session.id in results.session_ids


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
@pytest.mark.parametrize(
    ("answer", "state"), [(b"y\n", "Cancelled"), (b"\n", "Waiting"), (b"n\n", "Waiting"), (signal.SIGTERM, "Waiting")]
)
def test_ctrl_c_on_a_terminal_asks_whether_to_cancel(service, target, tmp_path, answer, state):
    import pty

    service.engine.queue_seconds["ionq.simulator"] = 3600.0
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", CHILD, service.url, service.api_key, str(tmp_path / "run.db"), "ask"]
    with subprocess.Popen(command, stdin=theirs, stderr=theirs) as child:
        os.close(theirs)
        while service.requests.count("jobs.create") < 10:
            assert child.poll() is None
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGINT)
        seen = b""
        while b"[y/N]" not in seen:
            seen += os.read(ours, 1000)
        sent = service.requests.count("jobs.create")
        if isinstance(answer, bytes):
            os.write(ours, answer)
        else:  # it may be ended while it asks
            os.kill(child.pid, answer)
        try:
            while os.read(ours, 1000):  # what it still says, or it waits for a reader
                pass
        except OSError:  # the other end is closed
            pass
        child.wait(timeout=60)
    os.close(ours)
    assert b"Nothing more is sent. Cancel the jobs that have not ended? [y/N]" in seen
    assert b"Flip on ionq.simulator: " in seen  # the progress line was there before
    assert {job.details.status for job in target.workspace.list_jobs()} == {state}
    assert service.requests.count("jobs.create") == sent
    assert service.requests.count("sessions.close") == 1


ABANDONED = """
import sys, warnings
import qsharp_bridge as qb
url, key, journal = sys.argv[1:]
op = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
workspace = qb.connect(url, api_key=key).open()
run = qb.start_sweep(op, qb.Sweep.grid(n=list(range(30))), workspace.get_targets("ionq.simulator"), 5, journal=journal)
"""


def test_a_script_that_ends_without_waiting_still_carries_its_sweep_through(service, target, tmp_path):
    service.engine.queue_seconds["ionq.simulator"] = 0.2
    journal = tmp_path / "run.db"
    command = [sys.executable, "-c", ABANDONED, service.url, service.api_key, str(journal)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert qb.SweepResults.from_journal(journal).counts == [{"1": 5}] * 30
    assert [session.details.status for session in target.workspace.list_sessions()] == ["Succeeded"]


def test_or_says_what_ended_it(service, target, tmp_path):
    service.faults.add("jobs.create", "status", status=401, times=None)
    command = [sys.executable, "-c", ABANDONED, service.url, service.api_key, str(tmp_path / "run.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "the sweep of Flip ended early: submit job" in done.stderr
    assert "renew the key or sign in again, then resume" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_warns_at_the_line_that_started_it(turn, sweep, target, tmp_path):
    """The session has ended meanwhile: a thread of the run finds that out."""
    run = qb.start_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db", max_in_flight=1)
    next(run.as_completed())
    run.stop()
    target.workspace.close_session(target.workspace.get_session(run.results().session_ids[0]))
    line = inspect.currentframe().f_lineno + 2
    with pytest.warns(UserWarning, match="going on in the session") as found:
        qb.resume_sweep(tmp_path / "run.db", target)
    assert [(one.filename, one.lineno) for one in found] == [(__file__, line)]
