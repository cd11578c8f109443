"""Symbolic forms that are compiled together are those of each structure alone."""

from collections import Counter

import numpy as np
import pytest

from qsharp_bridge import Sweep
from qsharp_bridge.programs import Program
from qsharp_bridge.programs.binding import structure
from qsharp_bridge.programs.binding.compiles import Compiling
from qsharp_bridge.programs.binding.report import expression_text
from qsharp_bridge.programs.binding.skeleton import Skeleton, split
from qsharp_bridge.programs.binding.symbolic import regions
from qsharp_bridge.programs.binding.symbolic.regions import divide, shares
from qsharp_bridge.qir.entry import parse_entry
from qsharp_bridge.qir.flow import UnknownShape

SOURCE = """
    operation Branches(n : Int, a : Double, more : Bool) : Result[] {
        use q = Qubit[3];
        mutable x = 0.25;
        for i in 1..n {
            Rx(a, q[i % 3]);
            if M(q[0]) == One { Ry(2.0 * a, q[1]); set x = a; }
            Rz(x, q[2]);
            if a > 0.1 { X(q[0]); }
        }
        if more { use spare = Qubit(); H(spare); Rzz(a / 3.0, q[0], spare); Reset(spare); }
        MResetEachZ(q)
    }
    operation Turns(n : Int, a : Double) : Result { use q = Qubit(); for i in 1..n { Rx(a, q); } MResetZ(q) }
    operation Counts(n : Int, a : Double) : (Result, Int) {
        use q = Qubit();
        Rx(a, q);
        (MResetZ(q), n * Std.Math.Truncate(a))
    }
    operation Picks(n : Int, a : Double) : Result {
        let angles = [1.0, 2.0, 3.0];
        use q = Qubit();
        Rx(a * angles[n], q);
        MResetZ(q)
    }
"""


@pytest.fixture(scope="module")
def program():
    return Program.from_source(SOURCE)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    structure.forget()
    monkeypatch.setenv("QSHARP_BRIDGE_CACHE", "off")


def bound_as_compiled(operation, sweep, profile="Adaptive_RIF"):
    bound = operation.bind(sweep, profile=profile)
    some = [*range(0, len(sweep), 7), len(sweep) - 1]
    assert [str(bound[n]) for n in some] == [str(operation.compile(**sweep[n], profile=profile)) for n in some]
    return bound


def test_one_compile_for_the_forms_of_many_structures(program):
    bound = bound_as_compiled(program.operation("Turns"), Sweep.grid(n=range(1, 7), a=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
    assert Counter(bound.methods) == {"template": 36}
    assert bound.report().compiles == 1 + 6 * 3


def test_branches_on_measurements_are_divided_like_the_rest(program):
    operation = program.operation("Branches")
    sweep = Sweep.grid(n=[0, 2], more=[False, True], a=[0.05, 0.07, 0.08, 0.09, 0.3, 0.4, 0.5, 0.6])
    bound = bound_as_compiled(operation, sweep)
    assert Counter(bound.methods) == {"template": len(sweep)}
    together, alone = (Compiling(operation.sources, "Adaptive_RIF", None, operation.signature) for _ in range(2))
    skeletons = [split(operation.expression(n=n, a=0.5, more=more))[0] for n in (0, 2) for more in (False, True)]
    together.symbolic_together(skeletons)
    for skeleton in skeletons:
        one, other = (structure.Structure(skeleton, compiling) for compiling in (together, alone))
        assert said_of(one.form) == said_of(other.form)
        assert other.compiles == 1


def said_of(form):
    """Return the uses and decisions of a path, with each expression as text."""
    path = form.walk(np.array([0.75]))
    uses = [
        (one.block, one.op, [node if node is None else expression_text(form.expressions, node) for node in one.doubles])
        for one in path.residual.uses
    ]
    return uses, [(expression_text(form.expressions, node), outcome) for node, outcome in path.decisions]


def test_an_output_that_holds_numbers_is_compiled_with_its_own_structure(program):
    """Or nothing would show that the Int depends on the Double."""
    operation = program.operation("Counts")
    bound = bound_as_compiled(operation, Sweep.grid(n=[1, 2], a=[0.5, 1.5, 2.5, 3.5, 4.5, 5.5]))
    assert Counter(bound.methods) == {"direct": 12}


def test_one_structure_that_does_not_compile_is_reported_as_before(program):
    sweep = Sweep.grid(n=range(4), a=[0.1, 0.2, 0.3, 0.4, 0.5])
    bound = program.operation("Picks").bind(sweep, profile="Adaptive_RIF")
    assert Counter(bound.methods) == {"template": 15, "direct": 5}
    with pytest.raises(Exception, match="index out of range") as caught:
        str(bound[15])
    assert caught.value.point == 15


def test_structures_are_shared_out_by_their_number_and_their_doubles(monkeypatch):
    monkeypatch.setattr(regions, "MOST_STRUCTURES", 3)
    monkeypatch.setattr(regions, "MOST_DOUBLES", 10)
    skeletons = [Skeleton(("",) * (1 + doubles)) for doubles in (1, 1, 1, 1, 4, 5, 11, 1, 2)]
    assert [len(part) for part in shares(skeletons)] == [3, 3, 2]
    assert list(shares(skeletons[:1])) == list(shares([])) == []


def test_marks_that_are_not_in_their_order_are_refused():
    calls = "".join(f"  call void @Mark(i64 {n})\n" for n in (0, 2, 1))
    text = f"define i64 @ENTRYPOINT__main() #0 {{\nblock_0:\n{calls}  ret i64 0\n}}\n"
    with pytest.raises(UnknownShape):
        divide(parse_entry(text), "Mark", 2)
