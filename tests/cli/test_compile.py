"""qsharp-bridge compile."""

import json
import re
from pathlib import Path

import pytest

import qsharp_bridge as qb

PROJECT = Path(__file__).parents[2] / "qsharp"


def test_prints_what_the_library_compiles(cli):
    ended = cli("compile", PROJECT, "--operation", "GenerateRandomBits", "--", "2", "angle=[0.0, 1.0]")
    operation = qb.Program.from_project(PROJECT).operation("GenerateRandomBits")
    assert ended.code == 0
    assert ended.out == str(operation.compile(2, [0.0, 1.0]))


def test_profile_json_and_file(cli, tmp_path):
    out = tmp_path / "teleport.ll"
    ended = cli(
        "compile", PROJECT / "qsharp.json", "--operation", "Teleport", "--profile", "Adaptive_RI",
        "--output", out, "--json", "--", "0.5",
    )  # fmt: skip
    told = json.loads(ended.out)
    assert told["expression"] == "Entanglement.Teleport(0.5)"
    assert told["profile"] == "Adaptive_RI"
    assert told["qir"] == out.read_text()
    assert "read_result" in told["qir"]


def test_the_only_operation_needs_no_name(cli, folder):
    assert "entry_point" in cli("compile", folder / "turn.qs", "--", "0.5", "true").out


def test_values_of_the_configuration(cli, tmp_path):
    text = """operation Turns() : Result {
        use q = Qubit();
        for _ in 1..Std.Core.ConfigValue("times", 1) { Rx(Std.Core.ConfigValue("scale", 1.0), q); }
        MResetZ(q)
    }"""
    (tmp_path / "t.qs").write_text(text)
    out = cli("compile", tmp_path / "t.qs", "--qdk-config", "times=2", "--qdk-config", "scale=0.5").out
    assert out.count("call void @__quantum__qis__rx__body(double 0.5,") == 2
    ended = cli("compile", tmp_path / "t.qs", "--qdk-config", "2")
    assert ended.code == 2
    assert "--qdk-config: 2 has no name; write NAME=VALUE" in ended.err


def test_a_parameter_called_profile(cli, tmp_path):
    (tmp_path / "p.qs").write_text("operation P(profile : Int) : Result { use q = Qubit(); MResetZ(q) }")
    assert "entry_point" in cli("compile", tmp_path / "p.qs", "--", "profile=3").out


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--operation", "Trn", "--", "1.0"], "has no operation 'Trn'; did you mean Turn?"),
        (["--", "1.0"], "Turn: argument missing: 'flip'"),
        (["--", "1.0", "true", "2"], "Turn: takes"),
        (["--", "1.0", "flip=2"], "Turn: flip: "),
        (["--", "NaN", "true"], "Turn: theta: nan is not a finite Double"),
        (["--profile", "Bas", "--", "1.0", "true"], "unknown target profile 'Bas'"),
    ],
)
def test_refuses(refused, folder, argv, told):
    assert told in refused("compile", folder / "turn.qs", *argv)


def test_which_operation(refused):
    assert re.search(r"has \d+ operations; name one with --operation", refused("compile", PROJECT))


def test_no_such_file(refused, tmp_path):
    assert "there is no " in refused("compile", tmp_path / "no.qs", "--operation", "F")
