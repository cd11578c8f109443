"""OpenQASM 3 as programs, bound and run like those of Q#."""

import contextlib
import math

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import SourceError

PAIR = """OPENQASM 3.0;
include "stdgates.inc";
input float theta;
input int n;
qubit[2] q;
output bit[2] c;
rx(theta) q[0];
if (n > 1) { x q[1]; }
cx q[0], q[1];
c = measure q;
"""


def test_inputs_are_parameters_and_a_sweep_runs():
    operation = qb.Program.from_openqasm(PAIR, name="Pair").operation("Pair")
    assert str(operation.signature) == "qasm_import.Pair(theta : Double, n : Int) : Result[]"
    sweep = qb.Sweep.grid(theta=[0.0, math.pi], n=[1, 2])
    results = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=1), shots=20)
    assert results.counts == [{"[0, 0]": 20}, {"[0, 1]": 20}, {"[1, 1]": 20}, {"[1, 0]": 20}]


def test_bind_gives_what_compile_gives():
    operation = qb.Program.from_openqasm(PAIR).operation("Circuit")
    points = [{"theta": 0.1 * k, "n": k % 3} for k in range(6)]
    bound = operation.bind(points, profile="Base")
    for point, program in zip(points, bound, strict=True):
        assert str(program) == str(operation.compile(**point, profile="Base"))


def test_an_angle_is_rounded_by_no_more_than_documented():
    import re

    operation = qb.Program.from_openqasm(PAIR).operation("Circuit")
    for theta in (0.5, 1e-3, 3.0):
        found = re.search(r"rx__body\(double ([^,]+),", str(operation.compile(theta, 1)))
        assert found is not None
        assert abs(float(found[1]) - theta) < 2e-15


def test_openqasm_2_as_cirq_writes_it():
    text = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg m[2];
rx(pi*1.0) q[0];
cx q[0],q[1];
measure q[0] -> m[0];
measure q[1] -> m[1];
"""
    operation = qb.Program.from_openqasm(text).operation("Circuit")
    results = qb.run_sweep(operation, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10)
    assert results.counts == [{"[1, 1]": 10}]


@pytest.mark.parametrize("text", ["OPENQASM 3.0;\nfoo bar;", "OPENQASM 3.0;\ninput float x; qubit q; U(x) q;", "}"])
def test_what_is_wrong_is_said_without_a_traceback(text):
    with pytest.raises(SourceError, match=r"OpenQASM does not compile: .*line [0-9]") as caught:
        qb.Program.from_openqasm(text)
    assert caught.value.__cause__ is None


def test_a_function_of_an_input():
    text = 'OPENQASM 3.0; include "stdgates.inc"; input float a; qubit q; rx(sin(a)) q; bit r = measure q;'
    with pytest.raises(SourceError, match=r"must be const.*; a function of an input, such as sin\(a\), can"):
        qb.Program.from_openqasm(text)


@pytest.mark.parametrize("name", ["operation", "A.B", "a b", "", "X() {"])
def test_a_bad_name_is_refused(name):
    with pytest.raises(SourceError):
        qb.Program.from_openqasm(PAIR, name=name)


def test_something_else_is_refused():
    with pytest.raises(SourceError, match="must be a string"):
        qb.Program.from_openqasm(b"OPENQASM 3.0;")  # type: ignore[arg-type]


def test_names_that_qsharp_reserves():
    text = """
        OPENQASM 3.0;
        include "stdgates.inc";
        // input float body; in a comment, 'use'
        input float use;
        input float use_;
        gate Adjoint(set) body { rx(set) body; }
        qubit[2] Zero;
        bit[2] Std;
        Adjoint(use) Zero[0];
        rx(use_) Zero[1];
        Std = measure Zero;
    """
    operation = qb.Program.from_openqasm(text, name="Main").operation("Main")
    assert str(operation.signature) == "qasm_import.Main(use : Double, use_ : Double) : Result[]"
    sweep = qb.Sweep.points([{"use": math.pi, "use_": 0.0}])
    assert qb.run_sweep(operation, sweep, qb.LocalSimulator(), shots=10).counts == [{"[1, 0]": 10}]


@pytest.mark.parametrize("name", ["h", "turn", "q", "r", "a", "Main", "Circuit", "M"])
def test_an_operation_may_have_the_name_of_something_in_the_text(name):
    text = """include "stdgates.inc"; input float a; gate turn(t) p { h p; rz(t) p; h p; } qubit q; turn(a) q;
        bit r = measure q;"""
    program = qb.Program.from_openqasm(text, name=name)
    results = qb.run_sweep(program.operation(name), qb.Sweep.grid(a=[math.pi]), qb.LocalSimulator(), shots=10)
    assert results.counts == [{"1": 10}]


def test_errors_have_the_lines_of_the_text():
    with pytest.raises(SourceError, match="line 3"):
        qb.Program.from_openqasm('include "stdgates.inc";\nqubit use;\nh nothing;')


def test_identifiers_are_found_in_linear_time():
    from qsharp_bridge.programs.frontends.generated import identifiers

    for text in ("/*" * 200_000, '"' * 400_001, "a" * 400_000, "1" * 400_000, "//" * 200_000, "#pragma " * 50_000):
        assert len(list(identifiers(text))) <= 1


REGISTER = """include "stdgates.inc";
qubit[2] q; bit[2] c; x q[0]; c = measure q; if ({test}) {{ x q[1]; }} c[1] = measure q[1];
"""


@pytest.mark.parametrize(("test", "warned", "outcome"), [("c == 2", True, "[1, 1]"), ("c[0]", False, "[1, 1]")])
def test_the_int_of_a_register_is_that_of_qdk_with_a_warning(test, warned, outcome):
    text = REGISTER.format(test=test)
    expected = pytest.warns(UserWarning, match="most significant") if warned else contextlib.nullcontext()
    with expected as warnings:
        program = qb.Program.from_openqasm(text)
    if warned:
        assert warnings[0].filename == __file__
    results = qb.run_sweep(program.operation("Circuit"), [{}], qb.LocalSimulator(seed=1), 10, profile="Adaptive_RI")
    assert results.counts == [{outcome: 10}]


@pytest.mark.parametrize("name", ["a b", "while", "1x", ""])
def test_a_wrong_name_is_refused_with_advice_for_names(name):
    with pytest.raises(qb.errors.SourceError, match="is not the name of a Q# callable; use letters, digits"):
        qb.Program.from_openqasm("OPENQASM 3.0; qubit q;", name=name)
