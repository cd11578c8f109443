"""The machine's clock is set back, and its disk is full for a while: accepted jobs end all the same."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import requests

from qsharp_bridge.emulator import Clock, LocalService
from qsharp_bridge.emulator.state.clock import SECOND

ENDLESS = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; while (true) { h q[0]; }'


def end_of(job: Any) -> str:
    job.wait_until_completed(max_poll_wait_secs=0.5, timeout_secs=30)
    return str(getattr(job.details.status, "value", job.details.status))


def test_jobs_end_when_the_machine_is_set_back(bell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By 0.1 s and more, at each reading."""
    true, back = time.time_ns, iter(range(10**9))
    with LocalService(seed=1) as service:
        workspace = service.workspace()
        target = workspace.get_targets("ionq.simulator")
        monkeypatch.setattr(time, "time_ns", lambda: true() - 10**8 * next(back))
        monkeypatch.setattr(time, "time", lambda: true() / 1e9 - 0.1 * next(back))
        jobs = [target.submit(bell, name=str(index), shots=10) for index in range(5)]
        assert [end_of(job) for job in jobs] == ["Succeeded"] * 5
        assert [job.details.name for job in workspace.list_jobs()] == ["0", "1", "2", "3", "4"]


def test_a_service_that_starts_on_a_machine_set_back(bell: Any, tmp_path: Path) -> None:
    ahead = Clock()
    ahead.advance(3600)
    with LocalService(data=tmp_path, api_key="mine", clock=ahead) as service:
        target = service.workspace().get_targets("ionq.simulator")
        assert end_of(target.submit(bell, name="first", shots=10)) == "Succeeded"
        service.engine.queue_seconds["ionq.simulator"] = 0.1
        second = target.submit(bell, name="second", shots=10)
        newest = service.clock.now()
    with LocalService(service.port, data=tmp_path, api_key="mine") as again:
        assert again.clock.now() >= newest - 1 * SECOND
        workspace = again.workspace()
        third = workspace.get_targets("ionq.simulator").submit(bell, name="third", shots=10)
        assert [end_of(second), end_of(third)] == ["Succeeded"] * 2
        assert [job.details.name for job in workspace.list_jobs()] == ["first", "second", "third"]


def test_a_clock_never_goes_back() -> None:
    clock = Clock()
    readings = [clock.now()]
    clock.start_after(readings[0] + 5 * SECOND)
    readings.append(clock.now())
    clock.start_after(0)
    readings.append(clock.now())
    clock.freeze()
    clock.start_after(readings[-1] + 5 * SECOND)  # what a test has stopped stays
    assert clock.now() < readings[-1] + 5 * SECOND
    clock.resume()
    readings.append(clock.now())
    assert readings == sorted(readings)
    assert readings[1] >= readings[0] + 5 * SECOND


def test_jobs_end_once_the_disk_has_room_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """SQLite's own limit of pages stands for the disk: it gives the same error, "database or disk is full"."""
    with LocalService(data=tmp_path, seed=1) as service:
        workspace = service.workspace()
        blocker = workspace.get_targets("quantinuum.sim.h2-1e").submit(
            ENDLESS, shots=1, input_data_format="honeywell.openqasm.v1"
        )
        # The only worker is busy, so this one has been accepted and has not run.
        data = b"x" * 2**20
        echo = workspace.get_targets("echo-output").submit(
            data, input_params={}, output_data_format="microsoft.quantum-results.v2"
        )
        (pages,) = service.store.execute("PRAGMA page_count")[0]
        service.store.execute(f"PRAGMA max_page_count = {pages}")
        upload = workspace.get_container_uri(container_name="job-other")
        base, _, query = upload.partition("?")
        answer = requests.put(
            f"{base}/inputData?{query}", data=data, headers={"x-ms-blob-type": "BlockBlob"}, timeout=30
        )
        assert answer.status_code == 503
        assert "full" in answer.text
        workspace.cancel_job(blocker)
        deadline = time.monotonic() + 30
        while "tried again" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.02)
        assert "disk is full" in caplog.text
        assert "cannot rollback" not in caplog.text
        echo.refresh()
        assert echo.details.status not in ("Succeeded", "Failed")
        service.store.execute("PRAGMA max_page_count = 4294967294")
        assert end_of(echo) == "Succeeded"
        assert echo.download_data(echo.details.output_data_uri) == data


def test_the_true_error_of_a_transaction_is_seen(tmp_path: Path) -> None:
    import sqlite3

    from qsharp_bridge.emulator.state.store import Store

    store = Store(tmp_path)
    (pages,) = store.execute("PRAGMA page_count")[0]
    store.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="disk is full"), store.transaction(durable=True):
        store.execute("INSERT INTO settings VALUES ('a', zeroblob(10000000))")
    store.execute("PRAGMA max_page_count = 4294967294")
    with store.transaction(durable=True):
        store.execute("INSERT INTO settings VALUES ('a', zeroblob(10000000))")
    store.close()
