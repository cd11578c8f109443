"""A part of the kill test; the whole is ``scripts/kill-test``. And a crash at every single write of the journal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("kill_harness.py")


@pytest.mark.parametrize(("pack", "jobs"), [(1, 30), (4, 8)])
def test_kills_of_client_and_service_lose_and_double_nothing(pack, jobs):
    command = [
        sys.executable, str(HARNESS), "--clients", "1", "--services", "1", "--both", "1",
        "--jobs", "30", "--pack", str(pack), "--length", "1", "--seed", "5", "--json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] == 3
    assert found["points"] == 30 * found["sweeps"]
    assert found["jobs"] == jobs * found["sweeps"]
    assert (found["lost"], found["doubled"], found["wrong"], found["open_sessions"]) == (0, 0, 0, 0)


@pytest.mark.parametrize(("step", "least"), [(7, 2), pytest.param(1, 16, marks=pytest.mark.long)])
def test_a_crash_at_every_write_of_the_journal(step, least):
    """For every n: a run that dies just before, and one that dies just after, its n-th commit; then another life."""
    done = subprocess.run(
        [sys.executable, str(HARNESS.with_name("crash_harness.py")), str(step)],
        capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["crashes"] >= least  # created, session noted and opened, sending, sent, ended, session closed ...
    assert found["wrong"] == []
