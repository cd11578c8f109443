"""Faults at named points, and the journal that tells what happened."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
import requests
from azure.core.exceptions import HttpResponseError

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.faults import KINDS, Faults
from qsharp_bridge.emulator.http.app import OPERATIONS


def test_a_count_and_a_probability() -> None:
    faults = Faults()
    faults.add("jobs.*", "status", times=2, status=429)
    assert [faults.take("jobs.get", "before") is not None for _ in range(4)] == [True, True, False, False]
    assert faults.take("sessions.get", "before") is None

    def struck(seed: int) -> list[bool]:
        some = Faults()
        some.add("*", "status", times=None, probability=0.3, seed=seed)
        return [some.take("x", "before") is not None for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 30 <= sum(struck(1)) <= 90
    faults.clear()
    assert faults.listed() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "flood"},
        {"when": "during"},
        {"probability": 2},
        {"status": 200},
        {"seconds": -1},
        {"times": -1},
        {"share": 5},
        {"surprise": 1},
        {"point": "[" * 5000},
        {"name": "[" * 5000},
    ],
)
def test_faults_that_make_no_sense(wrong: dict[str, Any], http: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        Faults().add(**{"point": "x", "kind": "status", **wrong})
    assert http("POST", "/_admin/faults", json={"point": "x", "kind": "status", **wrong}).status_code == 400


def test_before_and_after_the_effect(http: Any) -> None:
    for when, exists in (("before", 404), ("after", 200)):
        id_, body = http.job()
        http.service.faults.add("jobs.create", "status", when=when, status=503, retry_after=0)
        answer = http("PUT", f"jobs/{id_}", json=body)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "0"
        assert http("GET", f"jobs/{id_}").status_code == exists


def test_resets_before_and_after_the_effect(http: Any) -> None:
    for when, exists in (("before", 404), ("after", 200)):
        id_, body = http.job()
        http.service.faults.add("jobs.create", "reset", when=when)
        with pytest.raises(requests.exceptions.ConnectionError):
            http("PUT", f"jobs/{id_}", json=body)
        assert http("GET", f"jobs/{id_}").status_code == exists
    assert [entry.status for entry in http.service.requests.find("jobs.create")] == [0, 0]


def test_too_many_requests_with_an_html_page(http: Any) -> None:
    http.service.faults.add("jobs.list", "status", status=429, html=True)
    answer = http("GET", "jobs")
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")


def test_a_rate_limit_strikes_only_what_is_too_much() -> None:
    faults = Faults()
    faults.add("jobs.*", "status", status=429, allowed=1e-3, times=None)
    assert faults.take("jobs.get", "before") is None  # the first is let through
    assert faults.take("jobs.get", "before").status == 429
    assert faults.take("sessions.get", "before") is None
    with pytest.raises(ValueError, match="allowed is a number of requests a second"):
        faults.add("jobs.*", "status", allowed=0)


def test_slow_answers_and_truncated_blobs(http: Any) -> None:
    id_ = http.submit(b"0123456789" * 100)
    uri = http("GET", f"jobs/{id_}").json()["inputDataUri"]
    http.service.faults.add("blobs.get", "truncate")
    with pytest.raises(requests.exceptions.RequestException):
        _ = requests.get(uri, timeout=10).content
    http.service.faults.add("blobs.get", "slow", seconds=0.3)
    began = time.perf_counter()
    assert len(requests.get(uri, timeout=10).content) == 1000
    assert time.perf_counter() - began >= 0.3
    http.service.faults.add("blobs.get", "expired_sas")
    answer = requests.get(uri, timeout=10)
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (403, "AuthenticationFailed")


def test_jobs_that_fail_by_name_or_share(service: LocalService, bell: Any) -> None:
    service.faults.add("jobs.run", "fail_job", name="bad*", times=None, code="ProviderTimeout", message="late")
    service.faults.add("jobs.run", "fail_shots", name="shaky", share=0.25)
    target = service.workspace().get_targets("ionq.simulator")
    bad = target.submit(bell, name="bad one", shots=4)
    bad.wait_until_completed(print_progress=False)
    assert bad.details.error_data.code == "ProviderTimeout"
    shaky = target.submit(bell, name="shaky", shots=40)
    shots = shaky.get_results_shots()
    assert sum(isinstance(shot, dict) for shot in shots) == 10
    counts = shaky.get_results_histogram()
    assert counts["Error 0x20: Simulated failure of a shot"]["count"] == 10
    assert sum(row["count"] for row in counts.values()) == 40
    assert sum(shaky.get_results().values()) == pytest.approx(1)
    good = target.submit(bell, name="good", shots=4)
    assert len(good.get_results_shots()) == 4


def test_the_real_client_retries_and_the_job_is_there_once(service: LocalService, bell: Any) -> None:
    service.faults.add("jobs.create", "status", when="before", status=503, retry_after=0, times=2)
    job = service.workspace().get_targets("ionq.simulator").submit(bell, shots=4)
    assert len(job.get_results_shots()) == 4
    assert service.requests.count("jobs.create") == 3
    assert service.requests.count("jobs.create", status=200) == 1
    assert {entry.id for entry in service.requests.find("jobs.create")} == {job.id}


def test_a_retry_after_the_effect_finds_the_job(service: LocalService, bell: Any) -> None:
    service.faults.add("jobs.create", "status", when="after", status=500, retry_after=0)
    id_ = str(uuid.uuid4())
    target = service.workspace().get_targets("ionq.simulator")
    with pytest.raises(HttpResponseError) as caught:
        target.submit(bell, shots=4, job_id=id_)
    assert caught.value.status_code == 409, "the client repeated the PUT; the job is there"
    assert len(service.workspace().get_job(id_).get_results_shots()) == 4
    assert len(service.workspace().list_jobs()) == 1


def test_the_journal(http: Any) -> None:
    id_ = http.submit()
    http("POST", f"jobs/{id_}:cancel")
    entries = http("GET", "/_admin/requests", params={"operation": "jobs.*"}).json()["value"]
    assert [(entry["operation"], entry["method"], entry["id"]) for entry in entries] == [
        ("jobs.create", "PUT", id_),
        ("jobs.cancel", "POST", id_),
    ]
    everything = repr(http.service.requests.find())
    assert "sig=" not in everything
    assert http.service.api_key not in everything
    assert http("GET", "/_admin/requests", params={"operation": "[" * 5000}).status_code == 400
    assert http("DELETE", "/_admin/requests").json() == {"value": []}
    assert http.service.requests.count() == 0


def test_faults_over_http(http: Any) -> None:
    added = http("POST", "/_admin/faults", json={"point": "items.list", "kind": "status", "status": 500})
    assert added.json()["value"][0]["point"] == "items.list"
    assert http("GET", "topLevelItems").status_code == 500
    assert http("GET", "/_admin/faults").json()["value"][0]["times"] == 0
    assert http("DELETE", "/_admin/faults").json() == {"value": []}
    assert set(KINDS) >= {"status", "reset", "slow"}
    assert {"jobs.create", "sessions.open", "blobs.get", "jobs.run"} <= set(OPERATIONS)
