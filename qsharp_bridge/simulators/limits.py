"""Limits of this machine, checked before anything is allocated: an error instead of a killed process."""

from __future__ import annotations

import os
from pathlib import Path

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import SimulationLimitError

MAX_WIRES = 40
"""Sizes beyond are not even reckoned: 2**40 amplitudes are 16 TiB."""

_UNKNOWN = 4 * 2**30
_SMALL = 64 * 2**20  # not worth asking the system
_BYTES_A_SHOT = 64
_BYTES_A_VALUE = 16


def available_memory() -> int:
    """Return the bytes that this process may still take: free memory of the machine, or what a container allows."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        free = _meminfo() or page * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        free = _UNKNOWN
    return min(free, *_container())


def _meminfo() -> int | None:
    """Return the available memory. Linux counts memory that its caches would give back as available, not as free."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _container() -> list[int]:
    """Return what is left under the limit of the control group (version 2, then 1), if there is one."""
    for limit, usage in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            root = Path("/sys/fs/cgroup")
            return [max(0, int((root / limit).read_text()) - int((root / usage).read_text()))]
        except (OSError, ValueError):
            continue
    return [2**63]


def check_state(wires: int, *, copies: float, what: str) -> None:
    """Check that a state of ``wires`` qubits, 16 * 2**wires bytes, fits ``copies`` times.

    Raises:
        SimulationLimitError: it does not, with the figures.
    """
    advice = "use fewer qubits, or more memory; Clifford programs run with many qubits"
    if wires > MAX_WIRES:
        raise SimulationLimitError(f"{what} of {counted(wires, 'qubit')} needs 16 * 2**{wires} bytes", advice=advice)
    _check(int(copies * 16 * 2**wires), f"{what} of {counted(wires, 'qubit')} needs", advice)


def check_tableau(qubits: int) -> None:
    """Check that stabilizer tableaus of ``qubits`` qubits fit, about 4 * qubits**2 bytes for each core (measured).

    Raises:
        SimulationLimitError: they do not, with the figures.
    """
    needed = 4 * qubits * qubits * (os.cpu_count() or 1)
    _check(needed, f"a stabilizer simulation of {counted(qubits, 'qubit')} needs", "use fewer qubits")


def check_shots(shots: int, values: int) -> None:
    """Check that the outcomes of ``shots`` runs with ``values`` recorded values each fit.

    Raises:
        SimulationLimitError: they do not, with the figures.
    """
    needed = shots * (_BYTES_A_SHOT + _BYTES_A_VALUE * values)
    _check(needed, f"{counted(shots, 'shot')} of {counted(values, 'recorded value')} need", "run fewer shots at a time")


def _check(needed: int, who: str, advice: str) -> None:
    if needed <= _SMALL:
        return
    free = available_memory()
    if needed > free:
        raise SimulationLimitError(f"{who} {_bytes(needed)} of memory, and {_bytes(free)} are available", advice=advice)


def _bytes(count: int) -> str:
    amount, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB", "PiB"):
        if amount < 1024 or unit == "PiB":
            break
        amount /= 1024
    return f"{amount:.4g} {unit}"
