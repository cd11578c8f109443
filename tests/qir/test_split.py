"""Programs cut into the parts that nothing joins."""

from __future__ import annotations

import pytest

import qsharp_bridge as qb
from qsharp_bridge.qir.reader import read
from qsharp_bridge.qir.split import split
from tests.shared.programs import write_qir


def compiled(body: str, profile: str = "Adaptive_RIF", output: str = "Result[]") -> str:
    source = f"operation Op() : {output} {{ {body} }}"
    return str(qb.Program.from_source(source).operation("Op").compile(profile=profile))


def found(text: str) -> list[tuple[tuple[int, ...], int]]:
    parts = split(text)
    for part in parts:
        program = read(part.text)  # LLVM takes it
        assert program.structure.qubits == part.qubits
        assert program.structure.leaves == len(part.values)
    return [(part.values, part.qubits) for part in parts]


def test_gates_join() -> None:
    steps = [("h", 0), ("cx", 0, 3), ("h", 1), ("rx", 0.5, 2), ("x", 4), *(("m", q, q) for q in range(4))]
    assert found(write_qir(steps, 5, 4)) == [((0, 3), 2), ((1,), 1), ((2,), 1)]


def test_a_decision_joins_what_it_decides() -> None:
    body = """use q = Qubit[4]; H(q[0]); H(q[2]);
        if MResetZ(q[0]) == One { X(q[1]); } if MResetZ(q[2]) == One { X(q[3]); Z(q[3]); }
        [MResetZ(q[1]), MResetZ(q[3])]"""
    assert found(compiled(body)) == [((0,), 2), ((1,), 2)]
    crossed = body.replace("X(q[3]);", "X(q[1]); X(q[3]);")
    assert found(compiled(crossed)) == [((0, 1), 4)]


def test_output_arithmetic_joins_what_it_reads() -> None:
    body = """use q = Qubit[3]; for one in q {{ H(one); }} let r = MResetEachZ(q); mutable n = 0;
        if r[0] == One {{ set n += 1; }} if r[{}] == One {{ set n += 2; }} (n, r[2])"""
    assert found(compiled(body.format(1), output="(Int, Result)")) == [((0,), 2), ((1,), 1)]
    assert found(compiled(body.format(2), output="(Int, Result)")) == [((0, 1), 2)]


def test_constants_are_recorded_once() -> None:
    text = compiled(
        "use q = Qubit[2]; H(q[0]); H(q[1]); (0.5, MResetZ(q[0]), true, MResetZ(q[1]))",
        output="(Double, Result, Bool, Result)",
    )
    assert found(text) == [((0, 1, 2), 1), ((3,), 1)]


@pytest.mark.parametrize(
    "text",
    [
        compiled("use q = Qubit[2]; H(q[0]); H(q[1]); MResetEachZ(q)", "Adaptive"),
        "define void @main() #0 {\na:\n  br label %b\nb:\n  br label %b\n}\n",
        "define void @main() #0 {\na:\n  call void @__quantum__qis__h__body(%Qubit* %q)\n  ret void\n}\n",
        "no program",
    ],
)
def test_what_is_unknown_is_not_cut(text: str) -> None:
    assert split(text) == []
