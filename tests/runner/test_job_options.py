"""Options of the provider, tags, priority and names, passed on with each job."""

import math

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import JournalError, SweepError, TargetError

TURNS = qb.Sweep.zip(theta=[0.0, math.pi, 0.0, math.pi])
UNMITIGATED = {"error-mitigation": {"debias": False}}
OPTIONS = {"input_params": UNMITIGATED, "tags": ["week 7"], "priority": "High", "job_name": "R {theta:.1f}, {point}"}


def sent(target):
    return sorted((job.details for job in target.workspace.list_jobs()), key=lambda details: details.name)


def test_they_travel_with_each_job_and_are_on_record(rabi, aria, tmp_path):
    journal = tmp_path / "run.db"
    plan = qb.plan_sweep(rabi, TURNS, aria, 10, points_per_job=2, **OPTIONS)
    assert plan.input_params == UNMITIGATED
    assert 'input params       {"error-mitigation": {"debias": false}}\n' in str(plan)
    assert "error mitigation off" in str(plan)
    assert [round(cost, 2) for cost in plan.job_costs] == [12.42, 12.42]
    results = qb.run_sweep(rabi, TURNS, aria, 10, points_per_job=2, journal=journal, **OPTIONS)
    jobs = sent(aria)
    assert [details.name for details in jobs] == ["R 0.0, 0-1", "R 0.0, 2-3"]
    for details in jobs:
        assert (details.input_params["shots"], details.input_params["error-mitigation"]) == (10, {"debias": False})
        assert (details.tags, details.priority) == (["week 7"], "High")
    assert [details.cost_estimate.estimated_total for details in jobs] == list(plan.job_costs)
    assert qb.resume_sweep(journal, aria) == results
    with pytest.raises(JournalError, match=r"the options of the provider \(input_params\) changed"):
        qb.run_sweep(rabi, TURNS, aria, 10, points_per_job=2, journal=journal)


def test_a_loop_passes_them_on(rabi, aria):
    with qb.HybridSession(rabi, aria, 10, **OPTIONS) as session:
        assert session(0.0) == {"[0]": 10}
    (details,) = sent(aria)
    assert (details.name, details.tags, details.priority) == ("R 0.0, 0", ["week 7"], "High")
    assert details.input_params["error-mitigation"] == {"debias": False}
    with (
        qb.HybridSession(rabi, aria, 10, job_name="{thta}") as session,
        pytest.raises(SweepError, match="there is no parameter 'thta'"),
    ):
        session(0.0)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"input_params": {"shots": 3}}, "input_params: shots is set by the run itself; give shots="),
        ({"input_params": {"count": 3}}, "input_params: count is set by the run itself"),
        ({"input_params": {"entryPoint": "x"}}, "input_params: entryPoint is set by the run itself; leave it out"),
        ({"input_params": {"entry_point": "x"}}, "input_params: entry_point is set by the run itself; leave it out"),
        ({"input_params": {"Entry-Point ": "x"}}, "input_params: Entry-Point  is set by the run itself"),
        ({"input_params": {"targetProfile": "x"}}, "input_params: targetProfile is set by the run itself"),
        ({"input_params": {"_SHOTS": 3}}, "input_params: _SHOTS is set by the run itself; give shots="),
        ({"input_params": {"a": ["\ud800"]}}, "input_params must be JSON"),
        ({"input_params": {"items": []}}, "input_params: items is set by the run itself"),
        ({"input_params": {"Arguments": []}}, "input_params: Arguments is set by the run itself"),
        ({"input_params": {"a": math.nan}}, "input_params must be JSON"),
        ({"input_params": {"a": {1}}}, "input_params must be JSON"),
        ({"input_params": {1: 2}}, "input_params must be a mapping"),
        ({"input_params": "debias"}, "input_params must be a mapping"),
        ({"tags": "week"}, "tags must be a list of texts"),
        ({"tags": ["week", "\ud800"]}, "tags has a lone surrogate at character 0"),
        ({"job_name": "R\ud800"}, "job_name has a lone surrogate at character 1"),
        ({"session_name": "R\ud800"}, "session_name has a lone surrogate at character 1"),
        ({"tags": [7]}, "tags must be a list of texts"),
        ({"priority": "high"}, "priority is 'high'; did you mean High"),
        ({"job_name": ""}, "job_name must be text"),
        ({"job_name": "{"}, "is no template"),
        ({"job_name": "{theta.__class__}"}, "which is no plain name"),
        ({"job_name": "{theta[0]}"}, "which is no plain name"),
        ({"job_name": "{theta:999999999}"}, "with 1000 characters or more"),
        ({"job_name": "{thet}"}, "there is no parameter 'thet'; did you mean theta"),
        ({"job_name": "{theta:d}"}, "does not fit 0.0"),
    ],
)
def test_what_cannot_be_used_ends_before_a_session_is_opened(rabi, aria, service, options, told):
    with pytest.raises(SweepError) as caught:
        qb.run_sweep(rabi, TURNS, aria, 10, **options)
    assert told in str(caught.value)
    assert service.requests.count("sessions.open") == 0


def test_the_simulator_here_takes_no_options_of_a_provider(rabi):
    with pytest.raises(TargetError, match=r"local.simulator takes no input_params; give LocalSimulator\(noise"):
        qb.run_sweep(rabi, TURNS, qb.LocalSimulator(), 10, input_params=UNMITIGATED)
    assert qb.run_sweep(rabi, TURNS, qb.LocalSimulator(), 10, tags=["a"]).counts[0] == {"[0]": 10}
