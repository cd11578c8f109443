"""With a data folder: what was accepted survives ``kill -9`` at any moment, and ends, once."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.errors import BridgeError

CODE = "import sys; from qsharp_bridge.emulator import serve; serve(0, sys.argv[1], api_key='k', seed=3, pace={!r})"
WORKSPACE = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local"
    "/providers/Microsoft.Quantum/workspaces/local/"
)


class Child:
    """A service in a process that can be killed."""

    def __init__(self, data: Path, pace: str = "immediate") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE.format(pace), str(data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        params = {"api-version": "2026-01-15-preview", **options.pop("params", {})}
        headers = {"x-ms-quantum-api-key": "k"}
        return requests.request(
            method, self.url + WORKSPACE + path, params=params, headers=headers, timeout=30, **options
        )

    def submit(self, program: bytes, id_: str, **changes: Any) -> None:
        uri = self("POST", "storage/sasUri", json={"containerName": f"job-{id_}"}).json()["sasUri"]
        base, _, query = uri.partition("?")
        headers = {"x-ms-blob-type": "BlockBlob"}
        requests.put(f"{base}/inputData?{query}", data=program, headers=headers, timeout=30).raise_for_status()
        body = {
            "name": id_,
            "providerId": "ionq",
            "target": "ionq.simulator",
            "containerUri": base,
            "outputDataFormat": "microsoft.quantum-results.v2",
            "inputParams": {"shots": 50},
            **changes,
        }
        self("PUT", f"jobs/{id_}", json=body).raise_for_status()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        assert self.process.returncode == 0

    def all_jobs(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        skip = 0
        while True:
            page = self("GET", "jobs", params={"skip": skip, "top": 100}).json()
            for job in page["value"]:
                assert job["id"] not in found, "no job is there twice"
                found[job["id"]] = job
            if page["nextLink"] is None:
                return found
            skip += 100


@pytest.mark.parametrize("pace", ["immediate", "0.3"])
def test_killed_again_and_again(tmp_path: Path, bell: Any, pace: str) -> None:
    rng = random.Random(pace)
    accepted: list[str] = []
    asked: set[str] = set()
    for _ in range(3):
        child = Child(tmp_path, pace)
        deadline = time.monotonic() + rng.uniform(0.2, 0.5)
        while time.monotonic() < deadline:
            id_ = str(uuid.UUID(int=rng.getrandbits(128), version=4))
            asked.add(id_)
            child.submit(bell.text.encode(), id_)
            accepted.append(id_)
        child.kill()
    child = Child(tmp_path, pace)
    try:
        for _ in range(200):
            jobs = child.all_jobs()
            if all(job["status"] == "Succeeded" for job in jobs.values()):
                break
            time.sleep(0.05)
        assert set(accepted) <= set(jobs) <= asked
        assert {job["status"] for job in jobs.values()} == {"Succeeded"}
        for id_ in rng.sample(accepted, 3):
            uri = child("GET", f"jobs/{id_}").json()["outputDataUri"]
            shots = requests.get(uri, timeout=10).json()["Results"][0]["Shots"]
            assert len(shots) == 50
    finally:
        child.stop()


def test_sessions_go_on_after_a_kill(tmp_path: Path, bell: Any) -> None:
    child = Child(tmp_path, "1000000")
    assert child("PUT", "sessions/s", json={"providerId": "ionq", "target": "ionq.simulator"}).ok
    job = str(uuid.uuid4())
    child.submit(bell.text.encode(), job, sessionId="s")
    assert child("POST", "sessions/s:close").json()["status"] == "Waiting"
    child.kill()
    child = Child(tmp_path, "1000000")
    try:
        assert child("GET", "sessions/s").json()["endExecutionTime"] is None
        moved = requests.post(
            f"{child.url}/_admin/clock",
            json={"advance": 1000001},
            headers={"x-ms-quantum-api-key": "k"},
            timeout=10,
        )
        assert moved.ok
        for _ in range(200):
            if child("GET", f"jobs/{job}").json()["status"] == "Succeeded":
                break
            time.sleep(0.02)
        assert child("GET", "sessions/s").json()["status"] == "Succeeded"
    finally:
        child.stop()


def test_an_interrupted_simulation_gives_the_same_result(tmp_path: Path, bell: Any) -> None:
    id_ = str(uuid.uuid4())
    shots = []
    for folder in ("one", "two"):
        child = Child(tmp_path / folder, "immediate")
        child.submit(bell.text.encode(), id_)
        if folder == "two":
            child.kill()
            child = Child(tmp_path / folder, "immediate")
        for _ in range(200):
            job = child("GET", f"jobs/{id_}").json()
            if job["status"] == "Succeeded":
                break
            time.sleep(0.02)
        shots.append(requests.get(job["outputDataUri"], timeout=10).json()["Results"][0]["Shots"])
        child.stop()
    assert shots[0] == shots[1]


def test_keys_and_blobs_stay_after_a_restart(tmp_path: Path, bell: Any) -> None:
    with LocalService(data=tmp_path) as service:
        job = service.workspace().get_targets("ionq.simulator").submit(bell, shots=4)
        shots = job.get_results_shots()
        path = job.details.output_data_uri.removeprefix(service.url)
    with LocalService(data=tmp_path) as service:
        again = service.workspace().get_job(job.id)
        assert again.get_results_shots() == shots
        assert requests.get(service.url + path, timeout=10).ok, "a signature outlives a restart"


def test_one_folder_one_service(tmp_path: Path) -> None:
    with LocalService(data=tmp_path) as service:
        assert service.workspace().list_jobs() == []
        with pytest.raises(BridgeError, match="another service"):
            LocalService(data=tmp_path).start()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "service.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(BridgeError, match="cannot use"):
        LocalService(data=tmp_path / "other").start()
    (tmp_path / "older").mkdir()
    with closing(sqlite3.connect(tmp_path / "older" / "service.sqlite")) as older:
        older.execute("CREATE TABLE jobs (id)")
    with pytest.raises(BridgeError, match="its tables are of version 0, not 4"):
        LocalService(data=tmp_path / "older").start()
    if os.name == "posix":
        assert os.stat(tmp_path / "service.sqlite").st_mode & 0o077 == 0, "the key of the blobs is in it"


def test_memory_is_bounded(http: Any) -> None:
    store = http.service.store
    store._limit = 8 * 2**20
    ids = [http.submit(b"x" * 2**20) for _ in range(12)]
    assert http.service.wait_idle()
    assert http("GET", f"jobs/{ids[-1]}").json()["status"] == "Succeeded"
    assert http("GET", f"jobs/{ids[0]}").status_code == 404, "the oldest was forgotten"
    assert store._used() < 12 * 2**20
    uri = http("POST", "storage/sasUri", json={"containerName": "big"}).json()["sasUri"]
    base, _, query = uri.partition("?")
    answer = requests.put(f"{base}/b?{query}", data=b"x" * 9 * 2**20, timeout=30)
    assert answer.status_code == 413
