"""MPI and Ray, where they are installed: the lines of docs/cluster.md, as they stand there."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

DOCS = Path(__file__).parents[2] / "docs" / "cluster.md"

BEFORE = """
import qsharp_bridge as qb

SOURCE = "operation Turn(theta : Double) : Result { use q = Qubit(); Ry(theta, q); MResetZ(q) }"
op = qb.Program.from_source(SOURCE).operation("Turn")
sweep = qb.Sweep.linspace("theta", 0.0, 3.0, 200)
"""
AFTER = """
alone = qb.run_sweep(op, sweep, qb.LocalSimulator(seed=1), shots=1000)
assert results.counts == alone.counts
print("the same")
"""
WORKERS = """
with MPIPoolExecutor() as executor:
    print(executor.num_workers)
"""
CANCELLED = """
import time
from pathlib import Path
from qsharp_bridge.parallel.executors import submit


def slow(path):
    time.sleep(1)
    path.touch()


executor = RayExecutor()
paths = [Path(__file__).with_name(f"ran-{index}") for index in range(20 * executor.workers)]
futures = [submit(executor, slow, path) for path in paths]
assert all(future.cancel() for future in futures)
print(submit(executor, abs, -7).result(120))
assert sum(path.exists() for path in paths) < len(paths) / 2
"""


def block(word: str) -> str:
    """The Python of the page that has this word."""
    (found,) = (code for code in re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL) if word in code)
    return found


def run(*command: str, **environment: str) -> str:
    everything = {**os.environ, "QDK_PYTHON_TELEMETRY": "none", "OMP_NUM_THREADS": "1", **environment}
    done = subprocess.run(command, env=everything, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_mpi(tmp_path: Path) -> None:
    if importlib.util.find_spec("mpi4py") is None or shutil.which("mpiexec") is None:
        pytest.skip("mpi4py or mpiexec is not installed")
    script = tmp_path / "script.py"
    script.write_text(BEFORE + block("mpi4py") + AFTER + WORKERS)
    command = ["mpiexec", "-n", "3", sys.executable, "-m", "mpi4py.futures", str(script)]
    if "Open MPI" in run("mpiexec", "--version") or "OpenRTE" in run("mpiexec", "--version"):
        command.insert(1, "--oversubscribe")
    said = run(*command, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    assert said.split("\n")[-3:] == ["the same", "2", ""]


def test_ray(tmp_path: Path) -> None:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed")
    script = tmp_path / "script.py"
    script.write_text(BEFORE + block("import ray") + AFTER + CANCELLED)
    assert run(sys.executable, str(script), RAY_USAGE_STATS_ENABLED="0").split("\n")[-3:] == ["the same", "7", ""]
