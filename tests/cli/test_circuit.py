"""qsharp-bridge circuit."""

import json
from xml.etree import ElementTree

import qsharp_bridge as qb


def test_prints_the_diagram(cli, folder):
    operation = qb.Program.from_file(folder / "turn.qs").operation("Turn")
    assert cli("circuit", folder / "turn.qs", "--", "0.5", "true").out == f"{operation.circuit(0.5, True)}\n"
    assert cli("circuit", folder / "turn.qs", "--", "flip=true").out == f"{operation.circuit(flip=True)}\n"
    assert "(theta)" in cli("circuit", folder / "turn.qs", "--symbols", "--", "0.5", "true").out


def test_files_and_json(cli, folder, tmp_path):
    ended = cli("circuit", folder / "turn.qs", "--output", tmp_path / "turn.svg", "--", "0.5", "true")
    assert (ended.code, ended.out) == (0, "")
    assert ElementTree.parse(tmp_path / "turn.svg").getroot().tag.endswith("svg")
    assert json.loads(cli("circuit", folder / "turn.qs", "--json", "--", "0.5", "true").out)["qubits"]


def test_a_parameter_called_symbols(cli, tmp_path):
    (tmp_path / "s.qs").write_text("operation S(symbols : Int) : Result { use q = Qubit(); MResetZ(q) }")
    assert "M" in cli("circuit", tmp_path / "s.qs", "--", "symbols=3").out


def test_refuses(refused, folder):
    assert "Turn: argument missing: 'flip'" in refused("circuit", folder / "turn.qs", "--", "0.5")
