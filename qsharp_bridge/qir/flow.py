"""The control flow of a function: its blocks in the order in which they run. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class UnknownShape(Exception):
    """QIR of a form that a reader does not know. It is always caught, and the caller uses a slower general method."""


def topological(ways: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the labels of the reachable blocks, each after all blocks that lead to it; the first branch first.

    Raises:
        UnknownShape: there is a loop.
    """
    done: list[str] = []
    open_: set[str] = set()
    seen: set[str] = set()
    stack: list[tuple[str, Iterator[str]]] = []

    def enter(label: str) -> None:
        if label not in ways:
            raise UnknownShape(f"no block {label}")
        seen.add(label)
        open_.add(label)
        stack.append((label, reversed(ways[label])))

    enter(next(iter(ways)))
    while stack:
        label, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            stack.pop()
            open_.discard(label)
            done.append(label)
        elif following in open_:
            raise UnknownShape("a loop")
        elif following not in seen:
            enter(following)
    return done[::-1]


def on_every_path(ways: Mapping[str, tuple[str, ...]], order: list[str]) -> list[str]:
    """Return the blocks that are on every path, in the order of :func:`topological`.

    The number of paths through such a block is the number of all paths.
    """
    to = dict.fromkeys(order, 0) | {order[0]: 1}
    for name in order:
        for after in ways[name]:
            to[after] += to[name]
    onward: dict[str, int] = {}
    for name in reversed(order):
        onward[name] = sum(onward[after] for after in ways[name]) or 1
    return [name for name in order if to[name] * onward[name] == onward[order[0]]]


def runs(ways: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Return the number of each block's straight run of code, in topological order.

    A block and its only successor are in the same run if no other block leads there. How compilers divide a run into
    blocks has no meaning.
    """
    order = topological(ways)
    leading: dict[str, list[str]] = {label: [] for label in order}
    for label in order:
        for target in ways[label]:
            leading[target].append(label)
    numbers: dict[str, int] = {}
    count = 0
    for label in order:
        before = leading[label]
        if len(before) == 1 and len(ways[before[0]]) == 1:
            numbers[label] = numbers[before[0]]
        else:
            numbers[label] = count
            count += 1
    return numbers
