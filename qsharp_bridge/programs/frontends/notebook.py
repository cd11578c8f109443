"""The ``%%qsharp`` cells of a notebook, as the texts of a program.

The interpreter of the notebook keeps no sources, and its context belongs to the notebook's thread. So the cells are
taken from IPython's history, in the order in which they ran, and compiled again in another context. As in the
notebook, a later cell may declare a name again; code that an earlier cell compiled keeps the earlier declaration.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from qsharp_bridge.errors import SourceError
from qsharp_bridge.programs.compiler import thread as compiler
from qsharp_bridge.programs.compiler.contexts import Contexts
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.syntax.declarations import tokens
from qsharp_bridge.targets.profiles import UNRESTRICTED

_BRACED = {"operation", "function", "struct", "namespace"}
_ITEMS = {*_BRACED, "newtype", "open", "import", "export", "internal", "@"}


def sources_of(history: Iterable[str], config: Mapping[str, Any] | None = None) -> Sources:
    """Return the sources of the Q# cells in a history.

    A cell that does not compile declares nothing, as in the notebook.

    Args:
        history: IPython's parsed input history.
        config: values for ``Std.Core.ConfigValue``; None for those of the last ``qsharp.init``.

    Raises:
        SourceError: there is no Q# cell with a declaration, or the history does not show the values.
    """
    cells, init = cells_since_init(history)
    values = _config_of(init) if config is None and init is not None else config
    kept: list[str] = []
    for cell in cells:
        text = declarations_of(cell)
        if text.strip() and _compiles(Sources.from_cells([*kept, text]).with_config(values)):
            kept.append(text)
    if not kept:
        raise SourceError(
            "no %%qsharp cell of this notebook declares anything", advice="run the cells with the operations first"
        )
    return Sources.from_cells(kept).with_config(values)


def _config_of(init: ast.Call) -> dict[str, Any] | None:
    """Return the ``qdk_config`` that a call of ``qsharp.init`` gives, or None where it gives none."""
    for keyword in init.keywords:
        if keyword.arg not in ("qdk_config", None):  # None: **options, which may have it
            continue
        try:
            return dict(ast.literal_eval(keyword.value))
        except (TypeError, ValueError):
            raise SourceError(
                f"the values of qsharp.init({ast.unparse(keyword)}) are not known here",
                advice="give them again: Program.from_context(qdk_config=...), {} for none",
            ) from None
    return None


def _compiles(sources: Sources) -> bool:
    def load(contexts: Contexts) -> None:
        with contexts.using(sources, UNRESTRICTED):
            pass

    try:
        compiler.run(load)
    except SourceError:
        return False
    return True


def cells_since_init(history: Iterable[str]) -> tuple[list[str], ast.Call | None]:
    """Return the bodies of the ``%%qsharp`` cells since the last ``qsharp.init``, and that call.

    ``history`` is IPython's parsed input history.
    """
    found: list[str] = []
    init = None
    for text in history:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue  # not Python, so it did not run
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            match call:
                case ast.Call(
                    func=ast.Attribute(attr="run_cell_magic"),
                    args=[ast.Constant(value="qsharp"), ast.Constant(), ast.Constant(value=str(body))],
                ):
                    found.append(body)
                case ast.Call(func=ast.Attribute(value=ast.Name(id="qsharp" | "qdk"), attr="init")):
                    found.clear()
                    init = call
    return found, init


def declarations_of(text: str) -> str:
    """Return a cell with its statements replaced by blanks, so that the declarations keep their places.

    >>> declarations_of("operation F() : Unit {} F();")
    'operation F() : Unit {}     '
    """
    kept = [" " if not character.isspace() else character for character in text]
    for start, end in _items(text):
        kept[start:end] = text[start:end]
    return "".join(kept)


def _items(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each declaration, import and namespace."""
    depth, start, first, braced = 0, -1, "", False
    found = list(tokens(text))
    for index, token in enumerate(found):
        following = found[index + 1].text if index + 1 < len(found) else ""
        if start < 0:
            start, first, braced = token.at, token.text, token.text in _BRACED
        if depth == 0 and first in ("@", "internal") and token.kind == "name":
            braced = braced or token.text in _BRACED
        if token.kind == "mark":
            depth += (token.text in "([{") - (token.text in ")]}")
        ended = token.text == ";" or (
            token.text == "}" and (braced if first in _ITEMS else not following or following in _ITEMS)
        )
        if depth <= 0 and ended:
            if first in _ITEMS:
                yield start, token.at + len(token.text)
            depth, start = 0, -1
