"""A Rabi oscillation and Ramsey fringes, from values to labelled plots, on the simulator of this machine.

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

# One parameter: a line with error bars. P(1) = sin²(angle / 2).
rabi = qb.run_sweep(program.operation("Rabi"), qb.Sweep.linspace("angle", 0, 4 * math.pi, 41), simulator, shots=500)
rabi.plot().figure.savefig(out / "rabi.png", dpi=150)

# Two parameters: a heat map. P(1) = cos²(pi * detuning * time). numpy arrays are values like any other.
sweep = qb.Sweep.grid(detuning=np.linspace(-2e3, 2e3, 21), time=np.linspace(0, 1e-3, 21))
ramsey = qb.run_sweep(program.operation("Ramsey"), sweep, simulator, shots=500)
ramsey.plot(outcomes=["1"]).figure.savefig(out / "ramsey.png", dpi=150)

measured = np.array([row.probabilities.get("1", 0.0) for row in rabi])
exact = np.sin(np.array([row.point["angle"] for row in rabi]) / 2) ** 2
print(f"Rabi: the largest deviation from sin²(angle / 2) is {np.abs(measured - exact).max():.3f} at 500 shots")
print(f"wrote {out / 'rabi.png'} and {out / 'ramsey.png'}")
