"""A template is made only where the compiled text is, number by number, what the symbolic form says."""

import itertools
import re

import numpy as np
import pytest

from qsharp_bridge.programs import Program
from qsharp_bridge.programs.binding.compiles import Compiling
from qsharp_bridge.programs.binding.skeleton import split
from qsharp_bridge.programs.binding.structure import Structure
from qsharp_bridge.programs.binding.symbolic.expressions import Expressions
from qsharp_bridge.programs.binding.symbolic.paths import SymbolicForm, generic_rows, is_generic
from qsharp_bridge.programs.binding.symbolic.residual import specialise
from qsharp_bridge.programs.binding.template import Unproved, align, numbers_of
from qsharp_bridge.programs.compiler import thread as compiler
from qsharp_bridge.qir.entry import parse_entry
from qsharp_bridge.qir.flow import UnknownShape

DECLARATION = "operation P(index : Int) : Double { body intrinsic; }"
ROW = np.array([0.75, 0.3])


def form_of(operation, arguments=2):
    symbols = ", ".join(f"P({index})" for index in range(arguments))
    qir = compiler.compile_qir(operation.sources, "Adaptive_RIF", f"{operation.name}({symbols})", extra=DECLARATION)
    return SymbolicForm(parse_entry(qir), "P", arguments)


@pytest.fixture(scope="module")
def exponentials(qsharp):
    operation = qsharp("base").operation("Exponentials")
    form = form_of(operation)
    qir = compiler.compile_qir(operation.sources, "Base", operation.expression(*ROW.tolist()))
    return form, form.walk(ROW), qir


def test_it_gives_the_text_back(exponentials):
    form, path, qir = exponentials
    template = align(path.residual, qir, form.expressions, ROW)
    assert template.slots == 5
    assert template.text(template.values(form.fold(ROW.reshape(1, -1)))[0]) == qir
    assert template.pieces[0] + "-1.5" in qir


def test_one_bit_is_enough_to_refuse(exponentials):
    form, path, qir = exponentials
    numbers = list(re.finditer(r"double (-?[\d.]+),", qir))
    assert len(numbers) == 5
    for found in numbers:
        for other in (np.nextafter(float(found[1]), 9.0), -float(found[1]), 0.0):
            wrong = f"{qir[: found.start(1)]}{float(other)!r}{qir[found.end(1) :]}"
            with pytest.raises(Unproved):
                align(path.residual, wrong, form.expressions, ROW)
        padded = f"{qir[: found.end(1)]}0{qir[found.end(1) :]}"
        with pytest.raises(Unproved):  # the same number, printed in another way
            align(path.residual, padded, form.expressions, ROW)


def test_another_order_of_instructions_is_refused(exponentials):
    form, path, qir = exponentials
    lines = qir.split("\n")
    at = [number for number, line in enumerate(lines) if "double" in line and "call" in line]
    for one, other in itertools.pairwise(at):
        swapped = list(lines)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        if swapped != lines:
            with pytest.raises(Unproved):
                align(path.residual, "\n".join(swapped), form.expressions, ROW)
        with pytest.raises(Unproved):
            align(path.residual, "\n".join(lines[:one] + lines[one + 1 :]), form.expressions, ROW)


def test_equal_values_do_not_confuse(qsharp):
    """Constants that happen to equal a parameter stay; a parameter used twice fills two slots."""
    program = Program.from_source(
        "operation Op(a : Double, b : Double) : Result { use q = Qubit();"
        " Rx(0.5, q); Rx(a, q); Rx(0.25, q); Rx(b, q); Rx(a, q); Rx(a * 0.5, q); MResetZ(q) }"
    )
    operation = program.operation("Op")
    form = form_of(operation)
    row = np.array([0.5, 0.25])
    qir = compiler.compile_qir(program.sources, "Base", "Op(0.5, 0.25)")
    template = align(form.walk(row).residual, qir, form.expressions, row)
    assert template.slots == 4
    elsewhere = np.array([[3.0, 7.0]])
    (numbers,) = numbers_of(template.values(form.fold(elsewhere)))
    assert template.render(numbers) == compiler.compile_qir(program.sources, "Base", "Op(3.0, 7.0)")


def test_a_loop_and_an_integer_are_no_residual():
    head = "define i64 @ENTRYPOINT__main() #0 {\nblock_0:\n  %var_0 = call double @P(i64 0)\n"
    whole = f"{head}  %var_1 = fptosi double %var_0 to i64\n  call void @G(i64 %var_1)\n  ret i64 0\n}}\n"
    with pytest.raises(UnknownShape, match="i64"):
        specialise(parse_entry(whole), "P", Expressions(), lambda comparison: True)
    loop = f"{head}  br label %block_0\n}}\n"
    with pytest.raises(UnknownShape, match="loop"):
        specialise(parse_entry(loop), "P", Expressions(), lambda comparison: True)


def test_paths(qsharp):
    form = form_of(qsharp("base").operation("NestedBranches"))
    random = np.random.default_rng(1)
    rows = random.uniform(-3, 3, (300, 2))
    paths = {}
    for row in rows:
        path = form.walk(row)
        paths.setdefault(path.decisions, path)
        assert path.holds(form.fold(row.reshape(1, -1))).all()
    assert 4 <= len(paths) <= 20
    folding = form.fold(rows)
    on = np.array([path.holds(folding) for path in paths.values()])
    assert (on.sum(axis=0) == 1).all()  # every point is on exactly one


def test_every_batch_of_points_is_sorted_as_each_point_alone(qsharp):
    operation = qsharp("adaptive").operation("BothBranches")
    skeleton, _ = split(operation.expression(0.5, 0.25))
    structure = Structure(skeleton, Compiling(operation.sources, "Adaptive_RI"))
    random = np.random.default_rng(0)
    for _ in range(300):
        rows = random.uniform(-3, 3, (random.integers(1, 6), 2))
        rows[random.uniform(size=rows.shape) < 0.1] = 0.0
        for row, index in zip(rows, structure.assign(rows), strict=True):
            assert structure.paths[index].decisions == structure.form.walk(row).decisions
    assert len(structure.paths) == 4


def test_a_dropped_comparison_counts(qsharp):
    form = form_of(qsharp("base").operation("Facts"), 1)
    assert form.walk(np.array([0.5])).decisions != form.walk(np.array([-2.0])).decisions


@pytest.mark.parametrize("gap", [0.0, 2e-16, 3e-16])
def test_two_values_of_a_variable_that_are_near_have_no_template(qsharp, comparing, gap):
    """Within 2.2e-16 the compiler takes the two for one constant, and prints no phi."""
    operation = qsharp("floating").operation("Chosen")
    near = [{"a": a, "b": a + gap} for a in (0.0, 1e-300, 1e-16)]
    far = [{"a": 0.5 + n, "b": 0.25 - n} for n in range(5)]
    bound = comparing(operation, near + far, "Adaptive_RIF")
    assert bound.methods == ["direct"] * 3 + ["template"] * 5


def test_signed_zeros_in_a_variable(qsharp, comparing):
    operation = qsharp("floating").operation("Chosen")
    comparing(operation, [{"a": a, "b": b} for a in (0.0, -0.0) for b in (0.0, -0.0, 0.5)], "Adaptive_RIF")


def test_generic_points(qsharp):
    form = form_of(qsharp("base").operation("SkipZero"))
    for row in np.array([[0.0, 0.0], [0.5, 0.0], [0.0, -0.25], [1e-12, 5.0]]):
        path = form.walk(row)
        found = [one for one, _ in zip(generic_rows(form, path, row, np.random.default_rng(2)), range(3), strict=False)]
        assert path.holds(form.fold(np.array([row, *found]))).all()
        if row.all():
            assert all(is_generic(one) for one in found)
        elif row.any():
            assert found  # the zero stays, the other moves
            assert all((one == 0.0).sum() == 1 for one in found)


def test_generic():
    assert is_generic(np.array([0.5, -0.25, 3.0]))
    for row in ([0.5, 0.5], [0.5, -0.5], [0.0, 0.5], [1.0, 0.5], [1e-9, 0.5], [np.nan, 0.5]):
        assert not is_generic(np.array(row))
