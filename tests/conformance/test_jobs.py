"""Jobs: their fields, their states, their results, and what becomes of mistakes."""

from __future__ import annotations

import json
import os
import uuid
from typing import Any

import pytest
import requests

from qsharp_bridge.emulator.jobs.inputs.circuit import Circuit

from .conftest import Service, ended

ENTRY = {"entryPoint": "ENTRYPOINT__main", "arguments": []}


@pytest.fixture(scope="module")
def done(service: Service, bell: bytes) -> dict[str, Any]:
    """A job that succeeded, as a single GET shows it."""
    job = ended(service.submit("ionq.simulator", bell, input_params=ENTRY))
    return dict(service("GET", f"jobs/{job.id}").json())


@pytest.mark.recorded
def test_the_fields_of_a_job(done: dict[str, Any]) -> None:
    assert done["status"] == "Succeeded"
    assert done["itemType"] == "Job"
    assert done["jobType"] == "QuantumComputing"
    assert done["providerId"] == "ionq"
    assert done["quantumComputingData"] == {"count": 1}
    assert done["isCancelling"] is False
    assert done["tags"] == []
    assert done["errorData"] is None
    assert done["sessionId"] is None
    assert done["inputParams"]["entryPoint"] == "ENTRYPOINT__main"
    assert [event["dimensionId"] for event in done["costEstimate"]["events"]] == ["gs1q", "gs2q"]
    assert done["costEstimate"]["currencyCode"] == "USD"


@pytest.mark.recorded
def test_the_times_of_a_job(done: dict[str, Any]) -> None:
    assert done["creationTime"].endswith("+00:00")
    assert done["beginExecutionTime"].endswith("Z")
    assert done["endExecutionTime"].endswith("Z")
    assert done["cancellationTime"] is None


@pytest.mark.recorded
def test_a_single_job_has_signed_addresses_and_a_list_has_none(service: Service, done: dict[str, Any]) -> None:
    assert {"sr=c", "sp=rl"} <= set(done["containerUri"].partition("?")[2].split("&"))
    for name in ("inputDataUri", "outputDataUri"):
        assert {"sr=b", "sp=r"} <= set(done[name].partition("?")[2].split("&"))
    assert done["outputDataUri"].partition("?")[0].endswith("/outputData")
    page = service("GET", "jobs", params={"orderby": "CreationTime desc", "top": "100"}).json()
    assert set(page) >= {"value", "nextLink"}
    listed = next(job for job in page["value"] if job["id"] == done["id"])
    assert not any("?" in listed[name] for name in ("containerUri", "inputDataUri", "outputDataUri"))


@pytest.mark.recorded
def test_counts_of_ionqs_simulator_are_proportions_of_every_state(service: Service) -> None:
    circuit = Circuit(5)
    for qubit in range(5):
        circuit.add("h", qubit)
    circuit.measure(0)
    job = ended(service.submit("ionq.simulator", circuit.to_qir(), 1000, input_params=ENTRY))
    assert {text: row["count"] for text, row in job.get_results_histogram().items()} == {"[0]": 496, "[1]": 496}
    assert job.get_results_shots() == ([[0]] * 31 + [[1]] * 31) * 16


@pytest.mark.recorded
def test_ionqs_own_format_has_exact_probabilities(service: Service) -> None:
    gates = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    job = ended(service.target("ionq.simulator").submit({"qubits": 2, "circuit": gates}, shots=100))
    assert job.get_results() == {"histogram": {"0": 0.5, "3": 0.5}}
    assert "/rawOutputData?" in job.details.output_data_uri


@pytest.mark.recorded
def test_shots_of_rigettis_qvm_are_drawn(service: Service, bell: bytes) -> None:
    job = ended(service.submit("rigetti.sim.qvm", bell, 100, input_params=ENTRY))
    counts = {text: row["count"] for text, row in job.get_results_histogram().items()}
    assert set(counts) == {"[0, 0]", "[1, 1]"}
    assert sum(counts.values()) == 100


@pytest.mark.recorded
def test_a_syntax_checker_answers_zeros(service: Service, bell: bytes) -> None:
    job = ended(service.submit("quantinuum.sim.h2-1sc", bell, 20, input_params=ENTRY))
    assert job.get_results_shots() == [[0, 0]] * 20
    assert [event.dimension_id for event in job.details.cost_estimate.events] == ["hqc"]


@pytest.mark.recorded
def test_programs_of_another_label_run_by_what_they_do(service: Service, bell: bytes) -> None:
    labelled = bell.replace(b"base_profile", b"custom")
    assert labelled != bell
    for target in ("ionq.simulator", "rigetti.sim.qvm"):
        assert ended(service.submit(target, labelled, input_params=ENTRY)).details.status == "Succeeded"


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"input_params": {"entryPoint": "absent", "arguments": []}},
            "QIRPreProcessingFailed",
            'Function named "absent" not found.',
        ),
        (
            {"input_params": {"entryPoint": "ENTRYPOINT__main"}},
            "QIRPreProcessingFailed",
            "Input parameters root properties must contain only one of the following sets:"
            "\n\t{entryPoint, arguments}\n\t{items}",
        ),
        (
            {"input_data_format": "no.such.format"},
            "CannotTranslateInputData",
            "Unable to translate input data in format 'no.such.format' to a format that 'ionq' accepts. Please "
            "ensure that your 'providerId', 'target', and 'inputDataFormat' are all correct and your client SDK is "
            "up to date.",
        ),
    ],
)
def test_mistakes_that_fail_the_job_before_it_begins(
    service: Service, bell: bytes, changes: dict[str, Any], code: str, message: str
) -> None:
    job = ended(service.submit("ionq.simulator", bell, 5, **{"input_params": ENTRY, **changes}))
    assert job.details.status == "Failed"
    assert (job.details.error_data.code, job.details.error_data.message) == (code, message)
    assert job.details.begin_execution_time is job.details.end_execution_time is None


@pytest.mark.recorded
def test_no_input(service: Service) -> None:
    id_ = str(uuid.uuid4())
    assert service("PUT", f"jobs/{id_}", json=service.definition(id_)).status_code == 200
    job = ended(service.workspace.get_job(id_))
    assert job.details.error_data.code == "InputDataNotFound"
    assert job.details.begin_execution_time is None


@pytest.mark.recorded
def test_an_output_that_cannot_be_translated(service: Service) -> None:
    circuit = {"qubits": 1, "circuit": [{"gate": "h", "target": 0}]}
    job = ended(service.target("ionq.simulator").submit(circuit, output_data_format="microsoft.quantum-results.v2"))
    assert job.details.error_data.code == "CannotTranslateOutputData"
    assert job.details.error_data.message.endswith("Please ensure that 'outputDataFormat' is correct.")


@pytest.mark.recorded
def test_quil_that_the_machine_refuses(service: Service) -> None:
    if "CONFORMANCE_ENDPOINT" not in os.environ:
        pytest.importorskip("quil", reason="needs the extra: pip install 'qsharp-bridge[rigetti]'")
    job = ended(service.target("rigetti.sim.qvm").submit("a", shots=1))
    assert job.details.error_data.code == "InvalidInputData"
    assert job.details.error_data.message == (
        "QVM reported a problem running your program: error when calling QVM: failed to perform multishot: "
        "Encountered the invalid instruction\n\n    a\n\nwhich could not be executed because the operator "
        "a is not known"
    )
    assert "/rawOutputData?" in job.details.output_data_uri


@pytest.mark.recorded
def test_metadata_and_priority_up_to_2025_12(service: Service) -> None:
    """Integers of metadata come back as text, and no answer has a priority."""
    id_ = str(uuid.uuid4())
    old = {"params": {"api-version": "2025-12-01-preview"}}
    body = service.definition(id_, metadata={"num_qubits": 3})
    for answer in (service("PUT", f"jobs/{id_}", json=body, **old), service("GET", f"jobs/{id_}", **old)):
        assert answer.status_code == 200
        assert answer.json()["metadata"] == {"num_qubits": "3"}
        assert "priority" not in answer.json()


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("changes", "status", "code", "message"),
    [
        (
            {"providerId": "nobody"},
            403,
            "InvalidJobDefinition",
            "The provider specified does not exist or is not enabled for the workspace.",
        ),
        (
            {"target": "ionq.nothing"},
            403,
            "InvalidJobDefinition",
            "The target specified does not exist or is not enabled for the workspace.",
        ),
        ({"outputDataFormat": None}, 400, None, "The OutputDataFormat field is required."),
    ],
)
def test_definitions_that_are_refused(
    service: Service, changes: dict[str, Any], status: int, code: str | None, message: str
) -> None:
    id_ = str(uuid.uuid4())
    answer = service("PUT", f"jobs/{id_}", json=service.definition(id_, **changes))
    assert answer.status_code == status
    assert message in answer.text
    assert code is None or answer.json()["error"]["code"] == code


@pytest.mark.recorded
def test_a_wrong_key_is_answered_without_a_body(service: Service) -> None:
    url = service("GET", "quotas").request.url
    assert url is not None
    answer = requests.get(url, headers={"x-ms-quantum-api-key": "wrong"}, timeout=60)
    assert answer.status_code == 401
    assert answer.text == ""
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.client
def test_the_client_reads_an_attachment_back(service: Service, bell: bytes) -> None:
    job = ended(service.submit("ionq.simulator", bell, input_params=ENTRY))
    job.upload_attachment("notes", b"text")
    assert job.download_attachment("notes") == b"text"
    assert json.loads(job.download_data(job.details.output_data_uri))["DataFormat"] == "microsoft.quantum-results.v2"


@pytest.mark.inferred
def test_a_second_put_of_a_job_is_a_conflict(service: Service) -> None:
    id_ = str(uuid.uuid4())
    body = service.definition(id_)
    assert service("PUT", f"jobs/{id_}", json=body).status_code == 200
    assert service("PUT", f"jobs/{id_}", json=body).status_code == 409


@pytest.mark.inferred
def test_an_unknown_job_is_404(service: Service) -> None:
    answer = service("GET", f"jobs/{uuid.uuid4()}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"]


@pytest.mark.inferred
def test_a_deleted_job_is_gone(service: Service, bell: bytes) -> None:
    job = ended(service.submit("ionq.simulator", bell, input_params=ENTRY))
    assert service("DELETE", f"jobs/{job.id}").status_code == 204
    assert service("GET", f"jobs/{job.id}").status_code == 404
