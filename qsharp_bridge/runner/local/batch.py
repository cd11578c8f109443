"""Points of one template simulated together, from their numbers to results, without a text for each of them.

The places of a template's numbers among the Doubles of the program are found by reading the program with marks in
the place of the numbers, twice, so that no constant of the program is taken for a mark. The programs of the first and
the last point of every chunk are also read as they are, and their Doubles compared bit for bit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson

from qsharp_bridge.errors import BridgeError
from qsharp_bridge.journal.journal import JobEnd, JobRow
from qsharp_bridge.programs.binding.bound_points import Chunk
from qsharp_bridge.qir.program import Program, Structure
from qsharp_bridge.qir.reader import read
from qsharp_bridge.results.formats import outcome_json
from qsharp_bridge.results.packed import PACKED_FORMAT
from qsharp_bridge.simulators import limits
from qsharp_bridge.simulators.batch import PackedCounts, fits_batch, simulate_points
from qsharp_bridge.simulators.outcomes import ordered
from qsharp_bridge.simulators.select import choose
from qsharp_bridge.simulators.wires import plan_of
from qsharp_bridge.states import JobState

from .point import histogram_end

if TYPE_CHECKING:
    from qsharp_bridge.simulators import LocalSimulator

__all__ = ["simulate_batch"]

_FEWEST = 4  # points of a batch: reading the programs with marks costs as much as reading two
_AMPLITUDES = 2**19  # of the states of a batch: tens of milliseconds, which is what a crash may cost
_SHOTS = 2**20  # of all points of a batch

_Doubles = npt.NDArray[np.float64]
_Made = tuple[list[JobRow], list[JobEnd]]


@dataclass(frozen=True, eq=False)
class _Layout:
    """Where the numbers of a template are among the Doubles of its programs.

    Attributes:
        structure: of the programs.
        constants: the Doubles of one program, shape (slots,): right where no number of the template is.
        slots: the places that numbers of the template take, shape (places,).
        nodes: the number that each of them takes, shape (places,).
    """

    structure: Structure
    constants: _Doubles
    slots: npt.NDArray[np.intp]
    nodes: npt.NDArray[np.intp]

    def doubles(self, values: _Doubles) -> _Doubles:
        """Return the Doubles of programs, shape (points, slots), from the numbers of the template at these points."""
        rows = np.tile(self.constants, (len(values), 1))
        rows[:, self.slots] = values[:, self.nodes]
        return rows


def simulate_batch(
    simulator: LocalSimulator, chunk: Chunk, rows: Sequence[JobRow], operation: str
) -> Iterator[_Made] | None:
    """Simulate the points of a chunk together.

    Args:
        simulator: without an executor.
        chunk: the points.
        rows: their jobs, in the order of the chunk.
        operation: the operation's name, for errors.

    Returns:
        The jobs with their ends, batch after batch, each simulated when it is asked for; None when these points are
        not simulated in a batch.
    """
    if len(rows) < _FEWEST or simulator.noise is not None or simulator.engine is not None:
        return None
    layout = _layout(chunk)
    if layout is None or not fits_batch(layout.structure, min(row.shots for row in rows)):
        return None
    return _batches(simulator, layout, chunk, rows, operation)


def _batches(
    simulator: LocalSimulator, layout: _Layout, chunk: Chunk, rows: Sequence[JobRow], operation: str
) -> Iterator[_Made]:
    most = max(row.shots for row in rows)
    size = max(1, min(_AMPLITUDES >> plan_of(layout.structure).width, _SHOTS // max(1, most)))
    for at in range(0, len(rows), size):
        some = list(rows[at : at + size])
        try:
            limits.check_shots(most, layout.structure.leaves)
            found = simulate_points(
                layout.structure,
                layout.doubles(chunk.values[at : at + size]),
                [row.shots for row in some],
                [simulator.point_seed(row.first) for row in some],
            )
        except BridgeError as error:
            raise error.at(operation=operation, point=some[0].first) from None
        yield some, _ends(found, some)


def _layout(chunk: Chunk) -> _Layout | None:
    """Return the layout of a chunk's template; None when it is not certain."""
    template = chunk.template
    if template is None:
        return None
    count = len(template.nodes)
    marks = np.arange(count, dtype=np.float64) + 577_215.6649015329
    try:
        first = read(chunk.text(0))
        marked, again = read(template.text(marks)), read(template.text(-marks))
        last = read(chunk.text(-1))
    except BridgeError:
        return None  # read as it is, for the sake of the message
    if any(program.structure is not first.structure for program in (marked, again, last)):
        return None
    places = {mark: node for node, mark in enumerate(marks.tolist())}
    found = [
        (slot, places[double]) for slot, double in enumerate(marked.doubles)
        if double in places and again.doubles[slot] == -double
    ]  # fmt: skip
    slots, nodes = np.array(found, np.intp).reshape(-1, 2).T
    layout = _Layout(first.structure, np.array(first.doubles, np.float64), slots, nodes)
    ends = np.array([first.doubles, last.doubles], np.float64)
    return layout if layout.doubles(chunk.values[[0, -1]]).tobytes() == ends.tobytes() else None


def _ends(found: PackedCounts, rows: Sequence[JobRow]) -> list[JobEnd]:
    """Return how jobs ended."""
    structure = found.structure
    shape = _shape(structure)
    program = Program(structure, ())
    reasons = {shots: choose(program, shots, noisy=False) for shots in {row.shots for row in rows}}
    if shape is None:
        return [
            histogram_end(row, ordered(found.histogram(place)), *reasons[row.shots]) for place, row in enumerate(rows)
        ]
    heads = {
        shots: json.dumps({"shape": shape, "engine": engine, "why": why})[:-1].encode()
        for shots, (engine, why) in reasons.items()
    }
    ends = []
    keys, counts, starts = found.keys.tolist(), found.counts.tolist(), found.starts.tolist()
    for row, (start, end) in zip(rows, pairwise(starts), strict=True):
        raw = b'%b, "outcomes": %b, "counts": %b}' % (
            heads[row.shots], orjson.dumps(keys[start:end]), orjson.dumps(counts[start:end])
        )  # fmt: skip
        ends.append(JobEnd(row.id, JobState.SUCCEEDED, None, PACKED_FORMAT, raw))
    return ends


def _shape(structure: Structure) -> Any:
    """Return the shape of the outcomes for a packed histogram; None where they are more than measured bits in order."""
    if structure.tail is not None or not all(isinstance(source, int) for source in structure.sources):
        return None
    places = structure.build(range(structure.leaves))
    if list(_flat(places)) != list(range(structure.leaves)):
        return None
    return outcome_json(structure.build([0] * structure.leaves))


def _flat(outcome: Any) -> Iterator[Any]:
    if isinstance(outcome, (list, tuple)):
        for item in outcome:
            yield from _flat(item)
    else:
        yield outcome
