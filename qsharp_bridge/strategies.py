"""hypothesis strategies for the arguments of Q# operations, for property tests of Q# in Python.

    >>> from hypothesis import given
    >>> from qsharp_bridge import strategies
    >>> @given(strategies.values("(Int, Double[])"))
    ... def test_the_literal_is_a_tuple(value):
    ...     assert qb.to_qsharp(value, "(Int, Double[])").startswith("(")

With an operation, for a test of the operation itself:

    >>> import qsharp_bridge as qb
    >>> op = qb.Program.from_source("function Twice(x : Int) : Int { 2 * x }").operation("Twice")
    >>> @given(strategies.arguments(op))
    ... def test_it_compiles_for_every_argument(arguments):
    ...     op.check(**arguments)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from .errors import MissingExtraError, QsharpTypeError
from .literals import Newtype, Structs
from .literals.limits import INT_MAX, INT_MIN
from .literals.structs import StructsLike
from .syntax import COMPLEX_NAMES, ArrayType, Primitive, QsharpType, TupleType, UdtType, parse_type

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy
except ImportError as error:
    raise MissingExtraError(
        "qsharp_bridge.strategies needs hypothesis", advice="pip install 'qsharp-bridge[test]'"
    ) from error

__all__ = ["arguments", "values"]


class _Parameter(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def type(self) -> QsharpType: ...


def values(
    type: str | QsharpType, structs: StructsLike | Structs | None = None, *, max_size: int | None = None
) -> SearchStrategy[Any]:
    """Return a strategy of the Python values that `to_qsharp` writes as a Q# type; edge cases are drawn more often.

    Args:
        type: a Q# type without callables and qubits, as text or parsed.
        structs: the fields of the structs in it, as for `to_qsharp`; their values are dicts of their fields.
        max_size: the most elements of each array and Range, and characters of each String; None for the choice of
            hypothesis (and 20 elements of a Range).

    Returns:
        A strategy of plain Python values: int, float, complex, bool, str, None, range, list, tuple, dict, and
        the Pauli and Result of qdk.

    Raises:
        QsharpTypeError: there is no strategy for the type: a Qubit, a callable, an unknown struct.
        TypeSyntaxError: the text is not a Q# type.

    >>> from hypothesis import given
    >>> @given(values("(Int, Double[])", max_size=3))
    ... def test_a_literal_is_read_back(value):
    ...     assert qb.from_qsharp(qb.to_qsharp(value, "(Int, Double[])")) == value
    >>> test_a_literal_is_read_back()
    """
    known = structs if isinstance(structs, Structs) else Structs(structs)
    return _Builder(known, max_size).build(parse_type(type) if isinstance(type, str) else type)


def arguments(
    op: Any, *, max_size: int | None = None, **given: SearchStrategy[Any]
) -> SearchStrategy[Mapping[str, Any]]:
    """Return a strategy of the arguments of an operation by name, for ``op.expression(**arguments)`` and the like.

    Args:
        op: an `Operation`.
        max_size: as for `values`.
        **given: strategies for single parameters, such as a callable or a count within bounds.

    Raises:
        QsharpTypeError: as for `values`, unless the parameter is ``given``; or there is no such parameter.

    >>> from hypothesis import given, strategies as st
    >>> op = qb.Program.from_source("function Mean(n : Int, values : Double[]) : Double { 0.0 }").operation("Mean")
    >>> @given(arguments(op, max_size=3, n=st.just(3)))
    ... def test_a_call_of_it_is_right(arguments):
    ...     op.check(**arguments)
    >>> test_a_call_of_it_is_right()
    """
    parameters: list[_Parameter] = list(op.signature.parameters)
    unknown = given.keys() - {parameter.name for parameter in parameters}
    if unknown:
        raise QsharpTypeError(f"no parameter {sorted(unknown)[0]}", operation=getattr(op, "name", None))
    structs = getattr(op, "structs", None)
    found: dict[str, SearchStrategy[Any]] = {}
    for parameter in parameters:
        try:
            found[parameter.name] = (
                given[parameter.name] if parameter.name in given else _fitting(parameter, structs, max_size)
            )
        except QsharpTypeError as error:
            raise error.under(parameter.name).at(operation=getattr(op, "name", None)) from error.__cause__
    return st.fixed_dictionaries(found)


def _fitting(parameter: _Parameter, structs: Any, max_size: int | None) -> SearchStrategy[Any]:
    """Return a strategy for a parameter; an array of a fixed length, such as a circuit's vector, has that length."""
    kind, length = parameter.type, getattr(parameter, "length", None)
    if length is None or not isinstance(kind, ArrayType):
        return values(kind, structs, max_size=max_size)
    return st.lists(values(kind.element, structs, max_size=max_size), min_size=length, max_size=length)


class _Builder:
    def __init__(self, structs: Structs, max_size: int | None) -> None:
        self.structs = structs
        self.max_size = max_size

    def build(self, target: QsharpType) -> SearchStrategy[Any]:
        if isinstance(target, ArrayType):
            if target.element == Primitive("Qubit"):
                return st.just([])
            return st.lists(self.build(target.element), max_size=self.max_size)
        if isinstance(target, TupleType):
            return st.tuples(*map(self.build, target.items))
        if isinstance(target, UdtType):
            return self.udt(target)
        if isinstance(target, Primitive):
            found = self.primitive(target.name)
            if found is not None:
                return found
        raise QsharpTypeError(f"there is no strategy for {target}", advice="give a strategy of your own")

    def udt(self, target: UdtType) -> SearchStrategy[Any]:
        if target.name in COMPLEX_NAMES:
            # The parts are drawn separately: complex_numbers() has few negative zeros and no mixed extremes.
            return st.builds(complex, _DOUBLES, _DOUBLES)
        definition = self.structs.definition(target.name)
        if isinstance(definition, Newtype):
            return self.build(definition.item.type)
        return st.fixed_dictionaries({name: self.build(kind) for name, kind in definition.fields.items()})

    def primitive(self, name: str) -> SearchStrategy[Any] | None:
        if name in ("Pauli", "Result"):
            from qdk.qsharp import Pauli, Result

            if name == "Pauli":
                return st.sampled_from([Pauli.I, Pauli.X, Pauli.Y, Pauli.Z])
            return st.sampled_from([Result.Zero, Result.One])
        if name == "String":
            return st.text(st.characters(codec="utf-8"), max_size=self.max_size)
        if name == "Range":
            return _ranges(20 if self.max_size is None else self.max_size)
        return _PRIMITIVES.get(name)


_INTS = st.one_of(
    st.integers(INT_MIN, INT_MAX), st.sampled_from([INT_MIN, INT_MIN + 1, -1, 0, 1, INT_MAX - 1, INT_MAX])
)
_DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
_PRIMITIVES: dict[str, SearchStrategy[Any]] = {
    "Unit": st.none(),
    "Bool": st.booleans(),
    "Int": _INTS,
    "BigInt": st.one_of(st.integers(), _INTS, st.integers(-(2**700), 2**700)),
    "Double": _DOUBLES,
}


def _ranges(max_size: int) -> SearchStrategy[range]:
    """Return a strategy for ranges of few elements, so that a test can iterate them, and not at the ends of Int."""
    step = st.one_of(st.integers(1, 3), st.integers(-3, -1), st.integers(-(2**40), 2**40).filter(bool))
    start = st.one_of(st.integers(-10, 10), st.integers(INT_MIN + 2**46, INT_MAX - 2**46))
    return st.builds(
        lambda start, step, count: range(start, start + step * count, step), start, step, st.integers(0, max_size)
    )
