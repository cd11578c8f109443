"""argparse with one-line errors that guess what was meant."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from qsharp_bridge._suggest import did_you_mean

from .exit_codes import BAD_INPUT

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction["Parser"]

Run = Callable[[argparse.Namespace], int]

_WRONG_TYPE = re.compile(r"invalid (?P<kind>\w+) value: (?P<found>'.*')")
_KINDS = {"int": "whole number", "float": "number", "_port": "port number", "_workers": "number of workers",
          "_seconds": "number of seconds"}  # fmt: skip
_CHOICE = re.compile(r"invalid choice: '?(?P<found>[^' ]*)'? \(choose from (?P<known>.*)\)")


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` whose errors are one line, with a guess at what was meant.

    Attributes:
        rest: name and help of what may follow ``--``, or None.
    """

    rest: tuple[str, str] | None = None

    def __init__(self, **options: Any) -> None:
        # An abbreviation that works today is ambiguous when the next option is added.
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def take_rest(self, name: str, *, told: str) -> None:
        """Take what follows ``--`` as the list ``name``; argparse itself cannot, after an option."""
        self.rest = (name, told)
        self.set_defaults(**{name: []})
        self.usage = f"{self.format_usage().removeprefix('usage: ').strip()} [-- {name.upper()} ...]".replace("%", "%%")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        # Judged here, by the verb that met it, and not by the outermost parser, which knows no option of a verb.
        rest: list[str] = []
        if self.rest and args is not None and "--" in args:
            place = args.index("--")
            args, rest = args[:place], args[place + 1 :]
        found, unknown = super().parse_known_args(args, namespace)
        if self.rest:
            setattr(found, self.rest[0], rest)
        if unknown:
            word = unknown[0].partition("=")[0]
            options = [option for action in self._actions for option in action.option_strings]
            self.error(f"unknown argument {word}{did_you_mean(word, options)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        if wrong := _WRONG_TYPE.search(message):
            message = f"{message[: wrong.start()]}{wrong['found']} is no {_KINDS.get(wrong['kind'], 'such value')}"
        if choice := _CHOICE.search(message):
            known = re.findall(r"[\w.-]+", choice["known"])
            message = message[: choice.start()] + f"unknown choice {choice['found']!r}" + (
                did_you_mean(choice["found"], known) or f"; it is one of {', '.join(known)}"
            )  # fmt: skip
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def add_verb(verbs: Verbs, name: str, run: Run, *, told: str, more: str = "", json: bool = True) -> Parser:
    """Add a verb.

    Args:
        verbs: what ``add_subparsers`` gave.
        run: called with the parsed arguments; gives the exit code.
        told: one line for the list of verbs; ``more``: what its own help says besides.
        json: whether it can print JSON.
    """
    parser = verbs.add_parser(name, help=told, description=_sentence(told) + (f"\n\n{more}" if more else ""))
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--traceback", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=run, prog=parser.prog)
    return parser


def suggest(action: argparse.Action, words: Sequence[str]) -> None:
    """What a shell may offer as the value of an option; the option may take others."""
    action.suggestions = words  # type: ignore[attr-defined]


def add_group(verbs: Verbs, name: str, *, told: str) -> Verbs:
    """Add a verb that has verbs of its own, such as ``sessions list``."""
    parser = verbs.add_parser(name, help=told, description=_sentence(told))
    return parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)


def leaves(parser: argparse.ArgumentParser) -> Sequence[argparse.ArgumentParser]:
    """Every parser below this one that runs something, in order."""
    found: list[argparse.ArgumentParser] = []
    for below in children(parser).values():
        found.extend(leaves(below) or [below])
    return found


def children(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Name to parser of the verbs directly below."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
