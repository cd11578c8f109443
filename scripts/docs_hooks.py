"""Four things that mkdocs does not do.

Roles of Sphinx in docstrings are shown as plain code, ``\\|`` as ``|``, and a comment that names a sample as its code.
A page without JavaScript says that the search needs it.
"""

import json
import re
from pathlib import Path
from typing import Any

_ROLE = re.compile(r":(?:func|class|meth|attr|mod|exc|data):(?=<code|<a )")
_CELL = re.compile(r"<td[^>]*>[^\n]*</td>")

_SAMPLE = re.compile(r"^<!-- code of (samples/[a-z0-9_]{1,40}\.(?:py|ipynb)) -->$", re.MULTILINE)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_ARTICLE = '<article class="md-content__inner md-typeset">'
_NO_SEARCH = (
    "<noscript><p><em>The search needs JavaScript, which this browser does not run. "
    "The menu has all pages.</em></p></noscript>"
)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by mkdocs for each page, before it becomes HTML."""
    root = Path(__file__).parent.parent
    return _SAMPLE.sub(lambda found: _sample((root / found[1]).read_text(encoding="utf-8"), found[1]), markdown)


def _sample(text: str, name: str) -> str:
    """Return a script, or the cells of a notebook, as Markdown."""
    if name.endswith(".py"):
        return f"```python\n{text}```"
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]
    return "\n\n".join(
        _HEADING.sub(r"**\1**", source) if kind == "markdown" else f"```python\n{source}\n```" for kind, source in cells
    )


def on_page_content(html: str, **_: Any) -> str:
    """Called by mkdocs for each page."""
    # GitHub wants the backslash in a table's code, and Python-Markdown shows it.
    return _CELL.sub(lambda cell: cell[0].replace("\\|", "|"), _ROLE.sub("", html))


def on_post_page(output: str, **_: Any) -> str:
    """Called by mkdocs for each page, when it is complete; what is added here is not in the index of the search."""
    return output.replace(_ARTICLE, _ARTICLE + _NO_SEARCH, 1)
