import pytest

from qsharp_bridge import to_qsharp
from qsharp_bridge.errors import QsharpTypeError, TypeSyntaxError
from qsharp_bridge.literals import Newtype, Struct, Structs
from qsharp_bridge.syntax import UdtType, parse_type


def test_names_inside_definitions_are_those_of_the_same_namespace_first():
    structs = Structs(
        {"N.Pt": {"X": "Int"}, "M.Pt": {"Y": "Int"}, "M.Line": {"A": "Pt", "B": "N.Pt[]", "C": "Pt -> Pt"}}
    )
    line = structs.definition("M.Line")
    assert isinstance(line, Struct)
    assert [str(kind) for kind in line.fields.values()] == ["M.Pt", "N.Pt[]", "(M.Pt -> M.Pt)"]
    assert structs.definition("Line") is line
    assert list(structs) == ["N.Pt", "M.Pt", "M.Line"]
    assert len(structs) == 3


def test_newtypes_resolve_too():
    structs = Structs({"N.Pt": {"X": "Int"}, "N.W": "(A : Pt, Int)", "N.V": parse_type("Pt[]")})
    wrapped = structs["N.W"]
    assert isinstance(wrapped, Newtype)
    assert str(wrapped.item.type) == "(N.Pt, Int)"
    assert wrapped.item.items[0].type == UdtType("N.Pt")
    assert str(structs.resolved(parse_type("(Pt, W[]) -> V"))) == "((N.Pt, N.W[]) -> N.V)"


def test_a_struct_of_ones_own_called_complex_is_found_by_its_qualified_name():
    structs = {"N.Complex": {"Re": "Double"}}
    assert to_qsharp({"Re": 1}, "N.Complex", structs=structs) == "new N.Complex { Re = 1.0 }"
    assert to_qsharp(1j, "Complex", structs=structs) == "Std.Math.Complex(0.0, 1.0)"


def test_unknown_and_ambiguous_names():
    structs = Structs({"N.Pt": {"X": "Int"}, "M.Pt": {}})
    with pytest.raises(QsharpTypeError, match=r"Pt may be any of N\.Pt, M\.Pt"):
        structs.definition("Pt")
    with pytest.raises(QsharpTypeError, match="not known here"):
        structs.definition("Q.Pt")


def test_definitions_are_parsed_at_once():
    with pytest.raises(TypeSyntaxError):
        Structs({"N.Pt": {"X": "Int["}})


@pytest.mark.parametrize(
    "definitions",
    [{"N.Pt { X = Evil() }": {}}, {"": {}}, {"N.": {}}, {"N.set": {}}, {"N.Pt": {"X = Evil(), Y": "Int"}}],
)
def test_names_are_names(definitions):
    with pytest.raises(QsharpTypeError, match="is not a Q# name"):
        Structs(definitions)
