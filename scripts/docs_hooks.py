"""What mkdocs does besides: roles of Sphinx in docstrings, such as :func:`run_sweep`, are shown as plain code."""

import re
from typing import Any

_ROLE = re.compile(r":(?:func|class|meth|attr|mod|exc|data):(?=<code|<a )")


def on_page_content(html: str, **_: Any) -> str:
    """Called by mkdocs for each page."""
    return _ROLE.sub("", html)
