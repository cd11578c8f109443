"""Two things that mkdocs does not do: roles of Sphinx in docstrings are shown as plain code, and ``\\|`` as ``|``."""

import re
from typing import Any

_ROLE = re.compile(r":(?:func|class|meth|attr|mod|exc|data):(?=<code|<a )")
_CELL = re.compile(r"<td[^>]*>[^\n]*</td>")


def on_page_content(html: str, **_: Any) -> str:
    """Called by mkdocs for each page."""
    # GitHub wants the backslash in a table's code, and Python-Markdown shows it.
    return _CELL.sub(lambda cell: cell[0].replace("\\|", "|"), _ROLE.sub("", html))
