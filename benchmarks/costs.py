"""What each layer costs a point: CPU time of this process, one thread, as the table of docs/costs.md.

    python benchmarks/costs.py [--points 500] [--write docs/costs.md] [--json PATH]

The operation has 2 qubits and two Doubles, 100 shots. CPU time, not wall time: what else the machine does matters
less, and a service's answer is not waited for. The service runs in a process of its own, its CPU is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["QDK_PYTHON_TELEMETRY"] = "none"

from azure.core.credentials import AzureKeyCredential
from azure.quantum.workspace import Workspace

import qsharp_bridge as qb
from qsharp_bridge.azure.answers import JobRequest
from qsharp_bridge.azure.client import Service
from qsharp_bridge.journal.job_rows import JobEnd, JobSpan
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.programs.binding.batch import ProgramBatch
from qsharp_bridge.results.formats import read_output
from qsharp_bridge.runner.manifest import manifest_of
from qsharp_bridge.runner.options import PlanOptions, StartOptions, complete
from qsharp_bridge.runner.planning.prepare import prepare
from qsharp_bridge.targets.backend import backend_of
from qsharp_bridge.targets.spec import TargetSpec

SOURCE = """
operation Rotate(a : Double, b : Double) : Result[] {
    use q = Qubit[2]; Rx(a, q[0]); CNOT(q[0], q[1]); Rz(b, q[1]); [MResetZ(q[0]), MResetZ(q[1])]
}
"""
SHOTS = 100
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
ROUNDS = 3


def cpu(points: int, work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Microseconds of CPU a point: the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return 1e6 * best / points


def local(points: int) -> dict[str, float]:
    """What needs no service."""
    operation = qb.Program.from_source(SOURCE).operation("Rotate")
    side = int(points**0.5)
    values = [0.001 * step for step in range(side)]
    sweep = qb.Sweep.grid(a=values, b=values)
    count = len(sweep)
    simulator = qb.LocalSimulator(seed=1)
    options = complete(PlanOptions, {}, "prepare")
    prepared = prepare(operation, sweep, simulator, SHOTS, options)  # compiles; from here on only points cost
    bound = prepared.programs
    texts = [str(program) for program in bound]
    simulator.run(texts[0], SHOTS)
    whole = cpu(count, lambda: operation.bind(sweep, profile=simulator.profile))
    making = cpu(count, lambda: [str(program) for program in bound])
    planning = cpu(count, lambda: prepare(operation, sweep, simulator, SHOTS, options))
    found = {
        "bind: read, check and group": whole,
        "bind: the text": making,
        "plan: count gates, qubits, cost": max(0.0, planning - whole),
        "a sweep here: values to counts": cpu(count, lambda: qb.run_sweep(operation, sweep, simulator, SHOTS).counts),
        "simulate one program here: text to counts": cpu(
            count, lambda: [simulator.run(t, SHOTS).histogram() for t in texts]
        ),
        "send to a worker: pack and unpack": cpu(
            count,
            lambda: list(pickle.loads(pickle.dumps(ProgramBatch.of(list(bound.parts(0, count)))))),  # type: ignore[attr-defined]
        ),
    }
    with tempfile.TemporaryDirectory() as folder:
        found |= store(Path(folder), count)
    raw = json.dumps({"histogram": [[[0, 1], "[0, 1]", 40], [[1, 1], "[1, 1]", 60]], "engine": "", "why": ""}).encode()
    found["parse: the service's result"] = parse(count)
    assert read_output(raw, "qsharp-bridge.histogram.v1", SHOTS).shots == SHOTS
    return found


def parse(count: int) -> float:
    rows = [
        {"Outcome": [0, 1], "Display": "[0, 1]", "Count": 40},
        {"Outcome": [1, 1], "Display": "[1, 1]", "Count": 60},
    ]
    shots = [[0, 1]] * 40 + [[1, 1]] * 60
    document = {"DataFormat": "microsoft.quantum-results.v2", "Results": [{"Histogram": rows, "Shots": shots}]}
    raw = json.dumps(document).encode()
    return cpu(count, lambda: [read_output(raw, "microsoft.quantum-results.v2", SHOTS) for _ in range(count)])


def store(folder: Path, count: int) -> dict[str, float]:
    """The journal on the disk: sending and sent in batches of 16, the result with it, as in a run."""
    raw = os.urandom(300)
    operation = qb.Program.from_source(SOURCE).operation("Rotate")
    backend = backend_of(qb.LocalSimulator())
    spans = [JobSpan(index, 1, SHOTS) for index in range(count)]
    best: list[float] = []
    for round_ in range(ROUNDS):
        options = complete(StartOptions, {}, "costs")
        manifest = manifest_of(operation, backend, "Base", SHOTS, session_name="costs", options=options)
        with Journal.create(folder / f"{round_}.db", manifest, spans) as journal:
            began = time.process_time()
            rows = journal.jobs()
            for start in range(0, count, 16):
                batch = rows[start : start + 16]
                journal.sending(batch, "session")
                journal.set_states([(row.id, "sent") for row in batch])
                journal.ended([JobEnd(row.id, "Succeeded", None, "microsoft.quantum-results.v2", raw) for row in batch])
            best.append(time.process_time() - began)
    return {"store: three commits for 16 points": 1e6 * min(best) / count}


def remote(jobs: int) -> dict[str, float]:
    """Submit, poll and fetch, through the connections of the runner."""
    operation = qb.Program.from_source(SOURCE).operation("Rotate")
    qir = str(operation.compile(0.1, 0.2)).encode()
    key = uuid.uuid4().hex
    code = f"from qsharp_bridge.emulator import serve; serve(0, api_key={key!r})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        with Workspace(
            subscription_id="00000000-0000-0000-0000-000000000000", resource_group="local", name="costs",
            location="eastus", credential=AzureKeyCredential(key),
            _quantum_endpoint=process.stdout.readline().split()[-1],
        ) as workspace:  # fmt: skip
            target = workspace.get_targets("ionq.simulator")
            service, spec = Service(workspace), TargetSpec.of(target)
            session = service.open_session(str(uuid.uuid4()), "costs", spec, "Continue")
            ids = [str(uuid.uuid4()) for _ in range(jobs)]

            def submit() -> None:
                for one in ids:
                    service.submit(JobRequest(one, "cost", spec, session.id, qir, SHOTS))

            def fetch() -> None:
                for one in ids:
                    job = service.job(one)
                    assert job is not None
                    service.output(job)

            found = {"submit: three requests": cpu(jobs, submit, 1)}
            while service.active_jobs(session.id):
                time.sleep(0.1)
            found["poll: a job in a listing"] = cpu(jobs, lambda: service.session_jobs(session.id))
            found["fetch: two requests"] = cpu(jobs, fetch, 1)
            service.close_session(session.id)
            service.close()
    finally:
        process.terminate()
        process.wait(30)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--points", type=int, default=2500)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--write", type=Path, metavar="PATH", help="put the table into that page, between its marks")
    parser.add_argument("--json", type=Path, metavar="PATH")
    asked = parser.parse_args()
    found = {**local(asked.points), **remote(asked.jobs)}
    lines = ["| step | µs of CPU a point |", "|---|---:|"]
    lines += [
        f"| {what} | {amount:,.0f} |" if amount >= 10 else f"| {what} | {amount:.1f} |"
        for what, amount in found.items()
    ]
    table = "\n".join(lines)
    print(table)
    if asked.write:
        page = asked.write.read_text(encoding="utf-8")
        head, rest = page.split(BEGIN)
        _, tail = rest.split(END)
        asked.write.write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}", encoding="utf-8")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
