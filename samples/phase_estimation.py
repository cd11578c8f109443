"""Phase estimation over precision: how the most frequent estimate closes in on the phase.

python samples/phase_estimation.py
"""

from pathlib import Path

import qsharp_bridge as qb

PHASE = 0.3141

operation = qb.Program.from_project(Path(__file__).parent.parent / "qsharp").operation("EstimatePhase")
sweep = qb.Sweep.grid(phase=[PHASE], precision=range(1, 9))  # precision changes the structure of the program
results = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=3), shots=300)

print(f"phase {PHASE}")
for row in results:
    ((text, count),) = row.most_frequent()
    bits = row.output.outcomes[text]
    estimate = sum(bit / 2**place for place, bit in enumerate(bits, 1))
    print(f"{len(bits)} bits: {estimate:.6f}  off by {abs(estimate - PHASE):.6f}  in {count} of {row.shots} shots")
