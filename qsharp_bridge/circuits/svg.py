"""Circuit diagrams as SVG. Attributes only, no styles: a page with a strict security policy shows them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import pairwise

from .boxes import Box, columns_of

_ROW, _HEIGHT, _GAP, _CHARACTER, _LEFT = 44, 28, 16, 7.4, 44  # pixels


def svg_of(boxes: Sequence[Box], qubits: int) -> str:
    """Return the diagram as an SVG document.

    >>> svg_of([Box("unitary", "H", (0,))], 1).count("<rect")
    1
    """
    shapes: list[str] = []
    taken: list[list[tuple[float, float]]] = [[] for _ in range(qubits)]  # where boxes cover the wires
    left = float(_LEFT)
    for column in columns_of(boxes, qubits):
        width = max([_HEIGHT, *(_width(box) for box in column)])
        middle = left + width / 2
        for box in column:
            shapes += _joins(box, middle)
            for qubit in box.targets:
                if _cross(box):
                    shapes += _plus(middle, _y(qubit))
                    continue
                half = _width(box) / 2
                taken[qubit].append((middle - half, middle + half))
                shapes.append(_content(box, middle, half, _y(qubit)))
            shapes += [f'<circle cx="{middle:g}" cy="{_y(qubit)}" r="4" fill="currentColor"/>' for qubit in _dots(box)]
        left += width + _GAP
    wires = [
        f'<line x1="{start:g}" y1="{_y(qubit)}" x2="{end:g}" y2="{_y(qubit)}"/>'
        for qubit in range(qubits)
        for start, end in _between(taken[qubit], _LEFT - 8, left)
    ]
    names = [
        f'<text x="{_LEFT - 14}" y="{_y(qubit) + 4}" text-anchor="end">'
        f'q<tspan dy="3" font-size="9">{qubit}</tspan></text>'
        for qubit in range(qubits)
    ]
    width, height = round(left + 8), max(qubits, 1) * _ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="circuit" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img" aria-label="Circuit diagram" color="inherit" fill="none"'
        f' stroke="currentColor" stroke-width="1.2" font-family="DejaVu Sans, sans-serif" font-size="12">'
        f'<g>{"".join(wires)}{"".join(shapes)}</g><g fill="currentColor" stroke="none">{"".join(names)}</g></svg>'
    )


def _y(qubit: int) -> int:
    return qubit * _ROW + _ROW // 2


def _width(box: Box) -> float:
    return _HEIGHT if len(box.label) < 3 else len(box.label) * _CHARACTER + 14


def _cross(box: Box) -> bool:
    """Check whether the box is drawn as the plus of a controlled X."""
    return box.gate == "X" and bool(box.controls) and not box.conditions


def _dots(box: Box) -> list[int]:
    return [*box.controls, *(qubit for qubit, _ in box.conditions if qubit not in box.targets)]


def _joins(box: Box, middle: float) -> list[str]:
    """Return the lines that join the wires of a gate, outside its boxes; double lines for a condition."""
    wires = sorted(set(box.qubits))
    boxed = set() if _cross(box) else set(box.targets)
    shifts = (-1.5, 1.5) if box.conditions else (0.0,)
    return [
        f'<line x1="{middle + shift:g}" y1="{_y(upper) + (_HEIGHT // 2 if upper in boxed else 0)}"'
        f' x2="{middle + shift:g}" y2="{_y(lower) - (_HEIGHT // 2 if lower in boxed else 0)}"/>'
        for upper, lower in pairwise(wires)
        for shift in shifts
    ]


def _plus(x: float, y: int) -> list[str]:
    return [
        f'<circle cx="{x:g}" cy="{y}" r="11"/>',
        f'<line x1="{x:g}" y1="{y - 11}" x2="{x:g}" y2="{y + 11}"/>',
        f'<line x1="{x - 11:g}" y1="{y}" x2="{x + 11:g}" y2="{y}"/>',
    ]


def _content(box: Box, x: float, half: float, y: int) -> str:
    """Return the SVG of a box: a meter for a measurement, a ket for a reset, else its label in a frame.

    The frame of a gate that depends on a result is dashed.
    """
    dashes = ' stroke-dasharray="4 3"' if box.conditions else ""
    frame = f'<rect x="{x - half:g}" y="{y - _HEIGHT // 2}" width="{2 * half:g}" height="{_HEIGHT}" rx="3"{dashes}/>'
    if box.conditions:
        results = ", ".join(f"result {number} of q{qubit}" for qubit, number in box.conditions)
        frame += f"<title>if {results} is One</title>"
    if box.kind == "measurement":
        return (
            f'<g><title>measurement</title>{frame}<path d="M{x - 9:g} {y + 6}a9 9 0 0 1 18 0"/>'
            f'<line x1="{x:g}" y1="{y + 6}" x2="{x + 7:g}" y2="{y - 8}"/></g>'
        )
    label = html.escape(box.label)
    text = f'<text x="{x:g}" y="{y + 4}" text-anchor="middle" fill="currentColor" stroke="none">{label}</text>'
    return text if box.kind == "ket" else f"<g>{frame}{text}</g>"


def _between(taken: Sequence[tuple[float, float]], start: float, end: float) -> list[tuple[float, float]]:
    """Return the parts of a wire that no box covers."""
    parts = []
    for left, right in taken:
        parts.append((start, left))
        start = right
    return [*parts, (start, end)]
