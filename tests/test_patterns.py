"""Every regular expression of the package takes time linear in its text, also on the worst texts for it."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import re._constants as sre
import re._parser as sre_parser
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import qsharp_bridge

_PACKAGE = Path(qsharp_bridge.__file__).parent
_CALLS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
_SCANS: dict[str, Callable[[re.Pattern[str], str], object]] = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
    "finditer": lambda pattern, text: sum(1 for _ in pattern.finditer(text)),
}
_ALL_MATCHES = dict.fromkeys(("sub", "subn", "split", "findall", "finditer"), "finditer")
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_SIZE = 4_000
_SUSPECT = 0.0008
"""Seconds for ``_SIZE`` characters; most linear patterns take a fifth, and those that take more are measured again."""


# ------------------------------------------------------------------ the patterns of the package


def _text(node: ast.expr, names: dict[str, Any]) -> str:
    """Evaluate the source of a pattern; what only its function knows becomes the word "name"."""
    try:
        return str(eval(compile(ast.Expression(node), "pattern", "eval"), names))
    except (NameError, TypeError, AttributeError):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
            return "".join(_text(part, names) for part in parts)
        if isinstance(node, ast.BinOp):
            return _text(node.left, names) + _text(node.right, names)
        return "name"


def _patterns() -> Iterator[tuple[str, str, int, str]]:
    """Find module and line, pattern, flags and kind of scan of every regular expression."""
    trees = {path: ast.parse(path.read_text()) for path in sorted(_PACKAGE.rglob("*.py"))}
    used: dict[tuple[Path | None, str], set[str]] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.attr in _CALLS - {"compile"}
            ):
                name = node.value.id
                used.setdefault((None if name.isupper() and name[0] != "_" else path, name), set()).add(node.attr)
    for path, tree in trees.items():
        calls = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _CALLS
        ]
        if not calls:
            continue
        module = ".".join(path.relative_to(_PACKAGE.parent).with_suffix("").parts)
        try:
            names = vars(importlib.import_module(module))
        except ImportError:
            continue  # an extra is not installed
        assigned = {
            id(node.value): target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for call in calls:
            assert isinstance(call.func, ast.Attribute)
            name = assigned.get(id(call), "_")
            methods = {call.func.attr} - {"compile"} or used.get(
                (None if name.isupper() and name[0] != "_" else path, name), {"search"}
            )
            flags = [
                *(argument for argument in call.args[1:] if "re." in ast.unparse(argument)),
                *(keyword.value for keyword in call.keywords if keyword.arg == "flags"),
            ]
            value = eval(ast.unparse(flags[0]), {"re": re}) if flags else 0
            for scan in {_ALL_MATCHES.get(method, method) for method in methods}:
                yield f"{module}:{call.lineno}", _text(call.args[0], names), int(value), scan


# ------------------------------------------------------------------ the worst texts for a pattern


def _sample(parsed: Any, more: int = 0) -> str:
    """Return a short text that the parts of a pattern match, repeats taken ``more`` often than they must be."""
    return "".join(_sample_one(kind, value, more) for kind, value in parsed)


def _sample_one(kind: Any, value: Any, more: int) -> str:
    match kind:
        case sre.LITERAL:
            return chr(value)
        case sre.NOT_LITERAL:
            return "a" if value != ord("a") else "b"
        case sre.ANY:
            return "a"
        case sre.IN:
            return _member(value)
        case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
            least, most, inner = value
            return _sample(inner, more) * min(least + more, int(most), 300)
        case sre.SUBPATTERN:
            return _sample(value[-1], more)
        case sre.ATOMIC_GROUP:
            return _sample(value, more)
        case sre.BRANCH:
            return _sample(value[1][0], more)
    return ""  # a place between characters


def _member(items: list[Any]) -> str:
    compiled = re.compile(f"[{'^' if items[0][0] is sre.NEGATE else ''}{''.join(map(_set_part, items))}]")
    return next((char for char in 'a0 _.-"(\n' if compiled.match(char)), None) or next(
        char for char in map(chr, range(0x10000)) if compiled.match(char)
    )


def _set_part(item: tuple[Any, Any]) -> str:
    kind, value = item
    if kind is sre.LITERAL:
        return f"\\U{value:08x}"
    if kind is sre.RANGE:
        return f"\\U{value[0]:08x}-\\U{value[1]:08x}"
    if kind is sre.CATEGORY:
        name = str(value).removeprefix("CATEGORY_")
        letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[name.removeprefix("NOT_")]
        return "\\" + (letter.upper() if name.startswith("NOT_") else letter)
    return ""


def _sequences(parsed: Any) -> Iterator[list[Any]]:
    """Find the sequences of a pattern: itself, and those inside of its groups, branches and repeats."""
    yield list(parsed)
    for kind, value in parsed:
        if kind in _REPEATS:
            yield from _sequences(value[2])
        elif kind is sre.SUBPATTERN:
            yield from _sequences(value[-1])
        elif kind is sre.ATOMIC_GROUP:
            yield from _sequences(value)
        elif kind is sre.BRANCH:
            for branch in value[1]:
                yield from _sequences(branch)


def _worst(pattern: str, flags: int) -> Iterator[tuple[str, str]]:
    """Find beginnings and what is repeated after them."""
    starts, pumps = {""}, {"a", "0", " ", "\n", '"', "call ", "(", "[", "\\", "//", "/*"}
    parsed = sre_parser.parse(pattern, flags)
    for sequence in _sequences(parsed):
        repeats = [index for index, (kind, _) in enumerate(sequence) if kind in _REPEATS]
        # A repeat is worst after what leads to it, and when it can begin again at every turn.
        for end in {0, *repeats, *(index + 1 for index in repeats), len(sequence)}:
            starts.add(_sample(sequence[:end])[:300])
            for begin in {0, *(index for index in repeats if index < end), max(0, end - 1)}:
                pumps.update(_sample(sequence[begin:end], more)[:200] for more in (0, 1))
    starts_kept = sorted(starts, key=lambda start: (len(start), start))
    for pump in sorted(pumps - {""}, key=lambda pump: (len(pump), pump))[:60]:
        for start in starts_kept[:: max(1, len(starts_kept) // 3)]:
            yield start, pump


def _seconds(scan: Callable[[str], object], text: str, repeats: int = 1) -> float:
    taken = []
    for _ in range(repeats):
        began = time.thread_time()
        scan(text)
        taken.append(time.thread_time() - began)
    return min(taken)


def _is_slow(scan: Callable[[str], object], start: str, pump: str) -> bool:
    """Check whether the time for a text grows faster than its length."""

    def text(size: int) -> str:
        return start + pump * (size // len(pump)) + "\0"

    # Exponential and cubic growth shows in short texts; with long ones the test would never end.
    for size in (18, 40, 400):
        if _seconds(scan, text(size)) > _SUSPECT and _seconds(scan, text(size), 3) > _SUSPECT:
            return True
    if _seconds(scan, text(_SIZE)) < _SUSPECT:
        return False
    if _seconds(scan, text(_SIZE), 3) > 10 * _SUSPECT:
        return True
    times = [_seconds(scan, text(_SIZE * factor), 3) for factor in (1, 2, 4)]
    return times[1] > 3 * times[0] and times[2] > 3 * times[1]


@functools.cache
def _found() -> tuple[tuple[str, str, int, str], ...]:
    return tuple(_patterns())


def test_every_pattern_is_linear() -> None:
    slow = []
    for place, pattern, flags, scan in _found():
        compiled = re.compile(pattern, flags)
        run = functools.partial(_SCANS[scan], compiled)
        for start, pump in _worst(pattern, flags):
            if _is_slow(run, start, pump):
                slow.append(f"{place} {scan} {pattern!r} on {start!r} and {pump!r} repeated")
                break
    assert not slow, "\n".join(slow)


def test_the_patterns_of_the_package_are_found() -> None:
    places = {place.partition(":")[0] for place, *_ in _found()}
    assert {"qsharp_bridge.qir.split", "qsharp_bridge.emulator.http.request"} <= places
    assert len(_found()) > 90
    assert {scan for *_, scan in _found()} == set(_SCANS)


@pytest.mark.parametrize(
    ("pattern", "scan"),
    [
        (r"call\b[^@]*@", "search"),  # as the one that held the service for 19 s
        (r"(a+)+$", "match"),
        (r"(?:[^\"\\]|\\.|[^x])*x", "match"),
        (r"\s*(?:#[^\n]*\s*)*END", "match"),
        (r"\s+$", "search"),
        (r"(\w+)\s*=\s*(\w+);", "finditer"),
    ],
)
def test_slow_patterns_are_noticed(pattern: str, scan: str) -> None:
    run = functools.partial(_SCANS[scan], re.compile(pattern))
    assert any(_is_slow(run, start, pump) for start, pump in _worst(pattern, 0))
