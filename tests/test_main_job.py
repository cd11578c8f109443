"""The main job as a user runs it, and its counts against the exact distribution of the program."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from scipy import stats

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {**os.environ, "QDK_PYTHON_TELEMETRY": "none"}


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_main_job_sweeps_prints_and_writes(tmp_path):
    ran = _run("samples/main_job.py", "--out", str(tmp_path), "--journal", str(tmp_path / "run.db"))
    assert ran.returncode == 0, ran.stderr
    assert "25/25 points sent" in ran.stderr
    assert ran.stdout.count("Succeeded") == 25
    results = qb.SweepResults.from_json((tmp_path / "results.json").read_text())
    assert len(results) == 25
    assert len(results.session_ids) == 1
    assert len(set(results.job_ids)) == 25
    for row in results:
        assert row.job_id in ran.stdout
        assert sum(row.counts.values()) == 100
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert json.loads((tmp_path / "results.json").read_text())["operation"].endswith("GenerateRandomBits")


def test_the_counts_follow_the_exact_distribution():
    """H, then Rz, then Z: each of the four outcomes has probability 1/4 at every point (chi-square, fixed seed)."""
    operation = qb.Program.from_project(ROOT / "qsharp").operation("GenerateRandomBits")
    angles = [0.0, 0.7, 1.4, 2.1, 2.8]
    sweep = qb.Sweep.grid(n=[2], angle=[[a, b] for a in angles for b in angles])
    with LocalService(seed=11, sampling=True) as service, service.workspace() as workspace:
        results = qb.run_sweep(operation, sweep, workspace.get_targets("ionq.simulator"), shots=100)
    observed = [row.counts.get(outcome, 0) for row in results for outcome in ("[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]")]
    assert sum(observed) == 2500
    statistic = sum((count - 25) ** 2 / 25 for count in observed)
    assert 0.001 < stats.chi2(3 * 25).sf(statistic) < 0.999


def test_an_angle_that_matters_is_seen_in_the_counts():
    """Rx(theta): One with probability sin²(theta / 2). A service that ignored the values of a point would fail."""
    import math

    source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    operation = qb.Program.from_source(source).operation("Turn")
    sweep = qb.Sweep.linspace("theta", 0, math.pi, 9)
    with LocalService(seed=12) as service, service.workspace() as workspace:
        results = qb.run_sweep(operation, sweep, workspace.get_targets("ionq.simulator"), shots=1000)
    for row in results:
        exact = math.sin(row.point["theta"] / 2) ** 2
        low, high = stats.binom(1000, exact).interval(1 - 1e-6) if 0 < exact < 1 else (1000 * exact, 1000 * exact)
        assert low <= row.counts.get("1", 0) <= high


def test_the_pages_own_programs_run_as_written():
    ran = _run("samples/three_angles.py")
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert set(eval(lines[0])) == {"Job 1", "Job 2", "Job 3"}
    assert "Job count: 3 " in lines
    assert "Session status: None" in lines
    assert any("SUCCEEDED" in line for line in lines)
    if importlib.util.find_spec("qiskit") is not None:
        assert "Creating session" in lines
        assert lines[-1] == "Session status: Succeeded"


@pytest.mark.parametrize("module", ["qdk", "azure", "pandas", "numpy", "matplotlib", "qulacs", "starlette"])
def test_importing_the_package_is_light(module):
    told = _run("-c", f"import sys, qsharp_bridge; sys.exit({module!r} in sys.modules)")
    assert told.returncode == 0, f"import qsharp_bridge imports {module}"


def test_every_public_name_loads_and_has_a_docstring():
    for name in qb.__all__:
        assert getattr(qb, name).__doc__, name
    assert set(qb.__all__) <= set(dir(qb))
