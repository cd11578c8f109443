"""The ground state energy of H2 by VQE: scipy chooses, one session of the embedded service evaluates.

Hamiltonian at a bond length of 0.75 angstrom, in hartree: O'Malley et al., Phys. Rev. X 6, 031007 (2016), table I.

    python samples/vqe_h2.py [--out out] [--journal vqe.db]
                             (run it again with the same journal: nothing is paid for twice)
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

import qsharp_bridge as qb

parser = argparse.ArgumentParser(description="VQE of H2 in one session.")
parser.add_argument("--out", type=Path, default=Path("out"))
parser.add_argument("--journal", type=Path, help="keeps every evaluation")
parser.add_argument("--shots", type=int, default=2000)
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)

energy = qb.PauliSum("0.2252 + 0.3435 Z0 - 0.4347 Z1 + 0.5716 Z0 Z1 + 0.0910 X0 X1 + 0.0910 Y0 Y1")
exact = np.linalg.eigvalsh(energy.matrix())[0]
ansatz = qb.Program.from_project(Path(__file__).parent.parent / "qsharp").operation("H2Ansatz")

with qb.connect("local", seed=1) as workspace:  # on Azure: qb.connect(resource_id)
    target = workspace.get_targets("ionq.simulator")
    with qb.HybridSession(ansatz, target, options.shots, "VQE of H2", journal=options.journal) as session:
        best = minimize_scalar(session.objective(energy), bounds=(-1, 1), options={"maxiter": 12})
        found = session.estimate(float(best.x), energy)  # once more: the least of many noisy values is too low
    measured = qb.estimate(ansatz, qb.Sweep.linspace("theta", -1, 1, 9), energy, target, options.shots)

print(f"best {found:+.4f} ± {found.error:.4f} hartree at theta {best.x:+.4f}; exact {exact:+.4f}")
print(f"{len(session.results)} jobs in session {session.results.session_ids[0]}")

curve = qb.estimate(ansatz, qb.Sweep.linspace("theta", -1, 1, 100), energy, qb.LocalSimulator(), shots=None)
axes = measured.plot()
axes.plot(
    [point["theta"] for point in curve.points], curve.values, color="black", linewidth=0.8, label="ansatz, exactly"
)
axes.axhline(exact, color="black", linestyle=":", label="ground state")
axes.errorbar([best.x], [found], [found.error], fmt="s", capsize=2, label="found by VQE")
axes.set(xlabel="theta (rad)", ylabel="energy (hartree)", title="VQE of H2 at 0.75 Å")
axes.legend()
axes.figure.savefig(options.out / "vqe.png", dpi=150)
print(f"wrote {options.out / 'vqe.png'}")
