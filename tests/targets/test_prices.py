"""Prices: the published formulas at worked figures, and unknown where there is none."""

from __future__ import annotations

import pytest

import qsharp_bridge as qb
from qsharp_bridge.targets.prices import GateCounts, count_gates, job_cost

GATES = GateCounts(one_qubit=10, two_qubit=4, measurements=2, resets=1, qubits=2)


@pytest.mark.parametrize(
    ("target", "amount", "unit"),
    [
        ("ionq.qpu.aria-1", 97.5 + 0.00022 * 10 * 500 + 0.000975 * 4 * 500, "AQT"),
        ("ionq.simulator", 0.0, ""),
        ("quantinuum.qpu.h1-1", 5 + 500 * (10 + 40 + 15) / 5000, "HQC"),
        ("quantinuum.sim.h1-1e", 5 + 500 * (10 + 40 + 15) / 5000, "eHQC"),
        ("quantinuum.sim.h1-1sc", 0.0, ""),
        ("echo-quantinuum", 0.0, ""),
        ("rigetti.sim.qvm", 0.0, ""),
        ("quantinuum.sim.helios-1sc", 0.0, ""),
        ("quantinuum.qpu.helios-1", None, ""),
        ("rigetti.qpu.ankaa-3", None, ""),
        ("pasqal.qpu.fresnel", None, ""),
    ],
)
def test_formulas(target: str, amount: float | None, unit: str) -> None:
    found = job_cost(target, GATES, 500)
    assert found.amount == (None if amount is None else pytest.approx(amount))
    assert found.unit == unit
    assert (str(found).split()[0] == "unknown") == (amount is None)


def test_gates_are_counted_in_what_the_compiler_writes() -> None:
    source = """operation Some() : Result[] {
        use q = Qubit[3]; H(q[0]); Rx(0.5, q[1]); CNOT(q[0], q[1]); Rzz(0.1, q[1], q[2]); CZ(q[0], q[2]);
        Adjoint S(q[0]); [M(q[0]), M(q[1])] }"""
    qir = str(qb.Program.from_source(source).operation("Some").compile(profile="Base"))
    assert count_gates(qir) == GateCounts(one_qubit=3, two_qubit=3, measurements=2, resets=0, qubits=3)
