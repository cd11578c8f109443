"""Help, errors and exit codes of every verb."""

import json
import os

import click
import pytest

from qsharp_bridge import __version__
from qsharp_bridge.cli import exit_codes as exits
from qsharp_bridge.errors import (
    ArgumentError,
    BudgetError,
    CompileError,
    JournalError,
    MissingExtraError,
    QsharpValueError,
    ResultFormatError,
    ServiceError,
    SweepError,
    TargetError,
)
from qsharp_bridge.runner.options import OPTIONS
from tests.shared.command_line import python, start, verbs


def test_every_verb_has_help(cli):
    top = cli("--help")
    assert top.code == 0
    for verb in verbs():
        assert verb.split()[0] in top.out
        ended = cli(*verb.split(), "--help")
        assert ended.code == 0
        assert ended.out.startswith(f"Usage: qsharp-bridge {verb}")
        assert "--traceback" not in ended.out


def test_every_verb_takes_json_but_those_that_print_a_file_of_their_own():
    without = {name for name, verb in verbs().items() if "as_json" not in {param.name for param in verb.params}}
    assert without == {"completion", "schema"}


def test_every_option_has_a_help():
    for name, verb in verbs().items():
        for param in verb.params:
            assert isinstance(param, click.Argument) or param.hidden or param.help.endswith("."), (name, param.name)


def test_placeholders_are_those_of_the_table_of_options(cli):
    shown = cli("run", "--help").out
    for name, option in OPTIONS.items():
        flag = f"--{name.replace('_', '-')}"
        if option.metavar and f"{flag} " in shown and name not in ("failure_policy", "on_interrupt"):
            assert f"{flag} {'|'.join((option.metavar, *option.words))}" in shown


def test_a_terminal_without_the_letters_gets_the_rest():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = start("format", '"é"', env=environment)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, '"\\xe9"\n', "")


def test_version(cli):
    assert cli("--version").out == f"qsharp-bridge {__version__}\n"


HEAVY = ("qdk", "azure", "numpy", "pandas", "matplotlib", "starlette", "qulacs", "jinja2", "requests")


@pytest.mark.parametrize(
    "argv", [["--help"], ["run", "--help"], ["format", "[1, (2.5, true)]"], ["completion", "bash"]]
)
def test_what_needs_no_library_imports_none(argv):
    told = python(f"""
import sys
from qsharp_bridge.cli.main import main
try:
    main({argv!r})
except SystemExit:
    pass
print(sorted(set({HEAVY!r}) & set(sys.modules)))
""")
    assert told.splitlines()[-1] == "[]"


def test_help_loads_neither_sweeps_nor_results_nor_values():
    """They are what would make it slow: it has a third of the modules of a run."""
    loaded = (
        python("""
import sys
from qsharp_bridge.cli.main import main
try:
    main(["--help"])
except SystemExit:
    pass
print(*sorted(sys.modules))
""")
        .splitlines()[-1]
        .split()
    )
    assert not {f"qsharp_bridge.{name}" for name in ("sweeps.sweep", "results.point", "literals", "programs")} & {
        *loaded
    }


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["emulatr"], "no such command emulatr; did you mean emulator?"),
        (["sessions", "lst"], "no such command lst; did you mean list?"),
        (["xyzzy"], "no such command xyzzy; it is one of init, run, plan"),
        (["run", "a.toml", "--shot", "3"], "no such option --shot; did you mean --shots?"),
        (["run", "a.toml", "--max-in-flight", "x"], "invalid value for '--max-in-flight': 'x' is not a valid integer;"),
        (["run", "a.toml", "--budget", "abc"], "invalid value for '--budget': 'abc' is not a valid float;"),
        (["run", "a.toml", "--noise", "3"], "no such option --noise; see"),
        (["run", "a.toml", "--traceback=3"], "option '--traceback' does not take a value;"),
        (["emulator", "--port", "abc"], "invalid value for '--port': 'abc' is not a valid integer"),
        (["run", "a.toml", "b.toml"], "got unexpected extra argument (b.toml)"),
        (["run"], "missing argument 'SWEEP.toml'"),
        (["sessions"], "missing command; see qsharp-bridge sessions --help"),
        ([], "missing command; see qsharp-bridge --help"),
    ],
)
def test_a_wrong_command_line_is_one_line(refused, argv, told):
    assert told in refused(*argv)


def test_options_are_not_abbreviated(refused):
    assert "no such option --ses" in refused("run", "a.toml", "--ses", "x")


def test_exit_codes_of_errors():
    for error in (SweepError, QsharpValueError, ArgumentError, CompileError, TargetError, ResultFormatError):
        assert exits.code_of(error("x")) == exits.BAD_INPUT
    for error in (ServiceError, JournalError, BudgetError, MissingExtraError):
        assert exits.code_of(error("x")) == exits.TROUBLE


def test_all_exit_codes_are_in_the_help(cli):
    told = cli("--help").out
    codes = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    assert codes == set(exits.MEANINGS)
    assert all(f"\n    {code:<4} " in told for code in codes)


def test_a_bug_is_one_line_too(cli, monkeypatch):
    def broken(args):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("qsharp_bridge.cli.values.read_value", broken)
    monkeypatch.setattr("qsharp_bridge.cli.verbs.format.read_value", lambda *_, **__: broken(None))
    ended = cli("format", "1")
    assert ended.code == 3
    assert ended.err == (
        "qsharp-bridge format: internal error: ZeroDivisionError: oh; run it again with --traceback and report that\n"
    )
    with pytest.raises(ZeroDivisionError):
        cli("format", "1", "--traceback")


def test_a_message_of_many_lines_is_one_line(refused, tmp_path):
    (tmp_path / "bad.qs").write_text("operation F() : Unit {\n    let x = ;\n}")
    assert "line 2" in refused("compile", tmp_path / "bad.qs")


def test_a_reader_that_leaves_early_is_no_error(folder):
    (folder / "big.toml").write_text(
        'program = "turn.qs"\noperation = "Turn"\nshots = 1\noutput = "big.json"\n'
        "[parameters]\nflip = true\ntheta = { linspace = [0.0, 1.0, 2000] }\n"
    )
    process = start("run", folder / "big.toml", "--quiet")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait() == exits.BROKEN_PIPE
    assert process.stderr.read() == f"wrote {folder / 'big.json'}\n"
    process.stderr.close()
    assert len(json.loads((folder / "big.json").read_text())["rows"]) == 2000
