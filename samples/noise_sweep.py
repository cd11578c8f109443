"""A noise sweep: how often the bits of a GHZ state agree, over the strength of depolarizing noise and its size.

Theory: an error after a CNOT flips its control, its target or both, each with q = 4/15 of its probability. Later CNOTs
pass a flip on, so that a chain of CNOTs is a random walk on "do these two neighbours agree".

    python samples/noise_sweep.py [--out out]
"""

import argparse
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import pyplot

import qsharp_bridge as qb

matplotlib.use("Agg")

parser = argparse.ArgumentParser(description="GHZ states under depolarizing noise.")
parser.add_argument("--out", type=Path, default=Path("out"))
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

operation = qb.Program.from_project(Path(__file__).parent.parent / "qsharp").operation("Ghz")
sweep = qb.Sweep.grid(n=[2, 4, 6])


def all_equal(bits: list[int]) -> float:
    """Return 1 if all bits are equal, as they are without noise."""
    return float(len(set(bits)) == 1)


def theory(n: int, strength: float) -> float:
    """Return the probability that all n bits are equal."""
    q = 4 * strength / 15
    agree, differ = 1 - 2 * q, 2 * q  # after the first CNOT; a flip of both has no effect
    for _ in range(n - 2):
        agree, differ = agree * (1 - 3 * q) + differ * q, agree * q + differ * q
    return agree


strengths = [0.0, 0.01, 0.03, 0.06, 0.1]
found = []
for strength in strengths:
    results = qb.run_sweep(operation, sweep, qb.LocalSimulator(noise={"depolarizing": strength}, seed=4), shots=2000)
    found.append(results.expectation(all_equal))

_, axes = pyplot.subplots()
fine = np.linspace(0, strengths[-1], 100)
for index, point in enumerate(sweep):
    n, means = point["n"], [row[index] for row in found]
    for strength, mean in zip(strengths, means, strict=True):
        print(f"n = {n}, noise {strength}: {mean.value:.3f} ± {mean.error:.3f}, theory {theory(n, strength):.3f}")
    axes.errorbar(strengths, [m.value for m in means], [m.error for m in means], fmt="o", capsize=2, color=f"C{index}")
    axes.plot(fine, [theory(n, strength) for strength in fine], color=f"C{index}", label=f"n = {n}")
axes.set(xlabel="probability of an error after each gate", ylabel="P(all bits equal)", title="GHZ states under noise")
axes.legend()
axes.figure.savefig(out / "noise.png", dpi=150)
print(f"wrote {out / 'noise.png'}")
