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

import pytest
from azure.quantum import Job, Workspace
from azure.quantum.job.session import Session
from azure.quantum.target import Target

from qsharp_bridge.emulator import LocalService

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
    with LocalService(seed=1) as service, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {name: answer(service, call) for name, call in calls(service, bell).items()}
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
    assert {name for name in public if f"`{name}" not in table} == set()
