"""QAOA for MaxCut on a ring: the landscape of one layer as a heat map, on the simulator of this machine.

Its mean cut is 1/2 + sin(4 beta) sin(2 gamma) / 4 of the edges: Wang et al., Phys. Rev. A 97, 022304 (2018).
"""

from pathlib import Path

import numpy as np

import qsharp_bridge as qb

cut = sum(qb.PauliSum(f"0.5 - 0.5 Z{node} Z{(node + 1) % 6}", qubits=6) for node in range(6))
gammas, betas = np.linspace(0, np.pi / 2, 13), np.linspace(0, np.pi / 4, 13)
state = qb.Program.from_project(Path(__file__).parent.parent / "qsharp").operation("MaxCutRingState")
sweep = qb.Sweep.grid(gamma=gammas[:, None], beta=betas[:, None])
measured = qb.estimate(state, sweep, cut, qb.LocalSimulator(seed=2), shots=400)
measured.plot().figure.savefig("maxcut.png", dpi=150)

off = (measured.values - 6 * (0.5 + np.outer(np.sin(2 * gammas), np.sin(4 * betas)).ravel() / 4)) / measured.errors
print(f"chi-square / points = {off @ off:.1f} / {len(off)}; best mean cut {measured.values.max():.2f} of 6 edges")
