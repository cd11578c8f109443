"""The table of docs/client-calls.md, made by running: each public call of the client, against the service."""

from __future__ import annotations

import inspect
import os
import re
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import azure.quantum.storage as helpers
import pytest
from azure.quantum import Job, Workspace
from azure.quantum.job.session import Session
from azure.quantum.target import Target
from azure.storage.blob import ContainerClient

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.http.request import account_of

PAGE = Path(__file__).parents[2] / "docs" / "client-calls.md"


def calls(service: LocalService, bell: Any) -> dict[str, Callable[[], object]]:
    """Each call, by its name in the table."""
    workspace = service.workspace()
    target = workspace.get_targets("ionq.simulator")
    done = target.submit(bell, shots=10)
    done.wait_until_completed()
    session = Session(workspace=workspace, name="a session", target="ionq.simulator")
    rest = {
        "workspace": workspace, "name": "a job", "target": "ionq.simulator", "provider_id": "ionq",
        "input_data_format": "qir.v1", "output_data_format": "microsoft.quantum-results.v2",
        "input_params": {"shots": 5},
    }  # fmt: skip

    def submitted(**options: Any) -> Job:
        return Job.from_input_data(input_data=bell.text.encode(), **{**rest, **options})

    def unfinished() -> Job:
        service.engine.queue_seconds["ionq.simulator"] = 60
        try:
            return target.submit(bell, shots=10)
        finally:
            service.engine.queue_seconds.clear()

    def by_string() -> object:
        """The client itself takes addresses of Azure alone."""
        text = f"SubscriptionId={uuid.UUID(int=0)};ResourceGroupName=local;WorkspaceName=local;ApiKey=x;"
        return Workspace.from_connection_string(f"{text}QuantumEndpoint={service.url}/;", location="eastus")

    def foreign_storage() -> object:
        return Job.from_storage_uri(input_data_uri="https://mine.blob.core.windows.net/box/inputData", **rest)

    def opened() -> Session:
        one = Session(workspace=workspace, name="another", target="ionq.simulator")
        workspace.open_session(one)
        return one

    paged = workspace.list_session_jobs_paginated
    return {
        "Workspace.append_user_agent": lambda: workspace.append_user_agent("mine"),
        "Workspace.cancel_job": lambda: workspace.cancel_job(unfinished()),
        "Workspace.close": lambda: service.workspace().close(),
        "Workspace.close_session": lambda: workspace.close_session(opened()),
        "Workspace.delete_job": lambda: workspace.delete_job(workspace.cancel_job(unfinished())),
        "Workspace.from_connection_string": by_string,
        "Workspace.get_container_uri": lambda: workspace.get_container_uri(container_name="a-box"),
        "Workspace.get_job": lambda: workspace.get_job(done.id),
        "Workspace.get_quotas": workspace.get_quotas,
        "Workspace.get_session": lambda: workspace.get_session(opened().id),
        "Workspace.get_targets": workspace.get_targets,
        "Workspace.list_jobs": lambda: workspace.list_jobs(name_match="a", status=["Succeeded"]),
        "Workspace.list_jobs_paginated": lambda: list(workspace.list_jobs_paginated(top=1)),
        "Workspace.list_session_jobs": lambda: workspace.list_session_jobs(opened().id),
        "Workspace.list_session_jobs_paginated": lambda: list(paged(session_id=opened().id)),
        "Workspace.list_sessions": workspace.list_sessions,
        "Workspace.list_sessions_paginated": lambda: list(workspace.list_sessions_paginated(top=1)),
        "Workspace.list_top_level_items": workspace.list_top_level_items,
        "Workspace.list_top_level_items_paginated": lambda: list(workspace.list_top_level_items_paginated(top=1)),
        "Workspace.open_session": opened,
        "Workspace.refresh_session": lambda: workspace.refresh_session(opened()),
        "Workspace.submit_job": lambda: submitted(submit_job=False).submit(),
        "Workspace.update_job": lambda: workspace.update_job(done, name="renamed", tags=["a"]),
        "Job.create_job_id": Job.create_job_id,
        "Job.delete": lambda: workspace.cancel_job(unfinished()).delete(),
        "Job.upload_attachment": lambda: done.upload_attachment("notes", b"text"),
        "Job.download_attachment": lambda: done.download_attachment("notes"),
        "Job.download_blob_properties": lambda: done.download_blob_properties(done.details.input_data_uri),
        "Job.download_data": lambda: done.download_data(done.details.output_data_uri),
        "Job.from_input_data": submitted,
        "Job.from_input_data(container_name=...)": lambda: submitted(container_name="a-box"),
        "Job.from_storage_uri": lambda: Job.from_storage_uri(input_data_uri=done.details.input_data_uri, **rest),
        "Job.from_storage_uri (an account elsewhere)": foreign_storage,
        "Job.get_results": done.get_results,
        "Job.get_results_histogram": done.get_results_histogram,
        "Job.get_results_shots": done.get_results_shots,
        "Job.has_completed": done.has_completed,
        "Job.has_succeeded": done.has_succeeded,
        "Job.list_attachments": done.list_attachments,
        "Job.matches_filter": lambda: done.matches_filter(name_match="a"),
        "Job.refresh": done.refresh,
        "Job.submit": lambda: submitted(submit_job=False).submit(),
        "Job.update": lambda: done.update(priority="High"),
        "Job.upload_input_data": lambda: Job.upload_input_data(workspace.get_container_uri(job_id="b"), b"x"),
        "Job.wait_until_completed": done.wait_until_completed,
        "Session.open": session.open,
        "Session.open (again)": session.open,
        "Session.refresh": session.refresh,
        "Session.list_jobs": session.list_jobs,
        "Session.is_in_terminal_state": session.is_in_terminal_state,
        "Session.close": session.close,
        "Target.from_target_status": lambda: workspace.get_targets("rigetti.sim.qvm"),
        "Target.open_session": lambda: target.open_session(name="of a target"),
        "Target.get_latest_session_id": target.get_latest_session_id,
        "Target.make_params": lambda: target.make_params(),
        "Target.refresh": target.refresh,
        "Target.submit": lambda: target.submit(bell, shots=10).get_results(),
    }  # fmt: skip


def target_calls(service: LocalService) -> dict[str, Callable[[], object]]:
    """The classes of targets, each with the provider's own format, by their names in the table."""
    from azure.quantum.target import IonQ, Pasqal, Quantinuum, Rigetti
    from azure.quantum.target.rigetti import InputParams, Result

    workspace = service.workspace()
    circuit = {"qubits": 2, "circuit": [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]}
    qasm = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; h q[0]; measure q[0] -> c[0];'
    quil = "DECLARE ro BIT[1]\nDECLARE theta REAL[1]\nRX(theta[0]) 0\nMEASURE 0 ro[0]"

    def memory() -> object:
        params = InputParams(count=2, substitutions={"theta": [[0.0], [3.141592653589793]]})
        job = Rigetti(workspace).submit(quil, input_params=params)
        job.wait_until_completed()
        return Result(job)["ro"]

    return {
        "IonQ.submit": lambda: IonQ(workspace).submit(circuit, shots=10).get_results(),
        "IonQ.submit (ionq.qpu.aria-1)": lambda: (
            IonQ(workspace, "ionq.qpu.aria-1").submit(circuit, shots=10).get_results()
        ),
        "Quantinuum.submit": lambda: Quantinuum(workspace).submit(qasm, shots=10).get_results(),
        "Quantinuum.submit (quantinuum.sim.h2-1e)": lambda: (
            Quantinuum(workspace, "quantinuum.sim.h2-1e").submit(qasm, shots=10).get_results()
        ),
        "Rigetti.submit": lambda: Rigetti(workspace).submit(quil.replace("theta[0]", "pi"), shots=10).get_results(),
        "rigetti.Result (substitutions)": memory,
        "Pasqal.submit": lambda: Pasqal(workspace).submit("{}", shots=10),
    }


def storage_calls(service: LocalService) -> dict[str, Callable[[], object]]:
    """The helpers of ``azure.quantum.storage``, by their names in the table."""
    workspace = service.workspace()
    address = workspace.get_container_uri(container_name="helpers")
    container = ContainerClient.from_container_url(address)
    base, _, signature = address.partition("?")
    form = {"content_type": "text/plain", "content_encoding": "utf-8", "data": b"text"}
    account = account_of(f"{uuid.UUID(int=0)}/local/local")
    string = f"BlobEndpoint={service.url}/{account};SharedAccessSignature={signature}"
    blob = f"{base}/kept?{signature}"
    return {
        "storage.create_container": lambda: helpers.create_container(string, "by-string"),
        "storage.create_container_using_client": lambda: helpers.create_container_using_client(container),
        "storage.get_container_uri": lambda: helpers.get_container_uri(string, "by-string"),
        "storage.upload_blob": lambda: helpers.upload_blob(container, "kept", **form, return_sas_token=False),
        "storage.upload_blob (return_sas_token=True)": lambda: helpers.upload_blob(container, "signed", **form),
        "storage.download_blob": lambda: helpers.download_blob(blob),
        "storage.download_blob_properties": lambda: helpers.download_blob_properties(blob),
        "storage.set_blob_metadata": lambda: helpers.set_blob_metadata(blob, {"key": "value"}),
        "storage.download_blob_metadata": lambda: helpers.download_blob_metadata(blob),
        "storage.append_blob": lambda: helpers.append_blob(container, "log", **form, return_sas_token=False),
        "storage.init_blob_for_streaming_upload": lambda: helpers.init_blob_for_streaming_upload(
            container, "stream", **form, return_sas_token=False
        ),
        "storage.get_blob_uri_with_sas_token": lambda: helpers.get_blob_uri_with_sas_token(
            container.get_blob_client("kept")
        ),
        "storage.remove_sas_token": lambda: helpers.remove_sas_token(blob),
    }


def qiskit_calls(service: LocalService) -> dict[str, Callable[[], object]]:
    """The Qiskit provider, by its names in the table."""
    from azure.quantum.qiskit import AzureQuantumProvider
    from qiskit import QuantumCircuit

    provider = AzureQuantumProvider(workspace=service.workspace())
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    backend = provider.get_backend("ionq.simulator")
    done = backend.run(circuit, shots=10)
    done.wait_for_final_state(wait=0.1)

    def by_json() -> object:
        own = provider.get_backend("ionq.simulator", input_data_format="ionq.circuit.v1", gateset="qis")
        return own.run(circuit, shots=10).result().get_counts()

    def unfinished() -> Any:
        service.engine.queue_seconds["ionq.simulator"] = 60
        try:
            return provider.get_backend("ionq.simulator").run(circuit, shots=10)
        finally:
            service.engine.queue_seconds.clear()

    def opened() -> Any:
        session = backend.open_session(name="of Qiskit")
        session.open()
        session.close()
        backend.latest_session = None  # the client sends further jobs into a session that it has closed
        return session

    return {
        "AzureQuantumProvider.backends": provider.backends,
        "AzureQuantumProvider.get_backend": lambda: provider.get_backend("quantinuum.sim.h2-1e"),
        "AzureQuantumProvider.get_job": lambda: provider.get_job(done.id()).result(),
        "AzureQuantumProvider.get_workspace": provider.get_workspace,
        "AzureBackend.run": lambda: provider.get_backend("ionq.simulator").run(circuit, shots=10).result().get_counts(),
        "AzureBackend.run (quantinuum.sim.h2-1e)": lambda: (
            provider.get_backend("quantinuum.sim.h2-1e").run(circuit, shots=10).result().get_counts()
        ),
        "AzureBackend.run (rigetti.sim.qvm)": lambda: (
            provider.get_backend("rigetti.sim.qvm").run(circuit, shots=10).result().get_counts()
        ),
        "AzureBackend.run (ionq.circuit.v1)": by_json,
        "AzureBackend.configuration": backend.configuration,
        "AzureBackend.retrieve_job": lambda: backend.retrieve_job(done.id()),
        "AzureBackend.open_session": opened,
        "AzureBackend.get_latest_session_id": backend.get_latest_session_id,
        "AzureQuantumJob.result": lambda: done.result().get_counts(),
        "AzureQuantumJob.status": done.status,
        "AzureQuantumJob.refresh": done.refresh,
        "AzureQuantumJob.queue_position": done.queue_position,
        "AzureQuantumJob.id": done.id,
        "AzureQuantumJob.job_id": done.job_id,
        "AzureQuantumJob.submit": done.submit,
        "AzureQuantumJob.cancel": lambda: unfinished().cancel(),
        "AzureQuantumJob.delete": lambda: backend.retrieve_job(done.id()).delete(),
    }


def cirq_calls(service: LocalService) -> dict[str, Callable[[], object]]:
    """The Cirq provider, by its names in the table."""
    import cirq
    from azure.quantum.cirq import AzureQuantumService

    azure = AzureQuantumService(workspace=service.workspace(), default_target="ionq.simulator")
    qubits = cirq.LineQubit.range(2)
    circuit = cirq.Circuit(cirq.H(qubits[0]), cirq.CNOT(*qubits), cirq.measure(*qubits, key="m"))
    target = azure.get_target("ionq.simulator")
    generic = azure.get_target("rigetti.sim.qvm")
    done = azure.create_job(circuit, repetitions=10)
    done.results()

    def unfinished() -> Any:
        service.engine.queue_seconds["ionq.simulator"] = 60
        try:
            return azure.create_job(circuit, repetitions=10)
        finally:
            service.engine.queue_seconds.clear()

    def opened() -> None:
        with target.open_session(name="of Cirq"):
            target.submit(circuit, repetitions=10).results()

    return {
        "AzureQuantumService.targets": azure.targets,
        "AzureQuantumService.get_target": lambda: azure.get_target("quantinuum.sim.h2-1e"),
        "AzureQuantumService.create_job": lambda: azure.create_job(circuit, repetitions=10).results(),
        "AzureQuantumService.get_job": lambda: azure.get_job(done.job_id()),
        "AzureQuantumService.run": lambda: azure.run(circuit, repetitions=10),
        "AzureQuantumService.run (quantinuum.sim.h2-1e)": lambda: azure.run(
            circuit, repetitions=10, target="quantinuum.sim.h2-1e"
        ),
        "AzureQuantumService.run (rigetti.sim.qvm)": lambda: generic.submit(circuit, repetitions=10).results(),
        "cirq IonQTarget.submit": lambda: target.submit(circuit, repetitions=10).results(),
        "cirq IonQTarget.open_session": opened,
        "cirq Job.results": done.results,
        "cirq Job.status": done.status,
        "cirq Job.cancel": lambda: unfinished().cancel(),
        "cirq Job.delete": lambda: azure.get_job(done.job_id()).delete(),
    }


def answer(service: LocalService, call: Callable[[], object]) -> str:
    """Run a call, and return what the table says of it."""
    before = len(service.requests.find())
    try:
        call()
    except Exception as error:
        words = " ".join(str(error).partition("\n")[0].split())
        words = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8400", re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", words))
        return f"`{type(error).__name__}`: {words[:160]}"
    return "works" if len(service.requests.find()) > before else "works; nothing is sent"


@pytest.fixture(scope="module")
def table(bell: Any) -> str:
    """The table, made by running. One row a call."""
    for package in ("qiskit", "cirq_ionq", "quil"):
        pytest.importorskip(package, reason="needs the extras: pip install 'qsharp-bridge[qiskit,cirq,rigetti]'")
    with LocalService(seed=1) as service, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {name: answer(service, call) for name, call in calls(service, bell).items()}
        for more in (target_calls, storage_calls, qiskit_calls, cirq_calls):
            found |= {name: answer(service, call) for name, call in more(service).items()}
    rows = [f"| `{name}` | {text} |" for name, text in found.items()]
    return "\n".join(["| call | against the local service |", "|---|---|", *rows]) + "\n"


def test_the_page_is_what_runs(table: str) -> None:
    """``UPDATE_PAGES=1`` writes it."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition("| call |")
    if os.environ.get("UPDATE_PAGES"):
        PAGE.write_text(head + table, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == head + table


def test_no_public_call_is_left_out(table: str) -> None:
    public = {
        f"{kind.__name__}.{name}"
        for kind in (Workspace, Job, Session, Target)
        for name, value in inspect.getmembers(kind)
        if not name.startswith("_") and callable(value)
    }
    public |= {
        f"storage.{name}"
        for name, value in inspect.getmembers(helpers, inspect.isfunction)
        if value.__module__ == helpers.__name__
    }
    import azure.quantum.target
    from azure.quantum.cirq import AzureQuantumService
    from azure.quantum.qiskit import AzureQuantumJob, AzureQuantumProvider

    public |= {
        f"{kind.__name__}.{name}"
        for kind in vars(azure.quantum.target).values()
        if inspect.isclass(kind) and issubclass(kind, Target)
        for name, value in vars(kind).items()
        if not name.startswith("_") and inspect.isfunction(value)
    }
    public |= {
        f"{kind.__name__}.{name}"
        for kind in (AzureQuantumProvider, AzureQuantumJob, AzureQuantumService)
        for name, value in vars(kind).items()
        if not name.startswith("_") and callable(value)
    }
    assert {name for name in public if f"`{name}" not in table} == set()
