"""Calls at several points as one expression: bound by template, byte for byte what the compiler makes of it."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import ArgumentError
from qsharp_bridge.programs.compiler.cache import compile_program
from qsharp_bridge.programs.pack import PackCall, PackedPoints, bind_packs

SOURCE = """
operation Turn(n : Int, angles : Double[]) : Result[] {
    use q = Qubit[n];
    for k in 0..n - 1 { Rx(angles[k], q[k]); }
    MResetEachZ(q)
}
operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }
"""


@pytest.fixture(scope="module")
def turn() -> qb.Operation:
    return qb.Program.from_source(SOURCE).operation("Turn")


@pytest.mark.parametrize("profile", ["Base", "Adaptive_RI"])
def test_packs_bind_by_template_to_what_the_compiler_makes(turn, profile):
    points = qb.Sweep.points([{"n": 1 + k % 2, "angles": [0.1 * k, -0.3]} for k in range(50)])
    ranges = [range(first, first + 4) for first in range(0, 48, 4)] + [range(48, 50)]
    bound = bind_packs(turn, points, ranges, profile=profile)
    assert bound.methods == ["template"] * 12 + ["direct"]
    packed = PackedPoints(turn, points, ranges)
    for index in (0, 5, 11, 12):
        expression = PackCall(turn).expression(**packed[index])
        assert str(bound[index]) == str(compile_program(turn.sources, profile, expression, operation="Turn"))


def test_a_pack_of_one_is_the_plain_call(turn):
    assert PackCall(turn).expression([(2, [0.5, 1])]) == turn.expression(2, [0.5, 1.0])
    flip = qb.Program.from_source(SOURCE).operation("Flip")
    assert PackCall(flip).expression([(), ()]) == "[Flip(), Flip()]"


def test_a_long_pack_has_no_long_lines(turn):
    text = PackCall(turn).expression([(2, [0.1 + k, 0.2]) for k in range(1000)])
    assert max(map(len, text.split("\n"))) < 4100


def test_a_point_that_does_not_fit_is_named_by_its_pack(turn):
    points = [{"n": 1, "angles": [0.0]}] * 5 + [{"n": 1, "angle": [0.0]}]
    with pytest.raises(ArgumentError, match="has no parameter 'angle'"):
        bind_packs(turn, points, [range(3), range(3, 6)])
