"""Circuit diagrams as text: laid out as qdk lays them out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdk import Context, TargetProfile

from qsharp_bridge.circuits import Circuit
from qsharp_bridge.circuits.steps import circuit_of_qir

GATES = (
    (1, "H({})"), (1, "Rx(0.25, {})"), (1, "Rz(-12.5, {})"), (1, "Adjoint S({})"), (1, "T({})"), (1, "Reset({})"),
    (1, "let _ = M({});"), (1, "let _ = MResetZ({});"), (2, "CNOT({}, {})"), (2, "CZ({}, {})"), (2, "CY({}, {})"),
    (2, "Rzz(0.125, {}, {})"), (2, "SWAP({}, {})"), (3, "CCNOT({}, {}, {})"),
)  # fmt: skip


@st.composite
def programs(draw: st.DrawFn) -> str:
    qubits = draw(st.integers(1, 4))
    lines = []
    for _ in range(draw(st.integers(1, 8))):
        count, gate = draw(st.sampled_from([one for one in GATES if one[0] <= qubits]))
        wires = draw(st.permutations(range(qubits)))[:count]
        lines.append(gate.format(*(f"q[{wire}]" for wire in wires)).rstrip(";") + ";")
    return f"{{ use q = Qubit[{qubits}]; {' '.join(lines)} }}"


@pytest.fixture(scope="module")
def context() -> Any:
    return Context(target_profile=TargetProfile.Adaptive_RI)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


@settings(max_examples=60)
@given(block=programs())
def test_the_text_is_that_of_qdk(context: Any, block: str) -> None:
    drawn = context.circuit(block, group_by_scope=False)
    ours = Circuit(json.loads(drawn.json()))
    assert lines(str(ours)) == lines(str(drawn))


@settings(max_examples=20)
@given(block=programs())
def test_qir_is_drawn_as_qdk_draws_its_program(context: Any, block: str) -> None:
    """The compiler may leave out qubits at the end that nothing is done with, so these are not compared."""
    ours = circuit_of_qir(str(context.compile(block)))
    assert isinstance(ours, Circuit)
    drawn = lines(str(context.circuit(block)))
    assert lines(str(ours)) == drawn[: len(lines(str(ours)))]
    assert all(set(line[7:].strip()) <= {"─"} for line in drawn[len(lines(str(ours))) :])


def test_why_a_program_has_no_diagram(context: Any) -> None:
    branch = "{ use q = Qubit(); H(q); if M(q) == One { X(q); } let r = MResetZ(q); r }"
    assert circuit_of_qir(str(context.compile(branch))) == (
        "the program reads a result, so its gates are not one sequence"
    )
    many = "{ use q = Qubit(); for _ in 1..600 { H(q); } MResetZ(q) }"
    assert circuit_of_qir(str(context.compile(many))) == "the program has more than 500 gates or qubits"
    assert "only programs without branches" in str(circuit_of_qir("not QIR"))
