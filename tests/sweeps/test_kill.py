"""A part of the kill test; the whole is ``scripts/kill-test``. And a crash at every single write of the journal."""

import json
import subprocess
import sys
from pathlib import Path

HARNESS = Path(__file__).with_name("kill_harness.py")


def test_kills_of_client_and_service_lose_and_double_nothing():
    command = [
        sys.executable, str(HARNESS), "--clients", "3", "--services", "1", "--both", "1",
        "--jobs", "30", "--length", "1", "--seed", "5", "--json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] == 5
    assert found["jobs"] == found["points"] == 30 * found["sweeps"]
    assert (found["lost"], found["doubled"], found["wrong"], found["open_sessions"]) == (0, 0, 0, 0)


def test_a_crash_at_every_write_of_the_journal():
    """For every n: a run that dies just before, and one that dies just after, its n-th commit; then a resume."""
    done = subprocess.run(
        [sys.executable, str(HARNESS.with_name("crash_harness.py"))],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["crashes"] >= 2 * 8  # created, session noted and opened, sending, sent, ended, session closed ...
    assert found["wrong"] == []
