"""Exact parities and probabilities of a program whose measurements can all wait until its end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import SimulationError
from qsharp_bridge.qir.program import Outcome, Program, Structure

from . import limits
from .batch import MAX_BITS, PackedCounts
from .outcomes import ordered
from .statevector import ENGINE, FEW, Doubles, build_outcomes, group_weights, groups_of, merged
from .wires import plan_of

_HELD = 2**20
"""Probabilities that are held at a time: 8 MiB."""

_MOST_BITS = 14
"""Bits of states or outcomes beyond which there is nothing to gain from several points at once."""

_NEGLIGIBLE = 1e-15
"""Probabilities below this are rounding errors of the state vector, and left out."""


def parities(structure: Structure, doubles: Doubles, masks: npt.NDArray[np.bool_]) -> Doubles:
    """Return the exact mean of (-1) to the number of ones among some of the recorded bits, shape (points, masks).

    Args:
        structure: of all programs; it records measured bits only.
        doubles: the Doubles in its slots, shape (points, slots).
        masks: the bits that count, in the order in which they are recorded, shape (masks, bits).

    Raises:
        SimulationError: a measurement decides what is done afterwards, or what is recorded is no measured bit.
        SimulationLimitError: the state does not fit into memory.

    >>> from qsharp_bridge.qir.reader import read
    >>> program = read(qir)  # doctest: +SKIP
    >>> parities(program.structure, np.array([program.doubles]), np.array([[True, True]]))  # doctest: +SKIP
    array([[1.]])
    """
    _check(structure)
    plan = plan_of(structure)
    found = np.ones((len(doubles), len(masks)))
    for group in groups_of(structure):
        states = np.arange(2**group.wires)
        signs = []
        for part in group.parts:
            wires = np.zeros(len(masks), np.int64)  # of each mask, the wires of this part whose parity counts
            for bit, place in enumerate(plan.bits):
                if place is not None and place[0] == part:  # one whose bit is always 0 changes no parity
                    wires ^= np.where(masks[:, bit], 1 << place[1], 0)
            signs.append(1.0 - 2.0 * (np.bitwise_count(states[:, None] & wires) & 1))
        step = max(1, _HELD // (len(group.parts) * len(states)))
        for at in range(0, len(doubles), step):
            weights = group_weights(group, doubles[at : at + step])
            for at_part, sign in enumerate(signs):
                found[at : at + step] *= weights[:, at_part] @ sign
    return found


def probabilities(program: Program) -> list[tuple[Outcome, str, float]]:
    """Return (outcome, display, probability) of each possible outcome of a program, in ascending order.

    Args:
        program: one that ``qir.reader.read`` gives. Its recorded values may be computed from measured bits.

    Raises:
        SimulationError: a measurement decides what is done afterwards.
        SimulationLimitError: the state, or the number of outcomes, does not fit into memory.
    """
    structure, doubles = program
    rows, chances = _joint(structure, np.array([doubles], np.float64))
    table, places = merged(build_outcomes(structure, doubles, rows), np.arange(len(rows)))
    totals = np.bincount(places, chances[0])
    return ordered(zip(table, totals.tolist(), strict=True))


def fits_together(structure: Structure) -> bool:
    """Return whether ``probabilities_of_points`` takes programs of a structure: all but those of many outcomes."""
    if structure.branch is not None or len(plan_of(structure).bits) > MAX_BITS:
        return False
    return outcome_bits(structure) <= _MOST_BITS


def outcome_bits(structure: Structure) -> int:
    """Return the bits of the states and outcomes that are held for each point: those of whichever are more."""
    plan = plan_of(structure)
    return max(plan.width, len(set(plan.bits) - {None}))


def probabilities_of_points(structure: Structure, doubles: Doubles) -> PackedCounts:
    """Return the probabilities of the possible outcomes of programs of one structure, in the place of counts.

    Those of a point are the same bits whatever other points are beside it.

    Args:
        structure: one that fits (see ``fits_together``).
        doubles: the Doubles in its slots, shape (points, slots).

    Raises:
        SimulationLimitError: the outcomes of all points do not fit into memory.
    """
    rows, chances = _joint(structure, doubles)
    width = rows.shape[1]
    keys = rows @ (1 << np.arange(width - 1, -1, -1, dtype=np.int64))
    order = np.argsort(keys)
    keys, chances = keys[order], chances[:, order]
    possible = chances > 0
    starts = np.zeros(len(doubles) + 1, np.int64)
    np.cumsum(possible.sum(axis=1), out=starts[1:])
    return PackedCounts(
        structure, doubles, width, starts, np.broadcast_to(keys, chances.shape)[possible], chances[possible]
    )


def _joint(structure: Structure, doubles: Doubles) -> tuple[npt.NDArray[np.uint8], Doubles]:
    """Return the bits of the outcomes, shape (outcomes, bits), and their probabilities, shape (points, outcomes).

    An outcome that is possible at some of the points has the probability 0 at the others.
    """
    _check(structure, bits_only=False)
    plan = plan_of(structure)
    width, points = len(plan.bits), len(doubles)
    rows, chances = np.zeros((1, width), np.uint8), np.ones((points, 1))
    for group in groups_of(structure):
        # The engine does not depend on the number of points, and so their last bits do not.
        weights = group_weights(group, doubles, "numpy" if group.wires <= FEW else ENGINE)
        weights[weights <= _NEGLIGIBLE] = 0.0
        for place, part in enumerate(group.parts):
            states = np.flatnonzero(weights[:, place].any(axis=0))
            columns = [(bit, at[1]) for bit, at in enumerate(plan.bits) if at is not None and at[0] == part]
            wires = dict.fromkeys(wire for _, wire in columns)
            measured = np.zeros(len(states), np.int64)
            for wire in wires:
                measured = measured << 1 | states >> wire & 1
            own, inverse = np.unique(measured, return_inverse=True)
            cells = (np.arange(points)[:, None] * len(own) + inverse).ravel()
            share = np.bincount(cells, weights[:, place, states].ravel(), points * len(own)).reshape(points, 1, -1)
            held = points * len(rows) * len(own)
            limits.check_state(held.bit_length() + width.bit_length(), copies=1, what="all outcomes")
            shift = {wire: len(wires) - 1 - at for at, wire in enumerate(wires)}
            bits = np.zeros((len(own), width), np.uint8)
            for bit, wire in columns:
                bits[:, bit] = own >> shift[wire] & 1
            rows = (rows[:, None] | bits).reshape(-1, width)
            chances = (chances[:, :, None] * share).reshape(points, -1)
    return rows, chances


def _check(structure: Structure, *, bits_only: bool = True) -> None:
    if structure.branch is not None:
        raise SimulationError(
            f"there are no exact values of a program that {structure.branch}", advice="sample it: give shots"
        )
    if bits_only and (structure.tail is not None or not all(isinstance(one, int) for one in structure.sources)):
        raise SimulationError(
            "there are no exact parities of a program that records more than measured bits",
            advice="return the measured Results themselves, or sample it: give shots",
        )
    limits.check_state(plan_of(structure).width, copies=3, what="a state")
