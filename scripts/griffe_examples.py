"""What mkdocstrings does besides: the examples of docstrings become blocks of code, and options of a run a link.

Docstrings have plain ``>>>`` examples, as ``help`` and doctest show them best; Markdown takes them for quotations.
"""

import re
from typing import Any

import griffe

# Indented by four, an example is a block of code as it stands.
_EXAMPLE = re.compile(r"^([ ]{0,3})>>> .*(?:\n(?![ ]*$).*)*", re.MULTILINE)
_OPTIONS = re.compile(r":class:`~qsharp_bridge\.runner\.options\.(\w+)`")
_FLAGS = re.compile(r"\s*# doctest: .*")


def fenced(text: str) -> str:
    """A docstring with a fence around each example.

    >>> fenced("Adds.\\n\\n>>> 1 + 1\\n2")
    'Adds.\\n\\n```pycon\\n>>> 1 + 1\\n2\\n```'
    """

    def fence(found: re.Match[str]) -> str:
        return f"{found[1]}```pycon\n{_FLAGS.sub('', found[0])}\n{found[1]}```"

    return _EXAMPLE.sub(fence, text)


class Examples(griffe.Extension):
    """Loaded by mkdocs.yml."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called by griffe for each object that it has read."""
        if obj.docstring is not None:
            linked = _OPTIONS.sub(r"the [options of a run][options-of-a-run] (`\1`)", obj.docstring.value)
            obj.docstring.value = fenced(linked)
