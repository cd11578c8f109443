"""The Q# project of the repository: each operation gives the distribution that its comment promises."""

import json
from collections import Counter
from math import cos, pi, sin
from pathlib import Path

import numpy as np
import pytest
import qdk
from qdk.qsharp import Pauli, Result

FOLDER = Path(__file__).parents[2] / "qsharp"
SHOTS = 2_000


@pytest.fixture(scope="module")
def run(project):
    context = qdk.Context(project_root=str(FOLDER))

    def counts(name, *args):
        expression = project.operation(name).expression(*args)
        return Counter(map(_bits, context.run(expression, SHOTS, seed=7)))

    return counts


def _bits(value):
    return int(value == Result.One) if isinstance(value, Result) else tuple(map(_bits, value))


def close(counts, outcome, probability):
    """Within five standard deviations; at a fixed seed, so it is the same each time."""
    spread = 5 * (probability * (1 - probability) / SHOTS) ** 0.5
    return abs(counts[outcome] / SHOTS - probability) <= spread


BASE = {
    "GenerateRandomBits": (2, [0.0, 1.0]),
    "BellPair": (),
    "Ghz": (3,),
    "HardwareEfficientAnsatz": (3, 2, [0.1 * i for i in range(12)]),
    "Rabi": (0.5,),
    "Ramsey": (0.5, 0.25),
    "EstimatePhase": (0.375, 3),
    "MaxCutRing": (4, [0.4], [0.3]),
    "H2Ansatz": (0.2, [Pauli.X, Pauli.Y]),
}


def test_every_operation_is_covered(project):
    assert {name.rpartition(".")[2] for name in project.operations} == {*BASE, "Teleport", "MaxCutRingState"}


@pytest.mark.parametrize("name", BASE)
def test_compiles_for_base(project, name):
    assert "entry_point" in str(project.operation(name).compile(*BASE[name], profile="Base"))


def test_teleport_needs_an_adaptive_target(project):
    teleport = project.operation("Teleport")
    assert "br i1" in str(teleport.compile(0.5, profile="Adaptive_RI"))
    with pytest.raises(Exception, match="has a @Config that leaves this profile out"):
        teleport.compile(0.5, profile="Base")


def test_manifest_lists_the_files():
    listed = json.loads((FOLDER / "qsharp.json").read_text())["files"]
    assert listed == sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.qs"))
    assert not list(FOLDER.rglob("__init__.py"))


def test_distributions(run):
    assert set(run("BellPair")) == {(0, 0), (1, 1)}
    assert set(run("Ghz", 4)) == {(0,) * 4, (1,) * 4}
    assert close(run("Teleport", 1.2), 1, sin(0.6) ** 2)
    assert close(run("Rabi", 1.2), 1, sin(0.6) ** 2)
    assert close(run("Ramsey", 0.7, 0.4), 1, cos(pi * 0.7 * 0.4) ** 2)
    bits = run("GenerateRandomBits", 2, [0.3, 1.0])
    assert all(close(bits, outcome, 0.25) for outcome in [(0, 0), (0, 1), (1, 0), (1, 1)])


def test_phase_estimation_reads_the_binary_digits(run):
    assert run("EstimatePhase", 0.375, 3) == {(0, 1, 1): SHOTS}
    assert run("EstimatePhase", 0.5 + 1 / 16, 4) == {(1, 0, 0, 1): SHOTS}


def test_ansatz_takes_its_angles_in_order(run):
    # One layer on two qubits: Ry, Rz, Ry, Rz, then CNOT.
    assert run("HardwareEfficientAnsatz", 2, 1, [pi, 0.3, 0.0, 0.4]) == {(1, 1): SHOTS}
    assert run("HardwareEfficientAnsatz", 2, 1, [0.0, 0.3, pi, 0.4]) == {(0, 1): SHOTS}
    assert run("HardwareEfficientAnsatz", 2, 2, [0, 0, pi, 0, pi, 0, 0, 0]) == {(1, 0): SHOTS}


def test_qaoa_at_its_best_angles_cuts_three_quarters(run):
    """One layer, a ring of more than three nodes: 3/4 of the edges (Farhi, Goldstone, Gutmann 2014)."""
    counts = run("MaxCutRing", 6, [pi / 4], [pi / 8])
    cut = sum(n * sum(a != b for a, b in zip(s, s[1:] + s[:1], strict=True)) for s, n in counts.items())
    assert abs(cut / SHOTS / 6 - 0.75) < 0.02


def test_h2_energy(run):
    """Against exact diagonalisation, with the Hamiltonian of O'Malley et al. at R = 0.75 angstrom."""
    terms = {"I": 0.2252, "ZI": 0.3435, "IZ": -0.4347, "ZZ": 0.5716, "XX": 0.0910, "YY": 0.0910}
    flips = {"X": np.array([[0, 1], [1, 0]]), "Y": np.array([[0, -1j], [1j, 0]])}
    matrices = {"I": np.eye(2), "Z": np.diag([1, -1]), **flips}
    exact = terms["I"] * np.eye(4)
    for name in ("ZI", "IZ", "ZZ", "XX", "YY"):
        exact = exact + terms[name] * np.kron(matrices[name[0]], matrices[name[1]])

    def energy(theta):
        z, x, y = (run("H2Ansatz", theta, [basis, basis]) for basis in (Pauli.Z, Pauli.X, Pauli.Y))
        measured = {"ZI": (z, [0]), "IZ": (z, [1]), "ZZ": (z, [0, 1]), "XX": (x, [0, 1]), "YY": (y, [0, 1])}
        return terms["I"] + sum(terms[name] * mean(*how) for name, how in measured.items())

    def mean(counts, positions):
        return sum(n * (-1) ** sum(bits[i] for i in positions) for bits, n in counts.items()) / SHOTS

    hartree_fock, best = energy(0.0), energy(-0.115)
    assert abs(hartree_fock - exact[2, 2].real) < 0.015
    assert abs(best - np.linalg.eigvalsh(exact)[0]) < 0.015
    assert best < hartree_fock
