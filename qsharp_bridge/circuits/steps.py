"""Circuit diagrams of QIR programs without branches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qsharp_bridge.errors import UnsupportedQirError
from qsharp_bridge.qir.gates import CLASSICAL
from qsharp_bridge.qir.plain import read_plain
from qsharp_bridge.qir.program import Gate, Measure, Structure

from .boxes import Box
from .circuit import Circuit

_LABELS = {"cx": "X", "cy": "Y", "cz": "Z", "ccx": "X", "swap": "SWAP", "sx": "SX"}
_CONTROLS = {"cx": 1, "cy": 1, "cz": 1, "ccx": 2}
_MOST_STEPS = 500  # a larger diagram cannot be read


def circuit_of_steps(structure: Structure, angles: Sequence[str]) -> Circuit:
    """Return the circuit of a program without branches.

    Args:
        structure: of the program.
        angles: the text of the Double in each slot.

    >>> from qsharp_bridge.qir.reader import read
    >>> source = "operation Turn() : Result { use q = Qubit(); Ry(0.25, q); MResetZ(q) }"
    >>> program = read(str(qb.Program.from_source(source).operation("Turn").compile()))
    >>> print(circuit_of_steps(program.structure, ["phi"]))
    q_0    ─ Ry(phi) ─── M ──
                         ╘═══
    """
    return Circuit.of_boxes(list(_boxes(structure, angles)), structure.qubits)


def circuit_of_qir(text: str) -> Circuit | str:
    """Return the circuit of a QIR text, or the reason why it has none.

    It reads programs without branches, as qdk prints them. It does without LLVM, so that foreign text is safe to read.

    >>> circuit_of_qir("define void @main() { ret void }")
    'only programs without branches, as qdk prints them, have a diagram here'
    """
    try:
        program = read_plain(text)
    except UnsupportedQirError as error:
        return error.problem
    if program is None:
        return next(
            (
                f"the program {why}, so its gates are not one sequence"
                for name, why in CLASSICAL.items()
                if name in text
            ),
            "only programs without branches, as qdk prints them, have a diagram here",
        )
    if len(program.structure.steps) > _MOST_STEPS or program.structure.qubits > _MOST_STEPS:
        return f"the program has more than {_MOST_STEPS} gates or qubits"
    return circuit_of_steps(program.structure, list(map(number_text, program.doubles)))


def number_text(value: float) -> str:
    """Return a number as qdk's diagrams show it.

    >>> number_text(0.3), number_text(-1.5707963267948966), number_text(0.0)
    ('0.3000', '-1.5708', '0')
    """
    return f"{value:.4f}" if value else "0"


def _boxes(structure: Structure, angles: Sequence[str]) -> Iterator[Box]:
    results = [0] * structure.qubits
    for step in structure.steps:
        if isinstance(step, Gate):
            name = step.kind.name.removesuffix("_adj")
            controls = _CONTROLS.get(name, 0)
            yield Box(
                "unitary",
                _LABELS.get(name, name.capitalize()),
                step.qubits[controls:],
                step.qubits[:controls],
                args=(angles[step.slot],) if step.slot >= 0 else (),
                adjoint=name != step.kind.name,
            )
        elif isinstance(step, Measure):
            yield Box("measurement", "M", (step.qubit,), result=results[step.qubit])
            results[step.qubit] += 1
        else:
            yield Box("ket", "0", (step.qubit,))
