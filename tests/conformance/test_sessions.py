"""Sessions: their states, their jobs, their refusals."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.quantum.job.session import Session

from .conftest import Service, ended, until

ENTRY = {"entryPoint": "ENTRYPOINT__main", "arguments": []}
REFUSED = "Session is already in a terminal state. This may have been due to failures in prior jobs in the session."


def opened(service: Service, **options: Any) -> Session:
    service.target("ionq.simulator")
    session = Session(workspace=service.workspace, name="conformance", target="ionq.simulator", **options)
    session.open()
    return session


def state(service: Service, session: Session) -> str:
    return str(service("GET", f"sessions/{session.id}").json()["status"])


def submit(service: Service, session: Session, data: bytes, **options: Any) -> Any:
    target = service.target("ionq.simulator")
    target.latest_session = session
    form = {"input_data_format": "qir.v1", "output_data_format": "microsoft.quantum-results.v2"}
    return target.submit(data, name="conformance", shots=10, **{"input_params": ENTRY, **form, **options})


@pytest.mark.recorded
def test_the_fields_of_a_session(service: Service) -> None:
    session = opened(service)
    answer = service("GET", f"sessions/{session.id}").json()
    assert answer["status"] == "Waiting"
    assert answer["jobFailurePolicy"] == "Abort"
    assert answer["providerId"] == "ionq"
    assert answer["itemType"] == "Session"
    assert answer["creationTime"].endswith("Z")
    assert answer["endExecutionTime"] is None
    closed = service("POST", f"sessions/{session.id}:close").json()
    assert closed["status"] == "Succeeded"
    assert closed["endExecutionTime"] is not None


@pytest.mark.recorded
def test_a_session_that_succeeds(service: Service, bell: bytes) -> None:
    session = opened(service)
    jobs = [submit(service, session, bell) for _ in range(2)]
    for job in jobs:
        ended(job)
    assert state(service, session) == "Executing"
    listed = service("GET", f"sessions/{session.id}/jobs").json()["value"]
    assert {job["id"] for job in listed} == {job.id for job in jobs}
    session.close()
    assert state(service, session) == "Succeeded"
    with pytest.raises(HttpResponseError, match="terminal state") as caught:
        submit(service, session, bell)
    assert caught.value.status_code == 400


@pytest.mark.recorded
def test_a_failure_aborts_the_session(service: Service, bell: bytes) -> None:
    session = opened(service)
    job = ended(submit(service, session, bell, input_params={"entryPoint": "absent", "arguments": []}))
    assert job.details.status == "Failed"
    assert state(service, session) == "Failed"
    id_ = str(uuid.uuid4())
    answer = service("PUT", f"jobs/{id_}", json=service.definition(id_, sessionId=session.id))
    assert answer.status_code == 400
    assert answer.json()["error"] == {"code": "InvalidJobDefinition", "message": REFUSED}


@pytest.mark.recorded
def test_a_failure_is_survived_by_choice(service: Service, bell: bytes) -> None:
    session = opened(service, job_failure_policy="Continue")
    ended(submit(service, session, bell, input_params={"entryPoint": "absent", "arguments": []}))
    assert state(service, session) == "Failure(s)"
    assert ended(submit(service, session, bell)).details.status == "Succeeded"
    assert state(service, session) == "Failure(s)"
    service("POST", f"sessions/{session.id}:close")
    assert until(lambda: state(service, session) == "Failed")


@pytest.mark.recorded
def test_lists_have_jobs_without_a_session_and_sessions(service: Service, bell: bytes) -> None:
    session = opened(service)
    alone = ended(service.submit("ionq.simulator", bell, input_params=ENTRY))
    items = service("GET", "topLevelItems", params={"orderby": "CreationTime desc", "top": "100"}).json()["value"]
    kinds = {item["id"]: item["itemType"] for item in items}
    assert kinds[session.id] == "Session"
    assert kinds[alone.id] == "Job"
    named = service("GET", "sessions", params={"filter": "startswith(Name, 'conformance')"}).json()["value"]
    assert all(item["name"].startswith("conformance") for item in named)
    session.close()


@pytest.mark.client
def test_a_session_can_be_opened_twice(service: Service) -> None:
    """Microsoft's page calls ``session.open()`` after ``open_session``, which has opened it."""
    session = opened(service)
    session.open()
    assert session.details.status == "Waiting"
    session.close()


@pytest.mark.inferred
def test_a_session_can_be_closed_twice(service: Service) -> None:
    session = opened(service)
    first = service("POST", f"sessions/{session.id}:close")
    again = service("POST", f"sessions/{session.id}:close")
    assert first.status_code == again.status_code == 200
    assert again.json()["status"] == "Succeeded"


@pytest.mark.inferred
def test_the_refusal_of_the_session_comes_before_that_of_the_shots(service: Service) -> None:
    session = opened(service)
    session.close()
    id_ = str(uuid.uuid4())
    body = service.definition(id_, sessionId=session.id, inputParams={"shots": -1})
    answer = service("PUT", f"jobs/{id_}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == REFUSED
