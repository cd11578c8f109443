"""Sweeps through the fault proxy, with kills of client, service and both; what came of them is judged by the proxy.

    python -m tests.faults.runs --runs 500 --seed 1 [--kills 0.5] [--json]

Exit code 0: nothing lost, doubled, wrong, above the budget or left open, no error but our own, and no client that asked
for nothing for more than ten seconds while the service was there.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import multiprocessing
import random
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from azure.quantum.target import Target
from azure.quantum.target.ionq import IonQ
from azure.quantum.target.rigetti import Rigetti

import qsharp_bridge as qb
from qsharp_bridge.azure.answers import word
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.errors import BridgeError, BudgetError
from qsharp_bridge.states import ENDED_SESSION_STATES
from tests.faults.proxy import KINDS, FaultProxy, Random, points_of

KEY = "the key of the fault runs"
SHOTS = 10
SOURCE = """
operation Turn(theta : Double, flip : Bool) : Result {
    use q = Qubit();
    if flip { X(q); }
    Rx(theta, q);
    MResetZ(q)
}
"""
TIMEOUT = 0.25  # seconds: the read time-out of the clients
FOREVER = 120.0  # seconds: no run takes so long by its faults
LONGEST_WAIT = 10.0  # seconds: no client waits longer beyond what the faults and the kills ask for
PRICE = 97.6  # AQT: above that of any job of a run on aria-1, whose minimum is 97.5
FAILING = 0.1  # the share of the jobs that fail, and are paid for


@dataclass(frozen=True)
class Shape:
    """How a run is made: its points, how many share a job, and how many jobs its budget pays for.

    Without a budget it runs on a simulator that costs nothing.
    """

    points: int
    pack: int
    jobs_paid: int | None
    max_in_flight: int

    @classmethod
    def choose(cls, chance: random.Random) -> Shape:
        points = chance.randint(3, 8)
        pack = chance.choice([1, 1, 2, 3])
        paid = chance.choice([None, math.ceil(points / pack) + chance.randint(0, 2)])
        return cls(points, pack, paid, chance.choice([1, 4, 16]))

    @property
    def budget(self) -> float | None:
        return None if self.jobs_paid is None else PRICE * self.jobs_paid

    def target(self, workspace: Any) -> Target:
        """The target, without a question to the service: the plain client would go on asking for minutes."""
        if self.jobs_paid is None:
            return Rigetti(workspace=workspace, name="rigetti.sim.qvm", provider_id="rigetti")
        return IonQ(workspace=workspace, name="ionq.qpu.aria-1", provider_id="ionq")


def points(number: int) -> tuple[qb.Sweep, list[dict[str, int]]]:
    """A sweep of certain outcomes, and these."""
    chosen = [{"theta": math.pi * (index % 2), "flip": index % 3 == 0} for index in range(number)]
    return qb.Sweep.points(chosen), [{str((index % 2) ^ (index % 3 == 0)): SHOTS} for index in range(number)]


def client(url: str, name: str, journal: str, shape: Shape, answer: Any = None) -> dict[str, Any]:
    """Run the sweep, or go on with it: the same call. Then send what failed again, as far as the budget allows.

    Return the counts and states, or the error as a text.
    """
    warnings.simplefilter("ignore")
    options = {"journal": journal, "progress": False, "max_in_flight": shape.max_in_flight, "budget": shape.budget}
    came: dict[str, Any] = {}
    try:
        operation = qb.Program.from_source(SOURCE).operation("Turn")
        with qb.connect(url, api_key=KEY, name=name, request_timeout=TIMEOUT) as workspace:
            target, sweep = shape.target(workspace), points(shape.points)[0]
            results = qb.run_sweep(operation, sweep, target, SHOTS, points_per_job=shape.pack, **options)
            came = {"counts": results.counts, "states": results.states}
            if results.failures:
                results = qb.resume_sweep(target=target, retry_failed=True, **options)
                came = {"counts": results.counts, "states": results.states}
    except BudgetError as error:
        came = {"error": str(error), "budget": True}
    except BridgeError as error:
        came = {"error": str(error)}
    except Exception:
        came = {"foreign": traceback.format_exc()}
    if answer is not None:
        answer.send(came)
    return came


@dataclass
class Found:
    """What was found in all runs together."""

    figures: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    longest_wait: tuple[float, str, str] = (0.0, "", "")  # of a client that asked for nothing while the service was up
    complaints: list[str] = field(default_factory=list)

    BAD = ("lost", "doubled", "wrong", "above_budget", "open_sessions", "foreign", "endless")

    @property
    def good(self) -> bool:
        return not any(self.figures[name] for name in self.BAD)

    def bad(self, kind: str, number: int, why: str) -> None:
        self.figures[kind] += number
        if number:
            self.complaints.append(f"{kind}: {why}")

    def __str__(self) -> str:
        zero = dict.fromkeys(self.BAD, 0)
        return json.dumps({
            **zero, **self.figures, "slowest": self.slowest, "longest_wait": self.longest_wait,
            "faults": dict(self.faults),
            "complaints": self.complaints[:20],
        })  # fmt: skip


class Runs:
    """Random runs against one service, which may be killed and comes back with its folder.

    Args:
        folder: for the journals and the service.
        seed: of everything.
        kills: the share of runs in which client, service or both are killed.
        without: kinds of faults to leave out.
    """

    def __init__(self, folder: Path, seed: int, kills: float, without: Iterable[str] = ()) -> None:
        self.folder, self.seed, self.kills, self.found = folder, seed, kills, Found()
        self._kinds = tuple(kind for kind in KINDS if kind not in set(without))
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.faults.runs", "qsharp_bridge.runner.service.loop"])
        self._lock = threading.Lock()
        self._proxies: list[FaultProxy] = []
        self._service: LocalService | None = None
        self._process: BaseProcess | None = None
        self._lives = 0  # of the service
        self._down: list[tuple[float, float]] = []  # when it was
        self._url = self._start()

    def close(self) -> None:
        if self._service is not None:
            self._service.stop()
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def _start(self) -> str:
        """A service in this process, or one in its own when it is to be killed."""
        if not self.kills:
            self._service = LocalService(api_key=KEY, seed=1).start()
            some_jobs_fail(self._service, self.seed)
            return self._service.url
        ours, theirs = self._context.Pipe()
        self._lives += 1
        arguments = theirs, str(self.folder / "service"), 1000 * self.seed + self._lives
        self._process = self._context.Process(target=serve, args=arguments, daemon=True)
        self._process.start()
        assert ours.poll(60)
        return str(ours.recv())

    def _restart(self) -> None:
        with self._lock:
            assert self._process is not None
            began = time.monotonic()
            self._process.kill()
            self._process.join()
            self._url = self._start()
            self._down.append((began, time.monotonic()))
            for proxy in self._proxies:
                proxy.upstream = self._url

    def run(self, number: int) -> None:
        """One sweep from its first start to its end."""
        chance = random.Random(self.seed * 1_000_003 + number)
        shape, name = Shape.choose(chance), f"run-{number}"
        journal = str(self.folder / f"{name}.db")
        faults = Random(chance.randrange(2**32), chance.choice([0.05, 0.15, 0.3]), self._kinds)
        kills = chance.randint(1, 3) if chance.random() < self.kills else 0
        began, came, lives, spans = time.monotonic(), {}, [], []
        with FaultProxy(self._url, faults) as proxy:
            with self._lock:
                self._proxies.append(proxy)
                proxy.upstream = self._url
            while time.monotonic() < began + FOREVER:
                start, what = time.monotonic(), "none"
                if kills:
                    kills -= 1
                    what = chance.choice(["client", "service", "both"])
                    came = self._killed(chance, what, proxy.url, name, journal, shape)
                else:
                    came = client(proxy.url, name, journal, shape)
                spans.append((start, time.monotonic()))
                lives.append((what, round(time.monotonic() - start, 1), came.get("error")))
                if "foreign" in came or set(came.get("states", ["none"])) == {"Succeeded"}:
                    break
                if "budget" in came and self._spent(name) + PRICE > (shape.budget or math.inf):
                    break
            else:
                self.found.bad("endless", 1, f"{name}: {came}")
        seconds = round(time.monotonic() - began, 1)
        with self._lock:
            self._proxies.remove(proxy)
            figures = self.found.figures
            figures["restarts"] += len(lives) - 1
            figures.update(f"{what}_kills" for what, _, _ in lives if what != "none")
            about = f"{name}: {shape} {lives} {dict(proxy.record.faults)}"
            self.found.slowest = max(self.found.slowest, (seconds, about))
            for since, until, before in (pause for span in spans for pause in proxy.record.pauses(*span)):
                down = sum(max(0.0, min(until, end) - max(since, begin)) for begin, end in self._down)
                self.found.longest_wait = max(self.found.longest_wait, (until - since - down, before, about))
            self._judge(name, proxy, came, shape)

    def _spent(self, name: str) -> float:
        with self._lock, qb.connect(self._url, api_key=KEY, name=name) as workspace:  # no restart meanwhile
            return charged(workspace.list_jobs())

    def _judge(self, name: str, proxy: FaultProxy, came: dict[str, Any], shape: Shape) -> None:
        """Compare what came with the record of the proxy, and with jobs and sessions as the service has them."""
        found, record = self.found, proxy.record
        with qb.connect(self._url, api_key=KEY, name=name) as workspace:
            listed = {session.id: word(session.details.status) for session in workspace.list_sessions()}
            jobs = workspace.list_jobs()
        # Also those that were accepted by a service that was killed before it could answer.
        record.jobs |= {job.id: tuple(points_of(job.details.metadata or {})) for job in jobs}
        failed = {job.id for job in jobs if word(job.details.status) == "Failed"}
        paid_well = Counter(point for job, points in record.jobs.items() if job not in failed for point in points)
        found.figures["runs"] += 1
        found.figures["points"] += shape.points
        found.figures["jobs"] += len(record.jobs)
        found.figures["failed_jobs"] += len(failed)
        found.figures["packed_runs"] += shape.pack > 1
        found.figures["budget_runs"] += shape.budget is not None
        found.figures["budgets_spent"] += "budget" in came
        found.faults.update(record.faults)
        found.bad("foreign", "foreign" in came, f"{name}: {came.get('foreign', '')}")
        found.bad("lost", len(set(range(shape.points)) - set(record.points)), f"{name}: {record.jobs} {came}")
        found.bad("doubled", sum(paid_well.values()) - len(paid_well), f"{name}: {record.jobs} {failed}")
        spent = charged(jobs)
        above = shape.budget is not None and spent > shape.budget
        found.bad("above_budget", above, f"{name}: {spent} of {shape.budget}: {record.jobs}")
        if "counts" in came:
            certain = points(shape.points)[1]
            wrong = sum(
                counts != right
                for counts, right, state in zip(came["counts"], certain, came["states"], strict=True)
                if state == "Succeeded"
            )
            found.bad("wrong", wrong, f"{name}: {came}")
        left = [listed.get(session, "unknown") for session in record.sessions]
        found.bad("open_sessions", sum(state not in ENDED_SESSION_STATES for state in left), f"{name}: {left}")

    def _killed(self, chance: random.Random, what: str, *arguments: Any) -> dict[str, Any]:
        """Run the client in a process, and kill it, the service or both at a random moment."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=client, args=(*arguments, theirs), daemon=True)
        process.start()
        theirs.close()
        time.sleep(chance.uniform(0.2, 1.5))  # the moment of the kill
        if what != "service":
            process.kill()
        if what != "client":
            self._restart()
        came: dict[str, Any] = {}
        if ours.poll(FOREVER):
            with contextlib.suppress(EOFError):  # it was killed
                came = ours.recv()
        process.kill()
        process.join()
        return came


def charged(jobs: Iterable[Any]) -> float:
    """Return what the service charges for jobs, by its own estimates, which come with their end."""
    estimates = [job.details.cost_estimate for job in jobs]
    return sum(PRICE if estimate is None else estimate.estimated_total for estimate in estimates)


def some_jobs_fail(service: LocalService, seed: int) -> None:
    """Let a few jobs fail, at random."""
    service.faults.add("jobs.run", "fail_job", probability=FAILING, times=None, seed=seed)


def serve(answer: Any, folder: str, seed: int) -> None:
    """The service in a process of its own, with its files on disk."""
    with LocalService(api_key=KEY, seed=1, data=folder) as service:
        some_jobs_fail(service, seed)
        answer.send(service.url)
        time.sleep(24 * 3600)


def main() -> int:
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="the number of the first run, to see one again")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parallel", type=int, default=4, help="runs at a time")
    parser.add_argument("--without", action="append", default=[], help="a kind of fault to leave out")
    parser.add_argument("--kills", type=float, default=0.3, help="the share of runs in which something is killed")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fault-runs-") as folder:
        runs = Runs(Path(folder), asked.seed, asked.kills, asked.without)
        try:
            with ThreadPoolExecutor(asked.parallel) as pool:
                for done, _ in enumerate(pool.map(runs.run, range(asked.first, asked.first + asked.runs)), 1):
                    if done % 20 == 0:
                        print(done, runs.found, file=sys.stderr, flush=True)
        finally:
            runs.close()
    print(runs.found)
    return int(not runs.found.good or runs.found.longest_wait[0] > LONGEST_WAIT)


if __name__ == "__main__":
    sys.exit(main())
