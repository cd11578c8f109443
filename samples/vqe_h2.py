"""The ground state energy of H2 by VQE: scipy chooses, one session of the embedded service evaluates.

Hamiltonian at a bond length of 0.75 angstrom, in hartree: O'Malley et al., Phys. Rev. X 6, 031007 (2016), table I.

    python samples/vqe_h2.py [--out out] [--journal vqe.db]
                             (run it again with the same journal: nothing is paid for twice)
"""

import argparse
import math
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import pyplot
from qdk.qsharp import Pauli
from scipy.linalg import expm
from scipy.optimize import minimize_scalar

import qsharp_bridge as qb

matplotlib.use("Agg")

parser = argparse.ArgumentParser(description="VQE of H2 in one session.")
parser.add_argument("--out", type=Path, default=Path("out"))
parser.add_argument("--journal", type=Path, help="keeps every evaluation")
parser.add_argument("--shots", type=int, default=2000)
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)

G0, G1, G2, G3, G4, G5 = 0.2252, 0.3435, -0.4347, 0.5716, 0.0910, 0.0910

# Each basis, with what a shot in it adds to the energy; a and b are +1 for Zero and -1 for One.
TERMS = [
    ([Pauli.Z, Pauli.Z], lambda a, b: G1 * a + G2 * b + G3 * a * b),
    ([Pauli.X, Pauli.X], lambda a, b: G4 * a * b),
    ([Pauli.Y, Pauli.Y], lambda a, b: G5 * a * b),
]

# Exactly, for comparison: the matrix, its lowest eigenvalue, and the energy of the ansatz exp(-i theta X Y) |10>.
X, Y, Z, ONE = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1]), np.eye(2)
H = G0 * np.eye(4) + G1 * np.kron(Z, ONE) + G2 * np.kron(ONE, Z) + G3 * np.kron(Z, Z)
H = H + G4 * np.kron(X, X) + G5 * np.kron(Y, Y)
EXACT = np.linalg.eigvalsh(H)[0]


def ansatz_energy(theta: float) -> float:
    state = expm(-1j * theta * np.kron(X, Y)) @ np.array([0, 0, 1, 0])
    return float((state.conj() @ H @ state).real)


program = qb.Program.from_project(Path(__file__).parent.parent / "qsharp")
with qb.connect("local", seed=1) as workspace:  # on Azure: qb.connect(resource_id)
    target = workspace.get_targets("ionq.simulator")
    with qb.HybridSession(
        program.operation("H2Ansatz"), target, shots=options.shots, name="VQE of H2", journal=options.journal
    ) as session:
        seen: list[tuple[float, float, float]] = []

        def energy(theta: float) -> float:
            """The energy in hartree; with its standard error it goes into ``seen``."""
            mean, variance = G0, 0.0
            found = session.map([{"theta": theta, "basis": basis} for basis, _ in TERMS])
            for (_, term), counts in zip(TERMS, found, strict=True):
                values = np.array([term(*(1 - 2 * int(text[place]) for place in (1, 4))) for text in counts])
                shares = np.array(list(counts.values())) / sum(counts.values())
                mean += values @ shares
                variance += (values**2 @ shares - (values @ shares) ** 2) / sum(counts.values())
            seen.append((theta, mean, math.sqrt(variance)))
            print(f"theta {theta:+.4f} rad   energy {mean:+.4f} ± {math.sqrt(variance):.4f} hartree")
            return float(mean)

        best = minimize_scalar(energy, bounds=(-1.0, 1.0), method="bounded", options={"maxiter": 12})
        energy(float(best.x))  # once more: the least of many noisy values is too low

    theta, mean, error = seen[-1]
    print(f"\nbest {mean:+.4f} ± {error:.4f} hartree at theta {theta:+.4f}; exact {EXACT:+.4f}")
    print(f"{len(session.results)} jobs in session {session.results.session_ids[0]}")

fine = np.linspace(-1, 1, 200)
_, axes = pyplot.subplots()
axes.plot(fine, [ansatz_energy(theta) for theta in fine], color="black", linewidth=0.8, label="ansatz, exactly")
axes.axhline(EXACT, color="black", linestyle=":", label="ground state")
thetas, energies, errors = np.array(seen).T
axes.errorbar(thetas, energies, errors, fmt="o", capsize=2, label="measured")
axes.set(xlabel="theta (rad)", ylabel="energy (hartree)", title="VQE of H2 at 0.75 Å")
axes.legend()
axes.figure.savefig(options.out / "vqe.png", dpi=150)
print(f"wrote {options.out / 'vqe.png'}")
