"""What one answer says against what is known: it is asked again before anything is concluded."""

import json
import threading
import uuid

import pytest
from azure.quantum.target.ionq import IonQ
from azure.storage.blob import ContainerClient

import qsharp_bridge as qb
from qsharp_bridge.azure.answers import word
from qsharp_bridge.errors import ServiceError, SessionEndedError
from tests.faults.conftest import SPEC
from tests.faults.proxy import NONSENSE, Fault, Script

OPERATIONS = [
    "providers.list", "sessions.open", "sessions.get", "sessions.jobs", "sessions.close", "storage.sas", "blobs.input",
    "jobs.create", "jobs.get", "jobs.cancel", "blobs.output",
]  # fmt: skip
REFUSED = json.dumps({"error": {"code": "InvalidJobDefinition", "message": "The session is in a terminal state."}})


def refusal(status=400):
    return Fault("status", status=status, body=REFUSED.encode(), forward=False)


def whole(data):
    """Whether bytes are a result of ten shots."""
    try:
        return sum(entry["Count"] for entry in json.loads(data)["Results"][0]["Histogram"]) == 10
    except (ValueError, KeyError, TypeError):
        return False


def everything(ours, request_in):
    """Use every operation once; return what came."""
    assert ours.availability(SPEC) == "Available"
    session_id = str(uuid.uuid4())
    assert ours.open_session(session_id, "a session", SPEC, "Continue").id == session_id
    assert ours.session(session_id).id == session_id
    job = ours.submit(request_in(session_id))
    while ours.active_jobs(session_id):
        pass
    while not (job := ours.job(job.id)).ended:
        pass
    ours.cancel(job.id)
    data = ours.output(job, whole)
    assert [listed.id for listed in ours.session_jobs(session_id)] == [job.id]
    assert ours.close_session(session_id).state == "Succeeded"
    return job.state, whole(data)


@pytest.mark.parametrize("body", NONSENSE)
def test_what_is_no_answer_is_asked_for_again(through, request_in, body):
    faults = {name: [Fault("nonsense", body=body, forward=False)] for name in OPERATIONS}
    ours, proxy = through(Script(faults))
    assert everything(ours, request_in) == ("Succeeded", True)
    assert proxy.record.faults["nonsense"] == len(OPERATIONS)
    assert list(proxy.record.created.values()) == [1]


EITHER = [(kind, forward) for kind in ("drop", "hole", "status") for forward in (True, False)]


@pytest.mark.parametrize(
    ("kind", "forward"), [*EITHER, *((kind, True) for kind in ("duplicate", "truncate", "hold", "trickle", "short"))]
)
def test_whatever_happens_to_the_first_answer_of_each_kind(through, request_in, kind, forward):
    faults = {name: [Fault(kind, seconds=0.2, forward=forward)] for name in OPERATIONS}
    ours, proxy = through(Script(faults), request_timeout=0.15)
    assert everything(ours, request_in) == ("Succeeded", True)
    assert len(proxy.record.jobs) == 1


def test_answers_about_another_job_or_session_are_none(through, request_in):
    swap = Fault("swap", seconds=0.000002, forward=True)  # even: the last answer of the same operation
    ours, proxy = through(Script({}))
    assert everything(ours, request_in) == ("Succeeded", True)
    proxy.choose = Script({name: [swap] for name in OPERATIONS})
    other = Fault("swap", seconds=0.000003, forward=False)
    assert everything(ours, request_in) == ("Succeeded", True)
    proxy.choose = Script({name: [other, swap] for name in OPERATIONS if name != "sessions.close"})
    assert everything(ours, request_in) == ("Succeeded", True)
    assert len(proxy.record.jobs) == 3


def test_a_job_that_exists_and_cannot_be_found_yet_is_accepted(through, request_in):
    ours, proxy = through(Script({"jobs.create": [Fault("drop")], "jobs.get": [Fault("lag", forward=False)] * 2}))
    session = ours.open_session(str(uuid.uuid4()), "a session", SPEC, "Continue")
    request = request_in(session.id)
    assert ours.submit(request).id == request.id
    assert list(proxy.record.created.values()) == [1]


def test_a_refusal_counts_when_the_session_has_ended(through, request_in):
    ours, proxy = through(Script({}))
    session = ours.open_session(str(uuid.uuid4()), "a session", SPEC, "Continue")
    ours.session(session.id)
    ours.close_session(session.id)
    ours._ended.clear()  # as a run that did not close it itself
    proxy.choose = Script({"sessions.get": [Fault("lag", forward=False)] * 3})  # Waiting, as it was first
    with pytest.raises(SessionEndedError, match="Succeeded"):
        ours.submit(request_in(session.id))
    proxy.choose = Script({"sessions.get": Fault("lag", forward=False)})
    assert ours.session(session.id).ended  # it stays known


def test_a_refusal_of_a_session_that_is_open_may_be_a_mistake(through, request_in):
    ours, proxy = through(Script({"jobs.create": [refusal()] * 2}))
    session = ours.open_session(str(uuid.uuid4()), "a session", SPEC, "Continue")
    ours.submit(request_in(session.id))
    proxy.choose = Script({"jobs.create": refusal()})
    with pytest.raises(ServiceError, match="400 InvalidJobDefinition") as caught:
        ours.submit(request_in(session.id))
    assert not isinstance(caught.value, SessionEndedError)


def test_an_input_that_broke_off_is_uploaded_again(through, request_in, service):
    ours, _ = through(Script({}))
    workspace = ours.workspace
    session = ours.open_session(str(uuid.uuid4()), "a session", SPEC, "Continue")
    for content in (lambda qir: qir[:50], lambda qir: qir[::-1]):  # shorter; as long, and other
        request = request_in(session.id)
        address = workspace.get_container_uri(job_id=request.id)
        container = ContainerClient.from_container_url(address)
        container.upload_blob("inputData", content(request.qir))
        ours.submit(request)
        assert container.download_blob("inputData").readall() == request.qir
    requests = service.requests.count("blobs.put")
    again = request_in(session.id)
    ours.submit(again)
    ours.submit(again)
    assert service.requests.count("blobs.put") == requests + 2  # the second one is refused, and compared


def test_a_session_that_stays_open_is_not_closed(through):
    ours, proxy = through(Script({"sessions.close": [refusal()] * 2}))
    session = ours.open_session(str(uuid.uuid4()), "a session", SPEC, "Continue")
    assert ours.close_session(session.id).ended
    other = ours.open_session(str(uuid.uuid4()), "a session", SPEC, "Continue")
    proxy.choose = Script({"sessions.close": refusal()})
    with pytest.raises(ServiceError, match=r"close session .*: 400"):
        ours.close_session(other.id)


def test_what_one_read_does_not_know_is_looked_for_again(through, request_in):
    ours, proxy = through(Script({}))
    session = ours.open_session(str(uuid.uuid4()), "a session", SPEC, "Continue")
    job = ours.submit(request_in(session.id))
    proxy.choose = Script({
        "sessions.get": [Fault("lag", forward=False)], "jobs.get": [Fault("lag", forward=False)],
        "providers.list": [Fault("nonsense", body=b'{"value": []}', forward=False)],
    })  # fmt: skip
    assert ours.session(session.id).id == session.id
    assert ours.accepted_job(job.id).id == job.id
    assert ours.availability(SPEC) == "Available"


def test_a_bad_download_is_looked_for_again_and_kept_if_it_stays_bad(through, request_in):
    ours, proxy = through(Script({}))
    session = ours.open_session(str(uuid.uuid4()), "a session", SPEC, "Continue")
    job = ours.submit(request_in(session.id))
    while not (job := ours.job(job.id)).ended:
        pass
    proxy.choose = Script({"blobs.output": [Fault("short"), Fault("short")]})
    assert whole(ours.output(job, whole))
    proxy.choose = Script({"blobs.output": Fault("short")})
    data = ours.output(job, whole)
    assert data is not None
    assert not whole(data)


def test_the_threads_of_a_service_do_not_disturb_each_other(through, request_in):
    ours, _ = through(Script({"jobs.create": [Fault("hole"), Fault("drop"), None, Fault("trickle", seconds=1)]}))
    session = ours.open_session(str(uuid.uuid4()), "a session", SPEC, "Continue")
    sent, requests = [], [request_in(session.id) for _ in range(8)]
    threads = [threading.Thread(target=lambda r=request: sent.append(ours.submit(r).id)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == sorted(request.id for request in requests)


@pytest.mark.parametrize("body", NONSENSE)
def test_the_functions_for_people_ask_again_for_what_is_no_answer(through, request_in, body):
    ours, proxy = through(Script({}))
    session = ours.open_session(str(uuid.uuid4()), "a session", SPEC, "Continue")
    job = ours.submit(request_in(session.id))
    workspace = ours.workspace
    proxy.choose = Script(
        {name: [Fault("nonsense", body=body, forward=False)] for name in ("sessions.get", "jobs.get")}
    )
    assert qb.sessions.show(workspace, session.id).id == session.id
    assert qb.sessions.job(workspace, job.id).id == job.id
    faults = {name: [Fault("nonsense", body=body, forward=False)] for name in ("sessions.list", "sessions.jobs")}
    proxy.choose = Script(faults)
    assert session.id in [listed.id for listed in qb.sessions.list_sessions(workspace)]
    assert [listed.id for listed in qb.sessions.jobs(workspace, session.id)] == [job.id]
    proxy.choose = Script(dict.fromkeys(faults, Fault("nonsense", body=body, forward=False)))
    for listed in (lambda: qb.sessions.list_sessions(workspace), lambda: qb.sessions.jobs(workspace, session.id)):
        with pytest.raises(ServiceError, match="cannot be read"):
            listed()


@pytest.mark.parametrize("body", NONSENSE)
def test_a_session_of_ones_own_when_the_answers_are_none(through, body):
    ours, proxy = through(Script({}))
    target = IonQ(workspace=ours.workspace, name="ionq.simulator", provider_id="ionq")
    fault = Fault("nonsense", body=body, forward=NONSENSE.index(body) % 2 == 0)
    proxy.choose = Script({name: [fault] for name in ("sessions.open", "sessions.get", "sessions.close")})
    session = qb.sessions.open_session(target, "mine")
    assert target.latest_session is session
    session_id = session.id
    proxy.choose.faults["sessions.close"] = fault
    with pytest.raises(ServiceError, match=f"cannot close session {session_id}"):
        qb.sessions.close(session, target)
    assert session.id == session_id
    proxy.choose.faults["sessions.close"] = [fault]
    assert qb.sessions.close(session, target).id == session_id
    proxy.choose.faults["sessions.get"] = [fault]
    assert word(qb.sessions.wait(session, timeout=60).details.status) == "Succeeded"
    assert proxy.record.sessions == {session_id}
    proxy.choose.faults["sessions.open"] = fault
    with pytest.raises(ServiceError, match="cannot open a session"):
        qb.sessions.open_session(target, "mine")
    assert target.latest_session is None
