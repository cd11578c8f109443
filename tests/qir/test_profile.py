"""The profile that a program needs: what it does, not what it is labelled."""

from __future__ import annotations

import pytest

import qsharp_bridge as qb
from qsharp_bridge.qir.profile import needed_profile
from tests.shared.programs import write_qir

PROFILES = ["Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive"]


@pytest.mark.parametrize("label", ["base_profile", "custom", "adaptive_profile", "x"])
def test_a_straight_program_is_base_whatever_its_label(label: str) -> None:
    steps = [("reset", 0), ("h", 0), ("cx", 0, 1), ("m", 0, 0), ("mz", 1, 1)]
    assert needed_profile(write_qir(steps, 2, 2, profile=label)) == "Base"


@pytest.mark.parametrize(
    "steps",
    [
        [("h", 0), ("m", 0, 0), ("h", 0)],
        [("m", 0, 0), ("m", 0, 1)],
        [("h", 0), ("reset", 0)],
        [("h", 0), ("mresetz", 0, 0)],
    ],
)
def test_qubits_used_again_are_adaptive(steps: list[tuple]) -> None:
    assert needed_profile(write_qir(steps, 2, 2)) == "Adaptive_RI"


@pytest.mark.parametrize(
    ("value", "profile"), [("i1 false", "Base"), ("i1 true", "Adaptive"), ("i2 3", "Adaptive"), ("i2 0", "Base")]
)
def test_a_flag_counts_when_it_is_true(value: str, profile: str) -> None:
    text = write_qir([("h", 0), ("m", 0, 0)], 1, 1) + f'!2 = !{{i32 1, !"backwards_branching", {value}}}\n'
    assert needed_profile(text) == profile


SOURCES = {
    "Base": "operation Op(a : Double) : Result { use q = Qubit(); Rx(a, q); M(q) }",
    "Adaptive_RI": """operation Op(a : Double) : Int { use q = Qubit(); Rx(a, q); mutable n = 0;
        if MResetZ(q) == One { set n = 3; X(q); } Reset(q); n }""",
    "Adaptive_RIF": """operation Op(a : Double) : Double { use q = Qubit(); Rx(a, q);
        mutable x = 0.5; if MResetZ(q) == One { set x = x * 2.0 + a; Rx(x, q); } Reset(q); x }""",
    "Adaptive": """operation Op(a : Double) : Int { use q = Qubit(); mutable n = 0;
        repeat { Rx(a, q); set n += 1; } until MResetZ(q) == One or n > 5; n }""",
}


@pytest.mark.parametrize("least", PROFILES)
def test_what_the_compiler_needs_is_what_is_needed(least: str) -> None:
    """Each program compiles for the least profile that allows it, and is seen to need just that."""
    operation = qb.Program.from_source(SOURCES[least]).operation("Op")
    assert needed_profile(str(operation.compile(0.25, profile=least))) == least
    for less in PROFILES[: PROFILES.index(least)]:
        with pytest.raises(qb.errors.CompileError):
            operation.compile(0.25, profile=less)


LOOP = """define void @main() #0 {{
entry:
  br label %one
one:
  br label %{}
two:
  ret void
}}
"""


def test_a_loop_is_a_way_back_whatever_the_order_of_the_blocks() -> None:
    assert needed_profile(LOOP.format("two")) == "Base"
    assert needed_profile(LOOP.format("one")) == "Adaptive"
    shuffled = "define void @main() {\nentry:\n  br label %b\na:\n  ret void\nb:\n  br label %a\n}\n"
    assert needed_profile(shuffled) == "Base"
