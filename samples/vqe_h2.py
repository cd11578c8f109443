"""The ground state energy of H2 by VQE: scipy chooses the points, and one session evaluates them.

Hamiltonian at 0.75 angstrom, in hartree: O'Malley et al., Phys. Rev. X 6, 031007 (2016), table I.
Run it again in the same folder: its journal has every evaluation, and nothing is paid for twice.
"""

from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

import qsharp_bridge as qb

energy = qb.PauliSum("0.2252 + 0.3435 Z0 - 0.4347 Z1 + 0.5716 Z0 Z1 + 0.0910 X0 X1 + 0.0910 Y0 Y1")
ansatz = qb.Program.from_project(Path(__file__).parent.parent / "qsharp").operation("H2Ansatz")
with qb.connect("local", seed=1) as workspace:  # on Azure: qb.connect(resource_id)
    target = workspace.get_targets("ionq.simulator")
    with qb.HybridSession(ansatz, target, 2000, "VQE of H2", journal="vqe.db") as session:
        best = minimize_scalar(session.objective(energy), bounds=(-1, 1), options={"maxiter": 12})
        found = session.estimate(float(best.x), energy)  # again: the least of many noisy values is too low
exact = np.linalg.eigvalsh(energy.matrix())[0]
print(f"best {found:+.4f} ± {found.error:.4f} hartree at theta {best.x:+.4f}; exact {exact:+.4f}")
print(f"{len(session.results)} jobs in session {session.results.session_ids[0]}")

curve = qb.estimate(ansatz, qb.Sweep.linspace("theta", -1, 1, 41), energy, qb.LocalSimulator(), shots=None)
axes = curve.plot(unit="hartree")
axes.axhline(exact, linestyle=":", color="black")
axes.errorbar(best.x, found, found.error, fmt="s", color="red")
axes.figure.savefig("vqe.png", dpi=150)
