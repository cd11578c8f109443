"""A real Dask cluster of processes on loopback behind an executor."""

import gc
import os
import signal
import warnings
from contextlib import suppress

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import MissingExtraError, SchedulerError, TargetError
from qsharp_bridge.parallel.dask import dask_executor
from qsharp_bridge.runner.local import chunks as spread

distributed = pytest.importorskip("distributed")

SOURCE = """
operation Chain(n : Int, theta : Double) : Result[] {
    use qs = Qubit[n];
    for q in qs { Rx(theta, q); }
    for i in 0..n - 2 { CNOT(qs[i], qs[i + 1]); }
    MResetEachZ(qs)
}
"""


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as running:
        yield running


@pytest.fixture(scope="module")
def chain():
    return qb.Program.from_source(SOURCE).operation("Chain")


@pytest.fixture
def executor(cluster):
    with dask_executor(cluster.scheduler_address) as connected:
        yield connected


def test_work_is_done_there(executor):
    assert executor.submit(os.getpid).result(60) != os.getpid()
    assert executor.submit(int, "z", base=36).result(60) == 35
    with pytest.raises(ZeroDivisionError):
        executor.submit(divmod, 1, 0).result(60)
    assert executor.workers == 2
    assert list(executor.map(abs, [-1, 2])) == [1, 2]


def test_a_killed_worker_costs_time_not_results(cluster, executor, chain, monkeypatch):
    monkeypatch.setattr(spread, "_POINTS", 3)
    sweep = qb.Sweep.grid(n=[2, 6], theta=[0.02 * step for step in range(60)])
    expected = qb.run_sweep(chain, sweep, qb.LocalSimulator(seed=5), 50).counts
    killed = []

    def kill_one(point):
        if point.index == 30 and not killed:
            nanny = next(iter(cluster.workers.values()))
            os.kill(nanny.process.process.pid, signal.SIGKILL)
            killed.append(point.index)

    target = qb.LocalSimulator(seed=5, executor=executor)
    results = qb.run_sweep(chain, sweep, target, 50, on_point=kill_one)
    assert killed
    assert results.counts == expected


def test_compiling_runs_there_too(executor, chain):
    sweep = qb.Sweep.points([{"n": n, "theta": 0.5} for n in (1, 2, 3)])
    bound = chain.bind(sweep, executor=executor)
    assert set(bound.methods) == {"direct"}
    assert [str(one) for one in bound] == [str(chain.compile(n, 0.5)) for n in (1, 2, 3)]


def test_no_scheduler_at_the_address():
    with pytest.raises(TargetError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
        dask_executor("tcp://127.0.0.1:9", timeout=1)


@pytest.mark.parametrize("address", ["scheduler", "foo://x:1", "tcp://a:b", "tls://127.0.0.1:9"])
def test_what_is_no_address(address):
    """Dask's client fails half made there, and must not wait for its loop when it is collected."""
    with pytest.raises(SchedulerError, match="no Dask scheduler at"):
        dask_executor(address)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gc.collect()


def test_nothing_is_no_address():
    """Dask would start a cluster of its own."""
    with pytest.raises(SchedulerError, match="the address of the Dask scheduler is None"):
        dask_executor(None)


def test_without_dask(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"qsharp-bridge\[dask\]"):
        dask_executor("tcp://127.0.0.1:9")


def test_a_scheduler_that_goes(chain, tmp_path, monkeypatch):
    """A run ends with an error that says so, and goes on from its journal; the executor does not hang."""
    monkeypatch.setattr(spread, "_POINTS", 3)
    sweep = qb.Sweep.grid(n=[2], theta=[0.001 * step for step in range(3000)])  # far from done when it goes
    expected = qb.run_sweep(chain, sweep, qb.LocalSimulator(seed=5), 50).counts
    journal = tmp_path / "run.db"
    options = {"n_workers": 1, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with (
        distributed.LocalCluster(**options) as doomed,
        dask_executor(doomed.scheduler_address, timeout=1) as executor,
    ):
        target = qb.LocalSimulator(seed=5, executor=executor)
        with pytest.raises(SchedulerError, match="check that the scheduler runs"):
            qb.run_sweep(
                chain, sweep, target, 50, journal=journal,
                on_point=lambda point: doomed.close() if point.index == 20 else None,
            )  # fmt: skip
        with suppress(SchedulerError):
            executor.submit(os.getpid).result(60)  # it still tries to connect
        with pytest.raises(SchedulerError, match="no Dask scheduler at"):
            executor.submit(os.getpid)
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(os.getpid)
    assert qb.resume_sweep(journal, qb.LocalSimulator(seed=5)).counts == expected
