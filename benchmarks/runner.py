"""What the runner is worth, and what it costs.

1. 200 jobs against the local service, with 50 ms added to every request and with nothing added: the loop of Microsoft's
   page "Manage your sessions" (submit one after the other in a session, then the results one after the other), the
   same client with a pool of 16 threads, and ``run_sweep`` with 16 in flight; the throughput of each, the ratios, and
   the requests a job. The pool has no journal, and gives up at the first error.
2. One sweep of many jobs (10,000): memory, size of the journal, and CPU a job beside the client's own. That is told in
   two ways: as the CPU of the threads that send no requests (the one that decides, and the one that waits), which is
   exact; and as the CPU of ``run_sweep`` less the CPU of the same requests (submit, get, download) sent through the
   same connections with no runner around them, before and after it, both over the same number of threads. That is the
   small difference of two large numbers, each good to a tenth.
3. One sweep (1,000 points), one point a job and in packs of 50: the seconds of each, and their ratio.

    python benchmarks/runner.py [--quick] [--json]

The service runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ["QDK_PYTHON_TELEMETRY"] = "none"

from azure.core.credentials import AzureKeyCredential
from azure.quantum.workspace import Workspace

import qsharp_bridge as qb
from qsharp_bridge.azure.answers import JobRequest
from qsharp_bridge.azure.client import Service
from qsharp_bridge.runner.thread import SweepThread
from qsharp_bridge.targets.spec import TargetSpec

SOURCE = """
operation Rotate(a : Double, b : Double) : Result[] {
    use q = Qubit[2]; Rx(a, q[0]); CNOT(q[0], q[1]); Rz(b, q[1]); [MResetZ(q[0]), MResetZ(q[1])]
}
"""
SHOTS = 100
IN_FLIGHT = 16


class ServiceProcess:
    """The local service in a process of its own."""

    def __init__(self) -> None:
        self.key = uuid.uuid4().hex
        code = f"from qsharp_bridge.emulator import serve; serve(0, api_key={self.key!r})"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def workspace(self) -> Workspace:
        return Workspace(
            subscription_id="00000000-0000-0000-0000-000000000000", resource_group="local", name="bench",
            location="eastus", credential=AzureKeyCredential(self.key), _quantum_endpoint=self.url,
        )  # fmt: skip

    def ask(self, method: str, door: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/_admin/{door}", data, {"x-ms-quantum-api-key": self.key}, method=method
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    def requests(self) -> dict[str, int]:
        """How many of each since the last time."""
        counted: dict[str, int] = {}
        for entry in self.ask("GET", "requests")["value"]:
            counted[entry["operation"]] = counted.get(entry["operation"], 0) + 1
        self.ask("DELETE", "requests")
        return counted

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def points(jobs: int) -> qb.Sweep:
    side = int(jobs**0.5)
    grid = qb.Sweep.grid(a=[i * 0.01 for i in range(side)], b=[i * 0.01 for i in range(-(-jobs // side))])
    return grid[:jobs]


def reference_loop(target: Any, programs: list[Any]) -> float:
    """The page's loop; seconds."""
    began = time.perf_counter()
    with target.open_session(name="reference"):
        jobs = [target.submit(program, name=f"Job {i}", shots=SHOTS) for i, program in enumerate(programs)]
    for job in jobs:
        job.get_results()
    return time.perf_counter() - began


def thread_pool(target: Any, programs: list[Any]) -> float:
    """The plain client with as many threads as the runner has in flight; seconds."""

    def one(numbered: tuple[int, Any]) -> None:
        index, program = numbered
        target.submit(program, name=f"Job {index}", shots=SHOTS).get_results()

    began = time.perf_counter()
    with target.open_session(name="threads"), ThreadPoolExecutor(IN_FLIGHT) as pool:
        list(pool.map(one, enumerate(programs)))
    return time.perf_counter() - began


def throughput(operation: qb.Operation, jobs: int, latency: float) -> dict[str, float]:
    """The loop, the threads and the runner, with ``latency`` seconds added to every request."""
    sweep = points(jobs)
    programs = list(operation.bind(sweep, profile="Base"))
    service = ServiceProcess()
    try:
        with service.workspace() as workspace:
            target = workspace.get_targets("ionq.simulator")
            qb.run_sweep(operation, sweep[:16], target, SHOTS, progress=False)  # warm
            if latency:
                service.ask("POST", "faults", {"point": "*", "kind": "slow", "seconds": latency, "times": None})
            service.ask("DELETE", "requests")
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                qb.run_sweep(
                    operation, sweep, target, SHOTS, journal=Path(folder) / "run.db", max_in_flight=IN_FLIGHT,
                    progress=False,
                )  # fmt: skip
                ours = time.perf_counter() - began
            sent = service.requests()
            reference = reference_loop(target, programs)
            threads = thread_pool(target, programs)
    finally:
        service.stop()
    return {
        "jobs": jobs,
        "reference_seconds": reference,
        "threads_seconds": threads,
        "runner_seconds": ours,
        "ratio": reference / ours,
        "ratio_threads": threads / ours,
        "submit_requests_a_job": sum(sent.get(k, 0) for k in ("storage.sas", "blobs.put", "jobs.create")) / jobs,
        "fetch_requests_a_job": sum(sent.get(k, 0) for k in ("jobs.get", "blobs.get")) / jobs,
        "poll_requests_a_job": sent.get("sessions.jobs", 0) / jobs,
    }


def bare_client(target: Any, programs: Any, jobs: int) -> float:
    """CPU seconds of the same requests with no runner around them."""
    service = Service(target.workspace)
    spec = TargetSpec.of(target)
    session = service.open_session(str(uuid.uuid4()), "bare", spec, "Continue")
    texts = [str(program).encode() for program in programs]

    def send(index: int) -> str:
        job_id = str(uuid.uuid4())
        service.submit(JobRequest(job_id, f"bare {index}", spec, session.id, texts[index], SHOTS))
        return job_id

    def fetch(job_id: str) -> None:
        while not (job := service.job(job_id)).ended:  # type: ignore[union-attr]
            time.sleep(0.1)
        service.output(job)  # type: ignore[arg-type]

    began = time.process_time()
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        for job_id in list(pool.map(send, range(jobs))):
            pool.submit(fetch, job_id)
    spent = time.process_time() - began
    service.close_session(session.id)
    service.close()
    return spent


@contextmanager
def own_threads() -> Iterator[list[float]]:
    """Inside the block: the CPU seconds of each run's deciding thread, when it has ended."""
    spent: list[float] = []
    run = SweepThread._run

    def measured(self: SweepThread) -> None:
        began = time.thread_time()
        run(self)
        spent.append(time.thread_time() - began)

    SweepThread._run = measured  # type: ignore[method-assign]
    try:
        yield spent
    finally:
        SweepThread._run = run  # type: ignore[method-assign]


def many(operation: qb.Operation, jobs: int) -> dict[str, float]:
    """One sweep of many jobs."""
    sweep = points(jobs)
    service = ServiceProcess()
    try:
        with service.workspace() as workspace, tempfile.TemporaryDirectory() as folder:
            target = workspace.get_targets("ionq.simulator")
            programs = operation.bind(sweep, profile="Base")
            share = min(jobs, 1000)
            bare = bare_client(target, programs[:share], share) / share
            began = time.process_time()
            qb.plan_sweep(operation, sweep, target, SHOTS)
            planning = time.process_time() - began
            journal = Path(folder) / "run.db"
            began, wall, waiting = time.process_time(), time.perf_counter(), time.thread_time()
            with own_threads() as deciding:
                results = qb.run_sweep(
                    operation, sweep, target, SHOTS, journal=journal, max_in_flight=IN_FLIGHT, progress=False
                )
            ours, wall = time.process_time() - began, time.perf_counter() - wall
            own = time.thread_time() - waiting + sum(deciding)
            assert set(results.states) == {"Succeeded"}  # IonQ's shares may miss a shot
            size = sum(path.stat().st_size for path in Path(folder).glob("run.db*"))
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            bare = (bare + bare_client(target, programs[:share], share) / share) / 2
    finally:
        service.stop()
    return {
        "jobs": jobs,
        "seconds": wall,
        "peak_memory_mb": memory,
        "journal_mb": size / 1e6,
        "cpu_ms_a_job": 1000 * ours / jobs,
        "cpu_ms_a_job_planning": 1000 * planning / jobs,
        "cpu_ms_a_job_bare_client": 1000 * bare,
        "cpu_ms_a_job_own_threads": 1000 * own / jobs,
        "cpu_ms_a_job_runner": 1000 * (ours / jobs - bare),
    }


def packs(operation: qb.Operation, count: int, points_per_job: int) -> dict[str, float]:
    """One sweep with a point a job, and with many."""
    sweep = points(count)
    service = ServiceProcess()
    try:
        with service.workspace() as workspace, tempfile.TemporaryDirectory() as folder:
            target = workspace.get_targets("quantinuum.sim.h2-1e")

            def seconds(name: str, each: int, sweep: qb.Sweep) -> float:
                began = time.perf_counter()
                results = qb.run_sweep(
                    operation, sweep, target, SHOTS, journal=Path(folder) / name, max_in_flight=IN_FLIGHT,
                    progress=False, points_per_job=each,
                )  # fmt: skip
                taken = time.perf_counter() - began
                assert set(results.states) == {"Succeeded"}  # IonQ's shares may miss a shot
                assert len(set(results.job_ids)) == -(-len(sweep) // each)
                return taken

            seconds("warm.db", 1, sweep[:IN_FLIGHT])
            single = seconds("single.db", 1, sweep)
            packed = seconds("packed.db", points_per_job, sweep)
    finally:
        service.stop()
    return {
        "points": count,
        "points_per_job": points_per_job,
        "single_seconds": single,
        "packed_seconds": packed,
        "ratio": single / packed,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="40 and 300 jobs instead of 200 and 10,000")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    operation = qb.Program.from_source(SOURCE).operation("Rotate")
    found = {
        "throughput": throughput(operation, 40 if asked.quick else 200, 0.05),
        "throughput, no latency": throughput(operation, 40 if asked.quick else 200, 0.0),
        "many": many(operation, 300 if asked.quick else 10_000),
        "packs": packs(operation, *((200, 25) if asked.quick else (1000, 50))),
    }
    if asked.json:
        print(json.dumps(found))
        return
    for part, figures in found.items():
        print(part)
        for name, value in figures.items():
            print(f"  {name:28}{value:12.2f}")


if __name__ == "__main__":
    main()
