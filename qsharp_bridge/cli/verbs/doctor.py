"""``qsharp-bridge doctor``: checks of all that a run needs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import click

from qsharp_bridge._environment import API_KEY, LOCATION, WORKSPACE_VARIABLES
from qsharp_bridge._version import __version__
from qsharp_bridge.cli.exit_codes import OK, TROUBLE
from qsharp_bridge.cli.options import run_options
from qsharp_bridge.cli.verb import Verb
from qsharp_bridge.errors import BridgeError, ServiceError
from qsharp_bridge.sweepfile.workspaces import LOCAL, named, open_workspace

_NEEDED = (
    "qdk", "qsharp", "azure-quantum", "numpy", "pyqir", "jinja2", "orjson", "starlette", "uvicorn",
    "httptools", "defusedxml", "click", "filelock", "msgspec", "tqdm",
)  # fmt: skip
_EXTRAS = {
    "pandas": "results", "xarray": "results", "matplotlib": "results", "pyarrow": "results", "qiskit": "qiskit",
    "cirq-core": "cirq", "distributed": "dask", "quil": "rigetti",
}  # fmt: skip
_VARIABLES = (
    *WORKSPACE_VARIABLES,
    LOCATION,
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    API_KEY,
)
_TIMEOUT = 30  # seconds until a workspace has to answer
_PROGRAM = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"


@dataclass(frozen=True)
class Check:
    """The result of one check. ``state`` is ``ok``, ``absent`` (something optional), or ``broken``."""

    name: str
    state: str
    remark: str


@click.command(cls=Verb)
@run_options("workspace")
@click.option("--offline", is_flag=True, help="Do not ask any workspace.")
def doctor(changes: dict[str, Any], offline: bool, as_json: bool) -> int:
    """Check versions, credentials and whether the service can be reached.

    No secret is shown: of a variable only whether it is set. Ends with 3 when something is broken.
    """
    found: list[Check] = []
    for check in _checks(changes.get("workspace"), offline=offline):
        found.append(check)
        if not as_json:
            print(f"{check.state:<7} {check.name:<32} {check.remark}".rstrip(), flush=True)
    if as_json:
        print(json.dumps([asdict(check) for check in found]))
    return TROUBLE if any(check.state == "broken" for check in found) else OK


def _checks(where: str | None, *, offline: bool) -> Iterator[Check]:
    import platform
    import shutil

    yield Check("qsharp-bridge", "ok", __version__)
    yield Check("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield from (_package(name, None) for name in _NEEDED)
    yield _package("qulacs", "numpy simulates instead, more slowly")  # qulacs has no wheel for Python 3.14
    yield from (_package(name, f'pip install "qsharp-bridge[{extra}]"') for name, extra in _EXTRAS.items())
    yield _attempt("compiler and simulator", _simulate)
    yield _attempt("local service", _local_service)
    for name in _VARIABLES:
        yield Check(name, "ok" if os.environ.get(name) else "absent", "set" if os.environ.get(name) else "not set")
    az = shutil.which("az")
    yield Check("az", "ok" if az else "absent", "the Azure CLI" if az else "no Azure CLI: `az login` cannot be used")
    if not offline and named(where):
        yield _attempt("workspace", lambda: _reach(where))


def _package(name: str, without: str | None) -> Check:
    import importlib.metadata

    try:
        return Check(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        if without is None:
            return Check(name, "broken", "not installed; install qsharp-bridge again")
        return Check(name, "absent", f"not installed; {without}")


def _attempt(name: str, attempt: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", attempt())
    except BridgeError as error:
        return Check(name, "broken", str(error))
    except Exception as error:
        # The other checks follow whatever fails here. Only the first line: azure-identity writes pages.
        return Check(name, "broken", f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}")


def _simulate() -> str:
    from qsharp_bridge.programs import Program
    from qsharp_bridge.simulators import simulate

    outcomes = simulate(str(Program.from_source(_PROGRAM).operation("Flip").compile()), 10)
    if outcomes.shots != [1] * 10:
        raise RuntimeError(f"ten shots of a flipped qubit gave {outcomes.shots}")
    return f"ten shots of one qubit, on {outcomes.engine}"


def _local_service() -> str:
    with open_workspace(LOCAL) as workspace:
        return f"starts, and offers {len(workspace.get_targets())} targets"


def _reach(where: str | None) -> str:
    import threading

    def ask() -> None:
        try:
            with open_workspace(where) as workspace:
                answers.append(f"{workspace.name} answers, with {len(workspace.get_targets())} targets")
        except Exception as error:
            answers.append(error)

    answers: list[str | Exception] = []
    # The client retries for up to seven minutes where there is no network.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_TIMEOUT)
    if not answers:
        raise ServiceError(f"no answer in {_TIMEOUT} s", advice="check the network, the proxy and the location")
    (answer,) = answers
    if isinstance(answer, Exception):
        raise answer
    return answer
