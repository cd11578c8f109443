import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge import to_qsharp
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError
from qsharp_bridge.literals import QsharpCode, callable_path


class Operation:
    """As the layer above has it: an object that knows its own name in Q#."""

    def __qsharp__(self):
        return "N.Foo"


class Liar:
    def __qsharp__(self):
        return b"N.Foo"


class Broken:
    def __qsharp__(self):
        raise LookupError("gone")


class Mock:
    """Claims to have every attribute, as mocks do: the class decides what a value is."""

    def __getattr__(self, name):
        return lambda: "N.Evil"


def test_callables_by_name(qsharp):
    for value, text in [("Std.Math.AbsI", "Std.Math.AbsI"), (QsharpCode("x -> x + 1"), "x -> x + 1")]:
        assert to_qsharp(value, "Int -> Int") == text
        qsharp.evaluate(f"{{ let f : (Int -> Int) = {text}; f(-3) }}", "Int")
    assert to_qsharp(Operation(), "Qubit => Unit") == to_qsharp(Operation()) == "N.Foo"
    assert to_qsharp([Operation()], "(Qubit => Unit)[]") == "[N.Foo]"


def test_a_callable_that_qdk_made(qsharp):
    qsharp.context.eval("namespace Q.Deep { function Foo(x : Int) : Int { x } } function Top(x : Int) : Int { x }")
    assert to_qsharp(qsharp.context.code.Q.Deep.Foo, "Int -> Int") == "Q.Deep.Foo"
    assert to_qsharp(qsharp.context.code.Top, "Int -> Int") == "Top"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "N.",
        ".N",
        "N..F",
        "N.Foo()",
        "x -> x",
        "N.Foo // x",
        "N.Foo\n",
        " N",
        "1N",
        "set",
        "N.set",
        "Adjoint S",
        "a-b",
        "N.F;",
    ],
)
def test_a_str_that_is_no_name_is_refused(text):
    with pytest.raises(QsharpValueError, match="is not the name of a Q# callable; use a name such as"):
        to_qsharp(text, "Int -> Int")


@given(st.text())
def test_no_other_text_passes(text):
    try:
        path = callable_path(text)
    except QsharpValueError:
        return
    assert path == text
    for part in path.split("."):
        assert part[0] == "_" or part[0].isalpha()
        assert part.replace("_", "a").isalnum()


@pytest.mark.parametrize("value", [lambda x: x, len, functools.partial(len), 1, None, int, Mock(), [Operation()]])
def test_no_callable(value):
    with pytest.raises(QsharpTypeError, match=r"is not a Q# callable, \(Int -> Int\)"):
        to_qsharp(value, "Int -> Int")


def test_code_must_be_text():
    with pytest.raises(QsharpTypeError, match=r"f\[0\]: __qsharp__ of a Liar returned a bytes, not a str"):
        to_qsharp([Liar()], root="f")
    with pytest.raises(QsharpValueError, match="a Broken cannot be read: it raised LookupError"):
        to_qsharp(Broken(), "Int -> Int")
