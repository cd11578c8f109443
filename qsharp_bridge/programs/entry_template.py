"""Entry expressions from templates, for scripts that show the Q# that they send.

    >>> EntryTemplate("GenerateRandomBits({{ n }}, {{ angle }})").render(n=2, angle=[0.0, 1.0])
    'GenerateRandomBits(2, [0.0, 1.0])'

The template is trusted code; values are data, wherever they come from. To keep the two apart, the template engine
never writes a value: it writes a hole, the text with holes is split into Q# tokens, and then each hole is filled with
a literal, in parentheses where the operators around it could split it. A hole inside a string or a comment, or next to
a letter, is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

import jinja2
import jinja2.meta
import jinja2.nodes as nodes
import jinja2.sandbox

from qsharp_bridge.errors import BridgeError, TemplateError
from qsharp_bridge.literals import Structs, to_qsharp
from qsharp_bridge.literals.structs import StructsLike
from qsharp_bridge.syntax import QsharpType, parse_type
from qsharp_bridge.syntax.declarations import tokens

# The statements of templates. Others could turn values into text and use it as code or as a value ({% filter %},
# {% call %}, {% macro %}, {% set %} with a body, {% autoescape %}), or need other templates.
_STATEMENTS = (nodes.Output, nodes.For, nodes.If, nodes.Assign, nodes.With)
_GLOBALS = ("range", "dict", "namespace")

# A hole is "\ufdd0" index "\ufdd1": two code points that are not characters, and that no template may contain.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_HOLE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_SLOTS = "the values of this rendering"  # with spaces: no template can name it
_FILL = "fill a hole"

_BEFORE = frozenset("([{,;")  # after these, and before those, any literal needs no parentheses
_AFTER = frozenset(")]},;")


class EntryTemplate:
    """A Q# entry expression with ``{{ values }}``, in the language of Jinja2.

    Args:
        text: Q# with ``{{ expressions }}``, ``{% for %}``, ``{% if %}``, ``{% set name = ... %}`` and
            ``{% with %}``. Every value becomes a Q# literal by `to_qsharp`; ``{{ x | qsharp("Double[]") }}`` gives
            it a type. `QsharpCode` and `Operation` values are written unchanged.
        structs: the fields of the structs that types in the template name, such as ``op.structs``.

    Raises:
        TemplateError: the text is not such a template.

    >>> EntryTemplate('F([{% for x in xs %}{{ x | qsharp("Double") }}, {% endfor %}])').render(xs=[1, 2])
    'F([1.0, 2.0, ])'
    """

    def __init__(self, text: str, *, structs: Structs | StructsLike | None = None) -> None:
        if not isinstance(text, str):
            raise TemplateError(f"a template is a string, not {type(text).__name__}")
        if _OPEN in text or _CLOSE in text:
            raise TemplateError("a template cannot hold the code points U+FDD0 and U+FDD1")
        self.text = text
        self._structs = structs if isinstance(structs, Structs) else Structs(structs)
        environment = _environment()
        try:
            tree = environment.parse(text)
            _refuse_unknown(tree.body)
            self.variables = frozenset(jinja2.meta.find_undeclared_variables(tree) - set(_GLOBALS))
            _mark_holes(tree)
            code = environment.compile(tree)
        except jinja2.TemplateError as error:
            raise _translated(error) from None
        except RecursionError:
            raise TemplateError("the template is nested too deep") from None
        self._template = environment.template_class.from_code(environment, code, dict(environment.globals))

    def render(self, /, **values: Any) -> str:
        """Return the expression for these values.

        Args:
            **values: a value for each name in the template.

        Raises:
            TemplateError: a name is undefined, or a value is where it cannot be a literal.
            QsharpValueError, QsharpTypeError: a value has no literal; the error has its name and the path inside it.
        """
        slots: list[_Slot] = []
        try:
            text = self._template.render({**values, _SLOTS: (slots, self._structs)})
        except jinja2.TemplateError as error:
            raise _translated(error) from None
        except BridgeError:
            raise
        except Exception as error:
            raise TemplateError(f"rendering failed: {type(error).__name__}: {error}") from error
        return _filled(text, slots)

    def __repr__(self) -> str:
        return f"EntryTemplate({self.text!r})"


@dataclass(frozen=True, slots=True)
class _Typed:
    """A value with the type that the filter ``qsharp`` gave it."""

    value: Any
    type: QsharpType


@dataclass(frozen=True, slots=True)
class _Slot:
    """The text for one hole. Code is written unchanged; a literal may need parentheses."""

    index: int
    name: str
    text: str
    is_code: bool


def _environment() -> jinja2.sandbox.SandboxedEnvironment:
    environment = jinja2.sandbox.SandboxedEnvironment(
        undefined=jinja2.StrictUndefined, autoescape=False, finalize=_finalize, keep_trailing_newline=True
    )
    environment.globals = {name: environment.globals[name] for name in _GLOBALS}
    environment.filters["qsharp"] = _typed
    environment.filters[_FILL] = _fill
    return environment


def _finalize(value: Any) -> str:
    """Return the hole of a slot; refuse all other output."""
    if type(value) is not _Slot:
        raise TemplateError(f"the template writes a {type(value).__name__} that is not a value")
    return f"{_OPEN}{value.index}{_CLOSE}"


def _typed(value: Any, type: str | QsharpType) -> _Typed:
    if isinstance(value, jinja2.Undefined):
        _undefined(value)
    return _Typed(value, parse_type(type) if isinstance(type, str) else type)


@jinja2.pass_context  # also keeps Jinja from filling holes with constants ahead of time
def _fill(context: jinja2.runtime.Context, value: Any, name: str) -> _Slot:
    if isinstance(value, jinja2.Undefined):
        _undefined(value)
    slots, structs = context.get(_SLOTS)
    kind = None
    if isinstance(value, _Typed):
        value, kind = value.value, value.type
    is_code = hasattr(type(value), "__qsharp__")
    slot = _Slot(len(slots), name, to_qsharp(value, kind, structs=structs, root=name), is_code)
    slots.append(slot)
    return slot


def _undefined(value: jinja2.Undefined) -> NoReturn:
    try:
        str(value)  # a StrictUndefined raises an error that names what is missing
    except jinja2.UndefinedError as error:
        raise _translated(error) from None
    raise TemplateError("a name is undefined")


def _refuse_unknown(body: list[nodes.Node]) -> None:
    for statement in body:
        if not isinstance(statement, _STATEMENTS) or (isinstance(statement, nodes.For) and statement.recursive):
            name = "recursive for" if isinstance(statement, nodes.For) else type(statement).__name__
            raise TemplateError(
                f"line {statement.lineno}: a template cannot have the statement {name}",
                advice="it can have {{ values }}, {% for %}, {% if %}, {% set name = value %} and {% with %}",
            )
        for block in ("body", "elif_", "else_"):
            _refuse_unknown(getattr(statement, block, None) or [])


def _mark_holes(tree: nodes.Template) -> None:
    """Send every ``{{ expression }}`` through `_fill`, with a name for errors."""
    for output in tree.find_all(nodes.Output):
        output.nodes = [
            one
            if isinstance(one, nodes.TemplateData)
            else nodes.Filter(one, _FILL, [nodes.Const(_name(one))], [], None, None, lineno=one.lineno)
            for one in output.nodes
        ]


def _name(node: nodes.Node) -> str:
    """Return the name of an expression for errors: its text if that is simple, else "value"."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_name(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return f"{_name(node.node)}[{node.arg.value!r}]"
    if isinstance(node, nodes.Filter) and node.node is not None:
        return _name(node.node)
    return "value"


def _filled(text: str, slots: list[_Slot]) -> str:
    """Fill the holes of a text, after checking that each is a token of its own."""
    found = list(tokens(text))
    place = {token.at: index for index, token in enumerate(found) if token.text == _OPEN}
    parts = []
    end = 0
    for hole in _HOLE.finditer(text):
        slot = slots[int(hole[1])]
        index = place.get(hole.start())
        if index is None:
            raise TemplateError(
                f"{slot.name}: a value cannot be inside a Q# string or comment",
                advice="leave out the quotes: a str becomes a Q# String with quotes",
            )
        before, after = text[: hole.start()][-1:], text[hole.end() :][:1]
        if _glues(before) or _glues(after):
            raise TemplateError(
                f"{slot.name}: a value cannot be part of a word, here next to {(before + ' ' + after).strip()!r}",
                advice="leave a space, or use QsharpCode for a name",
            )
        bare = slot.is_code or (
            (index == 0 or found[index - 1].text in _BEFORE or _assigns(found, index - 1))
            and (index + 3 >= len(found) or found[index + 3].text in _AFTER)
        )
        parts += [text[end : hole.start()], slot.text if bare else f"({slot.text})"]
        end = hole.end()
    return "".join(parts) + text[end:]


def _glues(character: str) -> bool:
    """Check whether a character next to a literal could become one token with it."""
    return character.isalnum() or character in ("_", '"', "'", "$", "@", _OPEN, _CLOSE) if character else False


def _assigns(found: list[Any], index: int) -> bool:
    """Check whether the token is ``=`` by itself, not the end of ``==`` or ``<=``."""
    token = found[index]
    if token.text != "=":
        return False
    previous = found[index - 1] if index else None
    return previous is None or previous.kind != "mark" or previous.at + len(previous.text) < token.at


def _translated(error: jinja2.TemplateError) -> TemplateError:
    line = f"line {error.lineno}: " if isinstance(error, jinja2.TemplateSyntaxError) else ""
    return TemplateError(f"{line}{error.message or type(error).__name__}")
