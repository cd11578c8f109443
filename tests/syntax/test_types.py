import subprocess
import sys

import pytest

from qsharp_bridge.syntax import KEYWORDS, PRIMITIVES, ArrayType, Primitive, TupleType, parse_type


def test_types_are_values():
    assert ArrayType(Primitive("Int")) == parse_type("Int[]")
    assert len({parse_type("(Int, Int[])"), parse_type("(Int,Int[])"), parse_type("Int")}) == 2
    with pytest.raises(AttributeError):
        Primitive("Int").name = "Double"  # type: ignore[misc]


def test_impossible_types_cannot_be_made():
    with pytest.raises(ValueError, match="not a primitive type"):
        Primitive("Float")
    with pytest.raises(ValueError, match="Unit"):
        TupleType(())


def test_the_layer_imports_nothing_but_python():
    code = (
        "import sys; import qsharp_bridge.syntax;"
        "print([m for m in ('numpy', 'qdk', 'orjson', 'azure', 'hypothesis') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_the_compiler_takes_these_keywords_for_nothing_else():
    from qdk import Context
    from qdk.qsharp import QSharpError

    context = Context()
    for word in sorted(KEYWORDS):
        with pytest.raises(QSharpError, match="syntax error"):
            context.eval(f'function Probe() : {word} {{ fail ""; }}')


def test_the_compiler_knows_these_primitives():
    from qdk import Context

    context = Context()
    for name in sorted(set(PRIMITIVES) - {"RangeFrom", "RangeTo", "RangeFull"}):  # these it prints, but never reads
        context.eval(f"function Take{name}(x : {name}) : Unit {{}}")


OTHER_WORDS = [
    "try",
    "catch",
    "match",
    "loop",
    "class",
    "var",
    "const",
    "static",
    "async",
    "await",
    "yield",
    "with",
    "do",
    "switch",
    "case",
    "default",
    "goto",
    "public",
    "private",
    "where",
    "enum",
    "trait",
    "impl",
    "this",
    "null",
    "Length",
    "Unit",
    "Int",
    "Result",
    "Qubit",
    "Std",
    "Main",
    "from",
    "to",
    "by",
    "step",
    "of",
    "mod",
    "xor",
    "using",
    "adj",
    "ctl",
]


def test_the_keywords_are_those_of_the_compiler() -> None:
    """Each word as the name of a parameter: the compiler refuses exactly the keywords."""
    from qdk import qsharp

    qsharp.init()
    refused = set()
    for place, word in enumerate([*KEYWORDS, *OTHER_WORDS]):
        try:
            qsharp.eval(f"function F{place}({word} : Int) : Int {{ {word} }}")
        except qsharp.QSharpError:
            refused.add(word)
    assert refused == KEYWORDS
