"""Points one at a time: after the first evaluations nothing is compiled."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from qsharp_bridge.errors import ArgumentError, CompileError, QsharpValueError
from qsharp_bridge.programs.binding import Binder
from qsharp_bridge.programs.binding.structure import forget
from qsharp_bridge.programs.compiler import thread as compiler


@pytest.fixture
def compiles(monkeypatch):
    seen = []
    real = compiler.compile_qir
    monkeypatch.setattr(compiler, "compile_qir", lambda *args, **kw: seen.append(args[2]) or real(*args, **kw))
    forget()
    return seen


def test_nothing_is_compiled_after_the_first_evaluations(qsharp, compiles):
    operation = qsharp("base").operation("Trotter")
    binder = Binder(operation, profile="Base")
    chance = random.Random(5)
    some = [
        {"steps": 3, "time": chance.uniform(0, 2), "fields": [chance.uniform(-1, 1), chance.uniform(-1, 1)]}
        for _ in range(12)
    ]
    first = [str(binder(point)) for point in some[:2]]
    compiles.clear()
    rest = [str(binder(point)) for point in some[2:]]
    assert compiles == []
    assert first + rest == [str(operation.compile(**point, profile="Base")) for point in some]
    (group,) = binder.report()
    assert (group.points, group.method) == (12, "template")


def test_a_new_path_is_proved_when_it_is_met(qsharp, compiles):
    operation = qsharp("base").operation("BranchOnSign")
    binder = Binder(operation, profile="Adaptive_RI")
    for point in ({"a": 0.5 + n, "b": 0.25} for n in range(5)):
        binder(point)
    compiles.clear()
    point = {"a": -0.5, "b": 0.75}
    assert str(binder(point)) == str(operation.compile(**point, profile="Adaptive_RI"))
    assert len(compiles) > 1
    assert [group.points for group in binder.report()] == [5, 1]


def test_what_cannot_be_bound_is_compiled(qsharp):
    operation = qsharp("base").operation("Power")  # makes the compiler panic over its symbolic form
    binder = Binder(operation)
    for a in (0.5, 1.5, 0.5):
        assert str(binder({"a": a})) == str(operation.compile(a, profile="Base"))
    (group,) = binder.report()
    assert (group.points, group.method) == (3, "direct")


def test_doubles_that_stay_and_then_do_not(qsharp, compiles):
    operation = qsharp("base").operation("Layered")
    binder = Binder(operation)
    some = [{"layer": {"Angles": [0.5, 0.25], "Shift": 0.125}, "scale": 0.1 + n} for n in range(6)]
    some += [{"layer": {"Angles": [0.5, 0.25], "Shift": 0.375 + n}, "scale": 0.1} for n in range(2)]
    some += some[:3]
    texts = []
    for index, point in enumerate(some):
        compiles.clear()
        texts.append(str(binder(point)))
        if 4 <= index < 6:
            assert compiles == []
    assert texts == [str(operation.compile(**point, profile="Base")) for point in some]
    assert [group.method for group in binder.report()] == ["direct", "template", "direct"]


def test_errors(qsharp):
    binder = Binder(qsharp("base").operation("IntegerArithmetic"))
    assert binder({"a": 2.5})
    with pytest.raises(ArgumentError):
        binder({"b": 0.5})
    with pytest.raises(QsharpValueError, match="nan"):
        binder({"a": float("nan")})
    with pytest.raises(CompileError, match=r"^IntegerArithmetic, point 1: .*division by zero"):
        binder({"a": 0.5})
    assert binder({"a": 3.75})
    logarithms = Binder(qsharp("base").operation("Logarithms"))
    logarithms({"a": 0.5})
    with pytest.raises(QsharpValueError, match="not a finite number"):
        logarithms({"a": -0.5})


def test_several_threads(qsharp):
    operation = qsharp("base").operation("TwoQubit")
    binder = Binder(operation)
    some = [{"a": 0.1 * n, "b": 0.2 + n, "c": -0.3} for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        texts = [str(one) for one in pool.map(binder, some)]
    assert texts == [str(operation.compile(**point, profile="Base")) for point in some]
