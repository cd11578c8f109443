"""The command line in this process: what it prints, and how it ends."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from qsharp_bridge.cli.main import commands, main
from qsharp_bridge.emulator import LocalService

SOURCE = """\
operation Turn(theta : Double, flip : Bool) : Result {
    use q = Qubit();
    if flip { X(q); }
    Rx(theta, q);
    MResetZ(q)
}
"""
SWEEP = """\
program = "turn.qs"
operation = "Turn"
shots = 20

[parameters]
theta = { values = [0.0, 3.141592653589793] }
flip = { values = [false, true] }
"""
CERTAIN = [{"0": 20}, {"1": 20}, {"1": 20}, {"0": 20}]
"""What the sweep of ``SWEEP`` gives, whatever the seed."""


@dataclass
class Ended:
    code: int
    out: str
    err: str


Cli = Callable[..., Ended]


@pytest.fixture(autouse=True)
def no_workspace(monkeypatch):
    """No workspace of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(("AZURE_", "QSHARP_BRIDGE_API"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def cli(capsys) -> Cli:
    """Runs a command in this process."""

    def run(*argv: str) -> Ended:
        capsys.readouterr()
        try:
            code = main([str(word) for word in argv])
        except SystemExit as ended:
            code = ended.code
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture
def refused(cli) -> Callable[..., str]:
    """Runs a command that must end with exit code 2 and one line on stderr; gives the line."""

    def run(*argv: str) -> str:
        ended = cli(*argv)
        assert (ended.code, ended.out) == (2, ""), ended
        assert ended.err.startswith("qsharp-bridge")
        assert ended.err.count("\n") == 1
        return ended.err.partition(": ")[2].rstrip()

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a program and the sweep of it, ``sweep.toml``."""
    (tmp_path / "turn.qs").write_text(SOURCE)
    (tmp_path / "sweep.toml").write_text(SWEEP)
    return tmp_path


@pytest.fixture
def service(monkeypatch) -> Iterator[LocalService]:
    """A local service, its key in the environment."""
    with LocalService(seed=7) as running:
        monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", running.api_key)
        yield running


def verbs() -> dict[str, click.Command]:
    """Every command that does something, by its words: ``sessions list``."""
    found = {}
    for name, command in commands.commands.items():
        below = command.commands if isinstance(command, click.Group) else {}
        found |= {f"{name} {verb}": each for verb, each in below.items()} or {name: command}
    return found


def start(*argv: str, **options) -> subprocess.Popen:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "qsharp_bridge.cli.main", *map(str, argv)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
