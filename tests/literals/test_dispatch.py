import pytest

from qsharp_bridge import parse_type, to_qsharp
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError, TypeSyntaxError
from qsharp_bridge.literals import Structs
from qsharp_bridge.syntax import PRIMITIVES


def test_a_type_is_text_or_parsed():
    for kind in ("Double[]", parse_type("Double[]")):
        assert to_qsharp([0, 1], kind) == "[0.0, 1.0]"
    with pytest.raises(TypeSyntaxError):
        to_qsharp(1, "Double[")
    for wrong in (int, 3, b"Int"):
        with pytest.raises(QsharpTypeError, match="a Q# type is a str"):
            to_qsharp(1, wrong)


def test_structs_are_a_mapping_or_made_once():
    definitions = {"N.Pt": {"X": "Int"}}
    for structs in (definitions, Structs(definitions)):
        assert to_qsharp({"X": 1}, "N.Pt", structs=structs) == "new N.Pt { X = 1 }"


@pytest.mark.parametrize("kind", ["Qubit", "RangeFrom", "RangeTo", "RangeFull"])
@pytest.mark.parametrize("value", [None, 1, range(3), []])
def test_types_without_literals(kind, value):
    assert kind in PRIMITIVES
    with pytest.raises(QsharpTypeError, match=f"a {kind} cannot be written as a literal"):
        to_qsharp(value, kind)


def test_a_type_parameter_takes_what_the_value_is():
    assert to_qsharp([1, 0.5], "'T") == "[1.0, 0.5]"
    assert to_qsharp(1, "'T") == "1"
    assert to_qsharp((1, 2.0), "?") == "(1, 2.0)"


def test_errors_carry_where():
    with pytest.raises(QsharpValueError) as caught:
        to_qsharp([[0.5], [0.5, float("nan")]], root="angle")
    error = caught.value
    assert error.path == "angle[1][1]"
    assert str(error.at(operation="N.Op", point=3)).startswith("N.Op, point 3: angle[1][1]: nan is not a finite Double")
    with pytest.raises(ValueError, match="value: "):
        to_qsharp(float("nan"))
    with pytest.raises(TypeError, match="value: "):
        to_qsharp(1.0, "Int")
