"""A sweep for the price of a job: the same 25 points as 25 jobs and as one, with the price of each.

IonQ's machines have a minimum price for each job, so on ionq.qpu.aria-1 the packed sweep costs less than a twentieth.
The counts agree, as the chi-square of their difference shows.

    python samples/packed_sweep.py [--out out]
"""

import argparse
from pathlib import Path

import matplotlib.figure
import numpy as np

import qsharp_bridge as qb

parser = argparse.ArgumentParser(description="A Rabi oscillation, one point a job and all points in one job.")
parser.add_argument("--out", type=Path, default=Path("out"))
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

rabi = qb.Program.from_project(Path(__file__).parent.parent / "qsharp").operation("Rabi")
name = rabi.signature.parameters[0].name
sweep = qb.Sweep.linspace(name, 0, 6.28, 25)

with qb.connect("local", seed=3) as workspace:
    target = workspace.get_targets("ionq.qpu.aria-1")
    runs = {}
    for label, points_per_job in (("one point a job", 1), ("all points in one job", "most")):
        plan = qb.plan_sweep(rabi, sweep, target, shots=500, points_per_job=points_per_job)
        print(f"{label}: {plan.jobs} job{'s' if plan.jobs > 1 else ''}, {plan.cost}")
        runs[label] = qb.run_sweep(rabi, sweep, target, shots=500, points_per_job=points_per_job)

means = {label: results.expectation("Z") for label, results in runs.items()}
one, packed = means.values()
chi2 = float(np.sum((one.values - packed.values) ** 2 / (one.errors**2 + packed.errors**2)))
print(f"chi-square / points = {chi2:.1f} / {len(sweep)}")

figure = matplotlib.figure.Figure(figsize=(6.4, 4.0), layout="constrained")
axes = figure.subplots()
for (label, found), marker in zip(means.items(), ("o", "s"), strict=True):
    axes.errorbar(runs[label][name], found.values, found.errors, fmt=marker, markersize=4, capsize=2, label=label)
fine = np.linspace(0, 6.28, 200)
axes.plot(fine, np.cos(fine), color="gray", linewidth=1, zorder=0, label="theory")
axes.set(xlabel=name, ylabel="⟨Z⟩", title="A Rabi oscillation as 25 jobs and as one")
axes.legend()
figure.savefig(out / "packed.png", dpi=150)
print(f"wrote {out / 'packed.png'}")
