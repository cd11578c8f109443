"""QAOA for MaxCut on a ring: the landscape of one layer as a heat map, on the simulator of this machine.

On a ring of four nodes and more the mean cut of one layer is known: 1/2 + sin(4 beta) sin(2 gamma) / 4 of the edges
(Wang et al., Phys. Rev. A 97, 022304 (2018)), 3/4 of them at the best.

    python samples/qaoa_maxcut.py [--out out]
"""

import argparse
import math
from pathlib import Path

import matplotlib

import qsharp_bridge as qb

matplotlib.use("Agg")

parser = argparse.ArgumentParser(description="The landscape of QAOA with one layer.")
parser.add_argument("--out", type=Path, default=Path("out"))
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

NODES = 6


def cut(sides: list[int]) -> int:
    """How many neighbours on the ring are on different sides."""
    return sum(sides[node] != sides[(node + 1) % NODES] for node in range(NODES))


gammas = [math.pi / 2 * step / 12 for step in range(13)]
betas = [math.pi / 4 * step / 12 for step in range(13)]
sweep = qb.Sweep.grid(nodes=[NODES], gamma=[[gamma] for gamma in gammas], beta=[[beta] for beta in betas])

operation = qb.Program.from_project(Path(__file__).parent.parent / "qsharp").operation("MaxCutRing")
results = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=2), shots=400)
axes = results.plot(observable=cut)
axes.figure.savefig(out / "maxcut.png", dpi=150)

values = results.expectation(cut)
exact = [NODES * (0.5 + math.sin(4 * b) * math.sin(2 * g) / 4) for g in gammas for b in betas]
off = [(found.value - mean) / found.error for found, mean in zip(values, exact, strict=True)]
print(f"chi-square / points = {sum(one**2 for one in off):.1f} / {len(off)}")

best = max(range(len(values)), key=lambda index: exact[index])
print(f"best point {results[best].point}")
print(f"mean cut {values[best].value:.3f} ± {values[best].error:.3f} of {NODES} edges; theory {exact[best]:.3f}")
print(f"wrote {out / 'maxcut.png'}")
