"""``qsharp-bridge format``: a value as a Q# literal."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.parser import add_verb
from qsharp_bridge.cli.values import read_value
from qsharp_bridge.errors import SweepError

if TYPE_CHECKING:
    from qsharp_bridge.cli.parser import Verbs


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "format",
        run,
        told="print a value as a Q# literal",
        more="The value is JSON, a Python literal or a Q# literal; `-` reads it from stdin. One that begins with a\n"
        "minus sign may need `--` before it:\n  qsharp-bridge format -- -1e3",
    )
    parser.add_argument("value", metavar="VALUE", help="the value, such as '[0.0, 1.0]', '(1, True)' or PauliX")
    parser.add_argument("--type", metavar="TYPE", help="the Q# type that it shall have, such as 'Double[]'")
    parser.add_argument(
        "--structs", metavar="JSON", help='the fields of the structs in the type: \'{"N.Pt": {"X": "Int"}}\''
    )


def run(args: argparse.Namespace) -> int:
    from qsharp_bridge.literals import QsharpCode, to_qsharp

    value = read_value(sys.stdin.read() if args.value == "-" else args.value, where="value")
    # A bare word is the name of a callable to Q#, and much more often a string that lost its quotes.
    for word in _leaves(value):
        if isinstance(word, QsharpCode):
            raise SweepError(f"{str(word)!r} is no value", path="value", advice=f"write '\"{word}\"' for a string")
    text = to_qsharp(value, args.type, structs=_structs(args.structs))
    print(json.dumps({"literal": text, "type": args.type}) if args.json else text)
    return OK


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _structs(text: str | None) -> dict[str, dict[str, str]] | None:
    if text is None:
        return None
    try:
        structs = json.loads(text)
    except ValueError as error:
        raise SweepError(f"not JSON: {error}", path="--structs") from None
    if not isinstance(structs, dict) or not all(map(_fields, structs.values())):
        raise SweepError(
            "expected an object of objects of type names", path="--structs", advice='{"N.Pt": {"X": "Int"}}'
        )
    return structs


def _fields(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(type_, str) for type_ in value.values())
