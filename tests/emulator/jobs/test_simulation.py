"""Jobs of the service simulated elsewhere: by processes, and by real Dask clusters that lose workers and schedulers."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.jobs import simulation
from qsharp_bridge.emulator.jobs.execution import JobInput
from qsharp_bridge.emulator.jobs.job_run import JobRun
from qsharp_bridge.emulator.jobs.simulation import simulate_on_worker
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.parallel.dask import dask_executor
from qsharp_bridge.parallel.versions import versions
from qsharp_bridge.simulators import simulate
from qsharp_bridge.targets.known import known_target

distributed = pytest.importorskip("distributed")

JOB = JobInput(known_target("ionq.simulator"), "qir.v1", "microsoft.quantum-results.v2", {"shots": 500}, b"", 1)
JOBS = 8
SHOTS = 20_000
NOISE = {"ionq.simulator": {"bitflip": 0.01}}
"""With noise every shot is simulated, so a job takes long enough to be disturbed."""


def submit(service: LocalService, program: Any) -> list[Any]:
    """Some jobs, submitted through the genuine client, the first when it has been done."""
    target = service.workspace().get_targets("ionq.simulator")
    assert len(target.submit(program, shots=10).get_results_shots()) == 10
    return [target.submit(program, name=f"{index}", shots=SHOTS) for index in range(JOBS)]


def check(jobs: list[Any]) -> None:
    """That each has shots of its own, of a Bell pair with some noise."""
    counts = [Counter(map(str, job.get_results_shots())) for job in jobs]
    for count in counts:
        assert count.total() == SHOTS
        assert set(count) == {"[0, 0]", "[1, 1]", "[0, 1]", "[1, 0]"}
        assert count["[0, 0]"] + count["[1, 1]"] > 0.9 * SHOTS
    assert len({tuple(sorted(count.items())) for count in counts}) > 1


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool


def test_the_outcomes_are_those_of_this_process(processes: Executor, bell: Any) -> None:
    there = simulation.Simulation(processes)
    for seed in (1, 2):
        found = there.run(replace(JOB, seed=seed), bell.text, 0, {"depolarizing": 0.1}, JobRun())
        assert found == simulate(bell.text, 500, seed=seed, noise={"depolarizing": 0.1})
    assert simulation.Simulation().jobs_at_once == 1
    assert there.jobs_at_once == 16


def test_processes_do_the_jobs(processes: Executor, bell: Any) -> None:
    with LocalService(seed=7, executor=processes, noise=NOISE) as service:
        check(submit(service, bell))
    assert processes.submit(int, "1").result(60) == 1  # left open


def test_what_cannot_be_simulated_fails_with_the_reason(processes: Executor, bell: Any) -> None:
    broken = type(bell)(bell.text.replace("__quantum__qis__h__body", "__quantum__qis__hh__body"))
    with LocalService(executor=processes) as service:
        job = service.workspace().get_targets("ionq.simulator").submit(broken, shots=10)
        job.wait_until_completed()
        assert job.details.status == "Failed"
        assert "unknown instruction __quantum__qis__hh__body" in job.details.error_data.message


def test_a_pool_that_loses_a_process_is_done_without(bell: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    with pool, LocalService(seed=7, executor=pool, noise=NOISE) as service:
        jobs = submit(service, bell)
        os.kill(next(iter(pool._processes)), signal.SIGKILL)
        check(jobs)
    assert "simulated on this machine from now on" in caplog.text


def test_a_killed_dask_worker_costs_time_not_results(bell: Any) -> None:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as running,
        LocalService(seed=7, executor=running.scheduler_address, noise=NOISE) as service,
    ):
        jobs = submit(service, bell)
        nanny = next(iter(running.workers.values()))
        os.kill(nanny.process.process.pid, signal.SIGKILL)
        assert not service.wait_idle(0)
        check(jobs)


class Cluster:
    """A scheduler and a worker in processes of their own."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *, worker: bool = True) -> None:
        self._begin("scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.05)
        if worker:
            self._begin("worker", self.address, "--nthreads", "1", "--no-nanny", "--death-timeout", "60")

    def _begin(self, what: str, *options: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options, "--no-dashboard"]
        self._running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def kill(self) -> None:
        while self._running:
            process = self._running.pop()
            process.kill()
            process.wait()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    one = Cluster()
    yield one
    one.kill()


def test_a_scheduler_that_comes_back(cluster: Cluster, bell: Any) -> None:
    cluster.start()
    with dask_executor(cluster.address, timeout=2) as executor, LocalService(executor=executor, noise=NOISE) as service:
        jobs = submit(service, bell)
        cluster.kill()
        assert not service.wait_idle(0)
        cluster.start()
        check(jobs)


def test_a_scheduler_that_is_gone(cluster: Cluster, bell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "SCHEDULER_TIMEOUT", 0.5)
    cluster.start()
    with dask_executor(cluster.address, timeout=1) as executor, LocalService(executor=executor) as service:
        target = service.workspace().get_targets("ionq.simulator")
        assert target.submit(bell, shots=10).get_results_shots()
        cluster.kill()
        job = target.submit(bell, shots=10)
        job.wait_until_completed()
        assert job.details.status == "Failed"
        assert f"Dask scheduler at {cluster.address}" in job.details.error_data.message


def test_the_service_ends_while_a_job_waits_for_a_worker(cluster: Cluster, bell: Any, tmp_path: Path) -> None:
    """It is not held up, and the job runs when the service starts again."""
    cluster.start(worker=False)
    with LocalService(data=tmp_path, executor=cluster.address, api_key="mine") as service:
        job = service.workspace().get_targets("ionq.simulator").submit(bell, shots=10)
        began = time.monotonic()
    assert time.monotonic() - began < 30
    with LocalService(service.port, data=tmp_path, api_key="mine"):
        job.wait_until_completed()
        assert job.details.status == "Succeeded"


class Recording(ThreadPoolExecutor):
    """Keeps the futures that it gives out."""

    def __init__(self) -> None:
        super().__init__(1)
        self.given: list[Future[Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given.append(super().submit(fn, *args, **kwargs))
        return self.given[-1]


def eventually(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not what() and time.monotonic() < deadline:
        time.sleep(0.01)
    return what()


def test_what_is_cancelled_is_taken_off_the_executor(bell: Any) -> None:
    """What waits for a worker goes; what a worker does already ends, and is dropped."""
    begun, enough = threading.Event(), threading.Event()

    def slow(*work: Any) -> Any:
        begun.set()
        enough.wait(60)
        return work[0](*work[1:])

    class Slow(Recording):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            return super().submit(slow, fn, *args, **kwargs)

    with Slow() as pool, LocalService(executor=pool) as service:
        workspace = service.workspace()
        target = workspace.get_targets("ionq.simulator")
        jobs = [target.submit(bell, shots=10) for _ in range(4)]
        assert begun.wait(60)
        assert eventually(lambda: len(pool.given) == 4)
        running = next(at for at, future in enumerate(pool.given) if future.running())
        for job in jobs[:3]:
            assert workspace.cancel_job(job).details.status == "Cancelled"
        assert eventually(lambda: sum(future.cancelled() for future in pool.given) >= 2)
        assert pool.given[running].running()
        enough.set()
        assert len(jobs[3].get_results_shots()) == 10
        assert service.wait_idle(60)
        jobs[0].refresh()
        assert jobs[0].details.status == "Cancelled"


def test_what_an_aborted_session_gives_up_is_taken_off_the_executor(bell: Any) -> None:
    enough = threading.Event()
    with Recording() as pool, LocalService(executor=pool) as service:
        held = pool.submit(enough.wait, 60)
        target = service.workspace().get_targets("ionq.simulator")
        with target.open_session(name="aborted"):
            jobs = [target.submit(bell, shots=10) for _ in range(3)]
            assert eventually(lambda: len(pool.given) == 4)
            service.faults.add("jobs.run", "fail_job", name="bad")
            target.submit(bell, name="bad", shots=10)
            assert eventually(lambda: all(future.cancelled() for future in pool.given[1:]))
        assert held.running()
        assert service.wait_idle(60)
        enough.set()
        for job in jobs:
            job.wait_until_completed()
            assert job.details.status == "Cancelled"


def test_what_is_cancelled_is_taken_off_a_dask_cluster(cluster: Cluster, bell: Any) -> None:
    cluster.start(worker=False)

    def tasks() -> int:
        return int(client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))

    with (
        LocalService(executor=cluster.address) as service,
        distributed.Client(cluster.address, set_as_default=False) as client,
    ):
        workspace = service.workspace()
        job = workspace.get_targets("ionq.simulator").submit(bell, shots=10)
        assert eventually(lambda: tasks() == 1)
        workspace.cancel_job(job)
        assert eventually(lambda: tasks() == 0)
        assert service.wait_idle(60)


def test_noise_must_be_sendable(processes: Executor) -> None:
    from qdk.simulation import NoiseConfig

    with pytest.raises(BridgeError, match=r"noise of ionq\.simulator is of type NoiseConfig, which cannot be sent"):
        LocalService(executor=processes, noise={"ionq.simulator": NoiseConfig()}).start()
    with pytest.raises(BridgeError, match="the executor is of type int"):
        simulation.Simulation(4)  # type: ignore[arg-type]


def test_a_worker_with_other_versions_is_refused(bell: Any) -> None:
    name, mine = versions()[1]
    other = (versions()[0], (name, "0.1"), *versions()[2:])
    with pytest.raises(BridgeError, match=f"a worker has {name} {mine} instead of 0.1; install the same"):
        simulate_on_worker(other, JOB, bell.text, 0, None)
