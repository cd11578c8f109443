"""Requests made up from the service's own description: answered as described, or refused; never a 5xx."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.http.app import OPERATIONS, description
from qsharp_bridge.emulator.jobs.runner import JobError, Runner

schemathesis = pytest.importorskip("schemathesis", reason="needs the package schemathesis (the extra 'test')")

MANY = 400 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 8


@pytest.fixture(scope="module")
def busy() -> Any:
    with LocalService() as service:
        yield service


schema = schemathesis.openapi.from_dict(description())


@schema.parametrize()
@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
def test_by_the_description(case: Any, busy: LocalService) -> None:
    if case.path.startswith("/_admin/clock"):
        case.body = {"advance": 1.0} if case.method == "POST" else case.body
    response = case.call(
        base_url=busy.url, headers={"x-ms-quantum-api-key": busy.api_key}, timeout=20, allow_redirects=False
    )
    case.validate_response(
        response,
        checks=(
            schemathesis.checks.not_a_server_error,
            schemathesis.specs.openapi.checks.status_code_conformance,
            schemathesis.specs.openapi.checks.content_type_conformance,
            schemathesis.specs.openapi.checks.response_schema_conformance,
        ),
    )
    busy.faults.clear()


def test_every_route_is_described(busy: LocalService) -> None:
    described = {
        operation["operationId"].rpartition("-")[0]
        for path in description()["paths"].values()
        for operation in path.values()
    }
    assert described == {name for name in OPERATIONS if name.partition(".")[0] not in ("pages", "blobs")} - {"jobs.run"}
    served = requests.get(busy.url + "/_admin/openapi.json", headers={"x-ms-quantum-api-key": busy.api_key}, timeout=10)
    assert served.json() == json.loads(json.dumps(description()))


WORDS = st.sampled_from(["name", "target", "inputParams", "shots", "sessionId", "tags", "é", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(changes=st.dictionaries(WORDS, VALUES, max_size=5), raw=st.none() | st.binary(max_size=50))
def test_any_body_of_a_job(busy: LocalService, changes: dict[str, Any], raw: bytes | None) -> None:
    import uuid

    id_ = str(uuid.uuid4())
    url = (
        f"{busy.url}/subscriptions/{uuid.UUID(int=0)}/resourceGroups/g/providers/Microsoft.Quantum/workspaces/ws/jobs/"
        f"{id_}?api-version=2026-01-15-preview"
    )
    body = {
        "name": "n",
        "providerId": "ionq",
        "target": "ionq.simulator",
        "containerUri": f"{busy.url}/job-{id_}",
        "outputDataFormat": "microsoft.quantum-results.v2",
        **changes,
    }
    data = json.dumps(body).encode() if raw is None else raw
    answer = requests.put(url, data=data, headers={"x-ms-quantum-api-key": busy.api_key}, timeout=10)
    assert answer.status_code == 200 or 400 <= answer.status_code < 500
    if answer.status_code == 200:
        assert requests.get(url, headers={"x-ms-quantum-api-key": busy.api_key}, timeout=10).ok


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    made = Runner()
    yield made
    made.close()


@settings(max_examples=60, deadline=None)
@given(program=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_input_ends_in_a_failed_job(runner: Runner, program: bytes) -> None:
    for provider, target, kind in (
        ("ionq", "ionq.simulator", "qir.v1"),
        ("ionq", "ionq.simulator", "ionq.circuit.v1"),
        ("rigetti", "rigetti.sim.qvm", "rigetti.quil.v1"),
        ("quantinuum", "quantinuum.sim.h2-1e", "honeywell.openqasm.v1"),
    ):
        with contextlib.suppress(JobError):
            runner.run(provider, target, {"inputDataFormat": kind}, program, 1)


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 3000), junk=st.text(max_size=10))
def test_damaged_qir_ends_in_a_failed_job(runner: Runner, bell: Any, cut: int, junk: str) -> None:
    text = bell.text[:cut] + junk + bell.text[cut + len(junk) :]
    with contextlib.suppress(JobError):
        runner.run("ionq", "ionq.simulator", {"inputDataFormat": "qir.v1"}, text.encode(), 1)
