"""The documentation: every Python block runs, page by page; every command it shows exists; the site builds strictly."""

import ast
import asyncio
import importlib.util
import inspect
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from qsharp_bridge.cli.main import commands, main
from qsharp_bridge.emulator.pytest_plugin import azure_quantum_service

__all__ = ["azure_quantum_service"]  # a fixture that the pages use

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)

# Blocks that need a cluster, or packages that this package does not know: only their syntax is checked here.
NOT_HERE = ("tcp://10.0.0.5", "mpi4py", "import ray")


def _blocks(page: str, *languages: str) -> list[str]:
    return [code for language, code in BLOCK.findall((DOCS / page).read_text()) if language in languages]


def _script(page: str) -> str:
    """The page's Python blocks as one module, each on the lines where it stands, so that an error names its place."""
    text = (DOCS / page).read_text()
    lines = [""] * text.count("\n")
    for found in BLOCK.finditer(text):
        if found[1] == "python":
            extra = re.search(r"^(?:from|import) (qiskit|cirq)\b", found[2], re.MULTILINE)
            missing = extra is not None and importlib.util.find_spec(extra[1]) is None
            if missing or any(word in found[2] for word in NOT_HERE):
                compile(found[2], f"docs/{page}", "exec")
                continue
            first = text.count("\n", 0, found.start(2))
            for offset, line in enumerate(found[2].splitlines()):
                lines[first + offset] = line
    return "\n".join(lines)


@pytest.mark.parametrize("page", [page for page in PAGES if _blocks(page, "python")])
def test_every_python_block_of_a_page_runs(page, tmp_path, monkeypatch, request):
    """In this process, since a page of its own would spend most of its time on imports."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    code = compile(_script(page), f"docs/{page}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    try:
        waited = eval(code, names)
        if inspect.iscoroutine(waited):  # the page shows an ``await``
            asyncio.run(waited)
    finally:
        if "connection" in names:
            names["connection"].close()
    for name, test in list(names.items()):
        if name.startswith("test_"):  # a page that shows a test: run it with its fixtures
            test(**{fixture: request.getfixturevalue(fixture) for fixture in inspect.signature(test).parameters})


def test_the_code_of_the_gallery_makes_its_pictures():
    page = (DOCS / "gallery.md").read_text()
    shown = re.findall(r"!\[[^\]]+\]\(images/gallery/([\w.-]+)\)", page)
    assert len(shown) >= 11
    assert shown == re.findall(r"(?:savefig|Path)\(\"([\w.-]+)\"", page)
    assert sorted(shown) == sorted(path.name for path in (DOCS / "images" / "gallery").iterdir())


def test_the_files_and_commands_of_get_started_work_as_they_stand_there(tmp_path, monkeypatch):
    (source,), (sweep,) = _blocks("get-started.md", "qsharp"), _blocks("get-started.md", "toml")
    (tmp_path / "rabi.qs").write_text(source)
    (tmp_path / "rabi.toml").write_text(sweep)
    monkeypatch.chdir(tmp_path)
    for page, line in COMMANDS:
        if page == "get-started.md":
            assert main(shlex.split(line)[1:]) == 0, line
    assert (tmp_path / "rabi.png").exists()


COMMANDS = [
    (page, line)
    for page in PAGES
    for block in _blocks(page, "sh", "console")
    for line in block.splitlines()
    if line.startswith("qsharp-bridge ")
]


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_every_command_shown_is_one(page, line):
    context, words = click.Context(commands), shlex.split(line, comments=True)[1:]
    while isinstance(context.command, click.Group):
        name, command, words = context.command.resolve_command(context, words)
        context = click.Context(command, context, name)
    context.command.parse_args(context, words)


def test_every_path_of_the_repository_that_is_named_exists():
    for page in PAGES:
        for path in re.findall(r"`((?:scripts|samples|qsharp|benchmarks)/[\w./-]*\w)`", (DOCS / page).read_text()):
            assert (ROOT / path).exists(), f"{page}: {path}"


def test_the_site_builds_without_a_warning(tmp_path):
    if not (importlib.util.find_spec("mkdocs") and importlib.util.find_spec("mkdocstrings")):
        pytest.skip("the documentation is built with the extra [docs]")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "true"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    samples = (tmp_path / "samples.html").read_text()
    assert "<!-- code of" not in samples
    assert samples.count("<code>") >= len(list((ROOT / "samples").glob("*.py"))), "each sample with its code"
    assert "Program.from_context" in re.sub("<[^>]*>", "", samples), "also the notebook"
    for page in PAGES:
        html = (tmp_path / page).with_suffix(".html").read_text()
        loaded = re.findall(
            r"<(?:script|img)[^>]*src=\"(http[^\"]*)|<link[^>]*rel=\"(?:stylesheet|preconnect)[^>]*http", html
        )
        assert "<noscript><p><em>The search needs JavaScript" in html
        assert not loaded, f"{page} loads from other hosts: {loaded}"
        for broken in (
            "<blockquote>",
            "```",
            "# doctest:",
            "\\|",
            "<code>~q",
        ):  # Markdown that was taken for something else
            assert broken not in html, f"{page} shows {broken}"


def test_the_reference_has_every_public_name():
    import qsharp_bridge as qb

    named = set(re.findall(r"`(\w+)`", (DOCS / "reference" / "index.md").read_text()))
    assert set(qb.__all__) <= named
