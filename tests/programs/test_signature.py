"""A law: what is declared is what the signature says, whatever the layout, the comments and the types."""

import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsharp_bridge.errors import ArgumentError
from qsharp_bridge.programs import Parameter, Program, Signature
from qsharp_bridge.syntax import KEYWORDS, PRIMITIVES, parse_type

GAPS = st.sampled_from(["", " ", "\n", "\r\n  ", "\t", ' // ) } , : " comment\n', "// (x : Int\n", " // é\r"])
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: name not in KEYWORDS and name not in PRIMITIVES
)
BASIC = st.sampled_from(["Int", "BigInt", "Double", "Bool", "String", "Pauli", "Result", "Range", "Qubit", "Unit"])


def compound(inner):
    functors = st.sampled_from(["", " is Adj", " is Ctl", " is Adj + Ctl"])
    return (
        inner.map(lambda one: f"{one}[]")
        | st.tuples(inner, inner).map(lambda pair: f"({pair[0]}, {pair[1]})")
        | inner.map(lambda one: f"({one},)")
        | st.tuples(inner, inner).map(lambda pair: f"({pair[0]} -> {pair[1]})")
        | st.tuples(inner, inner, functors).map(lambda three: f"({three[0]} => {three[1]}{three[2]})")
    )


TYPES = st.recursive(BASIC | st.sampled_from(["N.Pt", "M.Pt", "Complex"]), compound, max_leaves=4)
PARAMETERS = st.lists(st.tuples(NAMES, TYPES), max_size=5, unique_by=lambda one: one[0])
DECLARATIONS = st.tuples(st.sampled_from(["function", "operation"]), PARAMETERS, TYPES)


@given(st.lists(st.tuples(DECLARATIONS, st.lists(GAPS, min_size=6, max_size=6)), min_size=25, max_size=25))
@settings(max_examples=max(5, settings().max_examples // 20))
def test_a_signature_is_what_was_declared(declared):
    text = "namespace N { struct Pt { X : Int, Y : Int } } namespace M { struct Pt { Z : Int, Y : Int } } namespace T {"
    expected = []
    for index, ((kind, parameters, output), gaps) in enumerate(declared):
        a, b, c, d, e, f = gaps
        inner = f"{d},{e}".join(f"{name}{b}:{c}{type_}" for name, type_ in parameters)
        text += f'{kind} F{index}{a}({inner}{f}) : {output}{b} {{ fail "}}"; }}{c}'
        listed = ", ".join(f"{name} : {parse_type(type_)}" for name, type_ in parameters)
        expected.append(f"T.F{index}({listed}) : {parse_type(output)}")
    program = Program.from_source("import Std.Math.Complex;" + text + "}")
    found = [program.operation(f"F{index}").signature for index in range(len(declared))]
    assert [str(one) for one in found] == expected
    assert [one.note for one in found] == [None] * len(declared)


WORDS = st.sampled_from(["self", "name", "args", "kwargs", "x"])


@given(st.lists(WORDS, unique=True), st.lists(st.integers(), max_size=4), st.dictionaries(WORDS, st.integers()))
def test_bind_is_that_of_python(names, args, kwargs):
    number = parse_type("Int")
    signature = Signature("F", "function", tuple(Parameter(name, number) for name in names), number)
    python = inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names])
    try:
        expected = python.bind(*args, **kwargs).arguments
    except TypeError:
        with pytest.raises(ArgumentError, match="it is declared as F"):
            signature.bind(*args, **kwargs)
    else:
        assert signature.bind(*args, **kwargs) == tuple(expected[name] for name in names)


def test_a_notebook_shows_a_table() -> None:
    from xml.etree import ElementTree

    import qsharp_bridge as qb

    op = qb.Program.from_source("operation A(n : Int, f : Double[]) : Unit { }").operation("A")
    tree = ElementTree.fromstring(op.signature._repr_html_())
    assert repr(op.signature) == "<Signature A(n : Int, f : Double[]) : Unit>"
    assert tree.findtext("code") == "A(n : Int, f : Double[]) : Unit"
    assert [[cell.text for cell in row] for row in tree.iter("tr")] == [
        ["parameter", "type"], ["n", "Int"], ["f", "Double[]"],
    ]  # fmt: skip
    plan = qb.plan_sweep(
        qb.Program.from_source("operation F() : Result { use q = Qubit(); MResetZ(q) }").operation("F"),
        [{}], qb.LocalSimulator(), shots=10,
    )  # fmt: skip
    rows = [[cell.text for cell in row] for row in ElementTree.fromstring(plan._repr_html_()).iter("tr")]
    assert rows[0] == ["operation", "F() : Result"]
    assert [f"{name:<19}{value}" for name, value in rows] == str(plan).splitlines()
    assert "job_costs" not in repr(plan), "as long as the sweep"
