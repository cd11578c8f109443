"""Completion scripts, made from the parser: what a shell may put after each command."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .parser import children


class Option(NamedTuple):
    """An option of a command.

    Attributes:
        told: its help.
        value: whether a value follows it.
        words: what that value may be, where that is known.
    """

    told: str
    value: bool
    words: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """One command line so far, such as ``sessions list``, and what may follow.

    Attributes:
        words: the words after the program's name.
        commands: verb to its help, where verbs may follow.
        options: by their names.
        files: whether a positional argument is a file.
        choices: what else a positional argument may be.
    """

    words: tuple[str, ...]
    commands: dict[str, str]
    options: dict[str, Option]
    files: bool
    choices: tuple[str, ...]


def commands(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[Command]:
    """Every command below a parser, itself first."""
    options: dict[str, Option] = {}
    helps: dict[str, str] = {}
    choices: tuple[str, ...] = ()
    files = False
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
        elif action.help is argparse.SUPPRESS:
            continue
        elif action.option_strings:
            for option in action.option_strings:
                suggested = tuple(getattr(action, "suggestions", ()))
                options[option] = Option(action.help or "", action.nargs != 0, suggested)
        elif action.choices:
            choices = tuple(map(str, action.choices))
        else:
            files = files or action.dest == "file"
    yield Command(words, helps, options, files, choices)
    for name, below in children(parser).items():
        yield from commands(below, (*words, name))


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The completion script of a shell: ``bash``, ``zsh`` or ``fish``."""
    return SHELLS[shell](list(commands(parser)))


def _bash(known: list[Command]) -> str:
    cases = "\n".join(
        f'        "{" ".join(each.words)}") words="{" ".join(_follows(each))}"; files={int(each.files)} ;;'
        for each in known
    )
    valued = "|".join(sorted({name for each in known for name, option in each.options.items() if option.value}))
    suggested = {name: option.words for each in known for name, option in each.options.items() if option.words}
    words = "\n".join(f'            {name}) words="{" ".join(words)}" ;;' for name, words in sorted(suggested.items()))
    return f"""\
# bash completion for qsharp-bridge; made by `qsharp-bridge completion bash`
_qsharp_bridge() {{
    local word current="${{COMP_WORDS[COMP_CWORD]}}" command="" words="" files=0 skip=0
    COMPREPLY=()
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        if ((skip)); then skip=0; continue; fi
        case "$word" in
            --) return ;;
            {valued}) skip=1 ;;
            -*) ;;
            *) case " {" ".join(sorted({word for each in known for word in each.words}))} " in
                *" $word "*) [[ "$command" == *" "* ]] || command="${{command:+$command }}$word" ;;
            esac ;;
        esac
    done
    if ((skip)); then
        case "${{COMP_WORDS[COMP_CWORD-1]}}" in
{words}
        esac
        if [[ "$words" ]]; then COMPREPLY=($(compgen -W "$words" -- "$current"))
        else compopt -o default 2>/dev/null; fi
        return
    fi
    case "$command" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    if ((files)) && [[ "$current" != -* ]]; then compopt -o default 2>/dev/null; fi
}}
complete -F _qsharp_bridge qsharp-bridge
"""


def _zsh(known: list[Command]) -> str:
    parts = []
    for each in known:
        arguments = []
        for name, option in each.options.items():
            values = f"({' '.join(option.words)})" if option.words else "_files"
            arguments.append(f"'{name}[{_zsh_text(option.told)}]{f':value:{values}' if option.value else ''}'")
        if each.commands:
            arguments.append("'1: :->command'")
            arguments.append("'*:: :->rest'")
        elif each.choices:
            arguments.append(f"'1:choice:({' '.join(each.choices)})'")
        elif each.files:
            arguments.append("'*:file:_files'")
        body = f"    _arguments -C {' '.join(arguments)}\n"
        if each.commands:
            listed = "\n".join(f"            '{name}:{_zsh_text(told)}'" for name, told in each.commands.items())
            calls = "\n".join(
                f"            {name}) {_function((*each.words, name))} ;;" for name in each.commands
            )  # fmt: skip
            body += f"""\
    case $state in
        command)
            local -a verbs=(
{listed}
            )
            _describe command verbs ;;
        rest) case $line[1] in
{calls}
        esac ;;
    esac
"""
        parts.append(f"{_function(each.words)}() {{\n    local state line\n{body}}}\n")
    return (
        "#compdef qsharp-bridge\n# made by `qsharp-bridge completion zsh`\n"
        + "\n".join(parts)
        + "\n"
        # As a file in fpath this is the body of a function, which shall complete already the first time.
        + 'if [[ "$funcstack[1]" = _qsharp-bridge ]]; then _qsharp_bridge "$@"\n'
        + "else compdef _qsharp_bridge qsharp-bridge; fi\n"
    )


def _fish(known: list[Command]) -> str:
    lines = ["# fish completion for qsharp-bridge; made by `qsharp-bridge completion fish`"]
    for each in known:
        when = " ".join(f"and __fish_seen_subcommand_from {word};" for word in each.words).removeprefix("and ")
        when = when.rstrip(";")
        if not each.words:
            condition = "-n __fish_use_subcommand"
        elif each.commands:
            condition = f"-n '{when}; and not __fish_seen_subcommand_from {' '.join(each.commands)}'"
        else:
            condition = f"-n '{when}'"
        start = f"complete -c qsharp-bridge {condition}"
        for name, told in each.commands.items():
            lines.append(f"{start} -f -a {name} -d {_quoted(told)}")
        if each.choices:
            lines.append(f"{start} -f -a {_quoted(' '.join(each.choices))}")
        for name, option in each.options.items():
            flag = f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
            value = f" -x -a {_quoted(' '.join(option.words))}" if option.words else " -r" if option.value else ""
            lines.append(f"{start} {flag}{value} -d {_quoted(option.told)}")
    return "\n".join(lines) + "\n"


SHELLS: dict[str, Callable[[list[Command]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}


def _follows(command: Command) -> list[str]:
    return [*command.commands, *command.choices, *command.options]


def _function(words: tuple[str, ...]) -> str:
    return "_".join(("_qsharp_bridge", *words))


def _zsh_text(text: str) -> str:
    return re.sub(r"([\[\]:\\])", r"\\\1", text.replace("'", "’")).replace("%%", "%")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("%%", "%") + "'"
