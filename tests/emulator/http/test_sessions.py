"""Sessions, through the real client: every recorded row of the wire notes."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.quantum import Session
from azure.quantum.job.session import SessionJobFailurePolicy

from qsharp_bridge.emulator import LocalService

REFUSED = "Session is already in a terminal state. This may have been due to failures in prior jobs in the session."


def target_of(service: LocalService, name: str = "ionq.simulator") -> Any:
    return service.workspace().get_targets(name)


def submit(target: Any, program: Any, name: str = "job") -> Any:
    return target.submit(program, name=name, shots=10)


def test_the_life_of_a_session(service: LocalService, bell: Any) -> None:
    target = target_of(service)
    with target.open_session(name="a session") as session:
        assert session.details.status == "Waiting"
        assert session.details.job_failure_policy == "Abort"
        assert session.details.provider_id == "ionq"
        assert session.details.end_execution_time is None
        jobs = [submit(target, bell, f"job {i}") for i in range(3)]
        for job in jobs:
            job.wait_until_completed(print_progress=False)
        session.refresh()
        assert session.details.status == "Executing"
        assert [job.details.name for job in session.list_jobs()] == ["job 2", "job 1", "job 0"]
    assert session.details.status == "Succeeded"
    assert session.details.end_execution_time is not None
    assert {job.details.session_id for job in jobs} == {session.id}


def test_an_empty_session_succeeds_when_it_is_closed(service: LocalService) -> None:
    with target_of(service).open_session() as session:
        pass
    assert session.details.status == "Succeeded"


def test_a_manual_session(service: LocalService) -> None:
    workspace = service.workspace()
    session = Session(workspace=workspace, name="", target="ionq.simulator")
    assert session.details.status is None
    session.open()
    assert workspace.get_session(session.id).details.status == "Waiting"
    assert [one.id for one in workspace.list_sessions()] == [session.id]
    session.close()
    session.refresh()
    assert session.is_in_terminal_state()
    assert session.details.status == "Succeeded"


def test_abort_fails_the_session_at_once_and_refuses_later_jobs(service: LocalService, bell: Any) -> None:
    target = target_of(service)
    session = target.open_session(name="abort")
    failed = target.submit(b"garbage", name="bad", input_data_format="qir.v1")
    failed.wait_until_completed(print_progress=False)
    assert failed.details.status == "Failed"
    assert failed.details.error_data.code == "CompilationError"
    session.refresh()
    assert session.details.status == "Failed"
    assert session.details.end_execution_time is not None
    with pytest.raises(HttpResponseError) as caught:
        submit(target, bell)
    assert caught.value.status_code == 400
    assert caught.value.error.code == "InvalidJobDefinition"
    assert caught.value.error.message == REFUSED
    assert [job.details.name for job in session.list_jobs()] == ["bad"]


def test_abort_cancels_what_is_in_flight_a_moment_later(stopped: LocalService, bell: Any) -> None:
    stopped.engine.pace = type(stopped.engine.pace)(seconds=100)
    target = target_of(stopped)
    session = target.open_session()
    waiting = submit(target, bell, "waits")
    stopped.clock.advance(60)
    assert stopped.wait_idle(10)
    running = submit(target, bell, "soon fails")
    stopped.engine.pace = type(stopped.engine.pace)()
    target.submit(b"garbage", name="bad", input_data_format="qir.v1")
    assert stopped.wait_idle()
    session.refresh()
    assert session.details.status == "Failed"
    waiting.refresh()
    running.refresh()
    assert waiting.details.status == "Executing"
    assert running.details.status == "Waiting"
    stopped.clock.advance(1.5)
    waiting.refresh()
    running.refresh()
    assert waiting.details.status == running.details.status == "Cancelled"
    assert waiting.details.end_execution_time is None
    assert waiting.details.cancellation_time is not None
    assert running.details.begin_execution_time is None
    assert running.details.cancellation_time is None
    assert waiting.details.error_data is None


def test_continue_goes_on_and_fails_when_closed(service: LocalService, bell: Any) -> None:
    target = target_of(service)
    session = target.open_session(job_failure_policy=SessionJobFailurePolicy.CONTINUE)
    target.submit(b"garbage", name="bad", input_data_format="qir.v1").wait_until_completed(print_progress=False)
    session.refresh()
    assert session.details.status == "Failure(s)"
    assert session.details.end_execution_time is None
    submit(target, bell).wait_until_completed(print_progress=False)
    session.refresh()
    assert session.details.status == "Failure(s)"
    assert not session.is_in_terminal_state()
    session.close()
    assert session.details.status == "Failed"


def test_a_closed_session_drains(stopped: LocalService, bell: Any) -> None:
    stopped.engine.pace = type(stopped.engine.pace)(seconds=10)
    target = target_of(stopped)
    session = target.open_session()
    job = submit(target, bell)
    stopped.clock.advance(6)
    job.refresh()
    assert job.details.status == "Executing"
    session.close()
    assert session.details.status == "Executing"
    assert session.details.end_execution_time is None
    with pytest.raises(HttpResponseError) as caught:
        submit(target, bell)
    assert caught.value.status_code == 400
    assert stopped.wait_idle()
    stopped.clock.advance(6)
    session.refresh()
    assert session.details.status == "Succeeded"
    job.refresh()
    assert job.details.end_execution_time <= session.details.end_execution_time
    again = stopped.workspace().close_session(session)
    assert again is None
    assert session.details.status == "Succeeded"


@pytest.mark.parametrize("idle", [601, 1700])
def test_an_idle_session_times_out_at_a_sweep(stopped: LocalService, bell: Any, idle: int) -> None:
    target = target_of(stopped)
    session = target.open_session()
    submit(target, bell).wait_until_completed(print_progress=False)
    stopped.clock.advance(599)
    session.refresh()
    assert session.details.status == "Executing"
    stopped.clock.advance(idle)
    session.refresh()
    assert session.details.status == "TimedOut"
    took = (session.details.end_execution_time - session.details.creation_time).total_seconds()
    assert 600 <= took <= 660, "at the first look after ten minutes, not when somebody asked"
    with pytest.raises(HttpResponseError, match="terminal state"):
        submit(target, bell)


def test_a_session_with_a_job_in_flight_does_not_time_out(stopped: LocalService, bell: Any) -> None:
    stopped.engine.pace = type(stopped.engine.pace)(seconds=5000)
    target = target_of(stopped)
    session = target.open_session()
    submit(target, bell)
    stopped.clock.advance(2000)
    session.refresh()
    assert session.details.status == "Waiting"


def test_a_cancelled_job_is_no_failure(stopped: LocalService, bell: Any) -> None:
    stopped.engine.pace = type(stopped.engine.pace)(seconds=50)
    workspace = stopped.workspace()
    target = workspace.get_targets("ionq.simulator")
    with target.open_session() as session:
        job = submit(target, bell)
        cancelled = workspace.cancel_job(job)
        assert cancelled.details.status == "Cancelled"
        assert cancelled.details.cancellation_time is not None
        assert cancelled.details.end_execution_time is None
    assert session.details.status == "Succeeded"


def test_ids_that_exist_or_do_not(service: LocalService) -> None:
    workspace = service.workspace()
    with pytest.raises(ResourceNotFoundError):
        workspace.get_session("11111111-1111-1111-1111-111111111111")
    session = Session(workspace=workspace, name="one", target="ionq.simulator")
    session.open()
    again = Session(workspace=workspace, id=session.id, name="two", target="ionq.simulator").open()
    assert again.details.name == "one"
    assert workspace.get_session(session.id).details.name == "one"
    with pytest.raises(HttpResponseError) as caught:
        Session(workspace=workspace, name="", target="nobody.simulator").open()
    assert caught.value.status_code == 403
