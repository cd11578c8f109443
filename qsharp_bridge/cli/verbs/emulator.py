"""``qsharp-bridge emulator``: the local Azure Quantum service, for any program that speaks to it."""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.parser import add_verb
from qsharp_bridge.cli.workspaces import KEY_VARIABLE
from qsharp_bridge.errors import BridgeError

if TYPE_CHECKING:
    from qsharp_bridge.cli.parser import Verbs
    from qsharp_bridge.emulator import LocalService


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "emulator",
        run,
        told="run the local Azure Quantum service until Ctrl-C",
        more="Prints where it is and how to connect. The unmodified azure-quantum client talks to it. With `--json`\n"
        "that is one line, printed when the service answers: its url, api_key, data (a folder, or null) and pid.",
    )
    parser.add_argument("--port", type=_port, default=8400, help="the port; 0 takes a free one (default: 8400)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--data", metavar="DIR", help="keep jobs and sessions in this folder (default: in memory)")
    parser.add_argument(
        "--session-timeout", type=_seconds, default=600.0, metavar="SECONDS",
        help="a session without activity times out after this long (default: 600)",
    )  # fmt: skip
    parser.add_argument(
        "--api-key", metavar="KEY",
        help=f"the key that clients must send (default: ${KEY_VARIABLE}, or a fresh one, which is printed)",
    )  # fmt: skip
    parser.add_argument(
        "--pace", type=_pace, default="immediate", metavar="PACE",
        help='"immediate", seconds from submission to result, or "reads:N" (default: immediate)',
    )  # fmt: skip
    parser.add_argument("--seed", type=int, metavar="N", help="makes the outcomes of jobs repeatable")
    parser.add_argument(
        "--workers", type=_workers, metavar="N",
        help="how many jobs run at once (default: 1; with --dask as many as keep the cluster busy)",
    )  # fmt: skip
    parser.add_argument(
        "--dask", metavar="ADDRESS",
        help="jobs are simulated by the workers of the Dask cluster whose scheduler this is: tcp://10.0.0.5:8786",
    )  # fmt: skip
    parser.add_argument("--certificate", metavar="FILE", help="a PEM certificate: the service speaks https with it")
    parser.add_argument("--private-key", metavar="FILE", help="its key (default: in the certificate's file)")


def run(args: argparse.Namespace) -> int:
    _check_certificate(args.certificate, args.private_key)
    from qsharp_bridge.emulator import serve

    serve(
        port=args.port,
        data=args.data,
        session_timeout=args.session_timeout,
        api_key=args.api_key or os.environ.get(KEY_VARIABLE),
        pace=args.pace,
        host=args.host,
        seed=args.seed,
        workers=args.workers,
        executor=args.dask,
        certificate=args.certificate,
        private_key=args.private_key,
        ready=(lambda service: _print_json(service, args.data)) if args.json else None,
    )
    return OK


def _print_json(service: LocalService, data: str | None) -> None:
    """One line, for whoever started this process and waits for it."""
    folder = os.path.abspath(data) if data is not None else None
    print(json.dumps({"url": service.url, "api_key": service.api_key, "data": folder, "pid": os.getpid()}), flush=True)


def _check_certificate(certificate: str | None, private_key: str | None) -> None:
    """Here, since the server would find out on a thread of its own."""
    if certificate is None:
        if private_key is not None:
            raise BridgeError("a private key needs its certificate", advice="give --certificate")
        return
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, private_key)
    except OSError as error:
        raise BridgeError(f"cannot use the certificate {certificate}: {error.strerror or error}") from None


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no port; it is from 0 to 65535")
    return port


def _workers(text: str) -> int:
    workers = int(text)
    if workers < 1:
        raise argparse.ArgumentTypeError(f"{workers} workers do nothing; give 1 or more")
    return workers


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"{text} is no time-out; it is more than 0 seconds")
    return seconds


def _pace(text: str) -> str:
    from qsharp_bridge.emulator.state.pace import Pace

    try:
        Pace.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text
