"""Expressions of Qiskit's parameters as Q#."""

import math
import random

import pytest

from qsharp_bridge.errors import SourceError
from qsharp_bridge.programs.compiler import thread as compiler
from qsharp_bridge.programs.frontends.qiskit_expressions import HELPERS, expression
from qsharp_bridge.programs.sources import Sources

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
        # Their text is one and the same, "2/-a*b[0]".
        (lambda a, b: 2 / (-a * b), "(2.0 / (-(a * b0)))"),
        (lambda a, b: (2 / -a) * b, "((2.0 / (-a)) * b0)"),
        (lambda a, b: 1 - a, "(1.0 - a)"),
        (lambda a, b: (a * b).bind({a: 2, b: 3.5}), "7.0"),
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


def made(chance, depth, leaves):
    """Some expression, or a number."""
    if depth == 0 or chance.random() < 0.1:
        return chance.choice(leaves) if chance.random() < 0.7 else chance.choice([-1, 2, 3.0, -0.7, math.pi, 1 / 3])
    one, other = made(chance, depth - 1, leaves), made(chance, depth - 1, leaves)
    if not isinstance(one, circuit.ParameterExpression):
        return chance.choice([one * other, one - other, one + other])
    if chance.random() < 0.2:
        return getattr(one, chance.choice(["sin", "cos", "tan", "arctan", "exp", "abs", "sign"]))()
    if not isinstance(other, circuit.ParameterExpression) and abs(other) < 0.1:
        return -one
    return chance.choice([one + other, one - other, one * other, one / other, -one, one**2, one**-1, 2**one, 1 - one])


def test_in_qsharp_they_are_what_qiskit_makes_of_them():
    chance = random.Random(2026)
    values = {circuit.Parameter(name): chance.uniform(0.3, 2) for name in "abc"}
    names = {one: repr(value) for one, value in values.items()}
    wanted, texts = [], []
    while len(wanted) < 500:
        try:
            tree = made(chance, 4, list(values))
            number = tree.bind({one: values[one] for one in tree.parameters}).numeric()
        except (ZeroDivisionError, AttributeError):  # Qiskit's own check; a number
            continue
        if isinstance(number, complex) or not 1e-3 < abs(number) < 1e3:
            continue
        wanted.append(number)
        texts.append(expression(tree, names))

    def run(contexts):
        with contexts.using(Sources.from_text(HELPERS), "Unrestricted") as context:
            return [context.eval(text) for text in texts]

    assert compiler.run(run) == pytest.approx(wanted, rel=1e-6)


def test_complex_ones_are_refused():
    a = circuit.Parameter("a")
    for tree in (1j * a, (a + 1j).sin(), a * 1e308 * 1e308):
        with pytest.raises(SourceError, match="has no form in Q#; a gate takes real expressions"):
            expression(tree, {a: "a"})
