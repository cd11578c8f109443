"""``qsharp-bridge schema``: the JSON Schema of sweep files."""

from __future__ import annotations

import json

import click

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.verb import Verb


@click.command(cls=Verb, json=False)
def schema() -> int:
    """Print the JSON Schema of sweep files.

    An editor checks and completes a sweep file whose first line names it:

    \b
      qsharp-bridge schema > sweep.schema.json
      #:schema sweep.schema.json
    """
    from qsharp_bridge.sweepfile.model import schema

    print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return OK
