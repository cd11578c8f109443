"""A Rabi oscillation and Ramsey fringes, from values to labelled plots, on the simulator of this machine.

Both are compared with theory, by chi-square for each degree of freedom, which is near 1 with shot noise alone.

    python samples/rabi_ramsey.py [--out out]
"""

import argparse
import math
from pathlib import Path

import matplotlib
import numpy as np

import qsharp_bridge as qb

matplotlib.use("Agg")

parser = argparse.ArgumentParser(description="Sweep a Rabi pulse, and a Ramsey sequence over detuning and time.")
parser.add_argument("--out", type=Path, default=Path("out"))
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

program = qb.Program.from_project(Path(__file__).parent.parent / "qsharp")
simulator = qb.LocalSimulator(seed=1)
SHOTS = 500


def against(results: qb.SweepResults, exact: np.ndarray) -> str:
    """Return chi-square over the points whose outcome is not certain in theory."""
    ones = np.array([counts.get("1", 0) for counts in results.counts])
    free = (exact > 0.01) & (exact < 0.99)
    expected = exact[free]
    chi2 = np.sum((ones[free] - SHOTS * expected) ** 2 / (SHOTS * expected * (1 - expected)))
    return f"chi-square / points = {chi2:.1f} / {free.sum()} = {chi2 / free.sum():.2f}"


# One parameter: a line with error bars. P(1) = sin²(angle / 2).
sweep = qb.Sweep.linspace("angle", 0, 4 * math.pi, 41)
rabi = qb.run_sweep(program.operation("Rabi"), sweep, simulator, SHOTS)
print("Rabi:  ", against(rabi, np.sin(np.array([row.point["angle"] for row in rabi]) / 2) ** 2))

axes = rabi.plot(outcomes=["1"])
fine = np.linspace(0, 4 * math.pi, 400)
axes.plot(fine, np.sin(fine / 2) ** 2, color="black", linewidth=0.8, zorder=0)
axes.set(xlabel="angle (rad)", ylabel="P(1)", title="Rabi oscillation, and sin²(angle / 2)")
axes.figure.savefig(out / "rabi.png", dpi=150)

# Two parameters: a heat map. P(1) = cos²(pi * detuning * time). numpy arrays are values like any other.
sweep = qb.Sweep.grid(detuning=np.linspace(-2e3, 2e3, 21), time=np.linspace(0, 1e-3, 21))
ramsey = qb.run_sweep(program.operation("Ramsey"), sweep, simulator, SHOTS)
turns = np.array([row.point["detuning"] * row.point["time"] for row in ramsey])
print("Ramsey:", against(ramsey, np.cos(math.pi * turns) ** 2))

axes = np.ravel(ramsey.plot(outcomes=["1"]))[0]
axes.set(xlabel="detuning (Hz)", ylabel="time (s)", title="Ramsey fringes: P(1)")
axes.figure.savefig(out / "ramsey.png", dpi=150)
print(f"wrote {out / 'rabi.png'} and {out / 'ramsey.png'}")
