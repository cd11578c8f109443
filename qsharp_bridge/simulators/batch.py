"""All points of one structure at once: from an array of Doubles to packed counts, without text in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import SimulationError
from qsharp_bridge.qir.program import Outcome, Program, Structure

from . import limits
from .select import WIDE, worth_once
from .statevector import Bits, Doubles, Draws, build_outcomes, draw, group_weights, groups_of, merged, unpack
from .wires import plan_of

MAX_BITS = 62
"""Bits of a packed outcome: it is one int64."""

_FEW_STATES = 2**12
"""Basis states of all parts of a structure whose outcomes are kept: 32 KiB."""

_HELD = 2**20
"""Probabilities, and draws, that are held at a time: 8 MiB each."""


@dataclass(frozen=True, eq=False)
class PackedCounts:
    """The counts of many points, or their exact probabilities, outcomes as integers.

    Attributes:
        structure: of the programs.
        doubles: of each point, shape (points, slots).
        width: the bits of an outcome, the first measured bit the most significant.
        starts: rows ``starts[i]`` to ``starts[i + 1]`` are those of point i, shape (points + 1,).
        keys: the distinct outcomes of each point, ascending, shape (rows,), dtype int64.
        counts: how often each occurred, shape (rows,), dtype int64, those of a point sum to its shots; or the
            probability of each, dtype float64.
    """

    structure: Structure
    doubles: Doubles
    width: int
    starts: Bits
    keys: Bits
    counts: Bits | Doubles

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.starts) - 1

    def histogram(self, point: int) -> list[tuple[Outcome, Any]]:
        """Return the outcomes of a point with their counts, or probabilities, in no order."""
        rows = slice(int(self.starts[point]), int(self.starts[point + 1]))
        made = build_outcomes(self.structure, self.doubles[point].tolist(), unpack(self.keys[rows], self.width))
        counts = self.counts[rows]
        if self.structure.tail is None:
            return list(zip(made, counts.tolist(), strict=True))
        table, places = merged(made, np.arange(len(made)))
        sums = np.zeros(len(table), counts.dtype)
        np.add.at(sums, places, counts)
        return list(zip(table, sums.tolist(), strict=True))


def fits_batch(structure: Structure, shots: int) -> bool:
    """Return whether ``simulate_points`` takes programs of a structure, at so many shots or more for each point.

    It takes those that ``simulate`` simulates once for all shots, of up to 62 measured bits and 20 qubits in one part.
    The others run one by one.
    """
    if structure.branch is not None:
        return False
    plan = plan_of(structure)
    return plan.width <= WIDE and len(plan.bits) <= MAX_BITS and worth_once(structure, shots)


def simulate_points(
    structure: Structure, doubles: npt.ArrayLike, shots: int | Sequence[int], seeds: Sequence[int | None]
) -> PackedCounts:
    """Simulate the programs that a structure and rows of Doubles make, without noise.

    The counts of a point depend on its Doubles, shots and seed alone: they are those of ``simulate`` with that seed,
    whatever other points are simulated with it.

    Args:
        structure: of all programs, as ``qir.reader.read`` gives it.
        doubles: the Doubles in its slots, shape (points, slots).
        shots: how often to run each program, or one number a point.
        seeds: one integer from 0 a point, such as those of ``LocalSimulator.point_seed``; None for other outcomes
            each time.

    Raises:
        SimulationError: the structure does not fit (see ``fits_batch``); arrays of other lengths.
        SimulationLimitError: the state does not fit into memory.

    >>> program = read(qir)  # doctest: +SKIP
    >>> found = simulate_points(program.structure, [program.doubles], 1000, [7])  # doctest: +SKIP
    >>> found.histogram(0)  # doctest: +SKIP
    [([0, 0], 507), ([1, 1], 493)]
    """
    values = np.ascontiguousarray(doubles, dtype=np.float64)
    points = len(seeds)
    each = [shots] * points if isinstance(shots, int) else list(shots)
    if values.ndim != 2 or len(values) != points or len(each) != points:
        raise SimulationError(
            f"the Doubles have the shape {values.shape}, for {points} seeds and shots of {len(each)} points",
            advice="give a row of Doubles, a seed and a number of shots for each point",
        )
    if not fits_batch(structure, min(each, default=1)):
        raise SimulationError("programs of this structure cannot be simulated in a batch", advice="use simulate")
    plan = plan_of(structure)
    limits.check_state(plan.width, copies=3, what="a state")
    maps = _key_maps(structure)
    draws = Draws()
    groups = groups_of(structure)
    kept: list[tuple[Bits, Bits, Bits]] = []
    alone = len(maps) == 1
    held = sum(len(group.parts) * 2**group.wires for group in groups)
    for count, first, last in _runs(each, held):
        keys = np.zeros((last - first, count), np.int64)
        uniforms = np.empty(keys.shape)
        for group in groups:
            weights = group_weights(group, values[first:last])
            for place, part in enumerate(group.parts):
                for row, seed in enumerate(seeds[first:last]):
                    draws.fill(uniforms[row], seed, part)
                if alone:
                    uniforms.sort(axis=1)  # the order of the shots does not count, and sorted ones are found faster
                keys |= maps[part][draw(weights[:, place], uniforms)]
        kept.append(_run_lengths(keys))
    empty = np.zeros(0, np.int64)
    starts = np.zeros(points + 1, np.int64)
    np.cumsum(np.concatenate([rows for rows, _, _ in kept] or [empty]), out=starts[1:])
    return PackedCounts(
        structure,
        values,
        len(plan.bits),
        starts,
        np.concatenate([keys for _, keys, _ in kept] or [empty]),
        np.concatenate([counts for _, _, counts in kept] or [empty]),
    )


def simulate_alike(programs: Sequence[Program], shots: int, seeds: Sequence[int | None]) -> list[tuple[Bits, Bits]]:
    """Simulate programs of different structures that measure as many qubits, such as one state in several bases.

    The counts are those of ``simulate_points``; what is done with numpy is done once for all programs.

    Args:
        programs: each with one part (see ``one_part``), all with as many wires.
        shots: how often to run each program.
        seeds: as for ``simulate_points``.

    Returns:
        The distinct outcomes of each program, ascending, and how often each occurred.
    """
    draws = Draws()
    width = plan_of(programs[0].structure).width
    limits.check_state(width, copies=3, what="a state")
    weights = np.empty((len(programs), 2**width))
    maps = np.empty(weights.shape, np.int64)
    uniforms = np.empty((len(programs), shots))
    for row, ((structure, doubles), seed) in enumerate(zip(programs, seeds, strict=True)):
        (group,) = groups_of(structure)
        weights[row] = group_weights(group, np.array([doubles], np.float64))[0, 0]
        maps[row] = _key_maps(structure)[0]
        draws.fill(uniforms[row], seed, 0)
    uniforms.sort(axis=1)
    rows, keys, counts = _run_lengths(np.take_along_axis(maps, draw(weights, uniforms), axis=1))
    ends = np.cumsum(rows)[:-1]
    return list(zip(np.split(keys, ends), np.split(counts, ends), strict=True))


def one_part(structure: Structure) -> bool:
    """Return whether the qubits of a program are simulated as one state, and its outcomes are kept as one integer."""
    return len(plan_of(structure).parts) == 1


def _runs(shots: Sequence[int], held: int) -> Iterator[tuple[int, int, int]]:
    """Yield shots, and the first and past-the-last index, of runs of points with equal shots that fit into memory."""
    first = 0
    for count, run in groupby(shots):
        end = first + len(list(run))
        step = max(1, _HELD // max(held, count, 1))
        for at in range(first, end, step):
            yield count, at, min(at + step, end)
        first = end


_MAPS: WeakKeyDictionary[Structure, list[Bits]] = WeakKeyDictionary()


def _key_maps(structure: Structure) -> list[Bits]:
    """Return, for each part, the bits of the outcome that each of its basis states sets. Kept where they are few."""
    known = _MAPS.get(structure)
    if known is not None:
        return known
    plan = plan_of(structure)
    maps = [np.zeros(2**part.wires, np.int64) for part in plan.parts]
    for place, bit in enumerate(plan.bits):
        if bit is not None:
            part, wire = bit
            states = np.arange(len(maps[part]))
            maps[part] |= ((states >> wire) & 1) << (len(plan.bits) - 1 - place)
    if sum(map(len, maps)) <= _FEW_STATES:
        _MAPS[structure] = maps
    return maps


def _run_lengths(keys: Bits) -> tuple[Bits, Bits, Bits]:
    """Return how many distinct keys each row has; those of all rows, ascending; and how often each occurs."""
    keys.sort(axis=1)
    first = np.ones(keys.shape, bool)
    np.not_equal(keys[:, 1:], keys[:, :-1], out=first[:, 1:])
    places = np.flatnonzero(first)
    return first.sum(axis=1), keys.ravel()[places], np.diff(places, append=keys.size)
