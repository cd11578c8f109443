"""Values computed from results: simulated once, and the same as shot by shot."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.qir.reader import read
from qsharp_bridge.qir.tail import OPERATIONS, Block, Compute, Phi, Tail
from qsharp_bridge.simulators import simulate

SOURCE = """
import Std.Convert.*;
import Std.Measurement.*;
operation AsInt(n : Int) : Int {
    use q = Qubit[n];
    for i in 0..n - 1 { if i % 2 == 0 { X(q[i]); } }
    let r = MeasureEachZ(q); ResetAll(q);
    ResultArrayAsInt(r)
}
operation Random(n : Int) : Int {
    use q = Qubit[n];
    for x in q { H(x); }
    ResultArrayAsInt(MResetEachZ(q))
}
operation Mixed(t : Double) : (Bool[], Int, Result, Double) {
    use q = Qubit[3];
    Rx(t, q[0]); CNOT(q[0], q[1]); X(q[2]);
    let r = MResetEachZ(q);
    (ResultArrayAsBoolArray(r), r[0] == One ? 3 | -2, r[2], 0.5)
}
operation Again() : (Int, Int) {
    use q = Qubit();
    X(q);
    let a = MResetZ(q);
    let b = MResetZ(q);
    ((a == One ? 1 | 0) - (b == One ? 5 | 7), (a == b ? 1 | 2) * -3)
}
operation Majority() : Bool {
    use q = Qubit[3];
    for x in q { Ry(1.9, x); }
    mutable ones = 0;
    for x in q { if MResetZ(x) == One { set ones += 1; } }
    ones >= 2
}
operation Fed(t : Double) : Bool {
    use q = Qubit[2];
    Rx(t, q[0]);
    if M(q[0]) == One { X(q[1]); }
    let found = MResetZ(q[1]) == One;
    Reset(q[0]);
    found
}
"""
CALLS = [("AsInt", (5,)), ("Random", (3,)), ("Mixed", (1.3,)), ("Again", ()), ("Majority", ())]


@pytest.fixture(scope="module")
def program():
    return qb.Program.from_source(SOURCE)


@pytest.mark.parametrize(
    ("name", "arguments", "profile"),
    [(*call, profile) for call in CALLS for profile in ("Adaptive_RI", "Adaptive_RIF") if call[0] != "Mixed"]
    + [("Mixed", (1.3,), "Adaptive_RIF")],  # its Double is not for Adaptive_RI
)
def test_as_qdk_runs_it(program, name, arguments, profile, tools):
    qir = str(program.operation(name).compile(*arguments, profile=profile))
    shots = 2000
    ours = simulate(qir, shots, seed=3)
    assert ours.engine == "qulacs", ours.why
    theirs = simulate(qir, shots, seed=4, engine="cpu")
    shown = {text: outcome for outcome, text, _ in [*ours.histogram(), *theirs.histogram()]}
    assert {repr(one) for one, _, _ in ours.histogram()} == {repr(one) for one, _, _ in theirs.histogram()}
    assert len(ours.histogram()) == len(shown)  # nothing twice
    mine, other = Counter(ours.counts()), Counter(theirs.counts())
    assert all(abs(mine[text] - other[text]) < 6 * (shots * 0.5) ** 0.5 for text in shown)


def test_exact_values(program):
    def only(name, *arguments):
        histogram = simulate(str(program.operation(name).compile(*arguments, profile="Adaptive_RIF")), 20).histogram()
        return [outcome for outcome, _, _ in histogram]

    assert only("AsInt", 5) == [0b10101]
    assert only("Again") == [(1 - 7, 2 * -3)]
    assert only("Mixed", 0.0) == [([False, False, True], -2, 1, 0.5)]


def test_a_result_that_decides_a_gate_is_no_tail(program):
    structure = read(str(program.operation("Fed").compile(0.4, profile="Adaptive_RIF"))).structure
    assert structure.branch == "branches"
    assert structure.tail is None


def test_with_noise_shot_by_shot(program):
    qir = str(program.operation("AsInt").compile(2, profile="Adaptive_RIF"))
    found = simulate(qir, 10, noise={"measurement": 1.0})
    assert (found.engine, found.counts()) == ("cpu", {"2": 10})


def test_sweeps_share_the_structure(program):
    first, second = (
        read(str(program.operation("Mixed").compile(angle, profile="Adaptive_RIF"))) for angle in (0.25, 0.75)
    )
    assert first.structure is second.structure


WORD = st.integers(0, 2**64 - 1)


def signed(value):
    return value - 2**64 if value >= 2**63 else value


@given(WORD, WORD)
@settings(max_examples=200, deadline=None)
def test_arithmetic_is_that_of_64_bits(a, b):
    def run(operation):
        step = Compute("x", operation, (a, b), 64, 64)
        return Tail("first", {"first": Block((), (step,), 0, ())}, {}, (("x", False),)).run([])[0]

    wrap = {"add": a + b, "sub": a - b, "mul": a * b, "and": a & b, "or": a | b, "xor": a ^ b}
    for operation, value in wrap.items():
        assert run(operation) == signed(value % 2**64)
    assert run("slt") == (signed(a) < signed(b))
    assert run("uge") == (a >= b)
    assert set(wrap) < set(OPERATIONS)


def test_phis_of_a_block_change_at_once():
    blocks = {
        "first": Block((), (), "bit", ("yes", "no")),
        "yes": Block((), (), 0, ("last",)),
        "no": Block((), (), 0, ("last",)),
        "last": Block((Phi("a", {"yes": 1, "no": "bit"}), Phi("b", {"yes": 2, "no": 7})), (), 0, ()),
    }
    tail = Tail("first", blocks, {"bit": 0}, (("a", False), ("b", False), ("bit", True)))
    assert tail.run([1]) == [1, 2, True]
    assert tail.run([0]) == [0, 7, False]
