"""Numbers of sympy, such as ``pi / 3`` and ``sqrt(2)``, as Python numbers."""

from __future__ import annotations

from typing import Any

from qsharp_bridge.errors import QsharpTypeError, QsharpValueError

_DIGITS = 40  # more than twice those of a float, so that rounding twice gives the nearest float


def without_symbols(value: Any) -> int | bool | float | complex:
    """Return an ``Integer`` as an int, and any other number as the nearest float or complex.

    Raises:
        QsharpTypeError: the expression has free symbols, or is not a number.
        QsharpValueError: the number is too large for a float.

    >>> import sympy
    >>> without_symbols(sympy.pi / 3), without_symbols(sympy.Rational(1, 3)), without_symbols(sympy.Integer(2))
    (1.0471975511965979, 0.3333333333333333, 2)
    """
    import sympy  # type: ignore[import-untyped]

    if value.free_symbols:
        names = ", ".join(sorted(map(str, value.free_symbols)))
        raise QsharpTypeError(f"a sympy expression with free symbols: {names}", advice="give them values: .subs(...)")
    if value in (sympy.true, sympy.false):
        return bool(value)
    if value.is_Integer:
        return int(value)
    if value.is_Rational:
        try:
            return int(value.p) / int(value.q)  # rounded correctly
        except OverflowError:
            raise QsharpValueError("a sympy Rational that is not a finite Double") from None
    number = value if value.is_Float or not hasattr(value, "evalf") else value.evalf(_DIGITS)
    if not getattr(number, "is_number", False) or number in (sympy.nan, sympy.zoo):
        raise _no_number(value)
    try:
        # The imaginary part of a real number is only an error of rounding.
        real, imaginary = (number, 0) if number.is_extended_real else number.as_real_imag()
        if imaginary == 0 or value.is_extended_real:
            return float(real)
        return complex(float(real), float(imaginary))
    except TypeError:  # without a value, such as the derivative of an unknown function
        raise _no_number(value) from None


def _no_number(value: Any) -> QsharpTypeError:
    return QsharpTypeError(f"a sympy {type(value).__name__} that is not a number", advice="pass the number itself")
