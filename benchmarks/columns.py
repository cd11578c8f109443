"""Sweeps as columns: plans and results of many points, and sweeps of many structures. CPU time.

    python benchmarks/columns.py [--quick] [--json PATH]

A million points of two Doubles bound and counted in the plan, and their results as means and tables, each in a process
of its own, whose peak is the resident set that the operating system accounts to it, imports and compiler included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QDK_PYTHON_TELEMETRY", "none")

import qsharp_bridge as qb

SOURCE = """
operation Pair(a : Double, b : Double) : Result[] {
    use q = Qubit[2];
    Rx(a, q[0]); Ry(b, q[1]); CNOT(q[0], q[1]); Rx(b, q[0]);
    MResetEachZ(q)
}
operation Many(n : Int, a : Double) : Result[] {
    use q = Qubit[3];
    for i in 1..n { Rx(a, q[i % 3]); CNOT(q[i % 3], q[(i + 1) % 3]); }
    MResetEachZ(q)
}
operation Halves(parts : Int, a : Double) : Result[] {
    use q = Qubit[12 * parts];
    for part in 0..parts - 1 {
        for i in 0..11 { Rx(a * Std.Convert.IntAsDouble(i + 1), q[12 * part + i]); }
        for i in 0..10 { CNOT(q[12 * part + i], q[12 * part + i + 1]); }
    }
    MResetEachZ(q)
}
"""

BEGIN = """
import resource, sys, time
import numpy as np
import qsharp_bridge as qb
import columns
operation = qb.Program.from_source(columns.SOURCE).operation("Pair")
random = np.random.default_rng(1)
sweep = qb.Sweep.zip(a=random.uniform(0, 3, {points}), b=random.uniform(0, 3, {points}))
target = qb.LocalSimulator(seed=1)
begun = time.process_time()
"""
END = "\nprint(time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)"

PLAN = "assert qb.plan_sweep(operation, sweep, target, shots=100).points == {points}"
RUN = "results = qb.run_sweep(operation, sweep, target, shots=100)\n"
TABLES = RUN + "begun = time.process_time()\nresults.expectation('ZZ').values; results.to_pandas(); results.to_xarray()"


def in_a_process(code: str, points: int) -> tuple[float, float]:
    """The CPU seconds of ``code`` in a process of its own, and its peak memory in MB (10**6 bytes)."""
    here = str(Path(__file__).resolve().parent)
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    text = (BEGIN + code).format(points=points) + END
    done = subprocess.run(
        [sys.executable, "-c", text], env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=True
    )
    seconds, peak = map(float, done.stdout.split()[-2:])
    return seconds, peak


def seconds_of(work: Callable[[], Any], times: int = 3) -> float:
    """The best CPU time of some runs."""
    found = float("inf")
    for _ in range(times):
        begun = time.process_time()
        work()
        found = min(found, time.process_time() - begun)
    return found


def row(what: str, ratio: float, goal: str = "none", unit: str = "") -> dict[str, Any]:
    return {"what": what, "ratio": ratio, "goal": goal, "unit": unit}


def many_points(quick: bool) -> list[dict[str, Any]]:
    rows = []
    points = 100_000 if quick else 1_000_000
    share = points / 1_000_000
    for what, code, seconds, peak in (
        ("bound and counted in the plan", PLAN, 20 * share, 300),
        ("run on LocalSimulator, 100 shots", RUN, 30 * share, 1000),
        ("results as means, pandas and xarray", TABLES, 30 * share, 3000),
    ):
        took, most = in_a_process(code, points)
        rows.append(row(f"{points:,} points {what}: CPU", took, f"<= {seconds:g}", "s"))
        rows.append(row(f"{points:,} points {what}: peak", most, f"<= {peak}", "MB"))
    return rows


def many_structures(quick: bool) -> list[dict[str, Any]]:
    """50 structures of 20 points, from a program that compiled nothing, without the cache on the disk."""
    os.environ["QSHARP_BRIDGE_CACHE"] = "off"
    import qdk

    lengths, values = range(1, 51), [0.1 + 0.05 * step for step in range(20)]

    def ours() -> None:
        operation = qb.Program.from_source(SOURCE).operation("Many")
        for program in operation.bind(qb.Sweep.grid(n=lengths, a=values), profile="Base"):
            str(program)

    context = qdk.Context(target_profile=qdk.TargetProfile.Base)
    context.eval(SOURCE)
    some = [n for n in lengths if n % (5 if quick else 1) == 0]
    spent = seconds_of(ours, 1)

    def ratio(compile_one: Callable[[int], Any]) -> float:
        return seconds_of(lambda: [str(compile_one(n)) for n in some], 1) * 1000 / len(some) / spent

    what = "50 structures x 20 points"
    return [
        row(f"each point compiled / {what}", ratio(lambda n: context.compile(f"Many({n}, {values[0]})")), ">= 5"),
        row(
            f"each point by the callable form / {what}",
            ratio(lambda n: context.compile(context.code.Many, n, values[0])),
            ">= 5",
        ),
    ]


def independent_parts() -> dict[str, Any]:
    """Two halves of 12 qubits that nothing entangles, beside one of them: 24 qubits together would be 4,096 times."""
    operation = qb.Program.from_source(SOURCE).operation("Halves")
    times = {}
    for parts in (1, 2):
        sweep = qb.Sweep.linspace("a", 0.1, 3.0, 40) * qb.Sweep.grid(parts=[parts])

        def run(sweep: qb.Sweep = sweep) -> Any:
            return qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=1), shots=100)

        run()
        times[parts] = seconds_of(run)
    return row("two independent halves of 12 qubits / one", times[2] / times[1], "<= 4")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the points")
    parser.add_argument("--json", type=Path, metavar="PATH")
    asked = parser.parse_args()
    rows = [*many_points(asked.quick), independent_parts(), *many_structures(asked.quick)]
    for one in rows:
        print(f"{one['what']:70} {one['ratio']:9.4g} {one['unit']:3} {one['goal']}")
    if asked.json:
        asked.json.write_text(json.dumps({"benchmark": "columns", "rows": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
