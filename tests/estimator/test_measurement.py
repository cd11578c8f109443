"""Operations that measure in bases that they are given."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import ArgumentError
from qsharp_bridge.estimator import measured

PREPARE = "operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
BASES = """
operation Measured(theta : Double, basis : Pauli[]) : Result[] {
    use q = Qubit[Length(basis)];
    Ry(theta, q[0]);
    for k in 0..Length(basis) - 1 {
        if basis[k] == PauliX { H(q[k]); } elif basis[k] == PauliY { Adjoint S(q[k]); H(q[k]); }
    }
    MResetEachZ(q)
}
"""


def operation(source, name="Prepare"):
    return qb.Program.from_source(source).operation(name)


def exact(op, observable, **point):
    return qb.estimate(op, [point], observable, qb.LocalSimulator(), shots=None).values[0]


def test_both_forms_measure_the_same():
    for observable in ("X", "Z", "Y", "0.5 X0 - 0.25 Z0 + 2"):
        one, two = (exact(op, observable, theta=0.7) for op in (operation(PREPARE), operation(BASES, "Measured")))
        assert one == pytest.approx(two, abs=1e-12)


@pytest.mark.parametrize(
    "source",
    [
        "namespace N.M { struct P { a : Double } operation Prepare(p : P, qubits : Qubit[]) : Unit is Adj + Ctl "
        "{ Ry(p.a, qubits[0]); } }",
        "operation Prepare(basis : Double, place : Qubit[], qubits : Int) : Unit { Ry(basis, place[qubits]); }",
        "operation Prepare(act : (Qubit[] => Unit), qubits : Qubit[]) : Unit { act(qubits); }",
        "operation Prepare(qubits : Qubit[]) : Unit { ApplyToEach(H, qubits); }",
    ],
)
def test_operations_of_every_form_are_wrapped(source):
    program = qb.Program.from_source(source)
    found = measured(program.operation(program.operations[-1]))
    assert str(found.operation.signature.output) == "Result[]"
    assert [one.name for one in found.parameters if one.name == found.basis] == []
    assert found.name == program.operations[-1]


def test_the_names_of_the_wrapper_give_way():
    op = operation(
        "operation Prepare(basis : Double, place : Qubit[], qubits : Int) : Unit { Ry(basis, place[qubits]); }"
    )
    assert measured(op).basis == "basis_"
    assert exact(op, "Z", basis=0.0, qubits=0) == 1.0


def test_a_struct_parameter():
    op = operation(
        "namespace N { struct P { a : Double } operation Prepare(p : P, q : Qubit[]) : Unit { Ry(p.a, q[0]); } }"
    )
    assert exact(op, "X", p={"a": 0.3}) == pytest.approx(0.29552020666)


def test_a_project_gets_a_file_more(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "qsharp.json").write_text("{}")
    (tmp_path / "src" / "Main.qs").write_text(PREPARE)
    op = qb.Program.from_project(tmp_path).operation("Main.Prepare")
    assert exact(op, "Z", theta=0.0) == 1.0
    assert [path.name for path in (tmp_path / "src").iterdir()] == ["Main.qs"]


def test_the_parameter_of_the_bases_is_named_where_there_are_two():
    source = BASES.replace("theta : Double,", "other : Pauli[], theta : Double,")
    with pytest.raises(qb.QsharpTypeError, match="other and basis are both of type Pauli"):
        measured(operation(source, "Measured"))
    assert measured(operation(source, "Measured"), "basis").basis == "basis"
    with pytest.raises(
        ArgumentError, match=r"it has no parameter 'bases'; its parameters of type Pauli.. are other, basis"
    ):
        measured(operation(source, "Measured"), "bases")


@pytest.mark.parametrize(
    "source",
    [
        "operation Prepare(theta : Double) : Result { use q = Qubit(); Ry(theta, q); MResetZ(q) }",
        "operation Prepare(qubits : Qubit[]) : Int { 3 }",
        "operation Prepare(one : Qubit[], two : Qubit[]) : Unit {}",
        "operation Prepare(one : Qubit, two : Qubit[]) : Unit {}",
        "operation Prepare(basis : Pauli[]) : Unit {}",
        "function Prepare(basis : Double) : Unit {}",
    ],
)
def test_other_forms_are_refused_with_both_that_are_taken(source):
    with pytest.raises(qb.QsharpTypeError) as caught:
        measured(operation(source))
    assert "operation Prepare(qubits : Qubit[], theta : Double) : Unit" in str(caught.value)
    assert "operation Measured(basis : Pauli[], theta : Double) : Result[]" in str(caught.value)


def test_arguments_of_a_call():
    found = measured(operation(PREPARE))
    assert found.named((0.5,), {}) == found.named((), {"theta": 0.5}) == {"theta": 0.5}
    for args, kwargs in [((), {}), ((1, 2), {}), ((1,), {"theta": 2}), ((), {"thta": 2})]:
        with pytest.raises(ArgumentError, match="give theta : Double, and then the observable"):
            found.named(args, kwargs)
