"""qsharp-bridge completion; what the shells that are installed make of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from qsharp_bridge.cli.main import commands
from tests.shared.command_line import verbs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """A command ``qsharp-bridge`` in the path, as an install makes it."""
    command = tmp_path / "bin" / "qsharp-bridge"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m qsharp_bridge.cli.main \"$@\"\n")
    command.chmod(0o755)
    paths = {"PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **paths, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}


OFFERED = [
    ("re", {"resume", "results"}),
    ("sessions ", {"list", "show", "jobs", "close"}),
    ("sessions jobs --w", {"--workspace"}),
    ("jobs c", {"cancel"}),
    ("run --target emulator a.toml --sh", {"--shots"}),
    ("run --failure-policy ", {"continue", "abort"}),
    ("run --profile Adaptive_", {"Adaptive_RI", "Adaptive_RIF"}),
    ("compile a.qs --profile B", {"Base"}),
    ("resume --on-interrupt l", {"leave"}),
    ("completion f", {"fish"}),
]
"""Lines, and what a shell offers for their last word."""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(("line", "offered"), OFFERED)
def test_bash(cli, environment, line, offered):
    script = cli("completion", "bash").out
    words = ["qsharp-bridge", *line.split(" ")]
    quoted = " ".join(f"'{word}'" for word in words)
    show = "printf '%s\\n' \"${COMPREPLY[@]}\""
    code = (
        f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _qsharp_bridge_completion qsharp-bridge; {show}"
    )
    ended = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert set(ended.stdout.split()) == offered


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("run ", {"file"}),
        ("resume ", {"file"}),
        ("run --journal ", {"file"}),
        ("compile ", {"file"}),
        ("sessions show ", set()),
        ("run --target ", set()),
    ],
)
def test_files_are_offered_where_a_file_is_wanted(line, kinds):
    words = line.split()
    complete = ShellComplete(commands, {}, "qsharp-bridge", "X")
    assert {item.type for item in complete.get_completions(words, "")} == kinds


def test_every_option_of_every_verb_is_offered():
    complete = ShellComplete(commands, {}, "qsharp-bridge", "X")
    for name, verb in verbs().items():
        offered = {item.value for item in complete.get_completions(name.split(), "--")}
        known = {option for param in verb.params for option in (*param.opts, *param.secondary_opts)}
        assert offered == {option for option in known if option.startswith("--")} - {"--traceback"} | {"--help"}, name


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here: run scripts/install-debian")
@pytest.mark.parametrize(("line", "offered"), OFFERED)
def test_fish(cli, environment, tmp_path, line, offered):
    (tmp_path / "q.fish").write_text(cli("completion", "fish").out)
    code = f"source {tmp_path / 'q.fish'}; complete -C 'qsharp-bridge {line}'"
    ended = subprocess.run(["fish", "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert {found.split()[0] for found in ended.stdout.splitlines()} == offered


# zsh completes nothing without a terminal: this one runs another zsh in a pseudo-terminal, types a line and a tab, and
# reads what the completion adds.
ASK = r"""
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; source $1/rc.zsh"
zpty -r z line "*READY*"
zpty -w -n z "qsharp-bridge $2"$'\t'
zpty -r z line "*END*"
print -r -- ${${line##*BEGIN}%%END*}
"""
RC = r"""
autoload -U compinit; compinit -u -D
bindkey '^I' complete-word
compprefuncs=(begun); comppostfuncs=(ended)
begun() { print -r -- BEGIN }
ended() { print -r -- END }
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    local -a found
    builtin compadd -A found "$@"
    (( $#found )) || return 1
    print -rl -- $found
}
print READY
"""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here: run scripts/install-debian")
@pytest.mark.parametrize("how", ["in fpath", "sourced"])
@pytest.mark.parametrize(("line", "offered"), OFFERED)
def test_zsh(cli, environment, tmp_path, line, offered, how):
    (tmp_path / "_qsharp-bridge").write_text(cli("completion", "zsh").out)
    if how == "in fpath":
        (tmp_path / "rc.zsh").write_text(f"fpath=({tmp_path} $fpath)\n{RC}")
    else:
        (tmp_path / "rc.zsh").write_text(RC.replace("print READY", f"source {tmp_path}/_qsharp-bridge; print READY"))
    (tmp_path / "ask.zsh").write_text(ASK)
    asked = ["zsh", "-f", str(tmp_path / "ask.zsh"), str(tmp_path), line]
    ended = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60, env=environment)
    assert set(ended.stdout.split()) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_can_read_it(cli, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here: run scripts/install-debian")
    subprocess.run([shell, "-n"], input=cli("completion", shell).out, text=True, check=True)


def test_unknown_shell(refused):
    assert "unknown choice 'bsh'; did you mean bash?" in refused("completion", "bsh")
