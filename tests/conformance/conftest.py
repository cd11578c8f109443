"""The service that is checked: at ``CONFORMANCE_ENDPOINT``, or a local one. See docs/contributing/conformance.md."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from azure.core.credentials import AzureKeyCredential
from azure.quantum import Job, Workspace

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.jobs.inputs.circuit import Circuit

API_VERSION = "2026-01-15-preview"
V2 = "microsoft.quantum-results.v2"
TIMEOUT = float(os.environ.get("CONFORMANCE_TIMEOUT", "600"))
"""Seconds that a job may take: a real target has a queue."""


def _workspace() -> tuple[Workspace, Callable[[], dict[str, str]]]:
    """The workspace of the variables, and what makes the headers that admit a request."""
    endpoint = os.environ["CONFORMANCE_ENDPOINT"].rstrip("/")
    resource = os.environ.get(
        "CONFORMANCE_RESOURCE_ID",
        f"/subscriptions/{uuid.UUID(int=0)}/resourceGroups/local/providers/Microsoft.Quantum/Workspaces/local",
    )
    location = os.environ.get("CONFORMANCE_LOCATION", "eastus")
    key = os.environ.get("CONFORMANCE_API_KEY")
    credential: Any = AzureKeyCredential(key) if key else None
    if credential is None:
        from azure.identity import DefaultAzureCredential

        credential = DefaultAzureCredential()
    workspace = Workspace(resource_id=resource, location=location, credential=credential, _quantum_endpoint=endpoint)

    def headers() -> dict[str, str]:
        if key:
            return {"x-ms-quantum-api-key": key}
        return {"Authorization": "Bearer " + credential.get_token("https://quantum.microsoft.com/.default").token}

    return workspace, headers


class Service:
    """The service as the tests ask it: through the client, and by plain requests where the client hides an answer."""

    def __init__(self, endpoint: str, workspace: Workspace, headers: Callable[[], dict[str, str]]) -> None:
        self.workspace = workspace
        self._headers = headers
        self._base = (
            f"{endpoint.rstrip('/')}/subscriptions/{workspace.subscription_id}/resourceGroups/"
            f"{workspace.resource_group}/providers/Microsoft.Quantum/workspaces/{workspace.name}/"
        )

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request to the data plane; ``path`` begins below the workspace."""
        params = {"api-version": API_VERSION, **options.pop("params", {})}
        return requests.request(
            method, self._base + path, params=params, headers=self._headers(), timeout=60, **options
        )

    def target(self, name: str) -> Any:
        """A target that is available; else the test is skipped."""
        status = self("GET", "providerStatus").json()["value"]
        offered = {one["id"]: one["currentAvailability"] for provider in status for one in provider["targets"]}
        if offered.get(name) != "Available":
            pytest.skip(f"the workspace does not offer {name}, or not now")
        return self.workspace.get_targets(name)

    def submit(self, target: str, data: bytes | str, shots: int = 100, **options: Any) -> Job:
        """Submit QIR, or what ``input_data_format`` says."""
        form = {"input_data_format": "qir.v1", "output_data_format": V2, "name": "conformance", **options}
        return self.target(target).submit(data, shots=shots, **form)  # type: ignore[no-any-return]

    def definition(self, id_: str, **changes: Any) -> dict[str, Any]:
        """The body of a job that is right; a change to None leaves a field out."""
        container = self("POST", "storage/sasUri", json={"containerName": f"job-{id_}"}).json()["sasUri"]
        body = {
            "name": "conformance",
            "providerId": "ionq",
            "target": "ionq.simulator",
            "itemType": "Job",
            "containerUri": container,
            "inputDataUri": container.partition("?")[0] + "/inputData",
            "inputDataFormat": "qir.v1",
            "outputDataFormat": V2,
            "inputParams": {"shots": 10},
        }
        return {name: value for name, value in {**body, **changes}.items() if value is not None}


def ended(job: Job) -> Job:
    """Wait for the end of a job."""
    job.wait_until_completed(timeout_secs=TIMEOUT, print_progress=False)
    return job


def until(what: Callable[[], bool]) -> bool:
    """Wait for something to become true, as long as a job may take."""
    deadline = time.monotonic() + TIMEOUT
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05 if "CONFORMANCE_ENDPOINT" not in os.environ else 2)
    return True


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    if "CONFORMANCE_ENDPOINT" in os.environ:
        workspace, headers = _workspace()
        yield Service(os.environ["CONFORMANCE_ENDPOINT"], workspace, headers)
        return
    with LocalService(seed=1) as local:
        yield Service(local.url, local.workspace(), lambda: {"x-ms-quantum-api-key": local.api_key})


@pytest.fixture(scope="session")
def bell() -> bytes:
    """A Bell pair as QIR of the base profile."""
    circuit = Circuit(2)
    circuit.add("h", 0)
    circuit.add("cx", 0, 1)
    circuit.measure(0)
    circuit.measure(1)
    return circuit.to_qir().encode()
