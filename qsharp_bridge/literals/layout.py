"""How a literal is laid out: no line of it grows long.

The compiler quotes the whole source line in a report, and its printer panics when a report starts beyond column
65,535. So a literal that does not fit on one line is broken between elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["WIDTH", "enclose", "pack"]

WIDTH = 3_900
"""Characters on a line. Closing brackets may add some, so that the promise is 4,096."""

_COMMA = b","


def enclose(opening: str, items: Sequence[str], closing: str) -> str:
    """``items`` between two brackets, separated by commas, and broken into lines where they are long.

    >>> enclose("[", ["0.0", "1.0"], "]")
    '[0.0, 1.0]'
    """
    text = f"{opening}{', '.join(items)}{closing}"
    if len(text) <= WIDTH:
        return text
    return f"{opening}{''.join(_broken(items, len(opening)))}{closing}"


def _broken(items: Sequence[str], column: int) -> Iterator[str]:
    first = True
    for item in items:
        end_of_first_line = item.find("\n")
        head = len(item) if end_of_first_line < 0 else end_of_first_line
        if not first:
            if column + 2 + head > WIDTH:
                yield ",\n"
                column = 0
            else:
                yield ", "
                column += 2
        first = False
        yield item
        column = column + head if end_of_first_line < 0 else len(item) - item.rfind("\n") - 1


def pack(json: bytes) -> str:
    """The literal of a JSON array of numbers or Booleans: spaced on one line, or packed on many.

    A long array is left without spaces: they would double the time to write it.
    """
    if len(json) <= WIDTH and len(json) + json.count(_COMMA) <= WIDTH:
        return json.replace(_COMMA, b", ").decode("ascii")
    lines = []
    start, size = 0, len(json)
    while size - start > WIDTH:
        end = json.rfind(_COMMA, start, start + WIDTH) + 1
        lines.append(json[start:end])
        start = end
    lines.append(json[start:])
    return b"\n".join(lines).decode("ascii")
