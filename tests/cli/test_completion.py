"""qsharp-bridge completion; what the shells that are installed make of it."""

import re
import shutil
import subprocess

import pytest

from qsharp_bridge.cli.main import build_parser
from qsharp_bridge.cli.parser import leaves


def bash(script: str, *words: str) -> list[str]:
    """What bash offers for the last word."""
    quoted = " ".join(f"'{word}'" for word in words)
    show = "printf '%s\\n' \"${COMPREPLY[@]}\""
    code = f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _qsharp_bridge; {show}"
    ended = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    return ended.stdout.split()


@pytest.fixture
def script(cli):
    return cli("completion", "bash").out


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["re"], {"resume", "results"}),
        (["sessions", ""], {"list", "show", "jobs", "close", "--help", "-h"}),
        (["sessions", "jobs", "--w"], {"--workspace"}),
        (["jobs", "c"], {"cancel"}),
        (["run", "a.toml", "--sh"], {"--shots"}),
        (["run", "--target", "emulator", "--sh"], {"--shots"}),
        (["completion", "f"], {"fish"}),
        (["compile", "a.qs", "--", "--o"], set()),
        (["run", "--target", ""], set()),
        (["run", "--failure-policy", ""], {"continue", "abort"}),
        (["run", "--profile", "Adaptive_"], {"Adaptive_RI", "Adaptive_RIF"}),
        (["compile", "a.qs", "--profile", "B"], {"Base"}),
        (["resume", "--on-interrupt", "l"], {"leave"}),
    ],
)
def test_bash(script, words, offered):
    assert set(bash(script, "qsharp-bridge", *words)) == offered


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("verb", "files"),
    [("run", 1), ("plan", 1), ("resume", 1), ("results", 1), ("compile", 1), ("sessions show", 0), ("format", 0)],
)
def test_bash_offers_files_where_a_file_is_wanted(script, verb, files):
    assert re.search(rf'"{verb}"\) .*files={files} ', script)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_knows_every_option_of_every_verb(script):
    for parser in leaves(build_parser()):
        options = {option for action in parser._actions for option in action.option_strings} - {"--traceback"}
        assert set(bash(script, *parser.prog.split(), "-")) == options, parser.prog


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here: run scripts/install-debian")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("re", {"resume", "results"}),
        ("sessions ", {"list", "show", "jobs", "close"}),
        ("sessions jobs --w", {"--workspace"}),
        ("jobs c", {"cancel"}),
        ("run --sh", {"--shots"}),
        ("run --failure-policy ", {"continue", "abort"}),
        ("results r.db --observable p", {"parity"}),
        ("completion f", {"fish"}),
    ],
)
def test_fish(cli, tmp_path, line, offered):
    (tmp_path / "q.fish").write_text(cli("completion", "fish").out)
    code = f"source {tmp_path / 'q.fish'}; complete -C 'qsharp-bridge {line}'"
    ended = subprocess.run(["fish", "-c", code], capture_output=True, text=True, check=True)
    assert {told.split()[0] for told in ended.stdout.splitlines()} == offered


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
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("re", {"resume", "results"}),
        ("sessions ", {"list", "show", "jobs", "close"}),
        ("sessions jobs --w", {"--workspace"}),
        ("run --target emulator a.toml --sh", {"--shots"}),
        ("run --failure-policy ", {"continue", "abort"}),
        ("results r.db --observable p", {"parity"}),
        ("completion f", {"fish"}),
    ],
)
def test_zsh(cli, tmp_path, line, offered, how):
    (tmp_path / "_qsharp-bridge").write_text(cli("completion", "zsh").out)
    if how == "in fpath":
        (tmp_path / "rc.zsh").write_text(f"fpath=({tmp_path} $fpath)\n{RC}")
    else:
        (tmp_path / "rc.zsh").write_text(RC.replace("print READY", f"source {tmp_path}/_qsharp-bridge; print READY"))
    (tmp_path / "ask.zsh").write_text(ASK)
    asked = ["zsh", "-f", str(tmp_path / "ask.zsh"), str(tmp_path), line]
    ended = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)
    assert set(ended.stdout.split()) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_every_option_is_in_the_script(cli, shell):
    told = cli("completion", shell).out
    for parser in leaves(build_parser()):
        for action in parser._actions:
            for option in set(action.option_strings) - {"--traceback"}:
                assert option.lstrip("-") in told, (parser.prog, option)
    assert "traceback" not in told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_can_read_it(cli, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here: run scripts/install-debian")
    subprocess.run([shell, "-n"], input=cli("completion", shell).out, text=True, check=True)


def test_unknown_shell(refused):
    assert "unknown choice 'bsh'; did you mean bash?" in refused("completion", "bsh")
