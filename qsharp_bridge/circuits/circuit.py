"""Circuit diagrams of programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .boxes import Box, boxes_of, json_of
from .svg import svg_of
from .text import text_of


class Circuit:
    """Circuit diagram. Made by `Operation.circuit`; ``print`` shows it as text, a notebook as a picture.

    With the package qdk[jupyter] a notebook shows qdk's widget, without it an SVG.

    Args:
        data: the circuit in qdk's format.
        text: the diagram as text, if qdk has drawn it; by default it is drawn here in the same layout.

    >>> source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(2.0 * theta, q); MResetZ(q) }"
    >>> circuit = qb.Program.from_source(source).operation("Turn").circuit()
    >>> print(circuit)
    q_0    ─ Rx(2*theta) ─── M ──── |0〉 ──
                             ╘════════════
    >>> circuit.qubits, circuit.parameters
    (1, ('2*theta',))
    """

    def __init__(self, data: dict[str, Any], text: str | None = None) -> None:
        self._data = data
        self._boxes = list(boxes_of(data["componentGrid"]))
        self._text = text if text is not None else text_of(self._boxes, self.qubits)

    @classmethod
    def of_boxes(cls, boxes: Sequence[Box], qubits: int) -> Circuit:
        """Return the circuit of boxes.

        Args:
            boxes: in the order in which they happen.
            qubits: the number of qubits.

        >>> print(Circuit.of_boxes([Box("unitary", "H", (0,))], 1))
        q_0    ── H ──
        """
        return cls(json_of(list(boxes), qubits))

    @property
    def qubits(self) -> int:
        """Number of qubits."""
        return len(self._data["qubits"])

    @property
    def parameters(self) -> tuple[str, ...]:
        """Distinct angles, as the diagram shows them, in their order."""
        return tuple(dict.fromkeys(arg for box in self._boxes for arg in box.args))

    def json(self) -> str:
        """Return the circuit in qdk's format, the JSON that ``qdk.widgets.Circuit`` takes."""
        return json.dumps(self._data)

    def svg(self) -> str:
        """Return the diagram as an SVG document. It has the colour of the text around it.

        >>> source = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"
        >>> qb.Program.from_source(source).operation("Flip").circuit().svg()[:4]
        '<svg'
        """
        return svg_of(self._boxes, self.qubits)

    def __str__(self) -> str:
        return "\n".join(line.rstrip() for line in self._text.rstrip().splitlines())

    def __repr__(self) -> str:
        return str(self) or "<Circuit without qubits>"

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if isinstance(other, Circuit) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return what a notebook shows: qdk's widget where that is installed, and always an SVG and the text."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "image/svg+xml": self.svg()}
        try:
            from qsharp_widgets import Circuit as Widget
        except ImportError:
            return bundle
        shown = Widget(self)._repr_mimebundle_()
        return {**(shown[0] if isinstance(shown, tuple) else shown or {}), **bundle}
