"""qsharp-bridge format."""

import io
import json

import pytest


@pytest.mark.parametrize(
    ("argv", "literal"),
    [
        (["[0, 1.5]"], "[0.0, 1.5]"),
        (["(1, True)"], "(1, true)"),
        (["[1, 2]", "--type", "Double[]"], "[1.0, 2.0]"),
        (["-1"], "-1"),
        (["--", "-1e3"], "-1000.0"),
        (["PauliX"], "PauliX"),
        (["0..2..8"], "0..2..8"),
        (["9223372036854775808"], "9223372036854775808L"),
        (['"a\\nb"'], '"a\\nb"'),
        (['{"X": 1}', "--type", "N.Pt", "--structs", '{"N.Pt": {"X": "Int"}}'], "new N.Pt { X = 1 }"),
    ],
)
def test_prints_the_literal(cli, argv, literal):
    ended = cli("format", *argv)
    assert (ended.code, ended.out, ended.err) == (0, f"{literal}\n", "")


def test_json(cli):
    assert json.loads(cli("format", "[1]", "--type", "Double[]", "--json").out) == {
        "literal": "[1.0]",
        "type": "Double[]",
    }


def test_from_stdin(cli, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("[1, 2]\n"))
    assert cli("format", "-").out == "[1, 2]\n"


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["hello"], "value: 'hello' is not a value; write '\"hello\"' for a string"),
        (["[0, NaN]"], "value[1]: nan is not a finite Double"),
        (["[0, nan]"], "value[1]: nan is not a finite Double"),
        (["[[0.5, -inf]]"], "value[0][1]: -inf is not a finite Double"),
        (["[hello]"], "value: 'hello' is not a value; write '\"hello\"' for a string"),
        (["1.5", "--type", "Int"], "value: "),
        (["1", "--type", "Dbl[["], "Dbl"),
        (["1", "--structs", "{"], "--structs: not JSON"),
        (["1", "--structs", "[1]"], "--structs: expected an object of objects"),
        (["1", "--structs", '{"N.Pt": {"X": 3}}'], "--structs: expected an object of objects of type names"),
    ],
)
def test_refuses(refused, argv, told):
    assert told in refused("format", *argv)
