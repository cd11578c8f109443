"""The results of a sweep from its session alone."""

import uuid

import pytest
from azure.quantum import Job

import qsharp_bridge as qb
from qsharp_bridge.errors import RunError, ServiceError, SweepError


def test_fetched_later_by_another_client_it_is_the_same(turn, sweep, service, target):
    mixed = sweep + qb.Sweep.linspace("theta", 0.1, 3, 5) * qb.Sweep.grid(flip=[False])
    results = qb.run_sweep(turn, mixed, target, shots=50)
    with service.workspace() as other:
        recovered = qb.recover_sweep(other, results.session_ids[0])
    assert recovered == results
    assert list(recovered) == list(results)
    assert [row.raw for row in recovered] == [row.raw for row in results]
    assert recovered.points == mixed


def test_failed_jobs_and_tried_again_ones(turn, sweep, service, target, tmp_path):
    service.faults.add("jobs.run", "fail_job", name="Turn 4", message="the ion was lost")
    first = qb.run_sweep(turn, sweep, target, shots=5, journal=tmp_path / "run.db")
    recovered = qb.recover_sweep(target.workspace, first.session_ids[0])
    assert recovered.states == first.states
    assert "the ion was lost" in recovered[4].error
    with pytest.warns(UserWarning, match="going on in the session"):
        again = qb.resume_sweep(tmp_path / "run.db", target, retry_failed=True)
    for session_id in again.session_ids:  # each leads to the jobs in the other
        assert list(qb.recover_sweep(target.workspace, session_id)) == list(again)


def test_jobs_of_other_makers_in_the_session_are_left_out(turn, target):
    with target.open_session(name="of the user") as session:
        target.submit(turn.compile(0.0, False), shots=5)
    with pytest.raises(RunError, match="has no job of a sweep"):
        qb.recover_sweep(target.workspace, session.id)


def test_the_log_of_a_hybrid_loop(turn, target):
    with qb.HybridSession(turn, target, shots=5) as session:
        session(0.0, False)
        session(0.0, True)
    recovered = qb.recover_sweep(target.workspace, session.results.session_ids[0])
    assert recovered.counts == [{"0": 5}, {"1": 5}]


def test_a_session_that_is_not_there(target):
    with pytest.raises(ServiceError, match=r"there is no session nowhere; .*list_sessions"):
        qb.recover_sweep(target.workspace, "nowhere")


def test_a_number_of_requests_that_makes_no_sense(target):
    with pytest.raises(SweepError, match="max_in_flight must be a whole number from 1 up, not 0"):
        qb.recover_sweep(target.workspace, "00000000-0000-0000-0000-000000000000", max_in_flight=0)


def test_points_that_the_list_leaves_out_are_found_by_their_ids(turn, sweep, service, target, monkeypatch):
    from qsharp_bridge.azure.client import Service

    results = qb.run_sweep(turn, sweep, target, shots=5)
    complete = Service.session_jobs
    monkeypatch.setattr(Service, "session_jobs", lambda self, session_id: complete(self, session_id)[:6])
    assert qb.recover_sweep(target.workspace, results.session_ids[0]) == results


def test_points_that_were_never_sent_are_named(turn, sweep, service, target):
    service.faults.add("jobs.run", "fail_job", name="Turn 0")
    with pytest.raises(RunError, match="not sent"):
        qb.run_sweep(turn, sweep, target, shots=5, max_failures=1, max_in_flight=1)
    (session,) = target.workspace.list_sessions()
    with pytest.warns(UserWarning, match=r"9 of 10 points have no job on the service: 1, 2, 3, 4, 5, 6, 7, 8, 9; "):
        assert len(qb.recover_sweep(target.workspace, session.id)) == 1


@pytest.mark.parametrize(
    "said",
    [
        {"point": "x"}, {"point": "-5"}, {"points": "9" * 12}, {"jobs": "9" * 30}, {"size": "2"}, {"shots": "many"},
        {"run": "no id"}, {"values": "{"}, {"values": "[1]"}, {"values": "[" * 3000}, {"values": '{"flip": {"$x": 1}}'},
    ],
)  # fmt: skip
def test_jobs_of_a_stranger_in_the_session(turn, target, said):
    """Whoever may use the workspace may send a job into it, with any metadata."""
    own = {"point": "0", "points": "1", "values": "{}", "shots": "5", "run": str(uuid.uuid4()), **said}
    with target.open_session(name="of the user") as session:
        job = Job.from_input_data(
            workspace=target.workspace, name="job", target=target.name, input_data=b"", blob_name="inputData",
            content_type="text/plain", provider_id="ionq", input_data_format="qir.v1", session_id=session.id,
            output_data_format="microsoft.quantum-results.v2", input_params={"shots": 5},
            metadata={f"qsharp_bridge.{name}": text for name, text in own.items()},
        )  # fmt: skip
    with pytest.raises(RunError, match=f"the metadata of job {job.id} is not that of a sweep: "):
        qb.recover_sweep(target.workspace, session.id)
