"""qsharp-bridge jobs."""

import json

import pytest

from qsharp_bridge.emulator import LocalService


@pytest.fixture
def jobs(cli, folder, service):
    """The flags of a service, and the jobs that ran there by name; one of them failed."""
    service.faults.add("jobs.run", "fail_job", name="Turn 1*", code="Broken", message="no luck")
    where = ["--workspace", service.url]
    assert cli("run", folder / "sweep.toml", "--target", "ionq.simulator", *where).code == 1
    with service.workspace() as workspace:
        return where, {job.details.name: job.id for job in workspace.list_jobs()}


def test_show(cli, jobs):
    where, ids = jobs
    told = json.loads(cli("jobs", "show", ids["Turn 2"], *where, "--json").out)
    assert (told["name"], told["state"], told["counts"]) == ("Turn 2", "Succeeded", {"1": 20})
    assert told["metadata"]["qsharp_bridge.point"] == "2"
    text = cli("jobs", "show", ids["Turn 2"], *where).out
    assert "counts    1 20\n" in text


def test_show_a_failed_one(cli, jobs):
    where, ids = jobs
    told = json.loads(cli("jobs", "show", ids["Turn 1"], *where, "--json").out)
    assert told["state"] == "Failed"
    assert told["error"] == "Broken: no luck"
    assert "counts" not in told


def test_cancel(cli, folder, monkeypatch):
    with LocalService(pace=60) as service:
        monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", service.api_key)
        where = ["--workspace", service.url]
        with service.workspace() as workspace:
            target = workspace.get_targets("ionq.simulator")
            qir = cli("compile", folder / "turn.qs", "--", "0.0", "true").out
            job = target.submit(input_data=qir.encode(), input_data_format="qir.v1", name="slow", shots=10)
        assert json.loads(cli("jobs", "show", job.id, *where, "--json").out)["state"] in ("Waiting", "Executing")
        assert json.loads(cli("jobs", "cancel", job.id, *where, "--json").out)["state"] == "Cancelled"


def test_cancelling_what_has_ended_changes_nothing(cli, jobs):
    where, ids = jobs
    assert json.loads(cli("jobs", "cancel", ids["Turn 0"], *where, "--json").out)["state"] == "Succeeded"


@pytest.mark.parametrize("verb", ["show", "cancel"])
def test_an_unknown_job(cli, service, verb):
    ended = cli("jobs", verb, "4711", "--workspace", service.url)
    assert ended.code == 3
    assert ended.err.startswith(f"qsharp-bridge jobs {verb}: there is no job 4711")
