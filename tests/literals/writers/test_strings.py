import enum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsharp_bridge import from_qsharp, to_qsharp
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError


class Word(enum.StrEnum):
    HI = "hi"


@pytest.mark.parametrize(
    "text",
    [
        "", "'", '"', "\\", "\\n", "\n\r\t", "\r\n", "\0", "\a\b\f\v\x1b\x7f", "\x85\u2028\u2029\ufeff\u200b", "é",
        "\u202eevil\u202c", "😀", "\U0010ffff", "{x}", '$"{1+1}"', "// no comment", '"; Message("x"); "', "\\u0041",
        "\\x41", "a" * 70_000, '"\\' * 5_000, "é\n" * 40_000,
    ],
)  # fmt: skip
def test_every_text_comes_back(qsharp, text):
    literal = to_qsharp(text)
    assert qsharp.evaluate(literal, "String") == text
    assert from_qsharp(literal) == text
    assert max(map(len, literal.split("\n"))) <= 4_096


def test_only_five_escapes_are_used():
    assert to_qsharp('\\"\n\r\tü\0') == '"\\\\\\"\\n\\r\\tü\0"'


@pytest.mark.parametrize(
    ("value", "text"), [(Word.HI, '"hi"'), (np.str_("x"), '"x"'), (np.array("x"), '"x"'), (np.array(["a"])[0], '"a"')]
)
def test_other_kinds_of_str(value, text):
    assert to_qsharp(value) == to_qsharp(value, "String") == text


@settings(max_examples=30)
@given(st.text(st.characters(codec="utf-8"), min_size=1), st.integers(1_000, 20_000))
def test_a_long_text_is_broken_and_read_back(part, times):
    text = part * times
    literal = to_qsharp(text[:60_000])
    assert max(map(len, literal.split("\n"))) <= 4_096
    assert from_qsharp(literal) == text[:60_000]


def test_a_type_error_after_a_long_text_is_a_report_and_no_panic(qsharp):
    from qdk.qsharp import QSharpError

    with pytest.raises(QSharpError, match="expected"):
        qsharp.evaluate(f"({to_qsharp('a' * 200_000)}, 1.5 + 1)", "(String, Double)")


@pytest.mark.parametrize(("text", "at"), [("\ud800", 0), ("ab\udfffc", 2), ("\ude00\ud83d", 0)])
def test_a_lone_surrogate_is_refused(text, at):
    with pytest.raises(QsharpValueError, match=rf"s\[0\]: character {at} is a lone surrogate, U\+D"):
        to_qsharp([text], root="s")


@pytest.mark.parametrize("value", [b"abc", 1, None, ["a"], np.bytes_(b"a")])
def test_no_string(value):
    with pytest.raises(QsharpTypeError, match="is not a String"):
        to_qsharp(value, "String")
