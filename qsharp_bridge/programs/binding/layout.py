"""The Doubles of the programs of a template, without a text for each point.

The places of a template's numbers among the Doubles of the program are found by reading the program with marks in
the place of the numbers, twice, so that no constant of the program is taken for a mark. The programs of the first and
the last point of every chunk are also read as they are, and their Doubles compared bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import BridgeError, SimulationError
from qsharp_bridge.qir.program import Structure
from qsharp_bridge.qir.reader import read

from .bound_points import Chunk
from .symbolic.folding import Doubles
from .template import Template


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the numbers of a template are among the Doubles of its programs.

    Attributes:
        structure: of the programs.
        constants: the Doubles of one program, shape (slots,): right where no number of the template is.
        slots: the places that numbers of the template take, shape (places,).
        nodes: the number that each of them takes, shape (places,).
    """

    structure: Structure
    constants: Doubles
    slots: npt.NDArray[np.intp]
    nodes: npt.NDArray[np.intp]

    def doubles(self, values: Doubles) -> Doubles:
        """Return the Doubles of programs, shape (points, slots), from the numbers of the template at these points."""
        rows = np.tile(self.constants, (len(values), 1))
        rows[:, self.slots] = values[:, self.nodes]
        return rows


def layout_of(chunk: Chunk) -> Layout | None:
    """Return the layout of a chunk's template; None when it is not certain."""
    if chunk.template is None:
        return None
    try:
        ends = [read(chunk.text(0)), read(chunk.text(-1))]
        layout = _marked(chunk.template, ends[0].structure)
    except BridgeError:
        return None  # read as it is, for the sake of the message
    if any(program.structure is not layout.structure for program in ends):
        return None
    found = np.array([program.doubles for program in ends], np.float64)
    layout = replace(layout, constants=found[0])
    return layout if layout.doubles(chunk.values[[0, -1]]).tobytes() == found.tobytes() else None


@lru_cache(maxsize=32)
def _marked(template: Template, structure: Structure) -> Layout:
    """Return the layout of a template, from its programs with marks in the place of the numbers.

    Args:
        template: of the programs.
        structure: of the programs, as they are read now: the reader keeps the last structures only, so that the same
            text may have another object later.

    Raises:
        BridgeError: they cannot be read, or differ in more than their Doubles.
    """
    marks = np.arange(len(template.nodes), dtype=np.float64) + 577_215.6649015329
    marked, again = read(template.text(marks)), read(template.text(-marks))
    if marked.structure is not structure or again.structure is not structure:
        raise SimulationError("the structure of a program depends on its numbers")
    places = {mark: node for node, mark in enumerate(marks.tolist())}
    found = [
        (slot, places[double]) for slot, double in enumerate(marked.doubles)
        if double in places and again.doubles[slot] == -double
    ]  # fmt: skip
    slots, nodes = np.array(found, np.intp).reshape(-1, 2).T
    return Layout(marked.structure, np.array(marked.doubles, np.float64), slots, nodes)
