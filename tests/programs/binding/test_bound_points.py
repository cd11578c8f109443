"""A sweep bound: checked at once, made when asked for, compiled directly where nothing can be proved."""

import math
import os
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from qdk._types import QirInputData

import qsharp_bridge as qb
from qsharp_bridge.errors import (
    ArgumentError,
    CompileError,
    CompilerCrashError,
    QsharpTypeError,
    QsharpValueError,
    SweepError,
)
from qsharp_bridge.programs.binding import BindingWarning, bind
from qsharp_bridge.programs.binding.structure import _kept, _met, forget
from qsharp_bridge.programs.compiler import cache
from qsharp_bridge.programs.compiler import thread as compiler


@pytest.fixture
def compiles(monkeypatch):
    """The expressions that the compiler is given."""
    seen = []
    real = compiler.compile_qir

    def counting(sources, profile, expression, **options):
        seen.append(expression)
        return real(sources, profile, expression, **options)

    monkeypatch.setattr(compiler, "compile_qir", counting)
    forget()
    return seen


@pytest.fixture
def rotations(qsharp):
    return qsharp("base").operation("Rotations")


def points(count, start=0.2):
    return [{"a": start + 0.013 * n, "b": 1.1 + 0.017 * n, "c": -0.7 - 0.019 * n} for n in range(count)]


def test_a_sequence_of_what_azure_takes(rotations):
    bound = bind(rotations, points(10), profile="Base")
    assert len(bound) == 10
    assert isinstance(bound[0], QirInputData)
    assert bound[0]._name == "main"
    assert bound[0]._repr_qir_() == str(bound[0]).encode()
    texts = [str(program) for program in bound]
    assert texts == [str(program) for program in bound] == [str(bound[index]) for index in range(10)]
    assert [str(bound[index]) for index in (7, 2, -1, 3, 4, 5)] == [texts[index] for index in (7, 2, 9, 3, 4, 5)]
    assert [str(program) for program in bound[2:8:3]] == [texts[2], texts[5]]
    assert len(set(texts)) == 10
    with pytest.raises(IndexError):
        bound[10]
    assert bound.methods == ["template"] * 10
    assert bound.methods[-1] == "template"
    assert bound.methods[2:4] == ["template", "template"]
    assert list(bind(rotations, [])) == []


def test_a_thousand_points_cost_four_compiles(rotations, compiles):
    bound = bind(rotations, points(1000), profile="Base")
    assert sum(1 for _ in bound) == 1000
    assert len(compiles) == 4  # the symbolic form, the first, the last and one more point
    compiles.clear()
    again = bind(rotations, points(1000, start=0.3), profile="Base")
    assert str(again[5]) == str(rotations.compile(**points(6, start=0.3)[5], profile="Base"))
    assert len(compiles) == 1  # ours: the template was compared with the compiler before


@pytest.mark.parametrize(("count", "asked"), [(3, 3), (4, 4), (5, 4), (12, 4)])
def test_no_sweep_costs_more_than_its_points(rotations, compiles, count, asked):
    assert len(list(bind(rotations, points(count), profile="Base"))) == count
    assert len(compiles) == asked


def test_a_few_points_of_a_known_structure_cost_nothing(rotations, compiles):
    bind(rotations, points(5), profile="Base")
    compiles.clear()
    assert bind(rotations, points(2, start=0.4), profile="Base").methods == ["template"] * 2
    assert compiles == []


def test_special_points_are_compared_with_others(rotations, compiles):
    zeros = [{"a": 0.0, "b": 0.0, "c": -0.0}] * 50
    bound = bind(rotations, zeros, profile="Base")
    assert set(bound.methods) == {"template"}
    assert len(compiles) > 4
    assert str(bound[3]) == str(rotations.compile(a=0.0, b=0.0, c=-0.0, profile="Base"))


def test_report(qsharp):
    operation = qsharp("base").operation("BranchOnSign")
    values = [0.5, 0.75, 1.5, 2.5, -0.5, -0.25, -1.5, -3.0, -4.0]
    report = bind(operation, [{"a": a, "b": a / 3} for a in values], profile="Base").report()
    above, below = report
    assert (above.points, above.method, above.slots, above.decisions) == (4, "template", 2, ("x0 > 0.0",))
    assert (below.points, below.method, below.slots, below.decisions) == (5, "template", 2, ("not x0 > 0.0",))
    assert below.forms == ("-1.0 * x0", "x1")
    assert above.structure == "BranchOnSign(x0, x1)"
    assert above.verified == 3
    assert report.compiles == above.compiles + below.compiles
    assert "9 of 9 points bound by template" in str(report)
    power = bind(qsharp("base").operation("Power"), [{"a": 1.5}] * 5, profile="Base")
    assert power.methods == ["direct"] * 5
    assert "panicked" in str(power.report())


@pytest.mark.parametrize(
    ("point", "error", "said"),
    [
        ({"a": 1.0, "b": 2.0}, ArgumentError, "'c'"),
        ({"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}, ArgumentError, "'d'"),
        ({"a": 1.0, "b": math.nan, "c": 3.0}, QsharpValueError, "b: "),
        ({"a": 1.0, "b": -math.inf, "c": 3.0}, QsharpValueError, "b: "),
        ({"a": 1.0, "b": True, "c": 3.0}, QsharpTypeError, "b: "),
        ({"a": 1.0, "b": "1.5", "c": 3.0}, QsharpTypeError, "b: "),
        ({"a": 1.0, "b": 2**53 + 1, "c": 3.0}, QsharpValueError, "b: "),
        ([1.0, 2.0, 3.0], ArgumentError, "mapping"),
    ],
)
def test_a_wrong_point_is_reported_before_anything_is_compiled(rotations, compiles, point, error, said):
    with pytest.raises(error) as caught:
        bind(rotations, [*points(700), point], profile="Base")
    assert caught.value.point == 700
    assert "Rotations, point 700" in str(caught.value)
    assert said in str(caught.value)
    assert compiles == []


def test_integers_count_as_doubles(rotations):
    mixed = [{"a": 1, "b": 2.5, "c": -3}, *points(4)]
    bound = bind(rotations, mixed, profile="Base")
    assert bound.methods == ["template"] * 5
    assert str(bound[0]) == str(rotations.compile(1.0, 2.5, -3.0, profile="Base"))


def test_a_number_that_is_none(qsharp):
    operation = qsharp("base").operation("Trigonometry")
    huge = {"a": 1e200, "b": 0.5}  # its square is infinite
    with pytest.raises(QsharpValueError) as caught:
        bind(operation, [*({"a": 0.5 / n, "b": 0.25} for n in range(1, 5)), huge], profile="Base")
    assert caught.value.point == 4
    bound = bind(qsharp("base").operation("Logarithms"), [{"a": 0.5 + n} for n in range(4)] + [{"a": 0.0}])
    assert bound.methods == ["template"] * 4 + ["direct"]
    with pytest.raises(QsharpValueError) as caught:
        bound[4]
    assert caught.value.point == 4


def test_a_point_that_the_compiler_refuses(qsharp):
    operation = qsharp("base").operation("IntegerArithmetic")
    bound = bind(operation, [{"a": a} for a in (2.5, 3.75, 4.25, 2.75, 0.5, 0.5)], profile="Base")
    assert bound.methods == ["template"] * 4 + ["direct"] * 2
    for index in (4, 5):
        with pytest.raises(CompileError, match="division by zero") as caught:
            bound[index]
        assert caught.value.point == index
    assert bound[2]


def test_a_program_that_is_not_for_the_profile(qsharp):
    with pytest.raises(CompileError, match="Base"):
        bind(qsharp("floating").operation("Chosen"), [{"a": 0.5, "b": 0.25 + n} for n in range(9)], profile="Base")
    with pytest.raises(CompileError, match="Unrestricted"):
        bind(qsharp("base").operation("Rotations"), points(3), profile="Unrestricted")


def test_the_fourth_profile(rotations, comparing):
    """Adaptive calls the rotations as functions: no residual fits, and all is compiled directly."""
    bound = comparing(rotations, points(5), "Adaptive")
    assert bound.methods == ["direct"] * 5


def test_a_point_that_changed(rotations):
    some = points(6)
    bound = bind(rotations, some, profile="Base")
    some[4] = {"a": math.nan, "b": 1.0, "c": 1.0}
    assert bound[3]
    with pytest.raises(QsharpValueError) as caught:
        bound[4]
    assert caught.value.point == 4


def test_a_point_that_changed_its_path(qsharp):
    operation = qsharp("base").operation("BranchOnSign")
    some = [{"a": 0.5 + n, "b": 0.25} for n in range(5)]
    bound = bind(operation, some, profile="Base")
    some[2]["a"] = -0.5
    with pytest.raises(SweepError) as caught:
        list(bound)
    assert caught.value.point == 2


def test_structures_are_apart(qsharp):
    operation = qsharp("base").operation("Ansatz")
    some = [{"n": 1 + k % 2, "angles": [0.1 * k + 0.01 * j for j in range(1 + k % 3)]} for k in range(30)]
    some.append({"n": 3, "angles": [0.5]})
    bound = bind(operation, some, profile="Base")
    assert bound.methods == ["template"] * 30 + ["direct"]
    assert len(bound.report()) == 7
    for index in (0, 7, 13, 20, 30):
        assert str(bound[index]) == str(operation.compile(**some[index], profile="Base"))


def test_the_points_may_be_lazy(rotations):
    class Lazy(Sequence):
        asked = 0

        def __len__(self):
            return 5000

        def __getitem__(self, index):
            if not 0 <= index < 5000:
                raise IndexError
            Lazy.asked += 1
            return {"a": 0.1 + index, "b": 0.2 - index, "c": 0.3}

    bound = bind(rotations, Lazy(), profile="Base")
    asked = Lazy.asked
    assert str(bound[4321]) == str(rotations.compile(**Lazy()[4321], profile="Base"))
    assert Lazy.asked <= asked + 2


def test_duplicates_are_compiled_once(qsharp, compiles):
    operation = qsharp("base").operation("WhileLoop")
    bound = bind(operation, [{"a": 1.5 + n % 2} for n in range(20)], profile="Base")
    assert bound.methods == ["direct"] * 20
    assert len({str(program) for program in bound}) == 2
    assert compiles.count("WhileLoop(1.5)") == compiles.count("WhileLoop(2.5)") == 1


def test_a_wrong_template_is_found_out(rotations):
    some = points(40)
    bind(rotations, some, profile="Base")
    for structure in _kept.values():
        for path in structure.paths:
            if path.template and path.template.slots == 4:
                object.__setattr__(path.template, "fills", path.template.fills[::-1])
                path.verified = 0
    with pytest.warns(BindingWarning, match="Rotations was dropped"):
        bound = bind(rotations, some, profile="Base")
    assert set(bound.methods) == {"direct"}
    assert " instead of " in str(bound.report())
    assert str(bound[7]) == str(rotations.compile(**some[7], profile="Base"))
    forget()


def test_doubles_that_stay_need_no_symbolic_form(qsharp):
    """A struct has none; but when nothing in it varies, it is structure."""
    operation = qsharp("base").operation("Layered")
    layer = {"Angles": [0.5, -0.0], "Shift": 0.0}
    some = [{"layer": layer, "scale": 0.1 + n} for n in range(8)]
    bound = bind(operation, some, profile="Base")
    assert bound.methods == ["template"] * 8
    (group,) = bound.report()
    assert group.structure.endswith("Angles = [0.5, -0.0], Shift = 0.0 }, x0)")
    assert [str(one) for one in bound] == [str(operation.compile(**point, profile="Base")) for point in some]
    some[5] = {"layer": {**layer, "Shift": -0.0}, "scale": 5.1}
    with pytest.raises(SweepError) as caught:
        bound[5]
    assert caught.value.point == 5
    assert set(bind(operation, some, profile="Base").methods) == {"direct"}


def test_a_loop_over_small_sweeps_compiles_in_its_first_rounds_only(rotations, compiles):
    for point in points(20):
        bound = bind(rotations, [point], profile="Base")
        assert str(bound[0]) == str(rotations.compile(**point, profile="Base"))
    assert bound.methods == ["template"]
    compiles.clear()
    assert [bind(rotations, [point], profile="Base").methods for point in points(5, start=2.0)] == [["template"]] * 5
    assert compiles == []


def test_a_small_sweep_that_is_bound_again_is_not_worth_a_proof(rotations, compiles):
    for _ in range(8):
        assert bind(rotations, points(3), profile="Base").methods == ["direct"] * 3
    assert not _kept


def test_a_long_loop_without_templates_keeps_a_few_points_only(qsharp):
    operation = qsharp("base").operation("Power")  # has no symbolic form
    forget()
    for n in range(24):
        assert bind(operation, [{"a": 1.0 + 0.01 * n}], profile="Base").methods == ["direct"]
    assert all(len(rows) <= 20 for rows in _met.values())
    assert _met


def test_all_points_can_be_verified(rotations, compiles):
    bound = bind(rotations, points(8), profile="Base", verify="all")
    assert len(compiles) > 8
    (group,) = bound.report()
    assert group.verified > 8
    with pytest.raises(ValueError, match="verify"):
        bind(rotations, points(3), verify="some")


def test_the_cache_serves_the_proof(rotations, tmp_path, monkeypatch, compiles):
    monkeypatch.setenv("QSHARP_BRIDGE_CACHE", str(tmp_path))
    bind(rotations, points(50), profile="Base")
    assert compiles
    compiles.clear()
    forget()
    bind(rotations, points(50), profile="Base")
    assert compiles == []
    cache._cache_at.cache_clear()


def test_threads(qsharp):
    operation = qsharp("base").operation("RangeOf")
    some = [{"a": 0.5 * n, "b": 0.25 * n} for n in range(6)]
    with ThreadPoolExecutor(3) as executor:
        bound = bind(operation, some, profile="Base", executor=executor)
        assert [str(one) for one in bound] == [str(operation.compile(**p, profile="Base")) for p in some]


def test_worker_processes(qsharp):
    operation = qsharp("base").operation("WhileLoop")
    some = [{"a": 0.5 * n} for n in range(5)]
    with ProcessPoolExecutor(1) as executor:
        bound = bind(operation, some, profile="Base", executor=executor)
        assert [str(one) for one in bound] == [str(operation.compile(**p, profile="Base")) for p in some]
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the pool says of its death
            executor.submit(os._exit, 3).result()
        with pytest.raises(CompilerCrashError, match="worker process"):
            bind(operation, [{"a": 0.25}], profile="Base", executor=executor)[0]


@pytest.mark.long
def test_a_hundred_thousand_points_stream():
    script = textwrap.dedent(
        """
        import random, resource
        from collections.abc import Sequence
        from qsharp_bridge.programs import Program

        operation = Program.from_source('''
            operation Ansatz(n : Int, angles : Double[]) : Result[] {
                use q = Qubit[n];
                for i in 0..Length(angles) - 1 { Ry(angles[i], q[i % n]); CNOT(q[i % n], q[(i + 1) % n]); }
                MResetEachZ(q)
            }''').operation("Ansatz")

        class Points(Sequence):
            def __len__(self):
                return 100_000
            def __getitem__(self, index):
                if not 0 <= index < 100_000:
                    raise IndexError
                chance = random.Random(index)
                return {"n": 10, "angles": [chance.uniform(-3, 3) for _ in range(80)]}

        total = sum(len(str(program)) for program in operation.bind(Points(), profile="Base"))
        print(total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    size, megabytes = map(int, done.stdout.split())
    assert size > 100_000 * 5_000
    assert megabytes < 300


@pytest.mark.parametrize("points", [3, None, "ab", {"theta": 1.0}])
def test_what_is_no_sequence_of_points(points):
    source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    with pytest.raises(ArgumentError, match=r"Turn: expected the points of a sweep, found .+; give a Sweep"):
        qb.Program.from_source(source).operation("Turn").bind(points)
