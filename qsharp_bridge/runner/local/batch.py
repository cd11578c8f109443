"""Points of one template simulated together, from their numbers to results, without a text for each of them.

Sampled, or exactly: points without shots.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from qsharp_bridge.errors import BridgeError, SimulationError
from qsharp_bridge.journal.job_rows import JobEnd, JobRow, JobSpan
from qsharp_bridge.programs.binding.bound_points import BoundPoints, Chunk
from qsharp_bridge.programs.binding.layout import Layout, layout_of
from qsharp_bridge.qir.program import Program, Structure
from qsharp_bridge.qir.reader import read
from qsharp_bridge.results.formats.outcome_values import outcome_json
from qsharp_bridge.results.formats.packed import PACKED_FORMAT
from qsharp_bridge.results.formats.packed_points import PACKED_POINTS_FORMAT, pack_points
from qsharp_bridge.simulators import limits
from qsharp_bridge.simulators.batch import PackedCounts, fits_batch, one_part, simulate_alike, simulate_points
from qsharp_bridge.simulators.exact import fits_together, outcome_bits, probabilities_of_points
from qsharp_bridge.simulators.outcomes import ordered
from qsharp_bridge.simulators.select import choose
from qsharp_bridge.simulators.statevector import Doubles
from qsharp_bridge.simulators.wires import plan_of
from qsharp_bridge.states import JobState

from .point import histogram_end, probabilities_end, simulate_point

if TYPE_CHECKING:
    from qsharp_bridge.simulators import LocalSimulator

_FEWEST = 4  # points of a batch: reading the programs with marks costs as much as reading two
_FEWEST_OF_JOB = 32  # points that share a job: fewer have one each, which costs them a millisecond together
_AMPLITUDES = 2**19  # of the states of a batch: tens of milliseconds, which is what a crash may cost
_SHOTS = 2**20  # of all points of a batch
_LEVEL = 1  # of compression: counts are nearly random, and more takes four times as long for 5 % less

_Made = tuple[list[JobRow], list[JobEnd]]


def spans_of(programs: BoundPoints, simulator: LocalSimulator, shots: Sequence[int]) -> list[JobSpan]:
    """Return the points of each job of a local run: those that are simulated together, where they follow one another.

    Args:
        programs: of the points.
        simulator: runs them.
        shots: of each point; those of a job have the same.
    """
    found: list[tuple[int, int]] = []
    asked = np.array(shots, dtype=object if max(shots) >= 2**63 else np.int64)
    if simulator.noise is None and simulator.engine is None and simulator.executor is None:
        for chunk in programs.chunks(0, len(programs)):
            layout = layout_of(chunk) if len(chunk.indices) >= _FEWEST_OF_JOB else None
            if layout is None or _shape(layout.structure) is None:
                continue
            indices = np.array(chunk.indices)
            apart = (np.diff(indices) != 1) | (np.diff(asked[indices]) != 0)
            for run in np.split(indices, np.flatnonzero(apart) + 1):
                each = shots[run[0]]
                if not _fits(layout.structure, each):
                    continue
                size = _batch_size(layout.structure, each)
                ends = [*range(int(run[0]), int(run[-1]) + 1, size), int(run[-1]) + 1]
                found += [(first, end - first) for first, end in pairwise(ends) if end - first >= _FEWEST_OF_JOB]
    spans: list[JobSpan] = []
    covered = 0
    for first, size in [*sorted(found), (len(programs), 0)]:
        spans += [JobSpan(index, 1, shots[index]) for index in range(covered, first)]
        if size:
            spans.append(JobSpan(first, size, shots[first]))
        covered = first + size
    return spans


def joined(chunks: Iterable[Chunk]) -> Chunk:
    """Return the points of a job of many points as one chunk.

    Raises:
        SimulationError: they do not have one template, so that another version of a package must have made the job.
    """
    parts = list(chunks)
    if any(part.template is None or part.template != parts[0].template for part in parts):
        raise _cannot_be_together(parts[0].indices[0])
    indices = [index for part in parts for index in part.indices]
    return Chunk(indices, parts[0].template, np.concatenate([part.values for part in parts]))


def simulate_span(
    simulator: LocalSimulator, chunk: Chunk, row: JobRow, operation: str, *, on_disk: bool
) -> Iterator[_Made]:
    """Simulate the points of a job of many points, one of those that ``spans_of`` gives.

    Args:
        simulator: runs them.
        chunk: the points.
        row: the job.
        on_disk: whether its result is to be compressed.
        operation: the operation's name, for errors.

    Returns:
        The job with its end.

    Raises:
        SimulationError: the points cannot be simulated together.
    """
    layout = layout_of(chunk)
    if layout is None or not _fits(layout.structure, row.shots):
        raise _cannot_be_together(row.first).at(operation=operation)
    shape = _shape(layout.structure)
    engine, why = choose(Program(layout.structure, ()), row.shots, noisy=False)
    doubles = layout.doubles(chunk.values)
    found = _simulated(simulator, layout.structure, doubles, [row.shots] * row.size, row.points, operation)
    raw = pack_points(shape, engine, why, found.starts, found.keys, found.counts)
    yield [row], [JobEnd(row.id, JobState.SUCCEEDED, None, PACKED_POINTS_FORMAT, raw, _LEVEL if on_disk else 0)]


def simulate_batch(
    simulator: LocalSimulator, chunk: Chunk, rows: Sequence[JobRow], operation: str
) -> Iterator[_Made] | None:
    """Simulate the programs of a chunk together, each the program of a job.

    Args:
        simulator: without an executor.
        chunk: the programs.
        rows: their jobs, in the order of the chunk.
        operation: the operation's name, for errors.

    Returns:
        The jobs with their ends, batch after batch, each simulated when it is asked for; None when these programs are
        not simulated in a batch.
    """
    if len(rows) < _FEWEST or simulator.noise is not None or simulator.engine is not None:
        return None
    layout = layout_of(chunk)
    if layout is None or not _fits(layout.structure, min(row.shots for row in rows)):
        return None
    return _batches(simulator, layout, chunk, rows, operation)


def simulate_programs(
    simulator: LocalSimulator, programs: Sequence[tuple[JobRow, Any]], operation: str
) -> Iterator[_Made]:
    """Simulate the programs of some jobs, those of one structure together where one simulation is enough.

    Args:
        simulator: runs them, in this process.
        programs: each job with its QIR, or with a ``Program`` that fits a batch.
        operation: the operation's name, for errors.

    Returns:
        The jobs with their ends, each simulated when it is asked for.

    Raises:
        SimulationError: a program that cannot be simulated; with the operation and the point.
    """
    together: dict[Structure, list[tuple[JobRow, tuple[float, ...]]]] = {}
    quick = simulator.noise is None and simulator.engine is None
    for row, given in programs:
        program = given if isinstance(given, Program) else _read(str(given)) if quick else None
        if program is not None and fits_batch(program.structure, row.shots):
            together.setdefault(program.structure, []).append((row, program.doubles))
        else:
            yield [row], [simulate_point(simulator, str(given), row, operation)]
    alike: dict[tuple[int, int], list[tuple[JobRow, Program]]] = {}
    for structure, found in list(together.items()):
        if len(found) == 1 and one_part(structure) and _head(structure, found[0][0].shots) is not None:
            ((row, numbers),) = together.pop(structure)
            alike.setdefault((plan_of(structure).width, row.shots), []).append((row, Program(structure, numbers)))
    for jobs in alike.values():
        for at, rows in _batched(jobs[0][1].structure, [row for row, _ in jobs]):
            yield rows, _alike(simulator, rows, [program for _, program in jobs[at : at + len(rows)]], operation)
    for structure, found in together.items():
        doubles = np.array([numbers for _, numbers in found], np.float64).reshape(len(found), -1)
        for at, some in _batched(structure, [row for row, _ in found]):
            yield some, _ended(simulator, structure, doubles[at : at + len(some)], some, operation)


def _alike(
    simulator: LocalSimulator, rows: Sequence[JobRow], programs: Sequence[Program], operation: str
) -> list[JobEnd]:
    """Simulate jobs of as many shots, whose programs have different structures of as many wires."""
    shots = rows[0].shots
    try:
        limits.check_shots(shots, programs[0].structure.leaves)
        seeds = [simulator.point_seed(row.first) for row in rows]
        found = simulate_alike(programs, shots, seeds)
    except BridgeError as error:
        raise error.at(operation=operation, point=rows[0].first) from None
    return [
        _packed_end(row, _head(program.structure, shots) or b"", keys.tolist(), counts.tolist())
        for row, program, (keys, counts) in zip(rows, programs, found, strict=True)
    ]


def _read(text: str) -> Program | None:
    try:
        return read(text)
    except BridgeError:
        return None  # read again, for the sake of the message


def _batches(
    simulator: LocalSimulator, layout: Layout, chunk: Chunk, rows: Sequence[JobRow], operation: str
) -> Iterator[_Made]:
    for at, some in _batched(layout.structure, rows):
        doubles = layout.doubles(chunk.values[at : at + len(some)])
        yield some, _ended(simulator, layout.structure, doubles, some, operation)


def _batched(structure: Structure, rows: Sequence[JobRow]) -> Iterator[tuple[int, list[JobRow]]]:
    """Yield the jobs of each batch, with the place of the first."""
    size = _batch_size(structure, max(row.shots for row in rows))
    for at in range(0, len(rows), size):
        yield at, list(rows[at : at + size])


def _ended(
    simulator: LocalSimulator, structure: Structure, doubles: Doubles, rows: Sequence[JobRow], operation: str
) -> list[JobEnd]:
    """Simulate the program of each job, and return how they ended."""
    shots, points = [row.shots for row in rows], [row.first for row in rows]
    return _ends(_simulated(simulator, structure, doubles, shots, points, operation), rows)


def _fits(structure: Structure, shots: int) -> bool:
    """Return whether points of a structure are simulated together, at so many shots or more; 0: exactly."""
    return fits_batch(structure, shots) if shots else fits_together(structure)


def _batch_size(structure: Structure, shots: int) -> int:
    if not shots:
        return _AMPLITUDES >> outcome_bits(structure)
    return max(1, min(_AMPLITUDES >> plan_of(structure).width, _SHOTS // shots))


def _simulated(
    simulator: LocalSimulator, structure: Structure, doubles: Doubles, shots: list[int], points: Sequence[int],
    operation: str,
) -> PackedCounts:  # fmt: skip
    try:
        if not any(shots):
            return probabilities_of_points(structure, doubles)
        limits.check_shots(max(shots), structure.leaves)
        seeds = [simulator.point_seed(point) for point in points]
        return simulate_points(structure, doubles, shots, seeds)
    except BridgeError as error:
        raise error.at(operation=operation, point=points[0]) from None


def _cannot_be_together(point: int) -> BridgeError:
    return SimulationError(
        "the points of a job can no longer be simulated together",
        advice="resume with the versions of the packages that the journal names, or begin anew",
    ).at(point=point)


def _ends(found: PackedCounts, rows: Sequence[JobRow]) -> list[JobEnd]:
    """Return how jobs ended."""
    if not any(row.shots for row in rows):
        return [probabilities_end(row, ordered(found.histogram(place))) for place, row in enumerate(rows)]
    heads = {shots: head for row in rows if (head := _head(found.structure, shots := row.shots)) is not None}
    if not heads:
        program = Program(found.structure, ())
        return [
            histogram_end(row, ordered(found.histogram(place)), *choose(program, row.shots, noisy=False))
            for place, row in enumerate(rows)
        ]
    keys, counts, starts = found.keys.tolist(), found.counts.tolist(), found.starts.tolist()
    return [
        _packed_end(row, heads[row.shots], keys[start:end], counts[start:end])
        for row, (start, end) in zip(rows, pairwise(starts), strict=True)
    ]


def _packed_end(row: JobRow, head: bytes, keys: list[int], counts: list[int]) -> JobEnd:
    """Return how a job ended, with the head of its packed histogram."""
    raw = b'%b, "outcomes": %b, "counts": %b}' % (head, orjson.dumps(keys), orjson.dumps(counts))
    return JobEnd(row.id, JobState.SUCCEEDED, None, PACKED_FORMAT, raw, _LEVEL)


@lru_cache(maxsize=256)
def _head(structure: Structure, shots: int) -> bytes | None:
    """Return how packed histograms of a structure begin; None where they are written out instead."""
    shape = _shape(structure)
    if shape is None:
        return None
    engine, why = choose(Program(structure, ()), shots, noisy=False)
    return json.dumps({"shape": shape, "engine": engine, "why": why})[:-1].encode()


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
