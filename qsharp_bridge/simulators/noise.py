"""Noise models: qdk's own ``NoiseConfig``, or a few numbers that make one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from ..errors import SimulationError

__all__ = ["CHANNELS", "GATE_NAMES", "Noise", "NoiseModel", "noise_model"]

Noise: TypeAlias = Any
"""A ``qdk.simulation.NoiseConfig``, or a mapping of channels (or gates, to mappings of channels) to probabilities."""

CHANNELS = {"depolarizing": "set_depolarizing", "bitflip": "set_bitflip", "phaseflip": "set_phaseflip", "loss": ""}
GATE_NAMES = (
    *("x", "y", "z", "h", "s", "s_adj", "t", "t_adj", "sx", "sx_adj", "rx", "ry", "rz"),
    *("cx", "cy", "cz", "rxx", "ryy", "rzz", "swap"),
)


class NoiseModel(NamedTuple):
    """What the engines of qdk are given.

    Attributes:
        config: a ``qdk.simulation.NoiseConfig``, or None for gates without noise.
        readout: the probability that a measurement gives the wrong result.
    """

    config: Any = None
    readout: float = 0.0


def noise_model(noise: Noise) -> NoiseModel:
    """The model that ``noise`` stands for.

    A mapping says it in a few words:

    * ``{"depolarizing": 0.01}``: after every gate, a Pauli error with probability 0.01. Also "bitflip",
      "phaseflip" and "loss" (the qubit is lost; its Result is 2).
    * ``{"cx": {"depolarizing": 0.02}}``: only after that gate. Names: those in ``GATE_NAMES``. It replaces what
      is said for every gate.
    * ``{"measurement": 0.005}``: each measurement gives the wrong result with probability 0.005.

    A CCX is run as H, T and CZ gates, and each has its own noise.

    Raises:
        SimulationError: a name that is no channel or gate, or a number that is no probability.
    """
    if not isinstance(noise, Mapping):
        from qdk.simulation import NoiseConfig

        if isinstance(noise, NoiseConfig):
            return NoiseModel(noise)
        raise SimulationError(
            f"noise is a {type(noise).__name__}",
            advice='give a mapping such as {"depolarizing": 0.01}, or a qdk.simulation.NoiseConfig',
        )
    readout = 0.0
    everywhere: dict[str, float] = {}
    tables: dict[str, dict[str, float]] = {}
    for name, value in noise.items():
        if name in CHANNELS:
            everywhere[name] = _probability(name, value)
        elif name == "measurement":
            readout = _probability(name, value)
        elif name in GATE_NAMES and isinstance(value, Mapping):
            unknown = [channel for channel in value if channel not in CHANNELS]
            if unknown:
                raise SimulationError(f"noise of {name}: unknown channel {unknown[0]!r}", advice=_names())
            tables[name] = {channel: _probability(f"{name}.{channel}", amount) for channel, amount in value.items()}
        else:
            raise SimulationError(f"noise: unknown name {name!r}", advice=_names())

    if not any(everywhere.values()) and not any(any(table.values()) for table in tables.values()):
        return NoiseModel(None, readout)

    from qdk.simulation import NoiseConfig

    config = NoiseConfig()
    for gate in GATE_NAMES:
        for channel, amount in tables.get(gate, everywhere).items():
            table = getattr(config, gate)
            if channel == "loss":
                table.loss = amount
            else:
                getattr(table, CHANNELS[channel])(amount)
    return NoiseModel(config, readout)


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
