"""The one command of the benchmarks: its floors hold what they say, and it fails when they do not."""

import importlib.util
import subprocess
import sys
import tomllib
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def command(monkeypatch):
    loader = SourceFileLoader("benchmarks_run", str(FOLDER / "run"))
    spec = importlib.util.spec_from_loader("benchmarks_run", loader)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(__import__("sys").modules, "benchmarks_run", module)
    loader.exec_module(module)
    return module


def test_every_floor_is_one_of_a_suite(command):
    floors = tomllib.loads((FOLDER / "floors.toml").read_text())
    assert set(floors.pop("needs").values()) <= set(command.PEERS)
    assert set(floors) <= set(command.SUITES)
    for entries in floors.values():
        for goal in entries.values():
            amount = float(goal.split()[1])
            assert command.holds(amount, goal)
            assert not command.holds(amount * (0.9 if goal.startswith(">=") else 1.1), goal)


@pytest.mark.parametrize(("value", "status"), [(20.0, 0), (1.0, 1), (None, 1)])
def test_the_check_fails_under_a_floor(command, monkeypatch, tmp_path, capsys, value, status):
    """A suite in the place of "runner" whose ratio is over its floor, under it, or missing."""
    what = "the plain loop / ours, 50 ms a request"
    others = [
        command.Figure("runner", "CPU a job, ours / bare client", 1.0),
        command.Figure("runner", "one point a job / packs", 10.0),
    ]
    found = others if value is None else [*others, command.Figure("runner", what, value)]
    monkeypatch.setitem(command.SUITES, "runner", lambda quick, folder: found)
    path = tmp_path / "kept.json"
    arguments = ["run", "--quick", "--check", "--only", "runner", "--json", str(path)]
    monkeypatch.setattr("sys.argv", arguments)
    assert command.main() == status
    assert ("UNDER ITS FLOOR" in capsys.readouterr().out) == (value == 1.0)
    assert '"numpy"' in path.read_text()


@pytest.mark.parametrize("installed", [False, True])
def test_a_floor_of_a_peer_that_is_not_installed_is_left_out(command, monkeypatch, tmp_path, installed):
    floors = tomllib.loads((FOLDER / "floors.toml").read_text())
    ours = {what: floor for what, floor in floors["simulation"].items() if not what.startswith(("Aer", "PennyLane"))}
    figures = [command.Figure("simulation", what, float(floor.split()[1])) for what, floor in ours.items()]
    assert len(ours) < len(floors["simulation"])
    monkeypatch.setitem(command.SUITES, "simulation", lambda quick, folder: figures)
    there = command.versions() | dict.fromkeys(["qiskit-aer", "pennylane"], "1.0" if installed else "not installed")
    monkeypatch.setattr(command, "versions", lambda: there)
    arguments = ["run", "--quick", "--check", "--only", "simulation", "--json", str(tmp_path / "kept.json")]
    monkeypatch.setattr("sys.argv", arguments)
    assert command.main() == int(installed)


def test_a_ratio_beyond_its_floor_is_measured_again_and_the_best_counts(command):
    values = iter([[1.0, 5.0], [4.0, 9.0], [20.0, 7.0]])

    def measure():
        first, second = next(values)
        return [command.Figure("s", "more", first), command.Figure("s", "less", second)]

    found = command.better_of(measure, {"more": ">= 3", "less": "<= 6"})
    assert [(one.what, one.value) for one in found] == [("more", 4.0), ("less", 5.0)]
    assert next(values) == [20.0, 7.0]  # two were enough


def test_the_costs_of_the_layers_are_measured(tmp_path):
    """Small, against a service in a process of its own; the page is written between its marks."""
    page = tmp_path / "costs.md"
    page.write_text((FOLDER.parent / "docs" / "costs.md").read_text())
    command = [sys.executable, str(FOLDER / "costs.py"), "--points", "40", "--jobs", "4", "--write", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "| fetch: two requests | " in page.read_text()
