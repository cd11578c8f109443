"""Sweeps through the fault proxy, with kills of client, service and both; what came of them is judged by the proxy.

    python -m tests.faults.runs --runs 500 --seed 1 [--kills 0.5] [--json]

Exit code 0: nothing lost, doubled, wrong, above the budget or left open, and no error but our own.
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

from azure.quantum.target.rigetti import Rigetti

import qsharp_bridge as qb
from qsharp_bridge.azure.answers import ENDED_SESSION_STATES, word
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.errors import BridgeError
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


def points(number: int) -> tuple[qb.Sweep, list[dict[str, int]]]:
    """A sweep of certain outcomes, and these."""
    chosen = [{"theta": math.pi * (index % 2), "flip": index % 3 == 0} for index in range(number)]
    return qb.Sweep.points(chosen), [{str((index % 2) ^ (index % 3 == 0)): SHOTS} for index in range(number)]


def client(
    url: str, name: str, journal: str, number: int, options: dict[str, Any], answer: Any = None
) -> dict[str, Any]:
    """Run the sweep, or go on with it: the same call. Return its counts, or the error as a text."""
    warnings.simplefilter("ignore")
    try:
        operation = qb.Program.from_source(SOURCE).operation("Turn")
        with qb.connect(url, api_key=KEY, name=name, request_timeout=TIMEOUT) as workspace:
            # Without a question to the service: the plain client would go on asking for minutes.
            target = Rigetti(workspace=workspace, name="rigetti.sim.qvm", provider_id="rigetti")
            results = qb.run_sweep(
                operation, points(number)[0], target, SHOTS, journal=journal, progress=False, **options
            )
            came = {"counts": results.counts, "states": results.states}
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
    longest: float = 0.0
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
            **zero, **self.figures, "longest_seconds": round(self.longest, 1), "faults": dict(self.faults),
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
            return self._service.url
        ours, theirs = self._context.Pipe()
        self._process = self._context.Process(target=serve, args=(theirs, str(self.folder / "service")), daemon=True)
        self._process.start()
        assert ours.poll(60)
        return str(ours.recv())

    def _restart(self) -> None:
        with self._lock:
            assert self._process is not None
            self._process.kill()
            self._process.join()
            self._url = self._start()
            for proxy in self._proxies:
                proxy.upstream = self._url

    def run(self, number: int) -> None:
        """One sweep from its first start to its end."""
        chance = random.Random(self.seed * 1_000_003 + number)
        size, name = chance.randint(3, 8), f"run-{number}"
        journal = str(self.folder / f"{name}.db")
        options = {"max_in_flight": chance.choice([1, 4, 16])}
        faults = Random(chance.randrange(2**32), chance.choice([0.05, 0.15, 0.3]), self._kinds)
        kills = chance.randint(1, 3) if chance.random() < self.kills else 0
        began, came, restarts, what = time.monotonic(), {}, 0, []
        with FaultProxy(self._url, faults) as proxy:
            with self._lock:
                self._proxies.append(proxy)
                proxy.upstream = self._url
            while time.monotonic() < began + FOREVER:
                if kills:
                    kills -= 1
                    what.append(chance.choice(["client", "service", "both"]))
                    came = self._killed(chance, what[-1], proxy.url, name, journal, size, options)
                else:
                    came = client(proxy.url, name, journal, size, options)
                if "foreign" in came or set(came.get("states", ["none"])) == {"Succeeded"}:
                    break
                restarts += 1
            else:
                self.found.bad("endless", 1, f"{name}: {came}")
        with self._lock:
            self._proxies.remove(proxy)
            figures = self.found.figures
            figures["restarts"] += restarts
            figures.update(f"{kind}_kills" for kind in what)
            self.found.longest = max(self.found.longest, time.monotonic() - began)
            self._judge(name, proxy, came, size)

    def _judge(self, name: str, proxy: FaultProxy, came: dict[str, Any], size: int) -> None:
        """Compare what came with the record of the proxy, and the sessions as the service itself has them."""
        found, record = self.found, proxy.record
        with qb.connect(self._url, api_key=KEY, name=name) as workspace:
            listed = {session.id: word(session.details.status) for session in workspace.list_sessions()}
            # Also those that were accepted by a service that was killed before it could answer.
            record.jobs |= {job.id: tuple(points_of(job.details.metadata or {})) for job in workspace.list_jobs()}
        found.figures["runs"] += 1
        found.figures["points"] += size
        found.figures["jobs"] += len(record.jobs)
        found.faults.update(record.faults)
        found.bad("foreign", "foreign" in came, f"{name}: {came.get('foreign', '')}")
        found.bad("lost", len(set(range(size)) - set(record.points)), f"{name}: {record.points} {came}")
        found.bad("doubled", sum(record.points.values()) - len(record.points), f"{name}: {record.points}")
        found.bad("above_budget", record.amount > size * SHOTS, f"{name}: {record.amount}")
        if "counts" in came:
            wrong = sum(a != b for a, b in zip(came["counts"], points(size)[1], strict=True))
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


def serve(answer: Any, folder: str) -> None:
    """The service in a process of its own, with its files on disk."""
    with LocalService(api_key=KEY, seed=1, data=folder) as service:
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
                        print(runs.found, file=sys.stderr, flush=True)
        finally:
            runs.close()
    print(runs.found)
    return int(not runs.found.good)


if __name__ == "__main__":
    sys.exit(main())
