"""Lists of values of one form, written column by column.

A list of a thousand tuples has a few columns, and each is a list of numbers that is written at once, in a tenth of
the time of writing each value. Values of several forms, or without a literal, are left to the writers of single
values, which find the element and the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, chain
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from qsharp_bridge.errors import BridgeError
from qsharp_bridge.literals.kinds import Kind, kind_of
from qsharp_bridge.literals.layout import WIDTH, enclose
from qsharp_bridge.literals.limits import EXACT_INT, INT_MAX, INT_MIN
from qsharp_bridge.literals.structs import Struct
from qsharp_bridge.syntax import COMPLEX_NAMES, ArrayType, Primitive, QsharpType, TupleType, UdtType

from .scalars import bigint_text, pauli_text, result_text
from .strings import string_text

if TYPE_CHECKING:
    from qsharp_bridge.literals.context import Printer

_SEQUENCES = frozenset({Kind.LIST, Kind.TUPLE})


def plain_numbers(items: Sequence[Any], element: str) -> list[Any] | tuple[Any, ...] | None:
    """Return the items as floats, ints or bools that orjson writes as ``element``; None if one of them is not such.

    There is at least one item; ``element`` is "Double", "Int" or "Bool".
    """
    classes = set(map(type, items))
    if element == "Double":
        found = _floats(items, classes)
        return found if found is not None and _finite(found) else None
    if element == "Int":
        ints = _ints(items, classes)
        return ints if ints is not None and min(ints) >= INT_MIN and max(ints) <= INT_MAX else None
    if classes == {bool}:
        return items if isinstance(items, (list, tuple)) else list(items)
    if all(cls is bool or (cls.__name__ in ("bool", "bool_") and _is_numpy(cls)) for cls in classes):
        return list(map(bool, items))
    return None


def _finite(numbers: Sequence[float]) -> bool:
    total = sum(numbers)  # finite numbers may have an infinite sum: then each is checked
    return total - total == 0 or all(number - number == 0 for number in numbers)


def _is_numpy(cls: type) -> bool:
    return kind_of(cls) is Kind.NUMPY_SCALAR


def _floats(items: Sequence[Any], classes: set[type]) -> list[float] | tuple[float, ...] | None:
    if classes == {float}:
        return items if isinstance(items, (list, tuple)) else list(items)
    if all(cls is float or (issubclass(cls, float) and _is_numpy(cls)) for cls in classes):
        return list(map(float, items))
    if classes <= {float, int}:
        ints = [item for item in items if type(item) is int]
        return list(map(float, items)) if min(ints) >= -EXACT_INT and max(ints) <= EXACT_INT else None
    if len(classes) == 1 and _is_numpy(next(iter(classes))):
        import numpy as np

        from qsharp_bridge.literals import numpy_values

        values = np.array(items)
        if values.ndim == 1 and values.dtype.kind in "fiu":
            try:
                doubles: list[float] = numpy_values.doubles(values).tolist()
                return doubles
            except BridgeError:
                return None
    return None


def _ints(items: Sequence[Any], classes: set[type]) -> list[int] | tuple[int, ...] | None:
    if classes == {int}:
        return items if isinstance(items, (list, tuple)) else list(items)
    if all(cls is int or (hasattr(cls, "__index__") and _is_numpy(cls)) for cls in classes):
        return list(map(int, items))
    return None


def column_texts(printer: Printer, items: Sequence[Any], target: QsharpType, level: int) -> list[str] | None:
    """Return the literal of each item as ``target``, or None if the items are not of one form.

    There is at least one item. After None the counts of the printer are not valid.

    Raises:
        QsharpValueError: too many elements or levels.
    """
    if isinstance(target, Primitive):
        write = _PRIMITIVES.get(target.name)
        return write(items) if write is not None else _numbers(items, target.name)
    if isinstance(target, TupleType):
        return _tuples(printer, items, target, level)
    if isinstance(target, ArrayType):
        return _arrays(printer, items, target, level)
    if isinstance(target, UdtType):
        return _complexes(items) if target.name in COMPLEX_NAMES else _structs(printer, items, target, level)
    return None


def _numbers(items: Sequence[Any], element: str) -> list[str] | None:
    numbers = plain_numbers(items, element) if element in ("Double", "Int", "Bool") else None
    return None if numbers is None else orjson.dumps(numbers).decode("ascii")[1:-1].split(",")


def _strings(items: Sequence[Any]) -> list[str] | None:
    if set(map(type, items)) != {str}:
        return None
    together = "".join(items)
    plain = together.isascii() and together.isprintable() and not {'"', "\\"} & set(together)
    if plain and max(map(len, items)) + 2 <= WIDTH:
        return [f'"{item}"' for item in items]
    try:
        return list(map(string_text, items))
    except BridgeError:
        return None


def _bigints(items: Sequence[Any]) -> list[str] | None:
    return list(map(bigint_text, items)) if set(map(type, items)) == {int} else None


def _members(kind: Kind, text: Callable[[Any], str]) -> Callable[[Sequence[Any]], list[str] | None]:
    """Return a writer of Paulis or Results that writes each of the few values once. (Those of qdk have no hash.)"""

    def write(items: Sequence[Any]) -> list[str] | None:
        if any(kind_of(cls) is not kind for cls in set(map(type, items))):
            return None
        names = list(map(str, items))
        texts: dict[str, str] = {}
        try:
            for name, item in zip(names, items, strict=True):
                if name not in texts:
                    texts[name] = text(item)
        except BridgeError:
            return None
        return [texts[name] for name in names]

    return write


_PRIMITIVES: dict[str, Callable[[Sequence[Any]], list[str] | None]] = {
    "String": _strings,
    "BigInt": _bigints,
    "Pauli": _members(Kind.PAULI, pauli_text),
    "Result": _members(Kind.RESULT, result_text),
}


def _complexes(items: Sequence[Any]) -> list[str] | None:
    if set(map(type, items)) != {complex}:
        return None
    real = _numbers([item.real for item in items], "Double")
    imaginary = _numbers([item.imag for item in items], "Double")
    if real is None or imaginary is None:
        return None
    return list(map("Std.Math.Complex({}, {})".format, real, imaginary))


def _tuples(printer: Printer, items: Sequence[Any], target: TupleType, level: int) -> list[str] | None:
    size = len(target.items)
    if not size or any(kind_of(cls) not in _SEQUENCES for cls in set(map(type, items))):
        return None
    if set(map(len, items)) != {size}:
        return None
    getters = map(itemgetter, range(size))
    columns = _columns(printer, items, dict(zip(getters, target.items, strict=True)), level)
    return None if columns is None else _rows("(", columns, ",)" if size == 1 else ")", [""] * size)


def _structs(printer: Printer, items: Sequence[Any], target: UdtType, level: int) -> list[str] | None:
    definition = printer.structs.definition(target.name)
    cls = type(items[0])
    if not isinstance(definition, Struct) or not definition.fields or set(map(type, items)) != {cls}:
        return None
    names = definition.fields.keys()
    get: Callable[[str], Callable[[Any], Any]]
    if cls is dict:
        if not all(item.keys() == names for item in items):
            return None
        get = itemgetter
    elif hasattr(cls, "__dataclass_fields__"):
        if cls.__dataclass_fields__.keys() != names:
            return None
        get = attrgetter
    else:
        return None
    columns = _columns(printer, items, {get(name): wanted for name, wanted in definition.fields.items()}, level)
    labels = [f"{name} = " for name in names]
    return None if columns is None else _rows(f"new {definition.name} {{ ", columns, " }", labels)


def _columns(
    printer: Printer, items: Sequence[Any], types: Mapping[Callable[[Any], Any], QsharpType], level: int
) -> list[list[str]] | None:
    """Return the literals of each part of the items; ``types`` has the type of each part by its getter."""
    printer.enter(level)
    printer.spend(len(types) * len(items))
    columns = []
    for get, wanted in types.items():
        texts = column_texts(printer, list(map(get, items)), wanted, level + 1)
        if texts is None:
            return None
        columns.append(texts)
    return columns


def _rows(opening: str, columns: Sequence[list[str]], closing: str, labels: Sequence[str]) -> list[str]:
    """Return the texts of the rows, with a long one broken into lines."""
    longest = sum(max(map(len, column)) + len(label) + 2 for column, label in zip(columns, labels, strict=True))
    if longest + len(opening) + len(closing) <= WIDTH:
        form = ", ".join(f"{label}{{}}" for label in labels)
        return list(map(f"{_literally(opening)}{form}{_literally(closing)}".format, *columns))
    return [
        enclose(opening, [f"{label}{text}" for label, text in zip(labels, row, strict=True)], closing)
        for row in zip(*columns, strict=True)
    ]


def _literally(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _arrays(printer: Printer, items: Sequence[Any], target: ArrayType, level: int) -> list[str] | None:
    if any(kind_of(cls) not in _SEQUENCES or not issubclass(cls, (list, tuple)) for cls in set(map(type, items))):
        return None
    printer.enter(level)
    lengths = list(map(len, items))
    if 0 in lengths:
        printer.empty_array = True
    printer.spend(sum(lengths))  # before they are put together: a list may hold itself many times
    flat: list[Any] = list(chain.from_iterable(items))
    if not flat:
        return ["[]"] * len(items)
    texts = column_texts(printer, flat, target.element, level + 1)
    if texts is None:
        return None
    ends = accumulate(lengths)
    return [enclose("[", texts[end - length : end], "]") for length, end in zip(lengths, ends, strict=True)]
