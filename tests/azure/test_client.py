"""One workspace as a run uses it: every request may be repeated and changes nothing the second time."""

import subprocess
import sys
import uuid

import pytest

import qsharp_bridge as qb
from qsharp_bridge.azure.answers import JobRequest
from qsharp_bridge.azure.client import Service
from qsharp_bridge.azure.retry import RetryPolicy
from qsharp_bridge.errors import ServiceError, SessionEndedError
from qsharp_bridge.targets.spec import TargetSpec

SOURCE = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"


@pytest.fixture(scope="module")
def qir():
    return str(qb.Program.from_source(SOURCE).operation("Flip").compile(profile="Base")).encode()


@pytest.fixture
def ours(workspace):
    service = Service(workspace, RetryPolicy(seconds=10, first_wait=0.01))
    yield service
    service.close()


@pytest.fixture
def request_of(qir, target, ours):
    spec = TargetSpec.of(target)
    session = ours.open_session(str(uuid.uuid4()), "a session", spec, "Continue")

    def make(job_id=None):
        return JobRequest(job_id or str(uuid.uuid4()), "a job", spec, session.id, qir, 7, {"k": "v"})

    return make


def finished(ours, job_id):
    while not (job := ours.job(job_id)).ended:
        pass
    return job


def test_a_job_from_end_to_end(ours, request_of):
    job = ours.submit(request := request_of())
    assert (job.id, job.name, job.session_id, job.metadata) == (request.id, "a job", request.session_id, {"k": "v"})
    done = finished(ours, job.id)
    assert (done.state, done.error, done.output_format) == ("Succeeded", None, "microsoft.quantum-results.v2")
    assert b'"Count":7' in ours.output(done).replace(b" ", b"")


def test_sent_twice_it_is_one_job(ours, request_of, workspace, service):
    request = request_of()
    ours.submit(request)
    again = ours.submit(request)
    assert again.id == request.id
    assert len(workspace.list_jobs()) == 1
    assert service.requests.count("blobs.put", status=409) == 1
    assert service.requests.count("jobs.create", status=409) == 1


@pytest.mark.parametrize("point", ["storage.sas", "blobs.put", "jobs.create"])
@pytest.mark.parametrize("kind", ["status", "reset"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_any_request_of_it_may_fail_before_or_after_its_effect(ours, request_of, workspace, service, point, kind, when):
    service.faults.add(point, kind, when=when, times=2)
    job = ours.submit(request_of())
    assert finished(ours, job.id).state == "Succeeded"
    assert [listed.id for listed in workspace.list_jobs()] == [job.id]


def test_a_session_opened_or_closed_twice_is_one(ours, target, workspace, service):
    spec, session_id = TargetSpec.of(target), str(uuid.uuid4())
    service.faults.add("sessions.open", "reset", when="after")
    assert ours.open_session(session_id, "a session", spec, "Continue").state == "Waiting"
    assert ours.open_session(session_id, "a session", spec, "Continue").id == session_id
    service.faults.add("sessions.close", "status", when="after")
    assert ours.close_session(session_id).state == "Succeeded"
    assert ours.close_session(session_id).ended
    assert len(workspace.list_sessions()) == 1


def test_a_job_for_a_session_that_has_ended_is_refused_and_not_there(ours, request_of):
    request = request_of()
    ours.close_session(request.session_id)
    with pytest.raises(SessionEndedError):
        ours.submit(request)
    assert ours.job(request.id) is None


def test_unless_it_was_accepted_before_the_session_ended(ours, request_of):
    ours.submit(request := request_of())
    finished(ours, request.id)
    ours.close_session(request.session_id)
    assert ours.submit(request).id == request.id


def test_the_jobs_of_a_session_page_by_page(ours, request_of, service):
    ids = {ours.submit(request_of()).id for _ in range(120)}
    service.wait_idle()
    session_id = request_of().session_id
    service.requests.clear()
    assert {job.id for job in ours.session_jobs(session_id)} == ids
    assert service.requests.count("sessions.jobs") == 2
    assert ours.active_jobs(session_id) == set()


def test_cancelling_is_done_once_and_changes_nothing_that_has_ended(ours, request_of, service):
    service.engine.queue_seconds["ionq.simulator"] = 3600.0
    job = ours.submit(request_of())
    ours.cancel(job.id)
    ours.cancel(job.id)
    assert finished(ours, job.id).state == "Cancelled"
    service.engine.queue_seconds.clear()
    other = ours.submit(request_of())
    finished(ours, other.id)
    ours.cancel(other.id)
    assert ours.job(other.id).state == "Succeeded"


def test_what_is_not_there(ours, service):
    nowhere = str(uuid.uuid4())
    assert ours.job(nowhere) is None
    assert ours.session(nowhere) is None
    assert ours.session_jobs(nowhere) == []
    assert ours.active_jobs(nowhere) == set()
    service.faults.add("sessions.*", "status", status=404, html=True, times=None)  # said by somebody on the way there
    for ask in (ours.session, ours.session_jobs, ours.active_jobs):
        with pytest.raises(ServiceError, match="404"):
            ask(nowhere)


def test_an_error_never_holds_a_signature(ours, request_of, service):
    service.faults.add("blobs.put", "status", status=400, times=None)
    with pytest.raises(ServiceError) as caught:
        ours.submit(request_of())
    assert "sig=" not in str(caught.value)


COMPLETE = """
import qsharp_bridge.azure.client
from azure.quantum._client import models
kinds = [models.BlobDetails, models.JobDetails, models.SessionDetails, models.SasUriResponse, models.ProviderStatus]
before = [set(vars(kind)) for kind in kinds]
for kind in kinds:
    kind()
assert [set(vars(kind)) for kind in kinds] == before
"""


def test_threads_meet_models_that_are_complete():
    """The client completes the class of a model when it first makes one, and two threads must not do that at once."""
    subprocess.run([sys.executable, "-c", COMPLETE], check=True, timeout=100)
