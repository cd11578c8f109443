import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge import QsharpCode, from_qsharp, to_qsharp
from qsharp_bridge.errors import LiteralSyntaxError

plain = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(codec="utf-8")), st.builds(range, st.integers(-9, 9), st.integers(-9, 9)),
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(tuple),
)  # fmt: skip


@given(plain)
def test_reading_is_the_inverse_of_printing(value):
    assert from_qsharp(to_qsharp(value)) == value
    assert to_qsharp(from_qsharp(to_qsharp(value))) == to_qsharp(value)


def test_what_each_literal_becomes():
    from qdk.qsharp import Pauli, Result

    for text, value in [
        ("()", None),
        ("0x1fL", 31),
        ("-0x1fL", -31),
        ("1..2..8", range(1, 9, 2)),
        ("3..-1..0", range(3, -1, -1)),
        ("-3..-1", range(-3, 0)),
        ("0..0..5", range(0)),
        ("[PauliX, PauliI]", [Pauli.X, Pauli.I]),
        ("(One, Zero)", (Result.One, Result.Zero)),
        ("Std.Math.Complex(-0.0, 2.0)", complex(-0.0, 2.0)),
        ("new N.Pt { X = 1, Y = [2.0] }", {"X": 1, "Y": [2.0]}),
        ("new N.Empty {}", {}),
        ("N.Pair(1, 2.0)", (1, 2.0)),
        ("N.Uno(1,)", (1,)),
        ("N.Single(true)", True),
        ("N.Unit(())", None),
        ("N.Foo", QsharpCode("N.Foo")),
        (" [ 1 ,\n 2 ] ", [1, 2]),
        ("[-9223372036854775808]", [-(2**63)]),
    ]:
        assert from_qsharp(text) == value
        assert type(from_qsharp(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1 2", "[1,]", "[1", "[1 2]", "(1)", "(,)", "(1,,)", "1 + 2", "(1 + 2.0)", "1/0", "-", "--1",
        "- -1", '-"a"', "-[1]", "-true", "9223372036854775808", "-9223372036854775809", "1.", ".5", "1e", "0x1f", "1l",
        '"a', '"\\q"', "'a'", '"a" "b"', "1..", "1..2..", "1.0..2.0", "1L..2L", "new", "new N.Pt", "new N.Pt { X 1 }",
        "new N.Pt { X = }", "N.F(1)(2)", "Std.Math.Complex(1, 2)", "Std.Math.Complex(1.0)", "x -> x", "// c", "\x00",
        "(" * 50_000, "[" * 50_000, "-" * 50_000, "(1 <<< 99999999999999)", "(1 <<< -1)", '("a" <<< 2)', "[1; 2]",
    ],
)  # fmt: skip
def test_anything_else_is_a_syntax_error(text):
    with pytest.raises(LiteralSyntaxError) as caught:
        from_qsharp(text)
    assert len(str(caught.value)) < 300


@given(st.text('[]()0123456789.eEL-+,"\\ nwtruefalsx={}<'))
def test_any_text_is_read_or_refused(text):
    with suppress(LiteralSyntaxError):
        from_qsharp(text)


@pytest.mark.parametrize("wrong", [None, 1, b"1", ["1"]])
def test_only_text_is_read(wrong):
    with pytest.raises(LiteralSyntaxError):
        from_qsharp(wrong)


def test_qdk_is_imported_only_for_its_own_values():
    code = (
        "import sys, qsharp_bridge as qb; qb.from_qsharp('[(1, 2.0)]'); print('qdk' in sys.modules);"
        "qb.from_qsharp('PauliX'); print('qdk' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"]
