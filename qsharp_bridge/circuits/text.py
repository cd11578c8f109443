"""Circuit diagrams as text, in the layout of qdk."""

from __future__ import annotations

from collections.abc import Sequence

from .boxes import Box, columns_of

_WIDTH = 7  # characters of a column at least
_CROSSED = {"─": "┼", "═": "╪", " ": "│"}

_Row = tuple[int, int]
"""A line of the text: (qubit, -1) is the wire of a qubit, (qubit, n) the wire of its result n, or a line of joins."""


def text_of(boxes: Sequence[Box], qubits: int) -> str:
    """Return the diagram: a line for each qubit, and one for each of its results.

    >>> print(text_of([Box("unitary", "H", (0,)), Box("unitary", "X", (1,), (0,))], 2), end="")
    q_0    ── H ──── ● ──
    q_1    ───────── X ──
    """
    rows = _rows(boxes, qubits)
    lines = {row: f"q_{row[0]}".ljust(_WIDTH) if row[1] < 0 else " " * _WIDTH for row in rows}
    known: set[_Row] = set()  # results that were measured
    for column in columns_of(boxes, qubits):
        # qdk counts the bytes of a label, and makes every width odd, so that a column has a middle
        width = max(_WIDTH, *((len(box.label.encode()) + 4) | 1 for box in column))
        cells = {row: cell for box in column for row, cell in _cells(box, rows).items()}
        for row in rows:
            wire = "─" if row[1] < 0 else "═" if row in known else " "
            lines[row] += _cell(cells.get(row, ""), wire, width)
        known |= {(box.targets[0], box.result) for box in column if box.kind == "measurement"}
    return "".join(f"{lines[row].rstrip()}\n" for row in rows)


def _rows(boxes: Sequence[Box], qubits: int) -> list[_Row]:
    results = [0] * qubits  # lines below that of each qubit
    for box in boxes:
        if box.kind == "measurement":
            results[box.targets[0]] = max(results[box.targets[0]], box.result + 1)
        for qubit in box.targets:
            if qubit + 1 in box.targets:  # two boxes of one gate: room for the line that joins them
                results[qubit] = max(results[qubit], 1)
    return [(qubit, result) for qubit in range(qubits) for result in range(-1, results[qubit])]


def _cells(box: Box, rows: Sequence[_Row]) -> dict[_Row, str]:
    ends = [*((qubit, -1) for qubit in (*box.targets, *box.controls)), *box.conditions]
    cells = {row: "│" if box.controls or box.conditions else "┆" for row in rows if min(ends) < row < max(ends)}
    if box.kind == "measurement":
        cells |= {(box.targets[0], result): "│" for result in range(box.result)}
        cells[box.targets[0], box.result] = "╘"
    cells |= dict.fromkeys(ends, "●")
    return cells | {(qubit, -1): box.label for qubit in box.targets}


def _cell(content: str, wire: str, width: int) -> str:
    half = width // 2
    match content:
        case "":
            return wire * width
        case "╘":
            return " " * half + "╘" + "═" * (width - half - 1)
        case "│":
            content = _CROSSED[wire]
        case "┆":
            pass
        case _:
            content = f" {content} "
    left = (width - len(content)) // 2
    return wire * left + content + wire * (width - len(content) - left)
