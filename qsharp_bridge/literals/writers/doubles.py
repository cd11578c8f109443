"""Double and Complex literals. orjson writes the shortest text that is read back bit for bit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import orjson

from qsharp_bridge.errors import QsharpTypeError, QsharpValueError
from qsharp_bridge.literals.kinds import Kind, describe, plain

if TYPE_CHECKING:
    from qsharp_bridge.literals.context import Printer
    from qsharp_bridge.syntax import QsharpType


def double_text(number: float) -> str:
    """Return the literal of a finite float. It has a point or an exponent, so that it is not an Int in Q#.

    >>> double_text(1.0), double_text(-0.0), double_text(0.1)
    ('1.0', '-0.0', '0.1')

    Raises:
        QsharpValueError: nan and the infinities have no literal.
    """
    if not math.isfinite(number):
        raise QsharpValueError(f"{number!r} is not a finite Double", advice="Q# has no literal for it")
    return orjson.dumps(number).decode("ascii")


def complex_text(number: complex) -> str:
    """Return the constructor call of a finite complex: the only form that keeps the signs of zeros.

    >>> complex_text(-0.0 - 2j)
    'Std.Math.Complex(-0.0, -2.0)'
    """
    for part, name in ((number.real, "real"), (number.imag, "imaginary")):
        if not math.isfinite(part):
            raise QsharpValueError(
                f"the {name} part, {part!r}, is not a finite Double", advice="Q# has no literal for it"
            )
    return f"Std.Math.Complex({double_text(number.real)}, {double_text(number.imag)})"


def as_double(kind: Kind, value: Any) -> float:
    """Return the float equal to a plain number.

    Raises:
        QsharpValueError: no float is equal to it.
        QsharpTypeError: the value is not a number.
    """
    if kind is Kind.FLOAT:
        return float(value)
    if kind is Kind.INT or kind is Kind.RATIONAL:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number) and number == value:
            return number
        rational = kind is Kind.RATIONAL
        shown = f"{value!s:.60}" if rational and _is_short(value) else describe(value)
        if rational and not math.isfinite(number):
            raise QsharpValueError(f"{shown} is not a finite Double", advice="Q# has no literal for it")
        raise QsharpValueError(f"{shown} is not exactly a Double", advice="round it yourself with float(...)")
    if kind is Kind.BOOL:
        raise QsharpTypeError(f"{value} is a Bool, not a Double", advice="use 1.0 or 0.0")
    if kind is Kind.COMPLEX:
        raise QsharpTypeError(f"{value} is a Complex, not a Double", advice="use its .real or .imag")
    raise QsharpTypeError(f"{describe(value)} is not a Double")


def _is_short(value: Any) -> bool:
    # Python refuses to write a Fraction of long ints; the text of a Decimal has no more than its own digits.
    return not hasattr(value, "numerator") or value.numerator.bit_length() + value.denominator.bit_length() < 1_000


def print_double(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write a float, or an int, Decimal or Fraction that is exactly one, as a Double."""
    return double_text(as_double(*plain(value)))


def print_complex(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write a complex, or a real number that is exactly a Double, as ``Std.Math.Complex``."""
    kind, value = plain(value)
    if kind is Kind.COMPLEX:
        return complex_text(value)
    if kind in (Kind.FLOAT, Kind.INT, Kind.RATIONAL):
        return complex_text(complex(as_double(kind, value), 0.0))
    raise QsharpTypeError(f"{describe(value)} is not a Complex", advice="use complex(re, im)")
