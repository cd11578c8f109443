"""``qsharp-bridge emulator``: the local Azure Quantum service as a process of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qsharp_bridge._environment import API_KEY
from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.verb import Verb

if TYPE_CHECKING:
    from qsharp_bridge.emulator import LocalService


def _pace(ctx: click.Context, param: click.Parameter, text: str) -> str:
    from qsharp_bridge.emulator.state.pace import Pace

    try:
        Pace.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return text


@click.command(cls=Verb)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8400, show_default=True, help="The port; 0 takes a free one."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--allow-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    help="A further name of this machine that clients use, such as the name of a container; may be repeated.",
)
@click.option("--data", type=click.Path(), help="Keep jobs and sessions in this folder; by default in memory.")
@click.option(
    "--session-timeout",
    type=click.FloatRange(0, 10**9, min_open=True),
    default=600.0,
    show_default=True,
    help="A session without activity times out after so many seconds.",
)
@click.option(
    "--api-key",
    envvar=API_KEY,
    show_envvar=True,
    metavar="KEY",
    help="The key that clients must send; by default a new one, which is printed. Other users of this machine can "
    "read arguments: prefer the variable or --api-key-file.",
)
@click.option(
    "--api-key-file", type=click.Path(path_type=Path), help="Read the key that clients must send from this file."
)
@click.option(
    "--pace",
    default="immediate",
    show_default=True,
    callback=_pace,
    help='"immediate", seconds from submission to result, or "reads:N".',
)
@click.option(
    "--job-timeout",
    type=click.FloatRange(0, 10**9, min_open=True),
    default=600.0,
    show_default=True,
    help="A job that runs longer than so many seconds is ended, and has failed.",
)
@click.option("--seed", type=int, help="Make the outcomes of jobs repeatable.")
@click.option(
    "--sampling",
    is_flag=True,
    help="Draw the counts of ionq.simulator at random; by default they are proportions, rounded down, as IonQ's are.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 1000),
    help="How many jobs run at once; by default 1, with --dask as many as keep the cluster busy.",
)
@click.option(
    "--dask",
    metavar="ADDRESS",
    help="Simulate jobs by the workers of the Dask cluster with this scheduler, such as tcp://10.0.0.5:8786.",
)
@click.option("--certificate", type=click.Path(), help="A PEM certificate: the service speaks https with it.")
@click.option("--private-key", type=click.Path(), help="Its key; by default in the certificate's file.")
def emulator(
    dask: str | None,
    api_key: str | None,
    api_key_file: Path | None,
    data: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Run the local Azure Quantum service until Ctrl-C.

    Prints its address and how to connect. The unmodified azure-quantum client can use it. With `--json` it prints one
    line when the service answers, with its url, api_key, data (a folder, or null) and pid.
    """
    from qsharp_bridge.emulator import serve

    serve(
        data=data,
        api_key=api_key if api_key_file is None else None,
        api_key_file=api_key_file,
        executor=dask,
        ready=(lambda service: _print_json(service, data)) if as_json else None,
        **options,
    )
    return OK


def _print_json(service: LocalService, data: str | None) -> None:
    """Print one line of JSON for the program that started this process and waits for the service."""
    folder = os.path.abspath(data) if data is not None else None
    print(json.dumps({"url": service.url, "api_key": service.api_key, "data": folder, "pid": os.getpid()}), flush=True)
