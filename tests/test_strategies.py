import struct
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from qsharp_bridge import parse_type, strategies, to_qsharp
from qsharp_bridge.errors import QsharpTypeError, TypeSyntaxError
from qsharp_bridge.literals import Structs

STRUCTS = {"N.Pt": {"X": "Int", "Y": "Double[]"}, "N.W": "(A : Pt, Bool)", "N.Empty": {}}
leaves = st.sampled_from(
    ["Unit", "Int", "BigInt", "Double", "Bool", "String", "Pauli", "Result", "Range", "Complex", "N.Pt", "W", "Empty"]
)
types = st.recursive(
    leaves,
    lambda inner: (
        inner.map(lambda kind: f"{kind}[]")
        | st.lists(inner, min_size=2, max_size=3).map(lambda ts: f"({', '.join(ts)})")
    ),
    max_leaves=4,
)


@settings(max_examples=300)
@given(st.data())
def test_every_value_is_one_of_its_type(data):
    kind = data.draw(types)
    assert to_qsharp(data.draw(strategies.values(kind, STRUCTS, max_size=3)), kind, structs=STRUCTS)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("Int", lambda x: x == 2**63 - 1),
        ("Int", lambda x: x == -(2**63)),
        ("BigInt", lambda x: x > 2**64),
        ("Double", lambda x: struct.pack("<d", x) == struct.pack("<d", -0.0)),
        ("Double", lambda x: 0 < x < 2.3e-308),
        ("Complex", lambda z: z.real < 0 < z.imag),
        ("String", lambda s: "\0" in s),
        ("String", lambda s: any(ord(c) > 0xFFFF for c in s)),
        ("Range", lambda r: len(r) == 0),
        ("Range", lambda r: r.step < -1 and len(r) > 2),
        ("Int[]", lambda x: x == []),
        ("Qubit[]", lambda x: x == []),
        ("N.W", lambda w: w[1] is True and w[0]["Y"]),
    ],
)
def test_the_awkward_values_are_among_them(kind, wanted):
    assert find(strategies.values(kind, STRUCTS), wanted, settings=settings(max_examples=5_000)) is not None


@pytest.mark.parametrize("kind", ["Int[]", "String", "Range", "Double[][]"])
def test_sizes_are_bounded(kind):
    with pytest.raises(NoSuchExample):
        find(strategies.values(kind, max_size=3), lambda x: len(x) > 3, settings=settings(max_examples=300))


@pytest.mark.parametrize("kind", ["Qubit", "Int -> Int", "(Int, Qubit)", "N.Nope", "'T"])
def test_types_whose_values_cannot_be_made(kind):
    with pytest.raises(QsharpTypeError):
        strategies.values(kind)


def test_no_type():
    with pytest.raises(TypeSyntaxError):
        strategies.values("Int[")


def operation(**parameters):
    """What `arguments` needs of an operation: its parameters in order, and the structs of its program."""
    found = [SimpleNamespace(name=name, type=parse_type(kind)) for name, kind in parameters.items()]
    return SimpleNamespace(name="N.Op", signature=SimpleNamespace(parameters=found), structs=Structs(STRUCTS))


@given(strategies.arguments(operation(n="Int", angle="Double[]", point="N.Pt"), max_size=4))
def test_arguments_by_name(arguments):
    assert sorted(arguments) == ["angle", "n", "point"]
    to_qsharp(arguments["n"], "Int")
    assert to_qsharp(arguments["point"], "N.Pt", structs=STRUCTS).startswith("new N.Pt {")


def test_an_operation_without_parameters():
    assert find(strategies.arguments(operation()), lambda arguments: arguments == {}) == {}


def test_a_parameter_of_ones_own():
    op = operation(f="Int -> Int", n="Int")
    with pytest.raises(QsharpTypeError, match=r"N\.Op: f: there is no strategy for \(Int -> Int\)"):
        strategies.arguments(op)
    own = strategies.arguments(op, f=st.just("N.Foo"), n=st.just(2))
    assert find(own, lambda arguments: True) == {"f": "N.Foo", "n": 2}
    with pytest.raises(QsharpTypeError, match=r"N\.Op: no parameter m"):
        strategies.arguments(op, m=st.just(1))


def test_a_missing_hypothesis_is_named():
    code = """
import sys
sys.modules["hypothesis"] = None
import qsharp_bridge
try:
    qsharp_bridge.strategies
except qsharp_bridge.errors.MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install 'qsharp-bridge[test]'" in done.stdout


def test_arguments_of_a_real_operation():
    from qsharp_bridge import Program

    op = Program.from_source(
        """namespace N {
            struct Pt { X : Int, Y : Double }
            operation Op(points : Pt[], pair : (Bool, BigInt), name : String) : Result { use q = Qubit(); MResetZ(q) }
        }"""
    ).operation("N.Op")

    @settings(max_examples=50)
    @given(strategies.arguments(op, max_size=3))
    def law(arguments):
        assert op.expression(**arguments).startswith("N.Op(")
        op.check(**arguments)

    law()
