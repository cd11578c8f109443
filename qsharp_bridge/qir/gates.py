"""The quantum instructions of QIR: their names, and what the simulators need to know of each.

Pure. The names are those of ``qdk.simulation.run_qir`` 1.33 (``__quantum__qis__NAME__body`` and ``__adj``).
"""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["GATES", "IGNORED", "MEASUREMENTS", "RESET", "GateKind", "quarter_turns"]


class GateKind(NamedTuple):
    """What a gate is, whatever its qubits.

    Attributes:
        name: its short name: "h", "s_adj", "rx".
        qubits: how many it acts on.
        angle: whether its first argument is an angle in radians.
        diagonal: the places, among its qubits, where it commutes with measuring that qubit (in the Z basis).
        clifford: whether it is a Clifford gate; a rotation is one at multiples of pi/2.
    """

    name: str
    qubits: int
    angle: bool = False
    diagonal: tuple[int, ...] = ()
    clifford: bool = True


_QIS = "__quantum__qis__"

GATES: dict[str, GateKind] = {
    f"{_QIS}{callee}": kind
    for callee, kind in {
        "x__body": GateKind("x", 1),
        "y__body": GateKind("y", 1),
        "z__body": GateKind("z", 1, diagonal=(0,)),
        "h__body": GateKind("h", 1),
        "s__body": GateKind("s", 1, diagonal=(0,)),
        "s__adj": GateKind("s_adj", 1, diagonal=(0,)),
        "t__body": GateKind("t", 1, diagonal=(0,), clifford=False),
        "t__adj": GateKind("t_adj", 1, diagonal=(0,), clifford=False),
        "sx__body": GateKind("sx", 1),
        "sx__adj": GateKind("sx_adj", 1),
        "rx__body": GateKind("rx", 1, angle=True),
        "ry__body": GateKind("ry", 1, angle=True),
        "rz__body": GateKind("rz", 1, angle=True, diagonal=(0,)),
        "rxx__body": GateKind("rxx", 2, angle=True),
        "ryy__body": GateKind("ryy", 2, angle=True),
        "rzz__body": GateKind("rzz", 2, angle=True, diagonal=(0, 1)),
        "cx__body": GateKind("cx", 2, diagonal=(0,)),
        "cnot__body": GateKind("cx", 2, diagonal=(0,)),
        "cy__body": GateKind("cy", 2, diagonal=(0,)),
        "cz__body": GateKind("cz", 2, diagonal=(0, 1)),
        "swap__body": GateKind("swap", 2),
        "ccx__body": GateKind("ccx", 3, diagonal=(0, 1), clifford=False),
    }.items()
}
"""Callee name to gate."""

MEASUREMENTS: dict[str, bool] = {
    f"{_QIS}m__body": False,
    f"{_QIS}mz__body": False,
    f"{_QIS}mresetz__body": True,
}
"""Callee name of a measurement in the Z basis to whether it also resets the qubit."""

RESET = f"{_QIS}reset__body"

IGNORED = frozenset(
    {
        "__quantum__rt__initialize",
        "__quantum__rt__begin_parallel",
        "__quantum__rt__end_parallel",
        f"{_QIS}barrier__body",
        f"{_QIS}move__body",
    }
)
"""Callees that change nothing unless there is noise."""


def quarter_turns(angle: float) -> int | None:
    """The k for which ``angle`` is the Double nearest to k*pi/2, from -1024 to 1024; None if there is none.

    Only such an angle counts as Clifford: one that is merely close would give other probabilities.

    >>> quarter_turns(math.pi), quarter_turns(3.14159)
    (2, None)
    """
    turns = angle / (math.pi / 2)
    if not abs(turns) <= 1024:
        return None
    k = round(turns)
    return k if angle in (k * (math.pi / 2), k * math.pi / 2) else None
