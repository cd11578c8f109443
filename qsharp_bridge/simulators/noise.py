"""Noise models: qdk's own ``NoiseConfig``, or a few numbers that make one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple, TypeAlias

from qsharp_bridge.errors import SimulationError
from qsharp_bridge.qir.gates import GATES

Noise: TypeAlias = Any
"""A ``qdk.simulation.NoiseConfig``, or a mapping of channels (or gates, to mappings of channels) to probabilities."""

CHANNELS = ("depolarizing", "bitflip", "phaseflip", "loss")
_PAULIS = "IXZY"  # in this order the product of two is the XOR of their places
GATE_NAMES = {kind.name: kind.qubits for kind in GATES.values() if kind.qubits < 3}  # a CCX runs as smaller gates
"""Gate to the number of its qubits, by the names of ``NoiseConfig``."""


class NoiseModel(NamedTuple):
    """A noise model as the engines of qdk take it.

    Attributes:
        config: a ``qdk.simulation.NoiseConfig``, or None for gates without noise.
        readout: the probability that a measurement gives the wrong result.
    """

    config: Any = None
    readout: float = 0.0


def noise_model(noise: Noise) -> NoiseModel:
    """Return the model that ``noise`` describes.

    A mapping says it in a few words:

    * ``{"depolarizing": 0.01}``: after every gate, with probability 0.01 a Pauli error on its qubits, each error
      as likely as the others. Also, on each qubit by itself, "bitflip" (X), "phaseflip" (Z) and "loss" (the
      qubit is lost; its Result is 2). Several act one after the other, in this order.
    * ``{"cx": {"depolarizing": 0.02}}``: only after that gate. Names: those in ``GATE_NAMES``. It replaces what
      is said for every gate.
    * ``{"measurement": 0.005}``: each measurement gives the wrong result with probability 0.005.

    A CCX is run as H, T and CZ gates, and each has its own noise.

    Raises:
        SimulationError: a name that is no channel or gate, or a number that is no probability.
    """
    check_noise(noise)
    if not isinstance(noise, Mapping):
        return NoiseModel(noise)
    everywhere, tables, readout = _read(noise)
    if not any(everywhere.values()) and not any(any(table.values()) for table in tables.values()):
        return NoiseModel(None, readout)

    from qdk.simulation import NoiseConfig

    config = NoiseConfig()
    for gate, qubits in GATE_NAMES.items():
        faults = _faults(tables.get(gate, everywhere), qubits)
        if faults:
            getattr(config, gate).set_pauli_noise(faults)
    return NoiseModel(config, readout)


def check_noise(noise: Noise | None) -> None:
    """Check that ``noise`` is something ``noise_model`` understands, or None. Imports qdk only for a ``NoiseConfig``.

    Raises:
        SimulationError: it is not.
    """
    if isinstance(noise, Mapping):
        _read(noise)
    elif noise is not None:
        from qdk.simulation import NoiseConfig

        if not isinstance(noise, NoiseConfig):
            raise SimulationError(
                f"noise is a {type(noise).__name__}",
                advice='give a mapping such as {"depolarizing": 0.01}, or a qdk.simulation.NoiseConfig',
            )


def _read(noise: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, dict[str, float]], float]:
    """Return the channels after every gate, those of single gates, and the chance that a measurement is wrong."""
    readout = 0.0
    everywhere: dict[str, float] = {}
    tables: dict[str, dict[str, float]] = {}
    for name, value in noise.items():
        if name in CHANNELS:
            everywhere[name] = _probability(name, value)
        elif name == "measurement":
            readout = _probability(name, value)
        elif name in GATE_NAMES:
            if not isinstance(value, Mapping):
                advice = f'give its channels, such as {{"{name}": {{"depolarizing": 0.01}}}}'
                raise SimulationError(f"noise of {name} is {value!r}", advice=advice)
            unknown = [channel for channel in value if channel not in CHANNELS]
            if unknown:
                raise SimulationError(f"noise of {name}: unknown channel {unknown[0]!r}", advice=_names())
            tables[name] = {channel: _probability(f"{name}.{channel}", amount) for channel, amount in value.items()}
        else:
            raise SimulationError(f"noise: unknown name {name!r}", advice=_names())
    return everywhere, tables, readout


def _faults(channels: Mapping[str, float], qubits: int) -> list[tuple[str, float]]:
    """Return what the channels do together: fault strings such as "XI" and "LZ", and their probabilities.

    Composed here because in qdk's tables a channel that is set replaces the entries of the one before.
    """
    strings = ["".join(paulis) for paulis in product(_PAULIS, repeat=qubits)]
    chances = dict.fromkeys(strings, 0.0)
    chances[strings[0]] = 1.0
    for channel in CHANNELS:
        amount = channels.get(channel, 0.0)
        if channel == "depolarizing":
            each = amount / (len(strings) - 1)
            chances = _after(chances, dict.fromkeys(strings[1:], each) | {strings[0]: 1 - amount})
        elif channel != "loss":
            other = "X" if channel == "bitflip" else "Z"
            single = {"I": 1 - amount, other: amount}
            chances = _after(
                chances,
                {"".join(fault): math.prod(map(single.__getitem__, fault)) for fault in product(single, repeat=qubits)},
            )
        elif amount:
            lost: dict[str, float] = {}
            for fault, chance in chances.items():
                for losses in product((False, True), repeat=qubits):
                    name = "".join("L" if gone else pauli for gone, pauli in zip(losses, fault, strict=True))
                    share = math.prod(amount if gone else 1 - amount for gone in losses)
                    lost[name] = lost.get(name, 0.0) + chance * share
            chances = lost
    return [(fault, chance) for fault, chance in chances.items() if chance and fault != strings[0]]


def _after(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    """Return the Pauli errors of two channels in a row. A product of Paulis is, up to phase, the XOR of numbers."""
    both = dict.fromkeys(first, 0.0)
    for (one, chance), (two, more) in product(first.items(), second.items()):
        pairs = zip(one, two, strict=True)
        both["".join(_PAULIS[_PAULIS.index(a) ^ _PAULIS.index(b)] for a, b in pairs)] += chance * more
    return both


def _probability(name: str, value: Any) -> float:
    try:
        amount = float(value)
    except (TypeError, ValueError):
        amount = -1.0
    if not 0 <= amount <= 1:
        raise SimulationError(f"noise: {name} is {value!r}", advice="a probability is from 0 to 1")
    return amount


def _names() -> str:
    return f"channels are {', '.join(CHANNELS)}; gates are {', '.join(GATE_NAMES)}; and measurement"
