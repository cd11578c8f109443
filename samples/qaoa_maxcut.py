"""QAOA for MaxCut on a ring: the landscape of one layer as a heat map, on the simulator of this machine.

On a ring of four nodes and more the mean cut of one layer is known: 1/2 + sin(4 beta) sin(2 gamma) / 4 of the edges
(Wang et al., Phys. Rev. A 97, 022304 (2018)), 3/4 of them at the best.

    python samples/qaoa_maxcut.py [--out out]
"""

import argparse
import math
from pathlib import Path

import numpy as np

import qsharp_bridge as qb

parser = argparse.ArgumentParser(description="The landscape of QAOA with one layer.")
parser.add_argument("--out", type=Path, default=Path("out"))
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

NODES = 6
cut = sum(qb.PauliSum(f"0.5 - 0.5 Z{node} Z{(node + 1) % NODES}", qubits=NODES) for node in range(NODES))
gammas, betas = np.linspace(0, math.pi / 2, 13), np.linspace(0, math.pi / 4, 13)
sweep = qb.Sweep.grid(gamma=[[gamma] for gamma in gammas], beta=[[beta] for beta in betas])

state = qb.Program.from_project(Path(__file__).parent.parent / "qsharp").operation("MaxCutRingState")
measured = qb.estimate(state, sweep, cut, qb.LocalSimulator(seed=2), shots=400)
measured.plot().figure.savefig(out / "maxcut.png", dpi=150)

theory = NODES * (0.5 + np.outer(np.sin(2 * gammas), np.sin(4 * betas)).ravel() / 4)
off = (measured.values - theory) / measured.errors
print(f"chi-square / points = {off @ off:.1f} / {len(off)}")

best = theory.argmax()
print(f"best point {sweep[best]}")
print(f"mean cut {measured.values[best]:.3f} ± {measured.errors[best]:.3f} of {NODES} edges; theory {theory[best]:.3f}")
print(f"wrote {out / 'maxcut.png'}")
