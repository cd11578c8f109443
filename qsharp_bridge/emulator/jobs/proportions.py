"""Counts of a QIR program as IonQ's simulator returns them: proportions of the basis states, not random samples.

Recorded of ionq.simulator (api-versions up to 2025-12-01-preview): the basis states are those of all qubits, also of
those that are not measured. A basis state of probability p has floor(p * shots) shots, and the shots are in the order
of the states, qubit 0 least significant. Five qubits in superposition, one of them measured, gave 992 of 1,000 shots:
31 of each of 32 states.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from qsharp_bridge.qir.bitcode import as_text
from qsharp_bridge.qir.program import Measure, Structure
from qsharp_bridge.qir.reader import read
from qsharp_bridge.simulators import Outcomes
from qsharp_bridge.simulators.statevector import build_outcomes, merged, state_weights
from qsharp_bridge.simulators.wires import Plan, plan

from .exact import MOST_QUBITS

_Doubles: TypeAlias = npt.NDArray[np.float64]
_Ints: TypeAlias = npt.NDArray[np.integer[Any]]

_ROUNDING: Final = 1e-6
"""Tolerance in shots: a half of an even superposition is computed as 0.4999999999999999."""


def proportional_outcomes(qir: str, shots: int) -> Outcomes | None:
    """Return the outcomes of a program in proportion to the probabilities of its basis states, rounded down.

    None if there are no such proportions: the program branches on a result, joins more than ``MOST_QUBITS`` qubits, or
    no state has a share of a whole shot.

    Raises:
        UnsupportedQirError: the QIR is malformed, or has an instruction that the simulators do not know.

    >>> len(proportional_outcomes(qir, 1000))  # doctest: +SKIP
    992
    """
    structure, doubles = read(as_text(qir))
    if structure.branch is not None:
        return None
    found, recorded = _plan_with_all_qubits(structure)
    if found.width > MOST_QUBITS:
        return None
    chances, states = _likely_states(found, doubles, shots)
    counts = np.floor(chances * shots + _ROUNDING).astype(np.int64)
    if not counts.sum():
        return None
    columns = [
        np.zeros(len(counts), np.int64) if place is None else (states[place[0]] >> place[1]) & 1 for place in found.bits
    ]
    # Sorted by the last key first: qubit 0 is the least significant.
    order = np.lexsort(columns[recorded:]) if len(columns) > recorded else np.arange(len(counts))
    rows = np.array(columns[:recorded], np.uint8).reshape(recorded, len(counts)).T[order]
    table, indices = merged(build_outcomes(structure, doubles, rows), np.repeat(np.arange(len(rows)), counts[order]))
    return Outcomes(table, indices, engine="proportions", why="ionq.simulator answers with proportions of each state")


def _plan_with_all_qubits(structure: Structure) -> tuple[Plan, int]:
    """Return the plan of the program with measurements of all qubits at its end, and the number of its own bits."""
    bits = [source for source in structure.sources if isinstance(source, int)]
    bits += structure.tail.reads.values() if structure.tail else ()
    measured = sum(isinstance(step, Measure) for step in structure.steps)
    steps = [*structure.steps, *map(Measure, range(structure.qubits))]
    return plan(steps, [*bits, *range(measured, measured + structure.qubits)]), len(bits)


def _likely_states(found: Plan, doubles: Sequence[float], shots: int) -> tuple[_Doubles, list[_Ints]]:
    """Return the probabilities of the states with a share of a whole shot, and the state of each part in these.

    There are at most as many as shots. The parts are independent, so their probabilities are multiplied: a state that
    is too unlikely stays too unlikely.
    """
    least = (1 - _ROUNDING) / shots
    chances = np.ones(1)
    states: list[_Ints] = []
    for part in found.parts:
        weights = state_weights(part.wires, part.gates, doubles)
        likely = np.argsort(-weights, kind="stable")
        descending = weights[likely]
        # For each state so far, the states of this part that leave it likely enough.
        partners = np.searchsorted(-descending, -least / chances, side="right")
        old = np.repeat(np.arange(len(chances)), partners)
        new = np.arange(len(old)) - np.repeat(np.cumsum(partners) - partners, partners)
        chances = chances[old] * descending[new]
        states = [*(state[old] for state in states), likely[new]]
    return chances, states
