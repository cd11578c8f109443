"""The quantum instructions of QIR: their names, their effect, and how they are counted.

This is the only table of instructions: the readers, the simulators, the plan, the local service and the resource counts
use it. Pure. The names are those of ``qdk.simulation.run_qir`` 1.33 (``__quantum__qis__NAME__body`` and
``__adj``).
"""

from __future__ import annotations

import functools
import math
import re
from typing import NamedTuple


class GateKind(NamedTuple):
    """A kind of gate, without its qubits.

    Attributes:
        name: its short name: "h", "s_adj", "rx".
        qubits: number of qubits that it acts on.
        angle: whether its first argument is an angle in radians.
        diagonal: the places, among its qubits, where it commutes with measuring that qubit (in the Z basis).
        clifford: whether it is a Clifford gate; a rotation is one at multiples of pi/2.
        native: number of native two-qubit gates for it, each equivalent to a CNOT up to one-qubit gates.
    """

    name: str
    qubits: int
    angle: bool = False
    diagonal: tuple[int, ...] = ()
    clifford: bool = True
    native: int = 0

    @property
    def two_qubit(self) -> int:
        """Return the number of two-qubit gates for which it is billed; 0 for a one-qubit gate.

        IonQ's rule, from the pricing article (see ``targets.prices``): a gate on N > 2 qubits is 6 * (N - 2) of them.

        >>> [GATES[f"__quantum__qis__{name}__body"].two_qubit for name in ("h", "swap", "ccx")]
        [0, 1, 6]
        """
        return 6 * (self.qubits - 2) if self.qubits > 2 else self.qubits - 1


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
        "rxx__body": GateKind("rxx", 2, angle=True, native=1),
        "ryy__body": GateKind("ryy", 2, angle=True, native=1),
        "rzz__body": GateKind("rzz", 2, angle=True, diagonal=(0, 1), native=1),
        "cx__body": GateKind("cx", 2, diagonal=(0,), native=1),
        "cnot__body": GateKind("cx", 2, diagonal=(0,), native=1),
        "cy__body": GateKind("cy", 2, diagonal=(0,), native=1),
        "cz__body": GateKind("cz", 2, diagonal=(0, 1), native=1),
        "swap__body": GateKind("swap", 2, native=3),
        "ccx__body": GateKind("ccx", 3, diagonal=(0, 1), clifford=False, native=6),
    }.items()
}
"""Callee name to gate."""

CALLEES: dict[str, str] = {kind.name: callee for callee, kind in reversed(GATES.items())}
"""Short name of a gate to its callee name, the first one of several."""

MEASUREMENTS: dict[str, bool] = {
    f"{_QIS}m__body": False,
    f"{_QIS}mz__body": False,
    f"{_QIS}mresetz__body": True,
}
"""Callee name of a measurement in the Z basis to whether it also resets the qubit."""

RESET = f"{_QIS}reset__body"

CLASSICAL: dict[str, str] = {
    "__quantum__rt__read_result": "reads a result",
    f"{_QIS}read_result__body": "reads a result",
    "__quantum__rt__read_loss": "asks whether a qubit was lost",
    f"{_QIS}peek_loss__body": "asks whether a qubit was lost",
    "__quantum__rt__write_result": "writes a result",
    "__quantum__rt__readout_noise": "has readout noise",
}
"""Callee name of a classical instruction on results, to a description. Neither counted nor billed."""

IGNORED = frozenset(
    {
        "__quantum__rt__initialize",
        "__quantum__rt__begin_parallel",
        "__quantum__rt__end_parallel",
        f"{_QIS}barrier__body",
        f"{_QIS}move__body",
    }
)
"""Callees without effect, unless there is noise. Neither counted nor billed."""

_SHORT = re.compile(rf"{_QIS}(?P<name>\w+?)(?:__body|__(?P<adjoint>adj))?")
_DECLARATION = re.compile(r'^declare\b[^@\n]*@"?([\w.$]+)"?\(([^)\n]*)\)[^#\n]*(#\d+)?', re.MULTILINE)
_IRREVERSIBLE = re.compile(r'^attributes (#\d+) = \{[^}\n]*"irreversible"', re.MULTILINE)
_POINTER = re.compile(r"\bptr\b")


class Instruction(NamedTuple):
    """A quantum instruction of a program.

    Attributes:
        gate: what it is as a gate; None for a measurement or a reset.
        qubits: how many it acts on.
        results: how many it writes; 0 unless it is a measurement.
        resets: how many of its qubits it puts back to |0>.
    """

    gate: GateKind | None
    qubits: int
    results: int = 0
    resets: int = 0


class Instructions:
    """The instructions of a program by their names: from the tables above, or from its declarations.

    A declaration is all that there is of a gate, a measurement or a reset of a user's own (``body intrinsic`` in Q#).
    Such a gate is billed by its qubits alone. The compiler marks the other two as irreversible. Pointers of QIR 2 do
    not tell a qubit from a result: a measurement is taken to have as many of both.

    Args:
        qir: the text of the program.

    >>> Instructions("declare void @Swing(double, %Qubit*, %Qubit*)").find("Swing").gate.two_qubit
    1
    """

    def __init__(self, qir: str) -> None:
        self._qir = qir

    def find(self, callee: str) -> Instruction | None:
        """Return an instruction, or None for what acts on no qubit and for a function that the text defines."""
        if kind := GATES.get(callee):
            return Instruction(kind, kind.qubits)
        if callee in MEASUREMENTS:
            return Instruction(None, 1, 1, int(MEASUREMENTS[callee]))
        if callee == RESET:
            return Instruction(None, 1, resets=1)
        if callee.startswith("__quantum__rt__") or callee in IGNORED or callee in CLASSICAL:
            return None
        short = _SHORT.fullmatch(callee)
        name = f"{short['name']}{'_adj' if short['adjoint'] else ''}" if short else callee
        if callee not in self._declared:
            return Instruction(GateKind(name, 1), 1) if short else None
        arguments, group = self._declared[callee]
        pointers = len(_POINTER.findall(arguments))
        qubits, results = arguments.count("%Qubit*") + pointers, arguments.count("%Result*")
        if pointers > 1 and group in self._irreversible:
            results = pointers // 2
            qubits -= results
        if not qubits:
            return None
        if results or group in self._irreversible:
            return Instruction(None, qubits, results, 0 if results else qubits)
        gate = GateKind(name, qubits)
        return Instruction(gate._replace(native=gate.two_qubit), qubits)

    @functools.cached_property
    def _declared(self) -> dict[str, tuple[str, str]]:
        """The arguments and the group of attributes of each declaration; read once, as a text may have many."""
        return {name: (arguments, group) for name, arguments, group in _DECLARATION.findall(self._qir)}

    @functools.cached_property
    def _irreversible(self) -> frozenset[str]:
        return frozenset(_IRREVERSIBLE.findall(self._qir))


def quarter_turns(angle: float) -> int | None:
    """Return the k for which ``angle`` is the Double nearest to k*pi/2, from -1024 to 1024; None if there is none.

    Only a rotation by such an angle is a Clifford gate: an angle close to it gives other probabilities.

    >>> quarter_turns(math.pi), quarter_turns(3.14159)
    (2, None)
    """
    turns = angle / (math.pi / 2)
    if not abs(turns) <= 1024:
        return None
    k = round(turns)
    return k if angle in (k * (math.pi / 2), k * math.pi / 2) else None
