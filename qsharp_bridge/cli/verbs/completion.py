"""``qsharp-bridge completion``: completion scripts for shells."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.verb import Verb, Word


@click.command(cls=Verb, json=False)
@click.argument("shell", type=Word(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Print a completion script for a shell.

    \b
      bash:  qsharp-bridge completion bash > ~/.local/share/bash-completion/completions/qsharp-bridge
      zsh:   qsharp-bridge completion zsh > "${fpath[1]}/_qsharp-bridge"
      fish:  qsharp-bridge completion fish > ~/.config/fish/completions/qsharp-bridge.fish
    """
    script = get_completion_class(shell)
    assert script is not None
    print(script(ctx.find_root().command, {}, "qsharp-bridge", "_QSHARP_BRIDGE_COMPLETE").source(), end="")
    return OK
