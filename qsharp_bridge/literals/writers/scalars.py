"""Unit, Bool, Int, BigInt, Pauli and Result literals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import QsharpTypeError, QsharpValueError
from qsharp_bridge.literals.kinds import Kind, describe, plain
from qsharp_bridge.literals.limits import INT_MAX, INT_MIN

if TYPE_CHECKING:
    from qsharp_bridge.literals.context import Printer
    from qsharp_bridge.syntax import QsharpType

_DECIMAL_BITS = 512  # Python limits the digits of str(int); users may set the limit to 640
_HEX_DIGITS = 3_600


def int_text(number: int) -> str:
    """Return the literal of an int of 64 bits. Q# would read 2**63 and its odd multiples as -2**63, without an error.

    Raises:
        QsharpValueError: the int has more than 64 bits.
    """
    if INT_MIN <= number <= INT_MAX:
        return str(number)
    raise QsharpValueError(
        f"{describe(number)} does not fit an Int, which holds -2**63 to 2**63 - 1", advice="use a BigInt"
    )


def bigint_text(number: int) -> str:
    """Return the literal of an int of any size: decimal, or if long hexadecimal, or if very long a sum of shifts.

    >>> bigint_text(-3), bigint_text(2**600)[:8]
    ('-3L', '0x100000')
    """
    if number.bit_length() <= _DECIMAL_BITS:
        return f"{number}L"
    sign = "-" if number < 0 else ""
    return sign + _hexadecimal(f"{abs(number):x}")


def _hexadecimal(digits: str) -> str:
    if len(digits) <= _HEX_DIGITS:
        return f"0x{digits}L"
    # A literal cannot be broken into lines, but a balanced sum can; its depth is the logarithm of the length.
    blocks = -(-len(digits) // _HEX_DIGITS)
    low = (blocks // 2) * _HEX_DIGITS
    return f"(({_hexadecimal(digits[:-low])} <<< {4 * low}) +\n{_hexadecimal(digits[-low:])})"


def pauli_text(value: Any) -> str:
    """Return ``PauliX`` for the Pauli of qdk and for that of ``azure.quantum.argument_types``."""
    # An Enum member has a name; a member of qdk's native class is printed as "Pauli.X".
    name = getattr(value, "name", None) or str(value).rpartition(".")[2]
    return f"Pauli{name}"


def result_text(value: Any) -> str:
    """Return ``Zero`` or ``One`` for the Result of qdk and for that of ``azure.quantum.argument_types``.

    Raises:
        QsharpValueError: ``Result.Loss`` has no literal.
    """
    name = str(getattr(value, "name", None) or str(value).rpartition(".")[2])
    if name in ("Zero", "One"):
        return name
    raise QsharpValueError(f"Result.{name} has no literal in Q#", advice="use Result.Zero or Result.One")


def print_unit(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write None or the empty tuple as Unit."""
    kind, value = plain(value)
    if kind is Kind.NONE or (kind is Kind.TUPLE and len(value) == 0):
        return "()"
    raise QsharpTypeError(f"{describe(value)} is not Unit", advice="use None or ()")


def print_bool(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write a bool, but not an int."""
    kind, value = plain(value)
    if kind is Kind.BOOL:
        return "true" if value else "false"
    advice = "use bool(...)" if kind in (Kind.INT, Kind.FLOAT) else None
    raise QsharpTypeError(f"{describe(value)} is not a Bool", advice=advice)


def print_int(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write an int of 64 bits, but not a bool or a float."""
    return int_text(_integer(value, "an Int"))


def print_bigint(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write an int of any size as a BigInt."""
    return bigint_text(_integer(value, "a BigInt"))


def _integer(value: Any, wanted: str) -> int:
    kind, value = plain(value)
    if kind is Kind.INT:
        return int(value)
    if kind is Kind.BOOL:
        raise QsharpTypeError(f"{value} is a Bool, not {wanted}", advice="use int(...)")
    if kind is Kind.FLOAT:
        raise QsharpTypeError(
            f"{value!r} is a Double, not {wanted}", advice="convert it yourself with int(...) or round(...)"
        )
    advice = "convert it yourself with int(...)" if kind is Kind.RATIONAL else None
    raise QsharpTypeError(f"{describe(value)} is not {wanted}", advice=advice)


def print_pauli(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write a Pauli of qdk or of ``azure.quantum.argument_types``."""
    kind, value = plain(value)
    if kind is Kind.PAULI:
        return pauli_text(value)
    raise QsharpTypeError(f"{describe(value)} is not a Pauli", advice="use qdk.qsharp.Pauli.X and the like")


def print_result(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write a Result of qdk or of ``azure.quantum.argument_types``."""
    kind, value = plain(value)
    if kind is Kind.RESULT:
        return result_text(value)
    raise QsharpTypeError(f"{describe(value)} is not a Result", advice="use qdk.Result.Zero or qdk.Result.One")
