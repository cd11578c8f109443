"""Sweeps simulated by an executor: the same results whoever does it, also when a worker is killed."""

import math
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import RunError, SimulationError, TargetError
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.parallel.processes import ProcessPool
from qsharp_bridge.runner.local import chunks as spread
from qsharp_bridge.runner.options import PlanOptions, complete
from qsharp_bridge.runner.planning.prepare import prepare
from qsharp_bridge.runner.planning.prepared import SweepSource
from tests.shared.journals import manifest

SOURCE = """
operation Chain(n : Int, theta : Double) : Result[] {
    use qs = Qubit[n];
    for q in qs { Rx(theta, q); }
    for i in 0..n - 2 { CNOT(qs[i], qs[i + 1]); }
    MResetEachZ(qs)
}
operation Parity(n : Int) : Result[] {
    use qs = Qubit[n];
    ApplyToEach(H, qs);
    MResetEachZ(qs)
}
"""
SHOTS = 50


@pytest.fixture(scope="module")
def chain():
    return qb.Program.from_source(SOURCE).operation("Chain")


@pytest.fixture(scope="module")
def points():
    return qb.Sweep.grid(n=[1, 2, 5], theta=[0.03 * step for step in range(50)])


@pytest.fixture(scope="module")
def expected(chain, points):
    return qb.run_sweep(chain, points, qb.LocalSimulator(seed=11), SHOTS).counts


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of a few points, so that a small sweep has many."""
    monkeypatch.setattr(spread, "_POINTS", 3)


class Held(Executor):
    """Compiles, but simulates nothing: what it was given stays in a list."""

    def __init__(self):
        self.given = []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        if args[0] is spread.simulate_chunk:
            self.given.append(future)
        else:
            future.set_result(fn(*args, **kwargs))
        return future


class Counting(ThreadPoolExecutor):
    """Notes what it is asked to do."""

    def __init__(self):
        super().__init__(2)
        self.asked = []

    def submit(self, fn, /, *args, **kwargs):
        work = getattr(args[0], "func", args[0])  # what a partial calls
        self.asked.append((work.__name__, args[1:]))
        return super().submit(fn, *args, **kwargs)


def test_threads_give_the_same(chain, points, expected, small_chunks):
    with Counting() as threads:
        results = qb.run_sweep(chain, points, qb.LocalSimulator(seed=11, executor=threads), SHOTS)
    assert results.counts == expected
    chunks = [args for name, args in threads.asked if name == "simulate_chunk"]
    assert sorted(row.first for args in chunks for row in args[2]) == list(range(len(points)))
    assert max(len(args[2]) for args in chunks) == 3


def test_killed_processes_are_replaced(chain, points, expected, small_chunks):
    killed = []

    def kill_one(point):
        if len(killed) < 2 and point.index % 40 == 20:
            victim = multiprocessing.active_children()[0]
            os.kill(victim.pid, signal.SIGKILL)
            killed.append(victim.pid)

    results = qb.run_sweep(chain, points, qb.LocalSimulator(seed=11, executor=2), SHOTS, on_point=kill_one)
    assert len(killed) == 2
    assert results.counts == expected


def test_an_executor_that_breaks_is_done_without(chain, points, expected, small_chunks):
    broken = []

    def kill(point):
        if not broken:
            broken.append(point)
            os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        target = qb.LocalSimulator(seed=11, executor=pool)
        with pytest.warns(RuntimeWarning, match="simulated in this process"):
            results = qb.run_sweep(chain, points, target, SHOTS, on_point=kill)
    assert results.counts == expected


def test_processes_leave_ctrl_c_to_the_caller():
    with ProcessPool(1) as crew:
        assert crew.submit(signal.getsignal, signal.SIGINT).result(60) == signal.SIG_IGN


def test_processes_end_with_a_caller_that_is_killed():
    code = """
import os, sys, time
from qsharp_bridge.parallel.processes import ProcessPool
if __name__ == "__main__":
    with ProcessPool(1) as crew:
        print(crew.submit(os.getpid).result(60), flush=True)
        time.sleep(600)
"""
    caller = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    worker = int(caller.stdout.readline())
    assert alive(worker)
    caller.kill()
    caller.communicate()
    deadline = time.monotonic() + 60
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(worker)


def alive(pid):
    """Whether a process runs, not counting one that is dead and not yet buried."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_processes_that_always_die_are_given_up():
    with ProcessPool(1) as crew:
        for deaths in (1, 2, 3):
            error = crew.submit(os._exit, 1).exception(60)
            assert isinstance(error, BrokenExecutor)
            assert crew.lost(error)
            if deaths < 3:
                crew.replace()
        with pytest.raises(RunError, match="died 3 times") as caught:
            crew.replace()
    assert "__main__" in caught.value.advice


def test_what_was_simulated_before_an_error_is_on_record(chain, tmp_path, small_chunks):
    sweep = qb.Sweep.points([{"n": n, "theta": 0.1} for n in (1, 2, 50, 3)])
    with ThreadPoolExecutor(1) as threads:
        target = qb.LocalSimulator(seed=1, executor=threads)
        with pytest.raises(SimulationError, match="point 2") as caught:
            qb.run_sweep(chain, sweep, target, SHOTS, journal=tmp_path / "run.db")
    assert (caught.value.operation, caught.value.point) == ("Chain", 2)
    with Journal.open(tmp_path / "run.db") as journal:
        ended = {row.first for row in journal.jobs() if row.ended}
    assert {0, 1} <= ended <= {0, 1, 3}


def test_stopped_and_resumed_elsewhere(chain, points, expected, small_chunks, tmp_path):
    enough = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        run = qb.start_sweep(
            chain, points, qb.LocalSimulator(seed=11, executor=threads), SHOTS, journal=tmp_path / "run.db"
        )
        for point in run.as_completed():
            if point.index > 20:
                enough.set()
                break
        run.stop()
    assert enough.is_set()
    assert qb.resume_sweep(tmp_path / "run.db", qb.LocalSimulator(seed=11)).counts == expected


def test_only_some_chunks_are_under_way(chain, points, small_chunks):
    """However long the sweep: so memory does not grow with it."""
    held = Held()
    run = qb.start_sweep(chain, points + points, qb.LocalSimulator(executor=held), SHOTS)
    window = ProcessPool(held).window
    deadline = threading.Event()
    for _ in range(200):
        if len(held.given) >= window:
            break
        deadline.wait(0.05)
    deadline.wait(0.3)
    assert len(held.given) == window < 2 * len(points) / 3
    run.stop()
    assert all(future.cancelled() for future in held.given)


def test_chunks_are_sized_by_cost(chain):
    sweep = qb.Sweep.grid(n=[2], theta=[0.01 * k for k in range(300)]) + qb.Sweep.grid(n=[18], theta=[0.1, 0.2, 0.3])
    simulator = qb.LocalSimulator(executor=2)
    prepared = prepare(chain, sweep, simulator, SHOTS, complete(PlanOptions, {}, "prepare"))
    with Journal.create(None, manifest(), prepared.jobs) as journal:
        chunks = spread._Chunks(simulator, SweepSource(prepared), journal.jobs())
        chunks._pace = 20.0  # a slow machine
        found = []
        while (chunk := chunks.next(1)) is not None:
            found.append([row.first for row in chunk.rows])
    assert [point for chunk in found for point in chunk] == list(range(303))
    assert found[-3:] == [[300], [301], [302]]
    assert all(len(chunk) > 10 for chunk in found[:3])


class Inline(Executor):
    """Works in the caller, while it is asked."""

    def __init__(self):
        self.done = 0

    def submit(self, fn, /, *args, **kwargs):
        self.done += args[0] is spread.simulate_chunk
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def test_an_executor_that_works_in_the_caller(chain, points, expected, small_chunks):
    """Each chunk is on record before the next is begun, so that a run can be seen and stopped."""
    inline = Inline()
    seen = []
    target = qb.LocalSimulator(seed=11, executor=inline)
    results = qb.run_sweep(chain, points, target, SHOTS, on_point=lambda point: seen.append(point.index))
    assert results.counts == expected
    assert seen == list(range(len(points)))

    inline.done = 0
    prepared = prepare(chain, points, target, SHOTS, complete(PlanOptions, {}, "prepare"))
    with Journal.create(None, manifest(), prepared.jobs) as journal:
        spread.simulate_in_chunks(
            target, SweepSource(prepared), journal.jobs(), lambda _, ends: journal.ended(ends), lambda: inline.done == 3
        )
        assert sum(row.ended for row in journal.jobs()) == 9


def test_an_executor_that_takes_back_what_it_was_given(chain, points, small_chunks):
    class Leaving(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            if args[0] is spread.simulate_chunk:
                future = Future()
                future.cancel()
                future.set_running_or_notify_cancel()
                return future
            return super().submit(fn, *args, **kwargs)

    with Leaving(1) as leaving:
        target = qb.LocalSimulator(executor=leaving)
        with pytest.raises(RunError, match="points 0 to 2: the executor took back"):
            qb.run_sweep(chain, points, target, SHOTS)


def test_what_no_template_can_be_made_of_is_compiled_by_the_executor():
    operation = qb.Program.from_source(SOURCE).operation("Parity")
    with Counting() as threads:
        results = qb.run_sweep(operation, qb.Sweep.grid(n=[1, 2, 3]), qb.LocalSimulator(executor=threads), SHOTS)
    assert [sum(counts.values()) for counts in results.counts] == [SHOTS] * 3
    assert "compile_cached" in {name for name, _ in threads.asked}


def test_noise_travels_as_a_mapping(chain):
    sweep = qb.Sweep.points([{"n": 1, "theta": math.pi}] * 3)
    noisy = qb.LocalSimulator(noise={"bitflip": 1.0}, seed=1, executor=1)
    assert qb.run_sweep(chain, sweep, noisy, SHOTS).counts == [{"[0]": SHOTS}] * 3
    from qdk.simulation import NoiseConfig

    with pytest.raises(SimulationError, match="mapping"):
        qb.LocalSimulator(noise=NoiseConfig(), executor=1)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        cannot_travel = qb.LocalSimulator(noise=NoiseConfig(), executor=pool)
        with pytest.raises(RunError, match=r"^no results for point 0: .*mapping"):
            qb.run_sweep(chain, sweep[:1], cannot_travel, SHOTS)


def test_a_worker_with_other_versions_is_refused(chain):
    ours = spread.versions()
    other = (("qsharp_bridge", "0.0.1"), *ours[1:])
    ends, _, error = spread.simulate_chunk(qb.LocalSimulator(), [], [], "Chain", other)
    assert ends == []
    assert isinstance(error, TargetError)
    assert f"qsharp_bridge {qb.__version__} instead of 0.0.1" in str(error)


@pytest.mark.parametrize("executor", [0, -1, True, "dask", 1.5])
def test_what_is_no_executor(executor):
    with pytest.raises(SimulationError, match="executor"):
        qb.LocalSimulator(executor=executor)
