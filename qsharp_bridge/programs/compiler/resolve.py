"""Asks the compiler for the signature of a callable and for the structs that it takes.

The way to ask is a fragment that cannot compile: ``{ let _ : Unit = Foo; }`` is refused with "expected Unit, found
((Int, Double[]) => Result[] is Adj)". Nothing runs and nothing is added. qdk 1.33 has the type of a callable nowhere
else; what is decided is decided by the codes and places of the diagnostics. The message has the short names of structs
only; which one is meant is settled by annotations: ``let _ : ((N.Pt, _) => _) = Foo;`` is refused unless it is N.Pt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from qsharp_bridge.errors import BridgeError, TypeSyntaxError
from qsharp_bridge.literals import Structs
from qsharp_bridge.programs.declared import Declarations
from qsharp_bridge.programs.signature import Signature
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.syntax import ArrayType, CallableType, QsharpType, TupleType, UdtType, parse_type
from qsharp_bridge.syntax.declarations import Field, TypeDeclaration

from . import thread as compiler
from .cache import answer_cached
from .diagnostics import TYPE_MISMATCH
from .names import signature_of

_FOUND = "expected Unit, found "
_OF_RIGHT_ONES = frozenset({"Qdk.Qsc.TypeCk.AmbiguousTy", "Qdk.Qsc.TypeCk.MissingFunctor"})
"""Codes that an annotation which is right may have: type parameters stay open, and functors are left out of it."""
_COMPLEX = "Std.Math.Complex"
_SPLIT_FUNCTOR = re.compile(r"\bf\?\s+(?=\d)")  # reports may be wrapped after the question mark


@dataclass(frozen=True)
class Resolver:
    """Asks about one program under one profile."""

    sources: Sources
    profile: str
    declared: Declarations

    def signature(self, name: str) -> Signature | None:
        """Return the signature of a callable, or None when there is none of that name under this profile.

        Raises:
            SourceError, CompilerCrashError: from the compiler.
        """
        arrow = self._arrow(name)
        if arrow is None:
            return None
        return signature_of(name, arrow, self.declared.callables.get(name, ()))

    def structs(self, signature: Signature) -> Structs:
        """Return the structs and newtypes that the parameters take, with those inside of them."""
        definitions: dict[str, Mapping[str, QsharpType] | str] = {}
        waiting = [name for one in signature.parameters for name in _udts(one.type)]
        while waiting:
            name = waiting.pop()
            declaration = self.declared.types.get(name)
            if name in definitions or declaration is None:
                continue
            constructor = self._arrow(name)
            if constructor is None:
                continue
            definitions[name] = _definition(declaration, constructor.input)
            waiting.extend(_udts(constructor.input))
        return Structs(definitions)

    def _arrow(self, name: str) -> CallableType | None:
        """Return the type of a callable, its structs qualified."""
        for code, _, message in self._ask(f"{{ let _ : Unit = {name}; }}", name):
            if code == TYPE_MISMATCH:
                try:
                    kind = parse_type(_SPLIT_FUNCTOR.sub("f?", message.removeprefix(_FOUND)))
                except TypeSyntaxError as error:
                    raise BridgeError(f"the compiler's type of {name} cannot be read: {error}") from None
                if isinstance(kind, CallableType):
                    return self._qualified(kind, name)
        return None

    def _qualified(self, arrow: CallableType, name: str) -> CallableType:
        def settle(udt: UdtType, annotate: Callable[[str], str]) -> UdtType:
            # The name is the one in the source: an import may have given it another, so that any
            # type may be meant; but most likely one of that name.
            candidates = sorted([_COMPLEX, *self.declared.types], key=lambda one: one.rpartition(".")[2] != udt.name)
            for candidate in candidates:
                # The second line is wrong, so that nothing runs.
                fragment = f"{{ let _ : {annotate(candidate)} = {name};\nlet _ : Unit = 0; }}"
                if all(line > 1 or code in _OF_RIGHT_ONES for code, line, _ in self._ask(fragment, name)):
                    return UdtType("Complex" if candidate == _COMPLEX else candidate)
            return udt  # of a library whose source is not here

        settled = _replaced(arrow, settle, lambda text: text)
        assert isinstance(settled, CallableType)
        return settled

    def _ask(self, fragment: str, name: str) -> list[tuple[str, int, str]]:
        """Return code, line and message of each diagnostic of a fragment that asks about a callable or a type."""
        declared = name in self.declared.callables or name in self.declared.types

        def ask() -> list[tuple[str, int, str]]:
            found = compiler.probe(self.sources, fragment, profile=self.profile, declared=declared)
            return [(one.code, one.line, one.message) for one in found]

        return answer_cached(self.sources, self.profile, f"diagnostics of {fragment}", ask)


def _replaced(
    kind: QsharpType, settle: Callable[[UdtType, Callable[[str], str]], UdtType], around: Callable[[str], str]
) -> QsharpType:
    """Replace each UDT of a type. ``around`` writes the whole type with this part named and the rest ``_``."""
    if isinstance(kind, UdtType):
        return settle(kind, around)
    if isinstance(kind, ArrayType):
        return ArrayType(_replaced(kind.element, settle, lambda text: around(f"{text}[]")))
    if isinstance(kind, TupleType):
        count = len(kind.items)
        return TupleType(
            tuple(
                _replaced(item, settle, lambda text, at=at: around(_only(text, at, count)))  # type: ignore[misc]
                for at, item in enumerate(kind.items)
            )
        )
    if isinstance(kind, CallableType):
        return CallableType(
            kind.arrow,
            _replaced(kind.input, settle, lambda text: around(f"({text} {kind.arrow} _)")),
            _replaced(kind.output, settle, lambda text: around(f"(_ {kind.arrow} {text})")),
            kind.functors,
        )
    return kind


def _only(text: str, at: int, count: int) -> str:
    return "(" + "".join((text if index == at else "_") + "," for index in range(count)) + ")"


def _udts(kind: QsharpType) -> Iterator[str]:
    if isinstance(kind, UdtType):
        yield kind.name
    elif isinstance(kind, ArrayType):
        yield from _udts(kind.element)
    elif isinstance(kind, TupleType):
        for item in kind.items:
            yield from _udts(item)


def _definition(declaration: TypeDeclaration, underlying: QsharpType) -> Mapping[str, QsharpType] | str:
    """Return a definition as `Structs` takes it: a struct's fields by name, or the right side of a newtype."""
    fields = declaration.fields
    if declaration.kind == "newtype":
        return _named_items(fields, underlying) or str(underlying)
    items = underlying.items if isinstance(underlying, TupleType) else ()
    if len(items) != len(fields):
        return str(underlying)
    return {one.name: item for one, item in zip(fields, items, strict=True)}


def _named_items(fields: tuple[Field, ...], underlying: QsharpType) -> str | None:
    """Return ``(A : Int, (B : Double, Pauli))``: source names, compiler types; None if they differ."""
    items: tuple[QsharpType, ...] = (underlying,)
    if len(fields) > 1:
        items = underlying.items if isinstance(underlying, TupleType) else ()
    if len(items) != len(fields):
        return None
    texts = []
    for one, item in zip(fields, items, strict=True):
        text = str(item) if one.items is None else _named_items(one.items, item)
        if text is None:
            return None
        texts.append(f"{one.name} : {text}" if one.name else text)
    return f"({', '.join(texts)})"
