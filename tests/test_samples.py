"""Every sample runs as its reader runs it, in time, and prints what it should."""

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"

# Each script: its arguments ("OUT" is a temporary folder), and what it must print.
SCRIPTS = {
    "noise_sweep.py": (("--out", "OUT"), "noise.png"),
    "packed_sweep.py": (("--out", "OUT"), "all points in one job: 1 job, "),
    "phase_estimation.py": (("--out", "OUT"), "phase.png"),
    "qaoa_maxcut.py": ((), "best mean cut 4."),
    "qiskit_session.py": ((), "Succeeded"),
    "rabi_ramsey.py": (("--out", "OUT"), "ramsey.png"),
    "resume_after_crash.py": ((), "jobs on the service: 60 for 60 points"),
    "vqe_h2.py": ((), " jobs in session "),
}


# What a sample measures agrees with what it says theory gives: within five standard errors, a chi-square within five of
# its standard deviations. Each sample has a seed, so what holds once holds always.


def _chi_squares(printed: str) -> None:
    found = re.findall(r"chi-square / points = ([\d.]+) / (\d+)", printed)
    assert found
    for chi2, points in found:
        assert abs(float(chi2) - int(points)) < 5 * math.sqrt(2 * int(points)), printed


def _noise(printed: str) -> None:
    found = re.findall(r"([\d.]+) ± ([\d.]+), theory ([\d.]+)", printed)
    assert len(found) == 15
    assert all(abs(float(mean) - float(exact)) <= 5 * float(error) for mean, error, exact in found), printed


def _phases(printed: str) -> None:
    found = re.findall(r"off by ([\d.]+)  in ([\d.]+) of the shots, by theory ([\d.]+)", printed)
    assert len(found) == 8
    for bits, (off, share, exact) in enumerate(found, 1):
        assert float(off) < 2**-bits
        assert abs(float(share) - float(exact)) < 5 * math.sqrt(0.25 / 1000)


def _ground_state(printed: str) -> None:
    (found,) = re.findall(r"best (\S+) ± (\S+) hartree at theta \S+; exact (\S+)", printed)
    mean, error, exact = map(float, found)
    assert exact == -1.1456  # the lowest eigenvalue of O'Malley's table I at 0.75 angstrom
    assert abs(mean - exact) < 5 * error < 0.05


PHYSICS: dict[str, Callable[[str], None]] = {
    "noise_sweep.py": _noise,
    "packed_sweep.py": _chi_squares,
    "phase_estimation.py": _phases,
    "qaoa_maxcut.py": _chi_squares,
    "rabi_ramsey.py": _chi_squares,
    "vqe_h2.py": _ground_state,
}
ELSEWHERE = {"main_job.py", "three_angles.py"}  # tests/test_main_job.py; the sweep files: tests/sweepfile/test_file.py
NEEDS = {"qiskit_session.py": "qiskit"}
LONG = {"resume_after_crash.py"}  # it starts and kills processes


def _run(*command: str, folder: Path) -> str:
    ran = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=180, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in LONG else ()) for name in SCRIPTS]
)
def test_a_sample_runs(name, tmp_path):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason=f'needs pip install "qsharp-bridge[{NEEDS[name]}]"')
    arguments, told = SCRIPTS[name]
    given = [one.replace("OUT", str(tmp_path)) for one in arguments]
    printed = _run(str(SAMPLES / name), *given, folder=tmp_path)
    assert told in printed
    if name in PHYSICS:
        PHYSICS[name](printed)
    assert ("savefig" in (SAMPLES / name).read_text()) == bool(list(tmp_path.glob("*.png")))


def test_no_sample_is_forgotten():
    assert {file.name for file in SAMPLES.glob("*.py")} == set(SCRIPTS) | ELSEWHERE
    told = (ROOT / "docs" / "samples.md").read_text()
    assert [file.name for file in SAMPLES.iterdir() if file.is_file() and file.name not in told] == []


def test_the_samples_import_no_more_than_the_package_needs():
    """Beside qsharp_bridge and its extras, the standard library."""
    ours = {"qsharp_bridge", "azure", "qdk", "qsharp", "numpy", "scipy", "matplotlib", "qiskit"}
    known = {*ours, *sys.stdlib_module_names}
    for file in SAMPLES.glob("*.py"):
        for line in file.read_text().splitlines():
            if line.startswith(("import ", "from ")):
                assert line.split()[1].split(".")[0] in known, f"{file.name}: {line}"


assert os.environ["MPLBACKEND"] == "Agg"  # set by conftest.py: no sample opens a window
