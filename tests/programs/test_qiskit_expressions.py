"""Expressions of Qiskit's parameters as Q#."""

import pytest

from qsharp_bridge.errors import SourceError
from qsharp_bridge.programs.qiskit_expressions import expression

circuit = pytest.importorskip("qiskit.circuit", reason='needs pip install "qsharp-bridge[qiskit]"')
POWER = "QsharpBridge.Qiskit.Power"


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda a, b: a, "a"),
        (lambda a, b: -(a**2), f"(-{POWER}(a, 2.0))"),
        (lambda a, b: (-a) ** 2, f"{POWER}((-a), 2.0)"),
        (lambda a, b: a / (b / a), "(a / (b0 / a))"),
        (lambda a, b: 1e22 * a, "(1e+22 * a)"),
        (lambda a, b: 2 ** (a - b).cos(), f"{POWER}(2.0, Std.Math.Cos((a - b0)))"),
        (lambda a, b: a.exp().conjugate(), f"{POWER}(Std.Math.E(), a)"),
        (lambda a, b: a.sign() * b.abs(), "(Std.Convert.IntAsDouble(Std.Math.SignD(a)) * Std.Math.AbsD(b0))"),
    ],
)
def test_in_qsharp(build, text):
    a, b = circuit.Parameter("a"), circuit.ParameterVector("b", 1)[0]
    assert expression(build(a, b), {a: "a", b: "b0"}) == text


def test_names_do_not_matter():
    """Not those of functions, nor those that look like Qiskit's own here."""
    first, second, third = circuit.Parameter("sin"), circuit.Parameter("p00001"), circuit.Parameter("p00000")
    tree = first.sin() + second * third
    assert expression(tree, {first: "x", second: "y", third: "z"}) == "(Std.Math.Sin(x) + (z * y))"


def test_complex_ones_are_refused():
    a = circuit.Parameter("a")
    for tree in (1j * a, (a + 1j).sin()):
        with pytest.raises(SourceError, match="has no form in Q#; a gate takes real expressions"):
            expression(tree, {a: "a"})
