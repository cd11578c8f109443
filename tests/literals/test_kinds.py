"""Nothing that a value's own code does gets out as another exception, or gets into a message."""

import datetime
import decimal
import enum
import fractions
import types
from collections import UserDict, UserList
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge import to_qsharp
from qsharp_bridge.errors import BridgeError, QsharpTypeError, QsharpValueError
from qsharp_bridge.literals.kinds import Kind, describe, kind_of, plain


def explode(*args, **kwargs):
    raise ZeroDivisionError("boom")


class Hostile:
    __repr__ = __str__ = __len__ = __iter__ = __bool__ = __eq__ = __hash__ = __format__ = explode
    __getattr__ = __index__ = __float__ = __int__ = explode


class HostileArray(Hostile):
    __array__ = explode


class HostileClass:
    @property
    def __class__(self):
        explode()


class Unhashable(type):
    def __hash__(cls):
        explode()


class HostileMeta(metaclass=Unhashable):
    pass


class Text(str):
    __slots__ = ()
    encode = translate = __str__ = __repr__ = __format__ = __len__ = __getitem__ = explode


class Number(int):
    __str__ = __repr__ = __index__ = __int__ = __lt__ = __le__ = __ge__ = bit_length = __format__ = explode


class Real(float):
    __str__ = __repr__ = __float__ = __eq__ = __format__ = explode
    __hash__ = None


class HostileList(list):
    __iter__ = __len__ = __getitem__ = explode


class HostileError(Exception):
    __str__ = explode


class RaisesHostileError:
    def __array__(self, dtype=None, copy=None):
        raise HostileError


class Loop(UserList):
    def __iter__(self):
        return iter([self])


class Member(enum.Enum):
    @property
    def value(self):
        return self

    A = 1


class Failing:
    def __iter__(self):
        return self

    def __next__(self):
        raise OSError("disk")


def generator():
    yield 1.0
    yield 2.0
    raise OSError("disk")


HOSTILE = [
    Hostile(),
    HostileArray(),
    HostileClass(),
    HostileMeta(),
    HostileList([1]),
    RaisesHostileError(),
    Loop(),
    Member.A,
    Hostile,
    object(),
    type,
    len,
    lambda x: x,
    types,
    ...,
    NotImplemented,
    {1, 2},
    frozenset(),
    b"x",
    bytearray(b"x"),
    memoryview(b"x"),
    datetime.datetime(2020, 1, 1),
    datetime.timedelta(1),
    slice(1),
    ValueError("x"),
    Failing(),
    {}.items(),
    "\ud800",
    float("nan"),
    decimal.Decimal("sNaN"),
]
KINDS = ["Int", "BigInt", "Double", "Bool", "String", "Unit", "Pauli", "Result", "Range", "Complex", "Int[]",
         "Double[]", "(Int, Int)", "N.Pt", "N.W", "Int -> Int", "Qubit", "'T", None]  # fmt: skip


@pytest.mark.parametrize("index", range(len(HOSTILE)))  # pytest itself would ask these values for their class
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_values_end_in_an_error_of_ours_with_the_path(index, kind):
    value = HOSTILE[index]
    structs = {"N.Pt": {"X": "Int"}, "N.W": "(A : Int, Int)"}
    if kind == "String" and type(value) is str:
        kind = "Int"
    with pytest.raises((QsharpTypeError, QsharpValueError)) as caught:
        to_qsharp(value, kind, structs=structs, root="p")
    assert caught.value.path.startswith("p")
    assert len(str(caught.value)) < 1_000
    many = f"{kind}[]" if kind and "->" not in kind else None
    with pytest.raises((QsharpTypeError, QsharpValueError)) as caught:
        to_qsharp([value], many, structs=structs, root="p")
    assert caught.value.path.startswith("p[0]") or many is None


def test_methods_of_subclasses_are_not_called():
    assert to_qsharp(Number(5)) == "5"
    assert to_qsharp([Number(5), 6]) == "[5, 6]"
    assert to_qsharp(Real(0.5)) == to_qsharp(Real(0.5), "Double") == "0.5"
    assert to_qsharp(Text("hi")) == '"hi"'


def test_the_message_has_what_the_value_raised():
    with pytest.raises(
        QsharpValueError, match=r"a\[0\]: a HostileArray cannot be read: it raised ZeroDivisionError: boom"
    ):
        to_qsharp([HostileArray()], root="a")
    with pytest.raises(QsharpValueError, match=r"a: a generator cannot be read: it raised OSError: disk"):
        to_qsharp(generator(), "Double[]", root="a")
    with pytest.raises(QsharpValueError, match=r"it raised HostileError$"):
        to_qsharp(RaisesHostileError())
    with pytest.raises(QsharpValueError) as caught:
        to_qsharp(generator(), "Double[]")
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("kind", [None, "Int[]"])
def test_lists_that_contain_themselves(kind):
    circular = []
    circular.append(circular)
    mutual = [[circular]]
    mutual[0].append(mutual)
    for value in (circular, mutual):
        with pytest.raises((QsharpTypeError, QsharpValueError)) as caught:
            to_qsharp(value, kind)
        assert kind or "containing itself" in str(caught.value)


def test_depth_is_capped_far_below_what_crashes_the_compiler(qsharp):
    def nested(levels, wrap):
        value = 1
        for _ in range(levels):
            value = wrap(value)
        return value

    for wrap in (lambda x: [x], lambda x: (x,)):
        text = to_qsharp(nested(90, wrap))
        kind = "Int" + "[]" * 90 if text[0] == "[" else "(" * 90 + "Int" + ",)" * 90
        assert qsharp.evaluate(text, kind) == nested(90, wrap)
        for levels in (91, 100, 5_000, 200_000):
            with pytest.raises(QsharpValueError, match="nested more than 90 levels deep"):
                to_qsharp(nested(levels, wrap))


def test_near_the_recursion_limit_it_is_still_an_error_of_ours():
    def descend(levels):
        if levels:
            return descend(levels - 1)
        value = 1
        for _ in range(80):
            value = [value]
        return to_qsharp(value)

    outcomes = set()
    for levels in range(300, 990, 10):
        try:
            outcomes.add(descend(levels)[:1])
        except BridgeError as error:
            outcomes.add(type(error))
        except RecursionError:
            pass  # in descend itself, or in the first steps of to_qsharp
    assert QsharpValueError in outcomes


def test_messages_show_only_what_python_itself_prints():
    assert describe(10**5000) == "an int of 16610 bits"
    assert describe("a" * 1_000) == "a str of 1000 characters"
    assert describe("\u202e") == "'\\u202e'"
    assert describe(Hostile()) == "a Hostile"
    assert describe([Hostile()]) == "a list"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, Kind.NONE),
        (True, Kind.BOOL),
        (fractions.Fraction(1), Kind.RATIONAL),
        (decimal.Decimal(1), Kind.RATIONAL),
        (UserDict(), Kind.MAPPING),
        (UserList(), Kind.LIST),
        (iter([]), Kind.ITERATOR),
        (set(), Kind.REFUSED),
        (types.SimpleNamespace(), Kind.RECORD),
        (len, Kind.CALLABLE),
    ],
)
def test_kinds_come_from_the_class_alone(value, kind):
    assert kind_of(type(value)) is kind


def test_a_class_is_not_asked_for_its_name_by_its_values():
    class Pauli:
        """Not qdk's."""

    Pauli.__module__ = "builtins"
    assert kind_of(Pauli) is not Kind.PAULI


def test_plain_values():
    class Wrapped(enum.Enum):
        INNER = fractions.Fraction(1, 2)

    assert plain(Wrapped.INNER) == (Kind.RATIONAL, fractions.Fraction(1, 2))
    assert [type(plain(value)[1]) for value in (Number(1), Real(1), Text())] == [int, float, str]


@given(st.from_type(type).flatmap(st.from_type))
def test_any_value_of_any_type_is_a_literal_or_an_error_of_ours(value):
    with suppress(BridgeError):
        to_qsharp(value)
