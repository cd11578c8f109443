"""Jobs, through the real client and as plain JSON, field by field."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.quantum.job.job import Job as ClientJob

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.state.blobs import md5_of
from qsharp_bridge.emulator.state.models import Job
from qsharp_bridge.emulator.state.pace import Pace

FIELDS = {
    "containerUri",
    "inputDataUri",
    "inputDataFormat",
    "inputParams",
    "metadata",
    "sessionId",
    "status",
    "jobType",
    "outputDataFormat",
    "outputDataUri",
    "beginExecutionTime",
    "cancellationTime",
    "quantumComputingData",
    "errorData",
    "isCancelling",
    "tags",
    "jobPriority",
    "priority",
    "name",
    "id",
    "providerId",
    "target",
    "creationTime",
    "lastModifiedTime",
    "endExecutionTime",
    "costEstimate",
    "itemType",
}


def test_run_and_read(service: LocalService, bell: Any) -> None:
    target = service.workspace().get_targets("ionq.simulator")
    job = target.submit(bell, name="Bell", shots=200)
    assert job.details.status == "Waiting"
    shots = job.get_results_shots()
    assert len(shots) == 200
    assert {tuple(shot) for shot in shots} == {(0, 0), (1, 1)}
    counts = job.get_results_histogram()
    assert sum(row["count"] for row in counts.values()) == 200
    assert counts["[0, 0]"]["outcome"] == [0, 0]
    assert job.get_results()["[1, 1]"] == counts["[1, 1]"]["count"] / 200
    details = job.details
    assert details.creation_time <= details.begin_execution_time <= details.end_execution_time
    assert details.input_params["entryPoint"] == "ENTRYPOINT__main"
    assert details.input_params["shots"] == 200
    assert details.cost_estimate.currency_code == "USD"
    assert details.cost_estimate.estimated_total == 0.0


def test_every_kind_of_outcome(service: LocalService, compiled: Any) -> None:
    target = service.workspace().get_targets("ionq.simulator")
    job = target.submit(compiled("Ones"), shots=3)
    assert job.get_results_shots() == [(1, [1, 1])] * 3
    assert job.get_results() == {"(1, [1, 1])": 1.0}
    single = target.submit(compiled("Single"), shots=2)
    assert single.get_results_shots() == [1, 1]
    assert single.get_results_histogram() == {"1": {"outcome": 1, "count": 2}}
    quantinuum = service.workspace().get_targets("quantinuum.sim.h2-1e")
    values = quantinuum.submit(compiled("Values", "Adaptive_RIF"), shots=1)
    assert values.get_results_histogram() == {
        "([1, 0], (-2.71, 67), true)": {"outcome": ([1, 0], (-2.71, 67), True), "count": 1}
    }


def test_the_same_service_seed_gives_the_same_outcomes(bell: Any) -> None:
    def run(seed: int | None, *names: str) -> list[Any]:
        with LocalService(seed=seed, sampling=True) as service:
            target = service.workspace().get_targets("ionq.simulator")
            return [target.submit(bell, shots=64, name=name).get_results_shots() for name in names]

    first, again, other = run(1, "a", "a", "b")
    assert len({str(first), str(again), str(other)}) == 3, "three jobs are three samples"
    assert run(1, "b", "a", "a") == [other, first, again], "whatever ids the client draws, and in whatever order"
    assert run(2, "a") != [first]
    assert run(None, "a") != run(None, "a"), "without a seed every service draws its own"


def test_a_job_that_is_gone_or_has_another_name_now_is_not_sampled_again(bell: Any) -> None:
    with LocalService(seed=1, sampling=True) as service:
        target = service.workspace().get_targets("ionq.simulator")
        seen = []
        for index in range(3):
            job = target.submit(bell, shots=64, name="a")
            seen.append(str(job.get_results_shots()))
            if index == 0:
                service.store.delete_job(service.store.find(Job, "id = ?", (job.id,))[0])
            else:
                service.store.execute("UPDATE jobs SET name = 'b' WHERE id = ?", (job.id,))
        assert len(set(seen)) == 3


def test_a_seeded_sweep_is_the_same_each_time() -> None:
    """Its jobs are sent by several threads, in no fixed order, under random ids."""
    source = "operation Toss(n : Int) : Result { use q = Qubit(); H(q); MResetZ(q) }"
    operation = qb.Program.from_source(source).operation("Toss")

    def run() -> Any:
        with LocalService(seed=5, sampling=True) as service, service.workspace() as workspace:
            target = workspace.get_targets("ionq.simulator")
            return qb.run_sweep(operation, qb.Sweep.arange("n", 0, 4), target, shots=100).counts

    first = run()
    assert run() == first
    assert len({str(counts) for counts in first}) > 1


def test_the_answer_field_by_field(stopped: LocalService, http: Any) -> None:
    plain = type(http)(stopped)
    stopped.engine.pace = type(stopped.engine.pace)(seconds=10)
    metadata = {"qiskit": "True", "name": "x"}
    params = {"shots": 3, "items": [{"entryPoint": "ENTRYPOINT__main", "arguments": []}]}
    id_, body = plain.job(metadata=metadata, inputParams=params, providerId="Microsoft.Test.FirstParty")
    created = plain("PUT", f"jobs/{id_}", json=body)
    assert created.headers["content-type"] == "application/json; charset=utf-8"
    put = created.json()
    assert set(put) == FIELDS
    assert put["status"] == "Waiting"
    assert put["providerId"] == "microsoft.test.firstparty"
    assert put["metadata"] == metadata
    assert put["inputParams"] == params
    assert put["quantumComputingData"] is put["sessionId"] is put["errorData"] is put["costEstimate"] is None
    assert put["tags"] == []
    assert put["isCancelling"] is False
    assert put["jobPriority"] == "Basic"
    assert put["itemType"] == "Job"
    assert put["jobType"] == "QuantumComputing"
    assert put["creationTime"].endswith("+00:00")
    assert "?" not in put["containerUri"] + put["inputDataUri"] + put["outputDataUri"]
    got = plain("GET", f"jobs/{id_}").json()
    assert "sr=c&sp=rl" in got["containerUri"]
    for uri in (got["inputDataUri"], got["outputDataUri"]):
        assert "sr=b&sp=r&" in uri
        assert "se=" in uri
        assert "rscd=attachment%3B+filename" in uri
    listed = plain("GET", "jobs").json()["value"][0]
    assert set(listed) == FIELDS
    assert listed["creationTime"].endswith("Z")
    assert "?" not in listed["outputDataUri"]
    for time in (got["creationTime"], listed["creationTime"]):
        assert datetime.fromisoformat(time).tzinfo is not None
    stopped.clock.advance(6)
    assert plain("GET", f"jobs/{id_}").json()["quantumComputingData"] == {"count": 1}


def test_echo_output_comes_back_raw(service: LocalService) -> None:
    target = service.workspace().get_targets("echo-output")
    job = target.submit(b"any bytes", input_data_format="text", output_data_format="microsoft.quantum-log.v1")
    assert job.get_results() == "any bytes"
    assert "/rawOutputData?" in job.details.output_data_uri
    assert job.details.cost_estimate is None


def test_cancel_update_delete(stopped: LocalService, bell: Any) -> None:
    stopped.engine.pace = type(stopped.engine.pace)(seconds=20)
    workspace = stopped.workspace()
    job = workspace.get_targets("ionq.simulator").submit(bell, name="before", shots=1)
    job.update(name="after", priority="High", tags=["a", "b"])
    assert job.details.name == "after"
    assert job.details.priority == "High"
    assert job.details.tags == ["a", "b"]
    with pytest.raises(ResourceExistsError):
        job.delete()
    assert workspace.cancel_job(job).details.status == "Cancelled"
    assert workspace.cancel_job(job).details.status == "Cancelled", "a second cancel changes nothing"
    with pytest.raises(RuntimeError, match="CANCELLED"):
        workspace.get_job(job.id).get_results()
    job.delete()
    with pytest.raises(ResourceNotFoundError):
        workspace.get_job(job.id)
    done = workspace.get_targets("ionq.simulator").submit(bell, shots=1)
    assert stopped.wait_idle()
    stopped.clock.advance(21)
    with pytest.raises(ResourceExistsError, match="has ended"):
        workspace.cancel_job(done)


def test_a_job_id_is_taken_once(http: Any) -> None:
    id_ = http.submit(name="first")
    _, body = http.job(name="second", containerUri=f"{http.service.url}/job-{id_}")
    answer = http("PUT", f"jobs/{id_}", json=body)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "JobAlreadyExists"
    assert http("GET", f"jobs/{id_}").json()["name"] == "first"
    assert type(http)(http.service, "other")("GET", f"jobs/{id_}").status_code == 404


def test_integers_of_metadata_come_back_as_text(http: Any) -> None:
    """Recorded: old clients sent integers. Whatever else a value is comes back as it was sent."""
    sent = {"num_qubits": 3, "negative": -1, "big": 2**53 + 1, "text": "3", "flag": True, "real": 0.5, "none": None}
    id_, body = http.job(metadata=sent, sessionId=None)
    http("POST", "storage/sasUri", json={"containerName": f"job-{id_}"})
    expected = {**sent, "num_qubits": "3", "negative": "-1", "big": str(2**53 + 1)}
    assert http("PUT", f"jobs/{id_}", json=body).json()["metadata"] == expected
    assert http("GET", f"jobs/{id_}").json()["metadata"] == expected
    assert [job["metadata"] for job in http("GET", "jobs").json()["value"]] == [expected]
    bare = http.submit()
    assert http("GET", f"jobs/{bare}").json()["metadata"] is None


@pytest.mark.parametrize("version", ["2024-10-01-preview", "2025-12-01-preview", "2026-01-15-preview"])
def test_fields_that_answers_up_to_2025_12_lack(http: Any, version: str) -> None:
    """Recorded: no priority of a job, no numQubits and targetProfile of a target."""
    newest, params = version > "2026", {"params": {"api-version": version}}
    opened = http(
        "PUT", f"sessions/{uuid.uuid4()}", json={"providerId": "ionq", "target": "ionq.simulator", "name": "s"}
    )
    session = opened.json()["id"]
    id_, body = http.job(priority="High", sessionId=session, providerId="ionq", target="ionq.simulator")
    answers = [http("PUT", f"jobs/{id_}", json=body, **params).json(), http("GET", f"jobs/{id_}", **params).json()]
    for path in ("jobs", f"sessions/{session}/jobs"):
        answers += http("GET", path, **params).json()["value"]
    alone = http.submit(priority="High")
    answers += [job for job in http("GET", "topLevelItems", **params).json()["value"] if job["id"] == alone]
    assert len(answers) == 5
    assert [answer.get("priority") for answer in answers] == ["High" if newest else None] * 5
    assert all(("priority" in answer) is newest for answer in answers)
    targets = [target for one in http("GET", "providerStatus", **params).json()["value"] for target in one["targets"]]
    assert {frozenset({"numQubits", "targetProfile"} & set(target)) for target in targets} == {
        frozenset({"numQubits", "targetProfile"} if newest else ())
    }


def test_containers_of_any_name(service: LocalService, bell: Any) -> None:
    """One recorded PUT names a container of another name; its blobs are inputData and outputData in it."""
    workspace = service.workspace()
    target = workspace.get_targets("ionq.simulator")
    rest = {
        "workspace": workspace, "target": target.name, "provider_id": "ionq", "input_data_format": "qir.v1",
        "output_data_format": "microsoft.quantum-results.v2", "input_params": {"shots": 10},
    }  # fmt: skip
    shared = ClientJob.from_input_data(
        name="shared", input_data=bell.text.encode(), container_name="shared-box", **rest
    )
    assert len(shared.get_results_shots()) == 10
    assert urlsplit(shared.details.output_data_uri).path == "/shared-box/shared-box/outputData"
    # The input of another job, from its signed address, with a container of its own.
    second = ClientJob.from_storage_uri(name="second", input_data_uri=shared.details.input_data_uri, **rest)
    assert len(second.get_results_shots()) == 10
    assert urlsplit(second.details.input_data_uri).path == "/shared-box/shared-box/inputData"
    assert f"/job-{second.id}/outputData" in second.details.output_data_uri
    # The input in a container of its own, the output beside that of the first; under a pace it waits out of sight.
    service.engine.pace = Pace.parse("reads:2")
    uri = workspace.get_container_uri(container_name="shared-box")
    third = ClientJob.from_storage_uri(
        name="third", input_data_uri=second.details.input_data_uri, container_uri=uri, **rest
    )
    third.wait_until_completed()
    assert len(third.get_results_shots()) == 10
    second.delete()
    assert len(workspace.get_job(shared.id).get_results_shots()) == 10
    page = f"{service.url}/_ui/{workspace.subscription_id}/local/local/jobs/{shared.id}.json"
    shown = requests.get(page, headers={"x-ms-quantum-api-key": service.api_key}, timeout=10).json()
    assert "entry_point" in shown["program"]
    with pytest.raises(HttpResponseError, match="must be in the storage account"):
        ClientJob.from_storage_uri(name="foreign", input_data_uri="https://x.blob.core.windows.net/a-box/b", **rest)


def test_no_job_reads_what_is_not_in_its_workspace(http: Any) -> None:
    """The account of the path decides, not the address of the input."""
    id_ = http.submit(b"a secret")
    signed = http("GET", f"jobs/{id_}").json()["inputDataUri"]
    account = signed.partition("si=")[2].partition("&")[0]
    other, url = type(http)(http.service, "other"), http.service.url
    for uri in (signed, f"{url}/job-{id_}/inputData", f"{url}/pages/job-{id_}/program.ll", f"{url}/pending/inputData"):
        thief, body = other.job(inputDataUri=uri)
        assert other("PUT", f"jobs/{thief}", json=body).status_code == 200
        assert http.service.wait_idle()
        assert other("GET", f"jobs/{thief}").json()["errorData"]["code"] == "InputDataNotFound"
    for uri in (f"{url}/{account}/job-{id_}/inputData", "file:///etc/passwd", "//[", f"{url}/box%00/x", "x" * 100_000):
        thief, body = other.job(inputDataUri=uri)
        answer = other("PUT", f"jobs/{thief}", json=body)
        assert answer.status_code == 400
        assert "inputDataUri" in answer.json()["error"]["message"]


def test_workspaces_do_not_see_each_other(service: LocalService, bell: Any) -> None:
    one, two = service.workspace("one"), service.workspace("two")
    job = one.get_targets("ionq.simulator").submit(bell, shots=1)
    assert [item.id for item in one.list_jobs()] == [job.id]
    assert two.list_jobs() == []
    with pytest.raises(ResourceNotFoundError):
        two.get_job(job.id)


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"providerId": "nobody"}, 403, "provider specified does not exist"),
        ({"target": "nobody.simulator"}, 403, "The target specified does not exist or is not enabled"),  # recorded
        ({"outputDataFormat": None}, 400, "The OutputDataFormat field is required."),  # recorded
        ({"name": None}, 400, "missing required field `name`"),
        ({"target": None}, 400, "missing required field `target`"),
        ({"containerUri": None}, 400, "missing required field `containerUri`"),
        ({"containerUri": "http://127.0.0.1/other"}, 400, "containerUri must be in the storage account"),
        ({"containerUri": "https://mine.blob.core.windows.net/box-1"}, 400, "accounts elsewhere are not supported"),
        ({"inputDataUri": "http://127.0.0.1/other/inputData"}, 400, "inputDataUri"),
        ({"surprise": 1}, 400, "unknown field `surprise`"),
        ({"name": 5}, 400, "Expected `str`, got `int` - at `$.name`"),
        ({"tags": "x"}, 400, "Expected `array`, got `str` - at `$.tags`"),
        ({"tags": [1]}, 400, "Expected `str`, got `int` - at `$.tags[0]`"),
        ({"inputParams": []}, 400, "Expected `object`, got `array` - at `$.inputParams`"),
        ({"inputParams": {"shots": 0}}, 400, "from 1 to 1000000"),
        ({"inputParams": {"count": True}}, 400, "from 1 to 1000000"),
        ({"inputParams": {"shots": 1.5}}, 400, "from 1 to 1000000"),
        ({"priority": "Urgent"}, 400, "'Urgent' - at `$.priority`"),
        ({"itemType": "Session"}, 400, "itemType"),
        ({"name": "x" * 1025}, 400, "length <= 1024 - at `$.name`"),
        ({"sessionId": "11111111-1111-1111-1111-111111111111"}, 400, "does not exist"),
    ],
)
def test_bad_definitions(http: Any, changes: dict[str, Any], status: int, words: str) -> None:
    id_, body = http.job(**changes)
    answer = http("PUT", f"jobs/{id_}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] == "InvalidJobDefinition"
    assert words in answer.json()["error"]["message"]
    assert http("GET", f"jobs/{id_}").status_code == 404


def test_a_job_without_its_input_fails(http: Any) -> None:
    id_, body = http.job()
    http("PUT", f"jobs/{id_}", json=body)
    assert http.service.wait_idle()
    job = http("GET", f"jobs/{id_}").json()
    assert job["status"] == "Failed"
    assert job["errorData"]["code"] == "InputDataNotFound"


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "jobs", {"params": {"api-version": "1999-01-01"}}, 400, "UnsupportedApiVersionValue"),
        ("GET", "jobs", {"params": {"api-version": None}}, 400, "MissingApiVersionParameter"),
        ("GET", "jobs/a%20b", {}, 400, "InvalidId"),
        ("GET", "nothing", {}, 404, "ResourceNotFound"),
        ("POST", "jobs", {}, 405, "MethodNotAllowed"),
        ("GET", "/subscriptions/x", {}, 404, "ResourceNotFound"),
        ("PUT", "jobs/a", {"data": b"{"}, 400, "InvalidJson"),
        ("PUT", "jobs/a", {"data": b"[]"}, 400, "InvalidJson"),
        ("PATCH", "jobs/a", {"json": {"target": "x"}}, 400, "InvalidJobDefinition"),
        ("POST", "jobs/a:cancel", {}, 404, "JobNotFound"),
        ("DELETE", "jobs/a", {}, 404, "JobNotFound"),
        ("POST", "sessions/a:close", {}, 404, "SessionNotFound"),
        ("GET", "sessions/a/jobs", {}, 404, "SessionNotFound"),
        ("PUT", "sessions/a", {"json": {"target": "x"}}, 400, "InvalidSessionDefinition"),
        ("POST", "storage/sasUri", {"json": {}}, 400, "InvalidContainerName"),
        ("POST", "storage/sasUri", {"json": {"containerName": "../x"}}, 400, "InvalidContainerName"),
    ],
)
def test_refusals(http: Any, method: str, path: str, options: dict[str, Any], status: int, code: str) -> None:
    answer = http(method, path, **options)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] == code


def test_a_path_that_is_no_workspace(http: Any) -> None:
    for place in ("no-guid/resourceGroups/g", "00000000-0000-0000-0000-000000000000/resourceGroups/a%20b"):
        path = f"/subscriptions/{place}/providers/Microsoft.Quantum/workspaces/ws/jobs"
        assert http("GET", path).json()["error"]["code"] == "InvalidResourceId"


def test_the_key_is_needed(service: LocalService, http: Any, caplog: pytest.LogCaptureFixture) -> None:
    for key in ("wrong", "", service.api_key + "x", "é"):
        answer = http("GET", "jobs", headers={"x-ms-quantum-api-key": key.encode()})
        assert answer.status_code == 401
        assert answer.content == b""
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    bearer = {"x-ms-quantum-api-key": None, "Authorization": f"Bearer {service.api_key}"}
    assert http("GET", "jobs", headers=bearer).status_code == 200
    assert http("GET", "/_admin/clock", headers={"x-ms-quantum-api-key": "wrong"}).status_code == 401
    stranger = service.workspace(credential=AzureKeyCredential("wrong"))
    with pytest.raises(ClientAuthenticationError):
        stranger.list_jobs()
    assert service.api_key not in caplog.text
    assert service.api_key not in repr(service)


def test_other_ways_to_connect(service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.quantum import Workspace

    guid = "00000000-0000-0000-0000-000000000000"
    resource = f"/subscriptions/{guid}/resourceGroups/local/providers/Microsoft.Quantum/Workspaces/other"
    other = service.workspace(subscription_id=None, resource_group=None, name=None, resource_id=resource)
    assert other.name == "other"
    assert other.list_jobs() == []
    text = (
        f"SubscriptionId={guid};ResourceGroupName=local;WorkspaceName=third;ApiKey={service.api_key};"
        "QuantumEndpoint=https://eastus.quantum.azure.com/;"
    )
    monkeypatch.setenv("AZURE_QUANTUM_CONNECTION_STRING", text)
    third = Workspace(location="eastus", _quantum_endpoint=service.url)
    assert third.list_sessions() == []


def test_targets_and_quotas(service: LocalService) -> None:
    workspace = service.workspace()
    names = {target.name for target in workspace.get_targets()}
    assert {"ionq.simulator", "quantinuum.sim.h2-1sc", "rigetti.sim.qvm"} <= names
    assert "echo-output" not in names, "a V1 workspace shows only providers that the client knows"
    assert workspace.get_targets("echo-quantinuum").name == "echo-quantinuum"
    assert type(workspace.get_targets("rigetti.sim.qvm")).__name__ == "Rigetti"
    assert not workspace.get_targets("nothing.here")
    service.engine.queue_seconds["ionq.simulator"] = 120
    assert workspace.get_targets("ionq.simulator").average_queue_time == 120
    assert {quota["providerId"] for quota in workspace.get_quotas()} >= {"ionq", "quantinuum"}


def test_suite_offers(http: Any) -> None:
    offers = "/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Quantum/suiteOffers/"
    assert http("GET", f"{offers}ionq/providerStatus").json()["id"] == "ionq"
    assert http("GET", f"{offers}ionq/quotaUsages").json() == {"value": [], "nextLink": None}
    assert http("GET", f"{offers}nobody/providerStatus").status_code == 404


@pytest.mark.parametrize(("group", "workspaces"), [("resourceGroups", "Workspaces"), ("resourcegroups", "workspaces")])
def test_paths_of_any_case(http: Any, group: str, workspaces: str) -> None:
    """The extension of VS Code writes a capital W."""
    id_ = http.submit()
    path = http.base.replace("resourceGroups", group).replace("workspaces", workspaces)
    assert http("GET", f"{path}jobs/{id_}").json()["id"] == id_


@pytest.mark.parametrize("target", ["quantinuum.sim.h2-1e", "echo-quantinuum"])
def test_honeywell_qir_succeeds(service: LocalService, bell: Any, target: str) -> None:
    """Recorded: with rawOutputData and without a cost."""
    job = service.workspace().get_targets(target).submit(bell, shots=5, output_data_format="honeywell.qir.v1")
    job.wait_until_completed()
    assert job.details.status == "Succeeded"
    assert "/rawOutputData?" in job.details.output_data_uri
    assert job.details.cost_estimate is None
    assert len(json.loads(job.download_data(job.details.output_data_uri))["c"]) == 5


def test_headers_of_outputs(service: LocalService, bell: Any) -> None:
    """Recorded: IonQ's own format is JSON, Quantinuum's octets; both with their MD5."""
    for target, format_, kind in (
        ("ionq.simulator", "ionq.quantum-results.v1", "application/json"),
        ("quantinuum.sim.h2-1e", "honeywell.quantum-results.v1", "application/octet-stream"),
    ):
        job = service.workspace().get_targets(target).submit(bell, shots=5, output_data_format=format_)
        job.wait_until_completed()
        answer = requests.get(job.details.output_data_uri, timeout=10)
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-md5"] == md5_of(answer.content)
        part = requests.get(job.details.output_data_uri, headers={"x-ms-range": "bytes=0-3"}, timeout=10)
        assert "content-md5" not in part.headers
        assert part.headers["x-ms-blob-content-md5"] == answer.headers["content-md5"]


def test_an_unknown_output_format_fails_after_the_run(service: LocalService, bell: Any) -> None:
    target = service.workspace().get_targets("ionq.simulator")
    job = target.submit(bell, shots=5, output_data_format="no.such.format")
    job.wait_until_completed(print_progress=False)
    assert job.details.status == "Failed"
    assert job.details.error_data.code == "CannotTranslateOutputData"
    assert job.details.begin_execution_time is not None
    assert job.details.end_execution_time is not None
    with pytest.raises(RuntimeError, match="CannotTranslate"):
        job.get_results()


def test_http_errors_carry_code_and_message(service: LocalService) -> None:
    with pytest.raises(HttpResponseError) as caught:
        service.workspace().get_job("11111111-1111-1111-1111-111111111111")
    assert caught.value.error.code == "JobNotFound"
    assert "11111111" in caught.value.error.message


@pytest.mark.parametrize(
    "name", ["θ = 0.5", "日本", "two\nlines", 'a"b;c=d', "\x1b[31m", "x" * 1024, "é" * 1024, "𝜃", "..", ""]
)
def test_names_of_any_text(service: LocalService, bell: Any, name: str) -> None:
    job = service.workspace().get_targets("ionq.simulator").submit(bell, name=name, shots=4)
    assert sum(job.get_results().values()) == pytest.approx(1)
    assert job.details.name == name
    answer = requests.get(job.details.output_data_uri, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename")
    assert [found.details.name for found in service.workspace().list_jobs()] == [name]


@pytest.mark.parametrize("levels", [90, 98, 99, 100, 253, 254, 260, 2000, 100_000])
@pytest.mark.parametrize("field", ["metadata", "inputParams"])
def test_deep_bodies(http: Any, field: str, levels: int) -> None:
    id_, body = http.job()
    text = json.dumps({**body, field: {"x": "HERE"}}).replace('"HERE"', "[" * levels + "]" * levels)
    answer = http("PUT", f"jobs/{id_}", data=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == (200 if levels + 2 <= 100 else 400)
    stored = http("GET", f"jobs/{id_}")
    assert stored.status_code == (200 if answer.ok else 404)
    place = "/_ui/00000000-0000-0000-0000-000000000000/local/local/jobs/"
    assert http("GET", place + id_).status_code == stored.status_code


def test_an_internal_error_is_500(http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that fuzzers see it, and clients try again."""
    id_ = http.submit()
    assert http.service.wait_idle()
    uri = http("GET", f"jobs/{id_}").json()["outputDataUri"]

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("with a secret in it")

    monkeypatch.setattr(type(http.service.store), "blobs", fail)
    monkeypatch.setattr(type(http.service.engine), "session", fail)
    answer = http("GET", "sessions/one")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "InternalError")
    blob = requests.get(uri, timeout=10)
    assert (blob.status_code, blob.headers["x-ms-error-code"]) == (500, "InternalError")
    assert "secret" not in answer.text + blob.text
    assert http.service.requests.count(status=500) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"advance": 9e11}),
        ("clock", {"advance": 1e300}),
        ("clock", {"advance": -1}),
        ("clock", {"advance": True}),
        ("pace", {"pace": 1e300}),
        ("pace", {"pace": "reads:99999999999999999999"}),
        ("pace", {"pace": "9" * 5000}),
        ("pace", {"queue": {str(number): 1 for number in range(2000)}}),
        ("faults", {"point": 5, "kind": "status"}),
        ("faults", {"point": "x", "kind": ["status"]}),
        ("faults", {"point": "x", "kind": "status", "times": "many"}),
        ("faults", {"point": "x", "kind": "status", "status": "503"}),
        ("faults", {"point": "x", "kind": "slow", "seconds": 1e300}),
        ("faults", {"point": "x", "kind": "status", "probability": None}),
        ("faults", {"kind": "status"}),
        ("faults", {}),
    ],
)
def test_control_requests_that_make_no_sense(http: Any, path: str, body: dict[str, Any]) -> None:
    answer = http("POST", f"/_admin/{path}", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidAdminRequest")
    id_ = http.submit()
    assert http.service.wait_idle()
    assert http("GET", f"jobs/{id_}").json()["status"] == "Succeeded"
