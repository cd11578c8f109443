"""Exact parities and probabilities of a program whose measurements can all wait until its end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import SimulationError
from qsharp_bridge.qir.program import Outcome, Program, Structure

from . import limits
from .outcomes import ordered
from .statevector import Doubles, build_outcomes, group_weights, groups_of, merged
from .wires import plan_of

_HELD = 2**20
"""Probabilities that are held at a time: 8 MiB."""

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
    _check(structure, bits_only=False)
    plan = plan_of(structure)
    width = len(plan.bits)
    keys, chances = np.zeros((1, width), np.uint8), np.ones(1)
    row = np.array([doubles], np.float64)
    for group in groups_of(structure):
        weights = group_weights(group, row)[0]
        for place, part in enumerate(group.parts):
            columns = [(bit, at[1]) for bit, at in enumerate(plan.bits) if at is not None and at[0] == part]
            states = np.flatnonzero(weights[place] > _NEGLIGIBLE)
            own = np.zeros((len(states), width), np.uint8)
            for bit, wire in columns:
                own[:, bit] = states >> wire & 1
            own, inverse = np.unique(own, axis=0, return_inverse=True)
            share = np.bincount(inverse.ravel(), weights[place][states])
            limits.check_state((len(keys) * len(own)).bit_length() + width.bit_length(), copies=1, what="all outcomes")
            keys = (keys[:, None] | own[None]).reshape(-1, width)
            chances = (chances[:, None] * share).ravel()
    table, places = merged(build_outcomes(structure, doubles, keys), np.arange(len(keys)))
    totals = np.bincount(places, chances).tolist()
    rows = ordered((outcome, place) for place, outcome in enumerate(table))
    return [(outcome, display, totals[place]) for outcome, display, place in rows]


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
