"""The path of a newcomer, from the wheel; and a user's typed script."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.long  # CI runs the script itself
@pytest.mark.timeout(900)
def test_the_path_of_a_newcomer():
    ran = subprocess.run(
        [ROOT / "scripts" / "newcomer-path"], capture_output=True, text=True, timeout=900, check=False, env=os.environ
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "newcomer-path: done" in ran.stderr


SCRIPT = Path(__file__).parent / "user_script.py"


def test_a_users_typed_script_runs(tmp_path):
    ran = subprocess.run(
        [sys.executable, str(SCRIPT)], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.long  # with settings of its own mypy reads all packages again; scripts/test checks the script with ours
def test_a_users_typed_script_type_checks(tmp_path):
    pytest.importorskip("mypy", reason="types are checked with the extra [test]")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(SCRIPT)],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
