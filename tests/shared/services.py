"""Services for the tests of the workspace layer: the local one, and one that answers by a script."""

import http.server
import json
import threading
from collections.abc import Iterator

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.quantum.workspace import Workspace

from qsharp_bridge.emulator import LocalService

SESSION = {"id": "s", "name": "a session", "status": "Waiting", "providerId": "ionq", "target": "ionq.simulator"}


@pytest.fixture
def service() -> Iterator[LocalService]:
    with LocalService(seed=7) as running:
        yield running


@pytest.fixture
def workspace(service):
    with service.workspace() as workspace:
        yield workspace


@pytest.fixture
def target(workspace):
    return workspace.get_targets("ionq.simulator")


class Scripted(http.server.ThreadingHTTPServer):
    """Gives the answers of ``script`` one after the other, as (status, headers, body); then the session, for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[tuple[int, dict[str, str], bytes]] = []
        self.asked = 0

    def workspace(self) -> Workspace:
        return Workspace(
            subscription_id="00000000-0000-0000-0000-000000000000", resource_group="local", name="local",
            location="eastus", credential=AzureKeyCredential("secret-key"),
            _quantum_endpoint=f"http://127.0.0.1:{self.server_port}",
        )  # fmt: skip


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Scripted

    def do_GET(self) -> None:
        self.server.asked += 1
        default = (200, {"Content-Type": "application/json"}, json.dumps(SESSION).encode())
        status, headers, body = self.server.script.pop(0) if self.server.script else default
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with Scripted() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
