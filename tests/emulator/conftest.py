"""What the tests of the service share: compiled programs, and services with real clients."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from qsharp_bridge.emulator import Clock, LocalService

SOURCE = """
operation Bell() : Result[] {
    use q = Qubit[2]; H(q[0]); CNOT(q[0], q[1]); let r = [M(q[0]), M(q[1])]; ResetAll(q); r }
operation Ones() : (Result, Result[]) {
    use q = Qubit[3]; ApplyToEach(X, q); let r = (M(q[0]), [M(q[1]), M(q[2])]); ResetAll(q); r }
operation Values() : (Result[], (Double, Int), Bool) {
    use q = Qubit[2]; X(q[0]); let r = [M(q[0]), M(q[1])]; ResetAll(q); (r, (-2.71, 67), r[0] == One) }
operation Single() : Result { use q = Qubit(); X(q); let r = M(q); Reset(q); r }
"""


class Compiled:
    """A compiled program as the client's ``submit`` takes it."""

    _name = "main"

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_qir_(self, **_: Any) -> bytes:
        return self.text.encode()


@pytest.fixture(scope="session")
def compiled() -> Callable[[str, str], Compiled]:
    """Compile one of the operations above for a profile."""
    from qdk import TargetProfile, qsharp

    cache: dict[tuple[str, str], Compiled] = {}

    def compile_(operation: str, profile: str = "Base") -> Compiled:
        key = operation, profile
        if key not in cache:
            qsharp.init(target_profile=getattr(TargetProfile, profile))
            needed = SOURCE if profile != "Base" else SOURCE.replace("r[0] == One", "false")
            qsharp.eval(needed)
            cache[key] = Compiled(str(qsharp.compile(f"{operation}()")))
        return cache[key]

    return compile_


@pytest.fixture(scope="session")
def bell(compiled: Callable[..., Compiled]) -> Compiled:
    """A Bell pair, for the base profile."""
    return compiled("Bell")


@pytest.fixture
def service() -> Iterator[LocalService]:
    """A service of its own for one test, with a clock that runs."""
    with LocalService(seed=7) as running:
        yield running


@pytest.fixture
def stopped() -> Iterator[LocalService]:
    """A service whose clock stands still until the test moves it."""
    with LocalService(seed=7, clock=Clock(start=1_800_000_000_000_000), cancel_lag=1.0) as running:
        yield running


class Http:
    """Plain requests to the data plane of a service, with its key."""

    def __init__(self, service: LocalService, workspace: str = "local") -> None:
        self.service = service
        self.base = (
            f"{service.url}/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local"
            f"/providers/Microsoft.Quantum/workspaces/{workspace}/"
        )

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request; ``params`` and ``headers`` are added to the usual ones."""
        url = path if path.startswith("http") else self.service.url + path if path[0] == "/" else self.base + path
        params = {"api-version": "2026-01-15-preview", **options.pop("params", {})}
        headers = {"x-ms-quantum-api-key": self.service.api_key, **options.pop("headers", {})}
        return requests.request(
            method, url, params=params, headers=headers, timeout=30, allow_redirects=False, **options
        )

    def job(self, **changes: Any) -> tuple[str, dict[str, Any]]:
        """An id, and the body of a job that succeeds: it echoes its input."""
        id_ = str(uuid.uuid4())
        body = {
            "name": "a job",
            "itemType": "Job",
            "providerId": "microsoft.test.firstparty",
            "target": "echo-output",
            "containerUri": f"{self.service.url}/job-{id_}",
            "outputDataFormat": "microsoft.quantum-results.v2",
            "inputParams": {},
        }
        return id_, {key: value for key, value in {**body, **changes}.items() if value is not None}

    def submit(self, data: bytes = b"data", **changes: Any) -> str:
        """Submit a job with its input, as the client does; the id."""
        id_, body = self.job(**changes)
        answer = self("POST", "storage/sasUri", json={"containerName": f"job-{id_}"})
        uri, _, query = answer.json()["sasUri"].partition("?")
        assert requests.put(
            f"{uri}/inputData?{query}", data=data, headers={"x-ms-blob-type": "BlockBlob"}, timeout=30
        ).ok
        answer = self("PUT", f"jobs/{id_}", json=body)
        assert answer.status_code == 200, answer.text
        return id_


@pytest.fixture
def http(service: LocalService) -> Http:
    """Plain requests to ``service``."""
    return Http(service)
