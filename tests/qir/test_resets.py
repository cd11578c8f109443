"""A qubit is clean at the end of a program only if a reset says so, on every path."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.qir.resets import unreset_qubits

SOURCE = """
operation Clean(a : Double) : Result[] { use q = Qubit[2]; Rx(a, q[0]); CNOT(q[0], q[1]); MResetEachZ(q) }
operation ResetLater(a : Double) : Result[] {
    use q = Qubit[2]; Rx(a, q[0]); CNOT(q[0], q[1]); let r = MeasureEachZ(q); ResetAll(q); r
}
operation Untouched() : Result[] { use q = Qubit[2]; let r = MeasureEachZ(q); r }
operation Measured(a : Double) : Result[] { use q = Qubit[2]; Rx(a, q[0]); CNOT(q[0], q[1]); MeasureEachZ(q) }
operation GateAfter(a : Double) : Result { use q = Qubit(); Rx(a, q); let r = MResetZ(q); X(q); r }
operation OneBranch(a : Double) : Result {
    use (q, t) = (Qubit(), Qubit()); Rx(a, q); let r = M(q); H(t);
    if r == One { Reset(q); Reset(t); } else { Reset(q); }
    r
}
operation BothBranches(a : Double) : Result {
    use (q, t) = (Qubit(), Qubit()); Rx(a, q); let r = M(q); H(t);
    if r == One { Reset(q); Reset(t); } else { Reset(t); Reset(q); }
    r
}
operation ByHand(a : Double) : Result { use q = Qubit(); Rx(a, q); let r = M(q); if r == One { X(q); } r }
operation InALoop(a : Double) : Int {
    use q = Qubit(); mutable k = 0;
    for _ in 1..3 { Rx(a, q); if MResetZ(q) == One { set k += 1; } }
    k
}
"""


@pytest.fixture(scope="module")
def program() -> qb.Program:
    return qb.Program.from_source(SOURCE)


@pytest.mark.parametrize("profile", ["Adaptive_RI", "Adaptive_RIF"])
@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Clean", []),
        ("ResetLater", []),
        ("Untouched", []),
        ("BothBranches", []),
        ("InALoop", []),
        ("Measured", [0, 1]),
        ("GateAfter", [0]),
        ("OneBranch", [1]),
        ("ByHand", [0]),
    ],
)
def test_which_qubits_are_left_as_they_are(program, name, left, profile):
    operation = program.operation(name)
    arguments = [0.5] * len(operation.signature.parameters)
    assert unreset_qubits(str(operation.compile(*arguments, profile=profile))) == left


def test_what_cannot_be_read_is_not_taken_for_clean(program):
    qir = str(program.operation("Clean").compile(0.5, profile="Adaptive_RI"))
    assert unreset_qubits(qir) == []
    assert unreset_qubits("") == [None]
    named = qir.replace("__quantum__qis__mresetz__body", "__quantum__qis__of_their_own__body")
    assert unreset_qubits(named) == [0, 1]  # a callee that is not known may do anything
    assert unreset_qubits(qir.replace("inttoptr (i64 1 to %Qubit*)", "%q")) == [None]


def test_qubits_from_an_array_in_a_loop_are_not_taken_for_clean(program):
    assert None in unreset_qubits(str(program.operation("ResetLater").compile(0.5, profile="Adaptive")))
    assert unreset_qubits(str(program.operation("Measured").compile(0.5, profile="Adaptive"))) == [0, 1]
