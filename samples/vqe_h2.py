"""The ground state energy of H2 by VQE: scipy chooses, one session of the embedded service evaluates.

Hamiltonian at a bond length of 0.75 angstrom, in hartree: O'Malley et al., Phys. Rev. X 6, 031007 (2016), table I.

    python samples/vqe_h2.py [--journal vqe.db]     (run it again with the same journal: nothing is paid for twice)
"""

import argparse
from pathlib import Path

import numpy as np
from qdk.qsharp import Pauli
from scipy.optimize import minimize_scalar

import qsharp_bridge as qb

parser = argparse.ArgumentParser(description="VQE of H2 in one session.")
parser.add_argument("--journal", type=Path, help="keeps every evaluation")
parser.add_argument("--shots", type=int, default=2000)
options = parser.parse_args()

G0, G1, G2, G3, G4, G5 = 0.2252, 0.3435, -0.4347, 0.5716, 0.0910, 0.0910
BASES = [[Pauli.Z, Pauli.Z], [Pauli.X, Pauli.X], [Pauli.Y, Pauli.Y]]

# Exactly, for comparison: the lowest eigenvalue of G0 + G1 Z0 + G2 Z1 + G3 Z0 Z1 + G4 X0 X1 + G5 Y0 Y1.
X, Y, Z, one = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1]), np.eye(2)
hamiltonian = G0 * np.eye(4) + G1 * np.kron(Z, one) + G2 * np.kron(one, Z)
hamiltonian = hamiltonian + G3 * np.kron(Z, Z) + G4 * np.kron(X, X) + G5 * np.kron(Y, Y)
exact = np.linalg.eigvalsh(hamiltonian)[0]


def mean(counts: dict[str, int], letters: str) -> float:
    """The mean of a string of Z and I over the counts of two bits, such as {"[0, 1]": 12}."""
    total = 0
    for outcome, count in counts.items():
        bits = (outcome[1], outcome[4])
        total += count * (-1) ** sum(bit == "1" for bit, letter in zip(bits, letters, strict=True) if letter == "Z")
    return total / sum(counts.values())


program = qb.Program.from_project(Path(__file__).parent.parent / "qsharp")
with qb.connect("local") as workspace:  # on Azure: qb.connect(resource_id)
    target = workspace.get_targets("ionq.simulator")
    with qb.HybridSession(
        program.operation("H2Ansatz"), target, shots=options.shots, name="VQE of H2", journal=options.journal
    ) as session:

        def energy(theta: float) -> float:
            zz, xx, yy = session.map([{"theta": float(theta), "basis": basis} for basis in BASES])
            found = G0 + G1 * mean(zz, "ZI") + G2 * mean(zz, "IZ") + G3 * mean(zz, "ZZ")
            found += G4 * mean(xx, "ZZ") + G5 * mean(yy, "ZZ")
            print(f"theta {theta:+.4f}   energy {found:+.4f} hartree")
            return found

        best = minimize_scalar(energy, bounds=(-1.0, 1.0), method="bounded", options={"maxiter": 12})

    print(f"\nbest {best.fun:+.4f} hartree at theta {best.x:+.4f}; exact {exact:+.4f}")
    print(f"{len(session.results)} jobs in session {session.results.session_ids[0]}")
