"""The pages for contributors name files, tables and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [
    *sorted((ROOT / "docs" / "contributing").glob("*.md")),
    ROOT / "docs" / "architecture.md",
    ROOT / "CONTRIBUTING.md",
]
_FOLDERS = [ROOT, ROOT / "qsharp_bridge", *(path for path in (ROOT / "qsharp_bridge").iterdir() if path.is_dir())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    """A path is from the root of the repository, from the package, or from one of its layers."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = {name for name in re.findall(r"`([\w./-]+/[\w.-]+|[\w]+\.(?:py|toml|md))`", text) if "NAME" not in name}
    missing = [name for name in sorted(named) if not any((folder / name).exists() for folder in _FOLDERS)]
    found = {path.name for path in (ROOT / "qsharp_bridge").rglob("*.py")}  # named beside its folder
    assert [name for name in missing if name not in found] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (page.parent / link).exists()] == []
