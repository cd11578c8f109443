"""What workers are worth: processes and a Dask cluster on this machine, as ratios against one worker.

    python benchmarks/cluster.py [--quick] [--json PATH]

The sweeps are of 16 qubits and 2,000 shots. With 60 layers a point takes a worker about a quarter of a second. With 20
it is a third of that, and what this process does for each result shows (about 9 ms for 2,000 outcomes, nearly all
different): on two cores it works beside two workers. Two workers cannot be twice one where other work has the second
core; the load of the machine is in the JSON. Memory is what this process and its largest child held at most while many
small points passed through.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import sys
import time
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

os.environ.setdefault("QDK_PYTHON_TELEMETRY", "none")
os.environ["OMP_NUM_THREADS"] = "1"  # one worker is one core, also for qulacs
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import qsharp_bridge as qb

SOURCE = """
operation Chain(n : Int, layers : Int, theta : Double) : Result[] {
    use qs = Qubit[n];
    for _ in 1..layers {
        for q in qs { Rx(theta, q); Rz(theta / 2.0, q); }
        for i in 0..n - 2 { CNOT(qs[i], qs[i + 1]); }
    }
    MResetEachZ(qs)
}
"""


def row(what: str, ratio: float, goal: str = "none", unit: str = "") -> dict[str, Any]:
    return {"what": what, "ratio": ratio, "goal": goal, "unit": unit}


def seconds(operation: qb.Operation, sweep: qb.Sweep, executor: Executor | int | None, shots: int) -> float:
    began = time.perf_counter()
    target = qb.LocalSimulator(seed=1, executor=executor)
    results = qb.run_sweep(operation, sweep, target, shots, progress=False)
    took = time.perf_counter() - began
    assert all(sum(counts.values()) == shots for counts in results.counts)
    return took


def dask(operation: qb.Operation, sweeps: dict[int, qb.Sweep], shots: int) -> list[dict[str, Any]]:
    if importlib.util.find_spec("distributed") is None:
        print("distributed is not installed")
        return []
    from distributed import LocalCluster

    from qsharp_bridge.parallel.dask import dask_executor

    times: dict[tuple[int, int], float] = {}
    for workers in (1, 2):
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as running,
            dask_executor(running.scheduler_address) as executor,
        ):
            for layers, sweep in sweeps.items():
                seconds(operation, sweep[:8], executor, shots)  # the imports of the workers
                times[workers, layers] = min(seconds(operation, sweep, executor, shots) for _ in range(2))
    return [
        row(f"1 Dask worker / 2, {layers} layers", times[1, layers] / times[2, layers], goal)
        for layers, goal in zip(sweeps, ("none", ">= 1.7"), strict=True)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer points")
    parser.add_argument("--json", type=Path, metavar="PATH")
    asked = parser.parse_args()
    operation = qb.Program.from_source(SOURCE).operation("Chain")
    points, many, shots = (30, 3_000, 2_000) if asked.quick else (120, 100_000, 2_000)
    sweeps = {
        layers: qb.Sweep.linspace("theta", 0.1, 3.0, points) * qb.Sweep.grid(n=[16], layers=[layers])
        for layers in (20, 60)
    }
    sweep = sweeps[60]
    alone = seconds(operation, sweep, None, shots)
    rows = dask(operation, sweeps, shots)
    rows.append(row("no executor / 2 processes, their start included", alone / seconds(operation, sweep, 2, shots)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    small = qb.Sweep.linspace("theta", 0.1, 3.0, many) * qb.Sweep.grid(n=[2], layers=[1])
    took = seconds(operation, small, 2, 100)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    rows.append(row(f"{many} points of 2 qubits, 2 processes", took, unit="s"))
    rows.append(row(f"memory that {many} points add here", (after - before) / 1024, unit="MB"))
    rows.append(row("memory of the largest child", worker / 1024, unit="MB"))
    for one in rows:
        print(f"{one['what']:60} {one['ratio']:10.3g} {one['unit']:4} {one['goal']}")
    if asked.json:
        asked.json.write_text(json.dumps({"load": os.getloadavg(), "rows": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
