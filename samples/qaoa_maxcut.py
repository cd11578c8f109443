"""QAOA for MaxCut on a ring: the landscape of one layer as a heat map, on the simulator of this machine.

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
results.plot(observable=cut).figure.savefig(out / "maxcut.png", dpi=150)

values = results.expectation(cut)
best = max(range(len(values)), key=lambda index: values[index].value)
print(f"best mean cut {values[best].value:.2f} ± {values[best].error:.2f} of {NODES} edges at {results[best].point}")
print("one layer can reach 3/4 of the edges of a ring:", 0.75 * NODES)
print(f"wrote {out / 'maxcut.png'}")
