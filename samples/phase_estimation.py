"""Phase estimation over precision: the error of the best estimate halves with each bit.

The probability of each estimate is the squared kernel of the Fourier transform (Nielsen and Chuang, equation 5.26). The
plot compares it with the counts at the greatest precision.

    python samples/phase_estimation.py [--out out]
"""

import argparse
import math
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import pyplot

import qsharp_bridge as qb

matplotlib.use("Agg")

parser = argparse.ArgumentParser(description="Phase estimation over precision.")
parser.add_argument("--out", type=Path, default=Path("out"))
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

PHASE = 1 / 3  # in turns; not exact with any number of bits


def likely(estimate: float, bits: int) -> float:
    """Return the probability of an estimate, in turns, with so many bits."""
    off = math.pi * (PHASE - estimate)
    return (math.sin(2**bits * off) / (2**bits * math.sin(off))) ** 2


def value(bits: list[int]) -> float:
    """Return the bits as a binary fraction."""
    return sum(bit / 2**place for place, bit in enumerate(bits, 1))


operation = qb.Program.from_project(Path(__file__).parent.parent / "qsharp").operation("EstimatePhase")
sweep = qb.Sweep.grid(phase=[PHASE], precision=range(1, 9))  # precision changes the structure of the program
results = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=3), shots=1000)

print(f"phase {PHASE:.6f}")
for row in results:
    ((text, count),) = row.most_frequent()
    bits = row.output.outcomes[text]
    estimate = value(bits)
    print(
        f"{len(bits)} bits: {estimate:.6f}  off by {abs(estimate - PHASE):.6f}  "
        f"in {count / row.shots:.3f} of the shots, by theory {likely(estimate, len(bits)):.3f}"
    )

estimates = np.arange(2**8) / 2**8
_, axes = pyplot.subplots()
axes.bar(estimates, [likely(estimate, 8) for estimate in estimates], width=0.8 / 2**8, color="silver", label="theory")
row = results[-1]
found = [value(row.output.outcomes[text]) for text in row.counts]
shares = np.array(list(row.counts.values())) / row.shots
axes.errorbar(found, shares, np.sqrt(shares * (1 - shares) / row.shots), fmt="o", capsize=2, label="1000 shots")
axes.set(xlabel="estimate (turns)", ylabel="probability", title="Estimates of 1/3 with 8 bits", xlim=(0.28, 0.39))
axes.legend()
axes.figure.savefig(out / "phase.png", dpi=150)
print(f"wrote {out / 'phase.png'}")
