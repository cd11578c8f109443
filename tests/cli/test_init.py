"""qsharp-bridge init and schema."""

import json

import pytest

from qsharp_bridge.sweepfile.model import schema


def test_what_it_writes_runs(cli, folder, monkeypatch):
    monkeypatch.chdir(folder)
    ended = cli("init", "turn.qs")
    assert (ended.code, ended.out) == (0, "wrote Turn.toml\n")
    assert "#     qsharp-bridge run Turn.toml" in (folder / "Turn.toml").read_text()
    ended = cli("run", "Turn.toml", "--quiet", "--json", "--shots", "3")
    assert ended.code == 0
    assert len(json.loads(ended.out)["rows"]) == 9


def test_the_path_of_the_program_is_relative_to_the_file(cli, folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "sub").mkdir()
    ended = cli("init", "turn.qs", "--output", "sub/s.toml", "--json")
    assert json.loads(ended.out) == {"file": "sub/s.toml", "operation": "Turn"}
    assert 'program = "../turn.qs"' in (folder / "sub" / "s.toml").read_text()
    assert cli("plan", "sub/s.toml").code == 0


def test_no_file_is_overwritten(refused, folder):
    kept = (folder / "sweep.toml").read_text()
    line = refused("init", folder / "turn.qs", "--output", folder / "sweep.toml")
    assert line.endswith("sweep.toml exists; name another file with --output")
    assert (folder / "sweep.toml").read_text() == kept


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["no.qs"], "there is no "),
        (["sweep.toml"], "is not a Q# file; name a file that ends with .qs"),
        (["turn.qs", "--operation", "Trun"], "did you mean Turn?"),
    ],
)
def test_refuses(refused, folder, argv, told):
    assert told in refused("init", folder / argv[0], *argv[1:])


def test_schema(cli):
    assert json.loads(cli("schema").out) == schema()
