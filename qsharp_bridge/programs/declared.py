"""The names that an entry expression can use, and their declarations.

The compiler does not report the names of parameters, so these are read from the text. A name may be exported under
another one (``export Foo as Bar``), and exported again by another file or project; an export of a dependency begins
with the name that the manifest gives the dependency. What is found here is compared with the compiler's types before
it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from qsharp_bridge.syntax.declarations import CallableDeclaration, TypeDeclaration, declarations, tokens

from .sources import Sources

_Found = tuple[CallableDeclaration, ...] | TypeDeclaration


@dataclass(frozen=True)
class Declarations:
    """The declarations of a program, by each name that an entry expression can use.

    Attributes:
        callables: operations and functions, by qualified name; several declarations where ``@Config`` selects one.
        types: structs and newtypes, by qualified name.
        own: the names of the program itself, without those of its dependencies.
        aliases: the names that only an export has given.
    """

    callables: Mapping[str, tuple[CallableDeclaration, ...]] = field(default_factory=dict)
    types: Mapping[str, TypeDeclaration] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()

    def candidates(self, name: str) -> list[str]:
        """Return the qualified names that ``name`` may mean: itself, or those that end with it.

        Names of the program itself hide those of its dependencies. Where a callable has several names, the one of its
        declaration comes first.
        """
        if name in self.callables:
            return [name]
        ends = [known for known in self.callables if known.endswith(f".{name}")]
        wanted = {id(self.callables[known]) for known in ends if known in self.own} or {
            id(self.callables[known]) for known in ends
        }
        found = [known for known in ends if id(self.callables[known]) in wanted]
        return sorted(found, key=lambda known: (known in self.aliases, known not in self.own))

    def means_one(self, names: list[str]) -> bool:
        """Check whether all these names mean the same callable."""
        return len({id(self.callables[name]) for name in names}) == 1


def declared_in(sources: Sources) -> Declarations:
    """Return the declarations of a program and of what its dependencies export.

    >>> text = "namespace A { function F(x : Int) : Int { x } export F as G; }"
    >>> sorted(declared_in(Sources.from_text(text)).callables)
    ['A.F', 'A.G']
    """
    project = _Project(sources, sources.project)
    callables = {name: found for name, found in project.names.items() if isinstance(found, tuple)}
    types = {name: found for name, found in project.names.items() if isinstance(found, TypeDeclaration)}
    return Declarations(callables, types, frozenset(project.own), frozenset(project.exported) - project.declared)


class _Project:
    """The names that the texts of one project can use.

    Attributes:
        names: its own names, and those that its dependencies export.
        declared: the names that its texts declare.
        exported: the names that its texts export, some of them declared.
    """

    def __init__(self, sources: Sources, folder: str | None) -> None:
        self.names: dict[str, _Found] = {}
        for alias, dependency in sources.dependencies(folder):
            other = _Project(sources, dependency)
            for name in other.exported:
                first, _, rest = name.partition(".")
                inner = rest if first == "Main" and rest else name  # src/Main.qs of a dependency is its own name
                self.names[f"{alias}.{inner}"] = other.names[name]
        units = list(sources.units(folder))
        self.declared: set[str] = set()
        for namespace, text in units:
            self._add_declared(namespace, text, replace=sources.project is None)
        self.exported: set[str] = set()
        exports = [one for namespace, text in units for one in _exports(text, namespace)]
        for _ in exports:  # one export may name another; each round resolves at least one more
            before = len(self.exported)
            for one in exports:
                self._add_exported(one)
            if len(self.exported) == before:
                break
        self.own = self.declared | self.exported

    def _add_declared(self, namespace: str, text: str, *, replace: bool) -> None:
        unit: dict[str, tuple[CallableDeclaration, ...]] = {}
        for found in declarations(text, namespace):
            if isinstance(found, CallableDeclaration):
                unit[found.name] = (*unit.get(found.name, ()), found)
            else:
                self.names[found.name] = found
                self.declared.add(found.name)
        for name, given in unit.items():  # a later cell of a notebook replaces, a file of a project adds
            earlier = self.names.get(name, ())
            self.names[name] = given if replace or not isinstance(earlier, tuple) else (*earlier, *given)
            self.declared.add(name)

    def _add_exported(self, export: _Export) -> None:
        for path in export.meanings():
            if path in self.names:
                if export.name not in self.declared:
                    self.names.setdefault(export.name, self.names[path])
                self.exported.add(export.name)
                return


@dataclass(frozen=True)
class _Export:
    """One item of an ``export``: the exported name, its path, and the imports by which the path is read."""

    name: str
    path: str
    namespace: str
    imports: Mapping[str, str]
    opened: tuple[str, ...]

    def meanings(self) -> Iterator[str]:
        """Yield the qualified names that the path may mean, the nearest first."""
        yield _joined(self.namespace, self.path)
        first, dot, rest = self.path.partition(".")
        if first in self.imports:
            yield _joined(self.namespace, self.imports[first] + dot + rest)
            yield self.imports[first] + dot + rest
        for namespace in self.opened:
            yield f"{namespace}.{self.path}"
        yield self.path


def _exports(text: str, namespace: str) -> Iterator[_Export]:
    """Yield the exports of a text; ``namespace`` is that of the text outside of any block."""
    exports: dict[str, list[tuple[str, str]]] = {}
    imports: dict[str, dict[str, str]] = {}
    opened: dict[str, list[str]] = {}
    current, depth, level = namespace, 0, 0
    words = [token.text for token in tokens(text)]
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "namespace" and depth == 0 and "{" in words[at:]:
            end = words.index("{", at)
            current, depth, level, at = "".join(words[at:end]), 1, 1, end + 1
        elif word in ("{", "}"):
            depth += 1 if word == "{" else -1
            if depth < level:
                current, level = namespace, 0
        elif word in ("import", "export", "open") and depth == level:
            end = words.index(";", at) if ";" in words[at:] else len(words)
            for path, name in _items(words[at:end]):
                if word == "export":
                    exports.setdefault(current, []).append((_joined(current, name), path))
                elif word == "open" or path.endswith(".*"):
                    opened.setdefault(current, []).append(path.removesuffix(".*"))
                if word != "export":
                    imports.setdefault(current, {})[name] = path
            at = end
    for place, items in exports.items():
        for name, path in items:
            yield _Export(name, path, place, imports.get(place, {}), tuple(opened.get(place, ())))


def _items(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield path and name of each item of an import or export: ``A.B as C, D`` is (A.B, C) and (D, D)."""
    item: list[str] = []
    for word in [*words, ","]:
        if word != ",":
            item.append(word)
            continue
        if item:
            path, alias = item, item[-1]
            if "as" in item:
                path, alias = item[: item.index("as")], item[-1]
            yield "".join(path), alias
        item = []


def _joined(namespace: str, name: str) -> str:
    return f"{namespace}.{name}" if namespace else name
