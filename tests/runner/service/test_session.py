"""A run goes on in a session that it was given: it joins it before anything is sent, and never closes it."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import ServiceError, SessionEndedError, SweepError, TargetError
from tests.shared.runs import aria, service, sweep, target, turn

__all__ = ["aria", "service", "sweep", "target", "turn"]


def state(target, session_id: str) -> str:
    return target.workspace.get_session(session_id).details.status.value


@pytest.mark.parametrize("named", [lambda session: session, lambda session: session.id])
def test_a_sweep_and_a_loop_share_the_session_of_a_script(turn, sweep, service, target, named):
    with target.open_session(name="mine") as session:
        results = qb.run_sweep(turn, sweep, target, 5, session=named(session))
        assert results.session_ids == (session.id,)
        with qb.HybridSession(turn, target, shots=5, session=named(session)) as loop:
            assert loop(0.0, False) == {"0": 5}
        with qb.start_sweep(turn, sweep, target, 5, session=named(session)) as run:
            assert run.results().states == ["Succeeded"] * len(sweep)
        assert state(target, session.id) in ("Waiting", "Executing")
        assert len(qb.sessions.jobs(target.workspace, session.id)) == 2 * len(sweep) + 1
    assert service.requests.count("sessions.open") == 1
    assert service.requests.count("sessions.close") == 1
    assert state(target, session.id) == "Succeeded"


def test_a_session_that_has_ended_or_is_not_there_is_refused_before_anything_is_sent(
    turn, sweep, service, target, aria, tmp_path
):
    with target.open_session() as ended:
        pass
    other = qb.sessions.open_session(aria)
    service.requests.clear()
    for session, error, words in [
        (ended, SessionEndedError, "has ended"),
        ("00000000-0000-0000-0000-000000000001", ServiceError, "there is no session"),
        (other, TargetError, f"is of {aria.name}"),
    ]:
        with pytest.raises(error, match=words):
            qb.run_sweep(turn, sweep, target, 5, session=session, journal=tmp_path / "run.db")
        with qb.HybridSession(turn, target, shots=5, session=session) as loop, pytest.raises(error, match=words):
            loop(0.5, False)
    assert [service.requests.count(name) for name in ("jobs.create", "storage.sas", "sessions.open")] == [0, 0, 0]
    results = qb.run_sweep(turn, sweep, target, 5, journal=tmp_path / "run.db")  # the journal is still good
    assert results.states == ["Succeeded"] * len(sweep)


def test_a_run_goes_on_in_its_given_session_in_another_one_or_in_its_own(turn, sweep, service, target, tmp_path):
    first, many = target.open_session(), sweep * qb.Sweep.points([{}] * 3)
    service.faults.add("jobs.create", "status", status=403, name="Turn 5")
    with pytest.raises(ServiceError):
        qb.run_sweep(turn, many, target, 5, session=first.id, journal=tmp_path / "run.db", max_in_flight=1)
    service.faults.clear()
    again = tmp_path / "again.db"
    again.write_bytes((tmp_path / "run.db").read_bytes())
    results = qb.resume_sweep(tmp_path / "run.db", target)  # the journal knows the session
    assert results.states == ["Succeeded"] * len(many)
    assert results.session_ids == (first.id,)
    assert state(target, first.id) in ("Waiting", "Executing")
    assert qb.resume_sweep(again, target, session=first) == results  # an older copy: the same jobs
    jobs = qb.sessions.jobs(target.workspace, first.id)
    assert len(jobs) == len(many)
    first.close()
    assert qb.resume_sweep(tmp_path / "run.db", target, session=first) == results  # nothing is left to send


def test_a_given_session_that_ends_during_the_run_is_followed_by_one_of_its_own(turn, target):
    given = qb.sessions.open_session(target, failure_policy="continue")
    with qb.HybridSession(turn, target, shots=5, session=given) as loop:
        loop(0.5, False)
        given.close()
        with pytest.warns(UserWarning, match="has ended"):
            loop(0.6, False)
        own = loop.results.session_ids[-1]
    assert own != given.id
    assert state(target, own) == "Succeeded"
    ended = qb.HybridSession(turn, target, shots=5, session=own, link_sessions=False)
    with ended as loop, pytest.raises(SessionEndedError, match="has ended"):
        loop(0.5, False)


def test_the_policy_is_that_of_the_given_session(turn, sweep, service, target):
    given = qb.sessions.open_session(target, failure_policy="abort")
    service.faults.add("jobs.run", "fail_job", name="Turn 0")
    with pytest.raises(SessionEndedError, match="policy is Abort"):
        qb.run_sweep(turn, sweep * qb.Sweep.points([{}] * 4), target, 5, session=given, max_in_flight=2)
    assert service.requests.count("sessions.open") == 1


def test_what_is_no_session(turn, sweep, target):
    for wrong in (5, "", " ", target):
        with pytest.raises(SweepError, match="session must be a session or its id"):
            qb.run_sweep(turn, sweep, target, 5, session=wrong)
    for door in (qb.run_sweep, qb.plan_sweep):
        with pytest.raises(TargetError, match="has no sessions"):
            door(turn, sweep, qb.LocalSimulator(), 5, session="one")
    with pytest.raises(TargetError, match="has no sessions"):
        qb.HybridSession(turn, qb.LocalSimulator(), 5, session="one")
