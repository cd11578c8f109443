"""Whole sweeps through the fault proxy: what a run must not conclude from a single answer."""

import contextlib

import pytest
from azure.quantum.target.rigetti import Rigetti

import qsharp_bridge as qb
from qsharp_bridge.azure.answers import word
from qsharp_bridge.errors import SessionEndedError
from qsharp_bridge.states import ENDED_SESSION_STATES
from tests.faults.proxy import Fault, FaultProxy, Script
from tests.shared.runs import CERTAIN, ten_points


@contextlib.contextmanager
def through(proxy, service):
    """A target behind the proxy."""
    with qb.connect(proxy.url, api_key=service.api_key, request_timeout=0.5) as workspace:
        yield Rigetti(workspace=workspace, name="rigetti.sim.qvm", provider_id="rigetti")


def carry(service, faults, operation):
    """Run ten points through the proxy; return the results and the proxy."""
    with FaultProxy(service.url, Script(faults)) as proxy, through(proxy, service) as target:
        return qb.run_sweep(operation, ten_points(), target, 10, progress=False), proxy


def states(service, proxy):
    with service.workspace() as workspace:
        return [word(workspace.get_session(session_id).details.status) for session_id in proxy.record.sessions]


@pytest.mark.parametrize("answer", ["sessions.open", "sessions.get"])
def test_another_answer_about_the_session_is_not_taken_for_its_closing(service, turn, answer):
    faults = {"sessions.close": [Fault("swap", body=answer.encode(), forward=False)]}
    results, proxy = carry(service, faults, turn)
    assert [next(iter(counts)) for counts in results.counts] == CERTAIN
    assert proxy.record.faults["swap"] == 1
    assert set(states(service, proxy)) <= ENDED_SESSION_STATES


def test_an_abort_ends_the_paying_also_when_reads_lag(service, turn):
    service.faults.add("jobs.run", "fail_job")
    waiting = b'{"value": [], "nextLink": null}'  # no job is active, and the session is as it was at first
    lagging = {"sessions.get": [Fault("swap", body=b"sessions.open", forward=False)] * 3}
    faults = {**lagging, "sessions.jobs": [Fault("nonsense", body=waiting, forward=False)]}
    with FaultProxy(service.url, Script(faults)) as proxy, through(proxy, service) as target:
        with pytest.raises(SessionEndedError, match="Abort"):
            qb.run_sweep(turn, ten_points(), target, 10, failure_policy="abort", max_in_flight=1, progress=False)
        assert len(proxy.record.sessions) == 1
        assert len(proxy.record.jobs) < 10
        assert proxy.record.faults["swap"] == 3


@pytest.mark.parametrize("in_flight", [1, 16])
def test_a_refusal_after_a_failure_is_the_abort_when_every_read_lags(service, turn, in_flight):
    service.faults.clear()
    service.faults.add("jobs.run", "fail_job")
    faults = {"sessions.get": Fault("swap", body=b"sessions.open", forward=False)}  # open, as at first
    with FaultProxy(service.url, Script(faults)) as proxy, through(proxy, service) as target:
        with pytest.raises(SessionEndedError, match="Abort"):
            qb.run_sweep(
                turn, ten_points(), target, 10, failure_policy="abort", max_in_flight=in_flight, progress=False
            )
        assert len(proxy.record.sessions) == 1
        assert len(proxy.record.jobs) < 10
        assert proxy.record.faults["swap"] > 3


def test_short_and_garbled_results_are_fetched_again(service, turn):
    faults = {"blobs.output": [Fault("short"), Fault("nonsense", body=b"{}"), Fault("nonsense", body=b"\xff"), None]}
    results, _ = carry(service, faults, turn)
    assert [dict(counts) for counts in results.counts] == [{outcome: 10} for outcome in CERTAIN]
