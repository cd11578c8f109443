"""Pickling of the noise models of qdk, which qdk itself cannot pickle: as the probabilities in their tables."""

from __future__ import annotations

import io
import pickle
from itertools import product
from typing import Any, Final

_FAULTS: Final = "ixyzl"
_MOST_QUBITS: Final = 3


def dumps(content: Any) -> bytes:
    """Return the pickle of ``content``, which may contain a ``qdk.simulation.NoiseConfig`` at any depth.

    Tables of intrinsics that the user named are left out: the simulators of this package run no such instructions.
    """
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(content)
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    def reducer_override(self, item: Any) -> Any:
        """Write a noise model as a call that builds it again."""
        kind = type(item)
        if kind.__name__ != "NoiseConfig" or not kind.__module__.startswith("qdk."):
            return NotImplemented
        return _noise_config, (_tables(item),)


def _tables(config: Any) -> dict[str, tuple[list[tuple[str, float]], str]]:
    """Return the faults of each gate with their probabilities, and its policy for a lost qubit."""
    found = {}
    for name in dir(config):
        table = getattr(config, name)
        if type(table).__name__ == "NoiseTable":
            faults = [(fault.upper(), chance) for fault in _names(table) if (chance := getattr(table, fault))]
            found[name] = faults, str(table.on_loss).rpartition(".")[2]
    return found


def _names(table: Any) -> list[str]:
    """Return the names of all faults of a table; a name has as many letters as the gate has qubits."""
    for qubits in range(1, _MOST_QUBITS + 1):
        if hasattr(table, "x" * qubits):
            return ["".join(letters) for letters in product(_FAULTS, repeat=qubits)][1:]
    return []


def _noise_config(tables: dict[str, tuple[list[tuple[str, float]], str]]) -> Any:
    from qdk._native import LossPolicy
    from qdk.simulation import NoiseConfig

    config = NoiseConfig()
    for name, (faults, on_loss) in tables.items():
        table = getattr(config, name)
        if faults:
            table.set_pauli_noise(faults)
        if str(table.on_loss).rpartition(".")[2] != on_loss:
            table.on_loss = getattr(LossPolicy, on_loss)
    return config
