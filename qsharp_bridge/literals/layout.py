"""The lines of a literal, none of which is long.

The compiler quotes the whole source line in a report, and its printer panics when a report starts beyond column
65,535. So a literal that does not fit on one line is broken between elements.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

WIDTH = 3_900
"""Characters on a line. Closing brackets may add some, up to 4,096, the documented maximum."""

BLOCK = 8_192
"""Numbers that are written at a time, so that their text fits the processor's cache and takes little memory."""


def enclose(opening: str, items: Sequence[str], closing: str) -> str:
    """Return ``items`` between two brackets, separated by commas, and broken into lines where they are long.

    >>> enclose("[", ["0.0", "1.0"], "]")
    '[0.0, 1.0]'
    """
    length = len(opening) + sum(map(len, items)) + 2 * len(items) + len(closing)
    text = ", ".join(items)
    if length <= WIDTH:
        return f"{opening}{text}{closing}"
    if "\n" not in text:
        return f"{opening}{_broken_text(text, items, len(opening))}{closing}"
    return "".join((opening, *_broken(items, len(opening)), closing))


def _broken_text(text: str, items: Sequence[str], column: int) -> str:
    """Return the text of `_broken` for items of one line each, joined by lines instead of by items."""
    ends = list(accumulate(map((2).__add__, map(len, items))))  # of each item in the text, with its comma and space
    lines = []
    start = 0  # in the text
    place = 0  # of the item there
    while place < len(items):
        after = bisect_right(ends, start + WIDTH + 2 - column, place)
        after = max(after, place + 1)
        lines.append(text[start : ends[after - 1] - 2])
        start, place, column = ends[after - 1], after, 0
    return ",\n".join(lines)


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


def pack(blocks: Iterable[bytes]) -> str:
    """Return the literal of one array of numbers or Booleans from the JSON arrays of its blocks.

    An array that fits on a line has spaces after its commas. A longer one does not: writing them would take more time
    than writing the numbers.

    >>> pack([b"[1,2]", b"[3]"])
    '[1, 2, 3]'
    """
    lines: list[str] = []
    for block in blocks:
        text = block.decode("ascii")
        start, end = 1, len(text) - 1  # without the brackets of the block
        while end - start > WIDTH:
            comma = text.rfind(",", start, start + WIDTH) + 1
            lines.append(text[start:comma])
            start = comma
        lines.append(f"{text[start:end]},")
    last = lines.pop()[:-1]
    if sum(map(len, lines)) + len(last) <= WIDTH // 2:  # so that spaces always fit
        return f"[{''.join([*lines, last]).replace(',', ', ')}]"
    lines.append(f"{last}]")
    return "[" + "\n".join(lines)
