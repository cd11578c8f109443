"""Range literals, whose end is inclusive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, QsharpTypeError, QsharpValueError
from qsharp_bridge.literals.kinds import Kind, describe, plain
from qsharp_bridge.literals.limits import INT_MAX, INT_MIN

from .scalars import print_int

if TYPE_CHECKING:
    from qsharp_bridge.literals.context import Printer
    from qsharp_bridge.syntax import QsharpType


def range_text(values: range) -> str:
    """Return the Q# Range with the elements of a Python range; an empty one is ``0..-1``.

    >>> range_text(range(3)), range_text(range(0, 10, 3)), range_text(range(5, 5))
    ('0..2', '0..3..9', '0..-1')

    Raises:
        QsharpValueError: an element does not fit an Int, or a loop over the Range would not end (see `_closed`).
    """
    if not values:
        return "0..-1"
    first, last = values[0], values[-1]
    return _closed(first, 1 if first == last else values.step, last)


def _closed(start: int, step: int, end: int) -> str:
    for number in (start, step, end):
        if not INT_MIN <= number <= INT_MAX:
            raise QsharpValueError(f"{describe(number)} in a Range does not fit an Int of 64 bits")
    # Q# adds the step once more after the last element; if that overflows, the loop does not end.
    beyond = start + step * ((end - start) // step + 1) if step and (end - start) // step >= 0 else start
    if not INT_MIN <= beyond <= INT_MAX:
        raise QsharpValueError(
            "a Range that ends within one step of the extremes of Int never ends in Q#",
            advice="pass an Int[] or a smaller end",
        )
    return f"{start}..{end}" if step == 1 else f"{start}..{step}..{end}"


def print_range(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write a Python range, or an ``azure.quantum.argument_types.Range``, whose end is inclusive already."""
    kind, value = plain(value)
    if kind is Kind.RANGE:
        return range_text(value)
    if kind is Kind.ARGUMENT_RANGE:
        numbers = [_part(printer, value, name, target, level) for name in ("start", "step", "end")]
        return _closed(*numbers)
    raise QsharpTypeError(f"{describe(value)} is not a Range", advice="use a Python range(...)")


def _part(printer: Printer, value: Any, name: str, target: QsharpType, level: int) -> int:
    number = getattr(value, name)
    if name == "step" and number is None:
        return 1
    try:
        return int(print_int(printer, number, target, level))
    except BridgeError as error:
        raise error.under(f".{name}") from error.__cause__
