"""Estimates how long a simulation takes: to share the points of a sweep among workers.

The figures were measured on one core of a 2.5 GHz server. Only their proportions matter: who uses them measures too.
"""

from __future__ import annotations

from qsharp_bridge.errors import BridgeError
from qsharp_bridge.qir.bitcode import as_text
from qsharp_bridge.qir.reader import read

from .noise import Noise
from .select import STATE_VECTOR, choose
from .wires import plan_of

_CALL = 1.5e-4  # a simulation, whatever it does
_GATE = 1.5e-6  # a gate of a state vector
_AMPLITUDE = 1.2e-9  # a gate on an amplitude
_DRAW = 4e-8  # a bit of a shot
_SHOT = 1e-5  # a shot of qdk's engines
_STEP = 1e-7  # a gate of such a shot


def effort(qir: str | bytes, shots: int, noise: Noise | None = None) -> float:
    """Return about the seconds that ``simulate`` needs; 0 for a program that it will refuse.

    >>> effort(qir, 1000) < effort(qir, 1_000_000)  # doctest: +SKIP
    True
    """
    try:
        program = read(as_text(qir))
    except BridgeError:
        return 0.0
    structure = program.structure
    engine, _ = choose(program, shots, noisy=noise is not None)
    if engine in STATE_VECTOR:
        gates = sum(len(part.gates) * (_GATE + _AMPLITUDE * 2.0**part.wires) for part in plan_of(structure).parts)
        return _CALL + gates + shots * _DRAW * (1 + len(plan_of(structure).bits))
    states = float(structure.qubits**2 if engine == "clifford" else 2.0 ** min(structure.qubits, 60))
    return _CALL + shots * (_SHOT + len(structure.gates) * (_STEP + _AMPLITUDE * states))
