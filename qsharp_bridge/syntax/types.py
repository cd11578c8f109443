"""The types of Q#, as frozen values: hashable, comparable, and printed as the compiler prints them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

# RangeFrom, RangeTo, RangeFull are the types of `1...`, `...1`, `...`, which the compiler prints but does not read.
PRIMITIVES = (
    "Unit", "Int", "BigInt", "Double", "Bool", "String", "Pauli", "Result",
    "Range", "RangeFrom", "RangeTo", "RangeFull", "Qubit",
)  # fmt: skip

# From source/compiler/qsc_parse/src/keyword.rs of the Q# compiler. None of them can name a type, field or callable.
KEYWORDS = frozenset({
    "Adj", "Adjoint", "Controlled", "Ctl", "One", "PauliI", "PauliX", "PauliY", "PauliZ", "Zero", "adjoint", "and",
    "apply", "as", "auto", "body", "borrow", "break", "continue", "controlled", "distribute", "elif", "else",
    "export", "fail", "false", "fixup", "for", "function", "if", "import", "in", "internal", "intrinsic", "invert",
    "is", "let", "mutable", "namespace", "new", "newtype", "not", "open", "operation", "or", "parallel", "repeat",
    "return", "self", "set", "struct", "true", "until", "use", "while", "within",
})  # fmt: skip

# The names of the only user-defined type with a Python type of its own; all are visible in every program.
COMPLEX_NAMES = frozenset({"Complex", "Std.Math.Complex", "Microsoft.Quantum.Math.Complex"})


@dataclass(frozen=True, slots=True)
class Primitive:
    """A built-in type that has a name.

    Args:
        name: its keyword, one of `PRIMITIVES`.

    >>> str(Primitive("Int"))
    'Int'
    """

    name: str

    def __post_init__(self) -> None:
        if self.name not in PRIMITIVES:
            raise ValueError(f"{self.name!r} is not a primitive type of Q#; these are: {', '.join(PRIMITIVES)}")

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ArrayType:
    """An array: ``Int[]``.

    Args:
        element: the type of its elements.

    >>> str(ArrayType(Primitive("Int")))
    'Int[]'
    """

    element: QsharpType

    def __str__(self) -> str:
        return f"{self.element}[]"


@dataclass(frozen=True, slots=True)
class TupleType:
    """A tuple of one or more items: ``(Int, Double)``, ``(Int,)``. The empty tuple is ``Primitive("Unit")``.

    Args:
        items: the types of its items, one or more.

    >>> str(TupleType((Primitive("Int"), Primitive("Double"))))
    '(Int, Double)'
    """

    items: tuple[QsharpType, ...]

    def __post_init__(self) -> None:
        if not self.items:
            raise ValueError('a tuple type without items is Primitive("Unit")')

    def __str__(self) -> str:
        if len(self.items) == 1:
            return f"({self.items[0]},)"
        return f"({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class UdtType:
    """A struct or newtype by its name, with or without namespace: ``N.Pt``.

    Args:
        name: its name, qualified or not.

    >>> str(UdtType("N.Pt"))
    'N.Pt'
    """

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class CallableType:
    """A function (``->``) or an operation (``=>``): ``(Int => Result[] is Adj + Ctl)``.

    Args:
        arrow: "->" of a function, "=>" of an operation.
        input: the type of its argument.
        output: the type of its result.
        functors: any of "Adj" and "Ctl"; in a type that the compiler inferred also a name such as "f?0", for functors
            that are not known.

    >>> str(CallableType("->", Primitive("Int"), Primitive("Double"), frozenset()))
    '(Int -> Double)'
    """

    arrow: Literal["->", "=>"]
    input: QsharpType
    output: QsharpType
    functors: frozenset[str] = field(default=frozenset())

    def __str__(self) -> str:
        functors = f" is {' + '.join(sorted(self.functors))}" if self.functors else ""
        return f"({self.input} {self.arrow} {self.output}{functors})"


@dataclass(frozen=True, slots=True)
class TypeParameter:
    """A type parameter of a generic callable, ``'T``, or ``?`` where the compiler did not infer one.

    Args:
        name: with its apostrophe: "'T".

    >>> str(TypeParameter("'T"))
    "'T"
    """

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class NewtypeItem:
    """The right side of ``=`` in a newtype, or a part of it: named or not, one type or several items.

    ``items`` is empty for a single type; otherwise ``type`` is the tuple of their types.
    """

    name: str | None
    type: QsharpType
    items: tuple[NewtypeItem, ...] = ()

    def names(self) -> list[str]:
        """Return all names in it, in the order written."""
        own = [] if self.name is None else [self.name]
        return own + [name for item in self.items for name in item.names()]


QsharpType: TypeAlias = Primitive | ArrayType | TupleType | UdtType | CallableType | TypeParameter


def consists_of(type_: QsharpType, primitives: Container[str]) -> bool:
    """Check that a type has only primitive types of these names, also in arrays and tuples.

    >>> consists_of(TupleType((Primitive("Int"), ArrayType(Primitive("Result")))), {"Int", "Result"})
    True
    """
    if isinstance(type_, ArrayType):
        return consists_of(type_.element, primitives)
    if isinstance(type_, TupleType):
        return all(consists_of(item, primitives) for item in type_.items)
    return isinstance(type_, Primitive) and type_.name in primitives
