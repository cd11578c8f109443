"""Exit codes. Scripts rely on them; docs/cli.md lists them."""

from __future__ import annotations

from qsharp_bridge.errors import (
    BridgeError,
    MissingExtraError,
    ResultFormatError,
    RunError,
    SimulationError,
    TargetError,
)

OK = 0
SOME_FAILED = 1
BAD_INPUT = 2
TROUBLE = 3
INTERRUPTED = 130
BROKEN_PIPE = 141
TERMINATED = 143

MEANINGS = {
    OK: "all went well",
    SOME_FAILED: "the run ended, but some points have no result",
    BAD_INPUT: "the command line, the sweep file, the program or a value is wrong; nothing was sent",
    TROUBLE: "the service, the run, the journal or this machine's set-up has a problem; `resume` continues a run",
    INTERRUPTED: "interrupted with Ctrl-C; `resume` continues a run",
    BROKEN_PIPE: "the reader of the output closed it, as `| head` does",
    TERMINATED: "ended by SIGTERM after saving the journal; `resume` continues a run",
}

_TROUBLE = (RunError, SimulationError, MissingExtraError)
_BAD_INPUT = (TargetError, ResultFormatError)  # also run errors, but the input has to change


def code_of(error: BridgeError) -> int:
    """Return the exit code for an error of the library."""
    return TROUBLE if isinstance(error, _TROUBLE) and not isinstance(error, _BAD_INPUT) else BAD_INPUT
