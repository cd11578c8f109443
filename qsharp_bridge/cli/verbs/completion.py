"""``qsharp-bridge completion``: a static script for the shell, made from the parser."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qsharp_bridge.cli.completion import SHELLS, script
from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.parser import add_verb

if TYPE_CHECKING:
    from qsharp_bridge.cli.parser import Verbs


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "completion",
        run,
        told="print a completion script for a shell",
        more="  bash:  qsharp-bridge completion bash > ~/.local/share/bash-completion/completions/qsharp-bridge\n"
        "  zsh:   qsharp-bridge completion zsh > \"${fpath[1]}/_qsharp-bridge\"\n"
        "  fish:  qsharp-bridge completion fish > ~/.config/fish/completions/qsharp-bridge.fish",
        json=False,
    )  # fmt: skip
    parser.add_argument("shell", choices=tuple(SHELLS), metavar="SHELL", help="which shell")


def run(args: argparse.Namespace) -> int:
    from qsharp_bridge.cli.main import build_parser

    print(script(args.shell, build_parser()), end="")
    return OK
