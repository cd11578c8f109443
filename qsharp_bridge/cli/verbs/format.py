"""``qsharp-bridge format``: a value as a Q# literal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import click
import msgspec

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.values import read_value
from qsharp_bridge.cli.verb import Verb
from qsharp_bridge.errors import SweepError

_NEGATIVE = re.compile(r"-\.?\d")


class _Format(Verb):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse a negative number as the value, not as an option."""
        if "--" not in args and (numbers := [word for word in args if _NEGATIVE.match(word)]):
            args = [*(word for word in args if word not in numbers), "--", *numbers]
        return super().parse_args(ctx, args)


@click.command("format", cls=_Format)
@click.argument("value")
@click.option("--type", "type_", metavar="TYPE", help="The Q# type of the literal, such as 'Double[]'.")
@click.option("--structs", metavar="JSON", help="""The fields of the structs in the type: '{"N.Pt": {"X": "Int"}}'.""")
def format_(value: str, type_: str | None, structs: str | None, as_json: bool) -> int:
    """Print a value as a Q# literal.

    The value is JSON, a Python literal or a Q# literal, such as '[0.0, 1.0]', '(1, True)' or PauliX; `-` reads it from
    stdin.
    """
    from qsharp_bridge.literals import QsharpCode, to_qsharp

    read = read_value(sys.stdin.read() if value == "-" else value, where="value")
    # In Q# a bare word is the name of a callable; here it is much more often a string without its quotes.
    for word in _leaves(read):
        if isinstance(word, QsharpCode):
            raise SweepError(f"{str(word)!r} is not a value", path="value", advice=f"write '\"{word}\"' for a string")
    text = to_qsharp(read, type_, structs=_structs(structs) if structs is not None else None)
    print(json.dumps({"literal": text, "type": type_}) if as_json else text)
    return OK


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _structs(text: str) -> dict[str, dict[str, str]]:
    try:
        return msgspec.json.decode(text, type=dict[str, dict[str, str]])
    except msgspec.ValidationError:
        raise SweepError(
            "expected an object of objects of type names", path="--structs", advice='{"N.Pt": {"X": "Int"}}'
        ) from None
    except msgspec.DecodeError as error:
        raise SweepError(f"not JSON: {error}", path="--structs") from None
