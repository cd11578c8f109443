"""The form of the tree: folders of a readable size, no import circles, docstrings that begin with a verb."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "qsharp_bridge"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def test_no_folder_is_crowded() -> None:
    modules = Counter(path.parent for path in MODULES.values() if path.name != "__init__.py")
    assert {str(folder): count for folder, count in modules.items() if count > 15} == {}


def _imported(name: str) -> Iterator[tuple[str, str]]:
    """Each (module, name) that a module imports from the package; lazy and type-only imports count."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name in MODULES)
        if isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (base, node.module) if part)
            if source in MODULES:
                yield from ((source, alias.name) for alias in node.names)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_private_names_stay_in_their_module(name: str) -> None:
    """A leading underscore alone says what is private: only packages and public modules have ``__all__``."""
    taken = [found for _, found in _imported(name) if found.startswith("_") and f"qsharp_bridge.{found}" not in MODULES]
    assert [found for found in taken if found != "__version__"] == []


HOMES = {
    name: {found: source for source, found in _imported(name)}
    for name, path in MODULES.items()
    if path.name == "__init__.py"
}


def _home(source: str, found: str) -> str:
    """The module that defines a name: a package only passes it on."""
    while True:
        if f"{source}.{found}" in MODULES and HOMES.get(source, {}).get(found) in (None, source):
            return f"{source}.{found}"
        following = HOMES.get(source, {}).get(found)
        if following is None or following == source:
            return source
        source = following


def test_no_import_circle() -> None:
    graph = {
        name: {_home(source, found) for source, found in _imported(name)} - {name}
        for name, path in MODULES.items()
        if path.name != "__init__.py"
    }
    # What is left when modules without imports below, then those that import only such ones, ... are taken away.
    left = dict(graph)
    while free := [name for name, needed in left.items() if not needed & left.keys()]:
        for name in free:
            del left[name]
    # Modules that only use a circle are no part of it.
    while unused := left.keys() - {used for needed in left.values() for used in needed}:
        for name in unused:
            del left[name]
    assert sorted(left) == []


NOT_A_VERB = frozenset(
    re.findall(
        r"\w+",
        "A All An Any As At Because Both By Each Every For From Here How However If In Is It Its No None Nothing Of On "
        "One Only Same Some Such That The Their There These They This Those To True What When Where Whether Which Who "
        "Whoever Whose Why With Without",
    )
)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            marks = {ast.unparse(mark).rpartition(".")[2] for mark in node.decorator_list}
            if not marks & {"property", "cached_property"}:
                yield node


@pytest.mark.parametrize("name", sorted(MODULES))
def test_docstrings_of_functions_begin_with_a_verb(name: str) -> None:
    """With no other word, at least; ruff's D401 knows the forms of verbs."""
    wrong = []
    for node in _functions(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        words = (ast.get_docstring(node) or "").split()
        if words and words[0].strip(",:;.`*") in NOT_A_VERB:
            wrong.append(f"{node.name}: {' '.join(words[:8])}")
    assert wrong == []
