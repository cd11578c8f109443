"""The kill test: a sweep, its client and its service, killed at random moments until nothing more can be killed.

A sweep of 60 jobs runs in a child process against a local service in another, both with their files on disk. The
client, the service or both get SIGKILL at a random moment and are started again, while a share of all requests fails
before or after its effect. When a sweep has come through, the service is asked: every point must be exactly one job,
every result the certain one, and no request may have named a job that the journal does not know.

    scripts/kill-test [--clients 100] [--services 30] [--both 20] [--faults 0.2] [--jobs 60] [--pack 1]
        [--seed 1] [--json]

Exit code 0: nothing lost, nothing doubled, nothing wrong.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request
import warnings
from pathlib import Path
from typing import Any

os.environ["QDK_PYTHON_TELEMETRY"] = "none"

from azure.core.credentials import AzureKeyCredential
from azure.quantum.target.rigetti import Rigetti
from azure.quantum.workspace import Workspace

import qsharp_bridge as qb
from qsharp_bridge.azure.answers import word
from qsharp_bridge.runner.service import loop as running  # noqa: F401 - before the forks, which then need not load it
from qsharp_bridge.states import ENDED_SESSION_STATES

KEY = "the key of the kill test"
SHOTS = 10
SOURCE = """
operation Turn(theta : Double, flip : Bool) : Result {
    use q = Qubit();
    if flip { X(q); }
    Rx(theta, q);
    MResetZ(q)
}
"""
SERVE = """
import sys
from qsharp_bridge.emulator import serve
serve(int(sys.argv[1]), sys.argv[2], api_key=sys.argv[3], pace=sys.argv[4], ready=lambda _: None)
"""


class ServiceProcess:
    """The local service in a process of its own, on one port and one folder for all its lives."""

    def __init__(self, folder: Path, faults: float, seed: int, pace: str = "reads:1") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.faults, self.seed, self.pace, self.lives = folder, faults, seed, pace, 0
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        log = open(self.folder / "service.log", "ab")  # noqa: SIM115 - the child has it
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self.port), str(self.folder / "service"), KEY, self.pace],
            stdout=log,
            stderr=log,
        )
        log.close()
        self.lives += 1
        until = time.monotonic() + 60
        while True:
            try:
                self.ask("GET", "health")
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the service did not start; see {self.folder / 'service.log'}") from None
                time.sleep(0.02)
        self.set_faults()

    def set_faults(self) -> None:
        """A share of the requests fails: half of them before, half after the effect; by status and by reset."""
        if not self.faults:
            return
        for number, point in enumerate(["jobs.*", "sessions.*", "storage.*", "blobs.*"]):
            for kind in ("status", "reset"):
                for when in ("before", "after"):
                    seed = hash((self.seed, self.lives, number, kind == "reset", when == "after"))
                    self.ask("POST", "faults", {
                        "point": point, "kind": kind, "when": when, "times": None,
                        "probability": 1 - (1 - self.faults) ** 0.25, "seed": seed,
                    })  # fmt: skip

    def ask(self, method: str, door: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/_admin/{door}", data, {"x-ms-quantum-api-key": KEY}, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def workspace(self, name: str) -> Workspace:
        return Workspace(
            subscription_id="00000000-0000-0000-0000-000000000000", resource_group="local", name=name,
            location="eastus", credential=AzureKeyCredential(KEY), _quantum_endpoint=self.url,
        )  # fmt: skip


def points(jobs: int) -> tuple[qb.Sweep, list[dict[str, int]]]:
    """A sweep of certain outcomes, and these."""
    chosen = [{"theta": math.pi * (index % 2), "flip": index % 3 == 0} for index in range(jobs)]
    certain = [{str((index % 2) ^ (index % 3 == 0)): SHOTS} for index in range(jobs)]
    return qb.Sweep.points(chosen), certain


def points_of(metadata: dict[str, str]) -> range:
    """The points that a job runs, by its metadata."""
    first = int(metadata["qsharp_bridge.point"])
    return range(first, first + int(metadata.get("qsharp_bridge.size", 1)))


def client(service: ServiceProcess, name: str, journal: Path, jobs: int, **options: Any) -> None:
    """What the child does: the same call, whether it begins the sweep or continues it."""
    warnings.simplefilter("ignore")
    operation = qb.Program.from_source(SOURCE).operation("Turn")
    with service.workspace(name) as workspace:
        # Without a question to the service, which may be down: the plain client does not try again.
        target = Rigetti(workspace=workspace, name="rigetti.sim.qvm", provider_id="rigetti")
        qb.run_sweep(operation, points(jobs)[0], target, SHOTS, journal=journal, progress=False, **options)


def spawn(service: ServiceProcess, name: str, journal: Path, jobs: int, **options: Any) -> int:
    """A child that runs the client; its process id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        client(service, name, journal, jobs, **options)
        code = 0
    except BaseException:
        with open(service.folder / "client.log", "a") as log:
            traceback.print_exc(file=log)
    finally:
        os._exit(code)


def has_ended(child: int) -> int | None:
    """The exit code of a child that has ended."""
    done, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


class KillTest:
    """The state of a whole test: what is still to be killed, and what was found."""

    def __init__(self, asked: argparse.Namespace, folder: Path) -> None:
        self.asked, self.folder = asked, folder
        self.random = random.Random(asked.seed)
        self.left = {"client": asked.clients, "service": asked.services, "both": asked.both}
        self.found = {
            "sweeps": 0, "points": 0, "jobs": 0, "kills": 0, "client_kills": 0, "service_kills": 0, "both_kills": 0,
            "late": 0, "restarts": 0, "lost": 0, "doubled": 0, "wrong": 0, "unknown_requests": 0, "open_sessions": 0,
            "errors": 0,
        }  # fmt: skip
        self.service = ServiceProcess(folder, asked.faults, asked.seed, asked.pace)
        self.length = asked.length  # of one undisturbed run, a guess that is corrected

    def run(self) -> dict[str, int]:
        try:
            while any(self.left.values()):
                self.sweep()
        finally:
            self.service.kill()
        return self.found

    def sweep(self) -> None:
        """One sweep from its first start to its end, killed a few times on the way."""
        name = f"round-{self.found['sweeps'] + 1}"
        journal = self.folder / f"{name}.db"
        most = self.random.randint(1, 6)
        while True:
            began = time.monotonic()
            child = spawn(self.service, name, journal, self.asked.jobs, points_per_job=self.asked.pack)
            what = self.choose() if most else None
            at = began + self.random.uniform(0, 1.1 * self.length)
            code = None
            while code is None:
                code = has_ended(child)
                if code is None and what is not None and time.monotonic() >= at:
                    most -= 1
                    code = self.kill(what, child)
                    what = None if code is None else what
                if time.monotonic() > began + 120:
                    os.kill(child, signal.SIGKILL)
                    os.waitpid(child, 0)
                    raise RuntimeError(f"a client of {name} waits for ever: {self.states(name)}")
                time.sleep(0.002)
            if what is not None and code != -signal.SIGKILL:
                self.found["late"] += 1  # it ended before its moment came
            if code == 0:
                break
            if code != -signal.SIGKILL:
                self.found["errors"] += 1
                if self.found["errors"] > 20:
                    raise RuntimeError(f"the client fails by itself; see {self.folder / 'client.log'}")
            self.found["restarts"] += 1
        self.check(name, journal)

    def states(self, name: str) -> str:
        """The jobs that the service has not ended."""
        self.service.ask("DELETE", "faults")
        with self.service.workspace(name) as workspace:
            states = [(job.id, word(job.details.status)) for job in workspace.list_jobs()]
        return str([entry for entry in states if entry[1] != "Succeeded"])

    def choose(self) -> str | None:
        rest = [kind for kind, number in self.left.items() for _ in range(number)]
        return self.random.choice(rest) if rest else None

    def kill(self, what: str, child: int) -> int | None:
        """Kill it; the exit code of the client if that has ended by it."""
        self.left[what] -= 1
        self.found["kills"] += 1
        self.found[f"{what}_kills"] += 1
        code = None
        if what in ("client", "both"):
            os.kill(child, signal.SIGKILL)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if what in ("service", "both"):
            self.service.kill()
            self.service.start()
        return code

    def check(self, name: str, journal: Path) -> None:
        """Ask the service what it has of this sweep."""
        _, certain = points(self.asked.jobs)
        self.service.ask("DELETE", "faults")
        with self.service.workspace(name) as workspace:
            target = workspace.get_targets("rigetti.sim.qvm")
            results = qb.resume_sweep(journal, target, progress=False)
            jobs = workspace.list_jobs()
            sessions = workspace.list_sessions()
        of_points = [point for job in jobs for point in points_of(job.details.metadata)]
        asked_for = {
            entry["id"] for entry in self.service.ask("GET", "requests?operation=jobs.create")["value"]
            if f"/workspaces/{name}/" in entry["path"]
        }  # fmt: skip
        found = self.found
        found["sweeps"] += 1
        found["points"] += len(certain)
        found["jobs"] += len(jobs)
        found["lost"] += len(set(range(len(certain))) - set(of_points))
        found["doubled"] += len(of_points) - len(set(of_points))
        found["wrong"] += sum(a != b for a, b in zip(results.counts, certain, strict=True))
        found["wrong"] += {job.id for job in jobs} != set(results.job_ids)
        found["wrong"] += len(jobs) != math.ceil(len(certain) / self.asked.pack)
        found["unknown_requests"] += len(asked_for - set(results.job_ids))
        found["open_sessions"] += sum(word(session.details.status) not in ENDED_SESSION_STATES for session in sessions)
        self.service.set_faults()
        if not self.asked.json:
            print(", ".join(f"{key} {number}" for key, number in found.items()), flush=True)


def main() -> int:
    """Run the test; 0 when nothing was lost, doubled or wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=100, help="how often the client alone is killed")
    parser.add_argument("--services", type=int, default=30, help="how often the service alone is killed")
    parser.add_argument("--both", type=int, default=20, help="how often both are killed")
    parser.add_argument("--faults", type=float, default=0.2, help="the share of requests that fail")
    parser.add_argument("--jobs", type=int, default=60, help="points of a sweep")
    parser.add_argument("--pack", type=int, default=1, help="points of a job")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--length", type=float, default=2.5, help="kill within about so many seconds of each start")
    parser.add_argument("--pace", default="immediate", help="of the service: immediate, reads:N, or seconds")
    parser.add_argument("--json", action="store_true", help="print only the figures, as JSON")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kill-test-") as folder:
        found = KillTest(asked, Path(folder)).run()
        if found["errors"]:
            print((Path(folder) / "client.log").read_text(), file=sys.stderr)
    print(json.dumps(found))
    bad = ("lost", "doubled", "wrong", "unknown_requests", "open_sessions", "errors")
    return int(any(found[key] for key in bad) or not found["sweeps"])


if __name__ == "__main__":
    sys.exit(main())
