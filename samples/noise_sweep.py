"""A noise sweep: how a GHZ state's parity of all bits fades with depolarizing noise and size.

python samples/noise_sweep.py
"""

from pathlib import Path

import qsharp_bridge as qb

operation = qb.Program.from_project(Path(__file__).parent.parent / "qsharp").operation("Ghz")
sweep = qb.Sweep.grid(n=[2, 4, 6])


def all_equal(bits: list[int]) -> float:
    """1 when all bits are equal, as they must be without noise."""
    return float(len(set(bits)) == 1)


print("noise   " + "  ".join(f"n = {point['n']}          " for point in sweep))
for strength in (0.0, 0.01, 0.03, 0.1):
    noise = {"depolarizing": strength} if strength else None
    results = qb.run_sweep(operation, sweep, qb.LocalSimulator(noise=noise, seed=4), shots=500)
    told = [f"{found.value:.3f} ± {found.error:.3f}" for found in results.expectation(all_equal)]
    print(f"{strength:<8}" + "  ".join(told))
