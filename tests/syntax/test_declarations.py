import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.syntax.declarations import Field, declarations


def only(text, namespace=""):
    (found,) = declarations(text, namespace)
    return found


def names(text):
    return [found.name for found in declarations(text)]


def test_operation():
    found = only("\n operation Op(n : Int, angle: Double[]) : Result[] is Adj + Ctl { body ... {} }")
    assert (found.name, found.kind, found.line) == ("Op", "operation", 2)
    assert found.parameters == (Field("n", "Int"), Field("angle", "Double[]"))
    assert found.output == "Result[] is Adj + Ctl"


@pytest.mark.parametrize(
    "text",
    [
        "// operation Fake(x : Int) : Int {}\n",
        "/// function Fake() : Unit {}\r",
        'function F() : String { "operation Fake(y : Int) : Unit {}" }',
        'function F() : String { "\\" operation Fake(y : Int) : Unit {}" }',
        'function F() : String { $"{ $"{1} operation Fake() : Unit { \\" }" } function Fake() : Unit {" }',
        "function F() : Unit { function Fake() : Unit {} }",
        "function F() : Unit { if true { operation Fake() : Unit {} } }",
    ],
)
def test_what_only_looks_like_a_declaration(text):
    assert "Fake" not in " ".join(names(text))


def test_a_comment_ends_at_a_carriage_return_too():
    assert names("// comment\rfunction F() : Unit {}") == ["F"]


def test_namespaces():
    text = "function A() : Unit {} namespace N.M { function B() : Unit {} } function C() : Unit {}"
    assert names(text) == ["A", "N.M.B", "C"]
    assert only("function A() : Unit {}", "Main").name == "Main.A"


def test_attributes_and_modifiers():
    assert names("@EntryPoint() operation A() : Unit {} @Config(Base) internal function B() : Unit {}") == ["A", "B"]


def test_generic():
    found = only("function G<'T, 'U : Eq + Show>(f : (('T, Int) -> 'U), x : 'T[]) : 'U[] { [] }")
    assert found.parameters == (Field("f", "(('T, Int) -> 'U)"), Field("x", "'T[]"))


def test_groups_comments_and_trailing_comma():
    found = only("function G(p : Pt, (a : Int, // the (first\n (b : Bool, c : (Int, Int)[])), _ : Int,) : Unit {}")
    inner = Field("", items=(Field("b", "Bool"), Field("c", "(Int, Int)[]")))
    assert found.parameters == (
        Field("p", "Pt"), Field("", items=(Field("a", "Int"), inner)), Field("_", "Int"),
    )  # fmt: skip


def test_structs_and_newtypes():
    found = declarations(
        "struct Pt { X : Int, Y : (Double, Int)[], } struct E {} newtype A = (X : Int, (Y : Double, Pauli));"
        "newtype B = (Int, Double); newtype C = Int[]; newtype D = ((Int, Double), Bool);"
    )
    assert {one.name: one.fields for one in found} == {
        "Pt": (Field("X", "Int"), Field("Y", "(Double, Int)[]")),
        "E": (),
        "A": (Field("X", "Int"), Field("", items=(Field("Y", "Double"), Field("", "Pauli")))),
        "B": (Field("", "Int"), Field("", "Double")),
        "C": (Field("", "Int[]"),),
        "D": (Field("", "(Int, Double)"), Field("", "Bool")),
    }


FRAGMENTS = [
    "operation ", "function ", "struct ", "newtype ", "namespace ", "N", "'T", "<", ">", "(", ")", "{", "}", "[", "]",
    ":", ",", ";", "=", "->", '"', '$"', "\\", "// c\n", "is Adj", ".", "@", "é", "\x00", "1", "\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=40).map("".join))
def test_no_text_stops_the_scanner(text):
    assert isinstance(declarations(text), list)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_string_hides_what_follows(content):
    escaped = content.replace("\\", "\\\\").replace('"', '\\"')
    assert names(f'function A() : String {{ "{escaped}" }} function B() : Unit {{}}') == ["A", "B"]
