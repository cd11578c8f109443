"""Counts of gates: every gate by itself, functions and branches by hand, and the same for text and bitcode."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyqir import Context, Module

import qsharp_bridge as qb
from qsharp_bridge.qir.bitcode import as_text
from qsharp_bridge.qir.counts import GateCounts, count_gates
from qsharp_bridge.qir.gates import CALLEES, CLASSICAL, GATES, IGNORED, MEASUREMENTS, RESET
from tests.shared.programs import ARITY, write_qir

TWO_QUBIT = {"swap": (1, 3), "ccx": (6, 6)}


@pytest.mark.parametrize("name", ARITY)
def test_every_gate(name: str) -> None:
    angle = (0.5,) if name[0] == "r" else ()
    found = count_gates(write_qir([(name, *angle, *range(ARITY[name]))] * 3, 4, 0))
    two, native = TWO_QUBIT.get(name, (int(ARITY[name] == 2),) * 2)
    assert found == GateCounts(3 * (ARITY[name] == 1), 3 * two, 3 * native, 0, 0, 4)


def test_measurements_and_resets() -> None:
    steps = [("m", 0, 0), ("mz", 0, 1), ("mresetz", 1, 2), ("reset", 0)]
    assert count_gates(write_qir(steps, 2, 3)) == GateCounts(0, 0, 0, 3, 2, 2)


def test_names_mean_one_thing() -> None:
    kinds = [set(GATES), set(MEASUREMENTS), {RESET}, set(IGNORED), set(CLASSICAL)]
    assert sum(map(len, kinds)) == len(set().union(*kinds))
    assert {GATES[callee].name: callee for callee in CALLEES.values()} == CALLEES
    for kind in GATES.values():  # a gate on more qubits takes no fewer native gates
        assert (kind.native > 0) == (kind.qubits > 1)


def test_what_is_classical_is_no_gate() -> None:
    calls = "".join(f"  call void @{name}(i8* null)\n" for name in [*IGNORED, *CLASSICAL])
    assert count_gates(calls) == GateCounts(0, 0, 0, 0, 0, 0)


OWN = """
@SimulatableIntrinsic() operation Three(a : Qubit, b : Qubit, c : Qubit) : Unit { CCNOT(a, b, c); }
operation Turn(angle : Double, q : Qubit) : Unit { body intrinsic; }
operation Two(a : Qubit, b : Qubit) : Unit { body intrinsic; }
@Measurement() operation Read(q : Qubit) : Result { body intrinsic; }
@Measurement() operation ReadBoth(a : Qubit, b : Qubit) : (Result, Result) { body intrinsic; }
@Reset() operation Clear(q : Qubit) : Unit { body intrinsic; }
operation Op() : Result[] {
    use (a, b, c) = (Qubit(), Qubit(), Qubit());
    Three(a, b, c); Turn(0.5, a); Two(a, b); Two(b, c);
    let (first, second) = ReadBoth(a, b);
    let third = Read(c);
    Clear(a); Clear(b); Clear(c);
    [first, second, third]
}
"""


@pytest.mark.parametrize("profile", ["Adaptive_RI", "Adaptive"])  # QIR 1 and QIR 2, whose pointers have no type
def test_instructions_of_ones_own_count_by_their_declaration(profile: str) -> None:
    operation = qb.Program.from_source(OWN).operation("Op")
    assert count_gates(str(operation.compile(profile=profile))) == GateCounts(1, 6 + 2, 6 + 2, 3, 3, 3)
    (row,) = operation.resources([{}], profile=profile, logical=False)
    assert (row.gates, row.measurements, row.qubits) == ({"Three": 1, "Turn": 1, "Two": 2}, 3, 3)
    assert row.depth == 6  # Three, Turn, Two, Two, ReadBoth, Clear


def test_a_name_of_no_table_counts_by_its_declaration() -> None:
    text = "".join(
        f"  call void @__quantum__qis__own{n}__body({', '.join(['%Qubit* null'] * n)})\n"
        f"declare void @__quantum__qis__own{n}__body({', '.join(['%Qubit*'] * n)})\n"
        for n in (1, 2, 4)
    )
    assert count_gates(text) == GateCounts(1, 13, 13, 0, 0, 1)


FUNCTIONS = """
define internal void @twice(ptr %q) {{
  call void @__quantum__qis__h__body(ptr %q)
  call void @__quantum__qis__h__body(ptr %q)
  ret void
}}
define void @main() #0 {{
  call void @"four times"(ptr null)
  call void @four(ptr null)
  call void @twice(ptr null)
  {more}
  ret void
}}
define internal void @four(ptr %q) {{
  call void @twice(ptr %q)
  call void @twice(ptr %q)
  ret void
}}
define internal void @unused(ptr %q) {{
  call void @twice(ptr %q)
  ret void
}}
declare void @__quantum__qis__h__body(ptr)
attributes #0 = {{ "entry_point" "required_num_qubits"="1" }}
"""


def test_functions_count_as_what_they_do() -> None:
    assert count_gates(FUNCTIONS.format(more="")).one_qubit == 6
    assert count_gates(FUNCTIONS.format(more="call void @main()")).one_qubit == 2  # recursion: as the text stands


def test_doubling_functions_end() -> None:
    chain = "\n".join(
        f"define void @f{n}(ptr %q) {{\n  call void @f{n + 1}(ptr %q)\n  call void @f{n + 1}(ptr %q)\n  ret void\n}}"
        for n in range(3000)
    )
    last = "define void @f3000(ptr %q) {\n  call void @__quantum__qis__h__body(ptr %q)\n  ret void\n}"
    text = chain.replace("@f0(ptr %q) {", "@f0(ptr %q) #0 {") + "\n" + last + '\nattributes #0 = { "entry_point" }\n'
    assert float(count_gates(text).one_qubit) > 2**59


SOURCE = """operation Op(n : Int, theta : Double) : Result[] {
    use q = Qubit[3];
    for i in 1..n { H(q[0]); CNOT(q[0], q[1]); CCNOT(q[0], q[1], q[2]); Rx(theta, q[2]); }
    SWAP(q[0], q[1]); Adjoint S(q[0]);
    MResetEachZ(q)
}"""


@pytest.mark.parametrize("profile", ["Base", "Adaptive_RI", "Adaptive_RIF"])
def test_the_profiles_of_the_compiler(profile: str) -> None:
    text = str(qb.Program.from_source(SOURCE).operation("Op").compile(4, 0.3, profile=profile))
    resets = 0 if profile == "Base" else 3
    assert count_gates(text) == GateCounts(9, 4 + 24 + 1, 4 + 24 + 3, 3, resets, 3)


def test_the_profile_adaptive_calls_a_function_for_each_gate() -> None:
    flat = SOURCE.replace("for i in 1..n {", "").replace("Rx(theta, q[2]); }", "Rx(theta, q[2]); H(q[0]); H(q[1]);")
    text = str(qb.Program.from_source(flat).operation("Op").compile(4, 0.3, profile="Adaptive"))
    assert count_gates(text) == GateCounts(5, 1 + 6 + 1, 1 + 6 + 3, 3, 3, 3)


GATE = st.sampled_from(sorted(ARITY)).flatmap(
    lambda name: st.permutations(range(4)).map(
        lambda qubits: (name, *((0.25,) if name[0] == "r" else ()), *qubits[: ARITY[name]])
    )
)


@settings(max_examples=15)
@given(st.lists(GATE, max_size=20))
def test_bitcode_counts_the_same(steps: list[tuple]) -> None:
    text = write_qir([*steps, ("mresetz", 0, 0)], 4, 1)
    bitcode = Module.from_ir(Context(), text).bitcode
    assert count_gates(as_text(bitcode)) == count_gates(text)
    gates = sum(len(re.findall(r"call void @__quantum__qis__(?!mresetz)", line)) for line in text.splitlines())
    found = count_gates(text)
    more = sum(TWO_QUBIT[step[0]][0] - 1 for step in steps if step[0] in TWO_QUBIT)
    assert found.one_qubit + found.two_qubit - more == gates
