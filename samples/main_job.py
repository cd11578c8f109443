"""The main job: a parameter sweep as jobs in one session, from Python values to a labelled plot.

Sweeps ``GenerateRandomBits`` (of the Q# project in ``qsharp/``) over a grid of pairs of angles, 100 shots each. It runs
on the embedded service, which needs no account; on Azure, change the line with ``connect``.

    python samples/main_job.py [--side 5] [--shots 100] [--out out] [--journal run.db]
"""

import argparse
import math
from pathlib import Path

import matplotlib

import qsharp_bridge as qb

matplotlib.use("Agg")  # a file, not a window

HERE = Path(__file__).parent

parser = argparse.ArgumentParser(description="Sweep GenerateRandomBits over a grid of pairs of angles.")
parser.add_argument("--side", type=int, default=5, help="angles on each side of the grid (default 5: 25 points)")
parser.add_argument("--shots", type=int, default=100, help="shots for each point (default 100)")
parser.add_argument("--out", type=Path, default=Path("out"), help="where results.json and results.png go")
parser.add_argument("--journal", type=Path, help="a file that makes the run safe against any crash")
options = parser.parse_args()

program = qb.Program.from_project(HERE.parent / "qsharp")
operation = program.operation("GenerateRandomBits")

angles = [2 * math.pi * step / options.side for step in range(options.side)]
sweep = qb.Sweep.grid(n=[2], angle=[[a, b] for a in angles for b in angles])

with qb.connect("local") as workspace:  # on Azure: qb.connect(resource_id)
    target = workspace.get_targets("ionq.simulator")
    print(qb.plan_sweep(operation, sweep, target, options.shots), end="\n\n")
    results = qb.run_sweep(
        operation,
        sweep,
        target,
        options.shots,
        session_name="GenerateRandomBits over pairs of angles",
        journal=options.journal,
        progress=True,
    )

print(results.table())
print(f"\nsession {', '.join(results.session_ids)}: {len(results)} jobs, {results}")

options.out.mkdir(parents=True, exist_ok=True)
results.to_json(options.out / "results.json")
axes = results.plot()
axes[0].figure.savefig(options.out / "results.png", dpi=150)
print(f"wrote {options.out / 'results.json'} and {options.out / 'results.png'}")
