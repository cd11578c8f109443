"""Sessions as such: the flows of the page "Manage your sessions", each in one call."""

import threading

import pytest
from azure.quantum.job.session import Session

import qsharp_bridge as qb
from qsharp_bridge import sessions
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.errors import RunError, ServiceError, TargetError


@pytest.fixture(scope="module")
def program():
    return qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")


@pytest.fixture
def with_jobs(target, program):
    """Opens a session with so many jobs, and closes it."""

    def make(name, number):
        session = sessions.open_session(target, name, failure_policy="continue")
        for i in range(number):
            target.submit(program.compile(profile="Base"), name=f"{name} {i}", shots=3)
        return sessions.close(session, target)

    return make


def test_a_session_with_at_least_so_many_jobs(workspace, with_jobs):
    with_jobs("one", 1)
    three = with_jobs("three", 3)
    with_jobs("four", 4)
    found = sessions.get_a_session_with_jobs(workspace, min_jobs=3)
    assert found.id == three.id
    assert sorted(job.details.name for job in sessions.jobs(workspace, found.id)) == ["three 0", "three 1", "three 2"]
    assert sessions.get_a_session_with_jobs(workspace, min_jobs=5) is None
    assert [session.details.name for session in sessions.list_sessions(workspace)] == ["one", "three", "four"]


def test_a_closed_session_is_forgotten_by_its_host(target, with_jobs, program):
    with_jobs("one", 1)
    assert target.latest_session is None
    assert target.submit(program.compile(profile="Base"), shots=3).details.session_id is None


def test_show_and_wait(workspace, target, program):
    session = sessions.open_session(target, "slow")
    assert sessions.show(workspace, session.id).details.status == "Waiting"
    assert session.details.job_failure_policy == "Abort"
    with pytest.raises(RunError, match=r"is Waiting after 0.2 s; close it"):
        sessions.wait(session, timeout=0.2)
    closing = threading.Timer(0.2, lambda: workspace.close_session(workspace.get_session(session.id)))
    closing.start()
    assert sessions.wait(session, timeout=30).details.status == "Succeeded"
    closing.join()
    assert sessions.close(session).details.status == "Succeeded"  # once more changes nothing


def test_what_is_not_there(workspace):
    for ask in (sessions.show, sessions.jobs):
        with pytest.raises(ServiceError, match="there is no session nowhere; list_sessions"):
            ask(workspace, "nowhere")


def test_a_job_by_its_id(workspace, target, program):
    sent = target.submit(program.compile(profile="Base"), name="mine", shots=3)
    found = sessions.job(workspace, sent.id)
    assert (found.id, found.details.name) == (sent.id, "mine")
    found.wait_until_completed()
    assert sessions.cancel(workspace, sent.id).details.status == "Succeeded"  # what has ended stays


def test_cancel(program):
    with LocalService(pace=60) as slow, slow.workspace() as workspace:
        sent = workspace.get_targets("ionq.simulator").submit(program.compile(profile="Base"), name="slow", shots=3)
        assert sessions.job(workspace, sent.id).details.status in ("Waiting", "Executing")
        assert sessions.cancel(workspace, sent.id).details.status == "Cancelled"
        assert sessions.job(workspace, sent.id).details.status == "Cancelled"


@pytest.mark.parametrize("ask", [sessions.job, sessions.cancel])
def test_no_such_job(workspace, ask):
    with pytest.raises(ServiceError, match="there is no job nowhere; jobs"):
        ask(workspace, "nowhere")


def test_a_service_that_refuses(service, workspace, target):
    service.faults.add("sessions.*", "status", status=400, times=None)
    with pytest.raises(ServiceError, match="cannot list the sessions: 400"):
        sessions.list_sessions(workspace)
    with pytest.raises(ServiceError, match="cannot open a session: 400"):
        sessions.open_session(target, "x")


def test_a_host_whose_session_was_refused_can_open_another(service, workspace, target):
    """The client remembers the session that it failed to open, and fails to close it ever after."""
    service.faults.add("sessions.open", "status", status=400)
    with pytest.raises(ServiceError, match="cannot open a session: 400"):
        sessions.open_session(target, "refused")
    assert target.latest_session is None
    first = sessions.open_session(target, "first")
    second = sessions.open_session(target, "second")
    assert sessions.show(workspace, first.id).details.status == "Succeeded"
    sessions.close(second, target)
    target.latest_session = Session(workspace=workspace, id="gone", target=target.name, provider_id="ionq")
    assert sessions.open_session(target, "third").details.status == "Waiting"


def test_a_workspace_is_no_host(workspace):
    with pytest.raises(TargetError, match=r"a session cannot be opened on .*get_targets"):
        sessions.open_session(workspace, "x")


def test_waiting_tells_of_a_service_that_refuses(service, target):
    session = sessions.open_session(target, "x")
    service.faults.add("sessions.get", "status", status=400, times=None)
    with pytest.raises(ServiceError, match=f"cannot get session {session.id}: 400"):
        sessions.wait(session, timeout=5)


def test_a_session_or_job_is_taken_for_its_id(workspace, target, with_jobs):
    session = with_jobs("one", 1)
    assert sessions.show(workspace, session).id == session.id
    (only,) = sessions.jobs(workspace, session)
    assert sessions.job(workspace, only).id == sessions.cancel(workspace, only).id == only.id


@pytest.mark.parametrize("ask", [sessions.show, sessions.jobs, sessions.job, sessions.cancel, qb.recover_sweep])
@pytest.mark.parametrize("nothing", [None, "", 5])
def test_what_is_no_id(workspace, ask, nothing):
    with pytest.raises(ServiceError, match=f"{nothing!r} is not the id of a (session|job)"):
        ask(workspace, nothing)
