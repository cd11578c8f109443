"""Expectation values from the state vector, without sampling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import BridgeError
from qsharp_bridge.qir.program import Structure
from qsharp_bridge.qir.reader import read
from qsharp_bridge.simulators.bases import in_basis
from qsharp_bridge.simulators.exact import parities

from .measurement import MeasuredOperation
from .observables import Observables
from .width import check_results

Doubles = npt.NDArray[np.float64]


def exact_values(
    asked: MeasuredOperation,
    points: Sequence[Mapping[str, Any]],
    wanted: Observables,
    programs_of: Callable[[list[dict[str, Any]]], Sequence[Any]],
) -> Doubles:
    """Return the exact value of each observable at each point, shape (points, observables).

    Where the toolkit measures the qubits itself, one program a point is enough: it is turned to the other bases here.

    Args:
        asked: the operation.
        points: its other parameters, by name.
        wanted: the observables.
        programs_of: gives the programs at points that have a basis.

    Raises:
        SimulationError: a measurement decides what is done afterwards, so that there is no one state.
        SimulationLimitError: a state does not fit into memory.
        SweepError: the operation returns another number of results than the observables have qubits.
    """
    found = np.tile(np.array(wanted.constants, np.float64), (len(points), 1))
    if not wanted.bases or not points:
        return found
    bases = ("Z" * wanted.qubits,) if asked.wrapped else wanted.bases
    measured = list(zip(wanted.bases, wanted.terms, strict=True))
    programs = programs_of([asked.point(point, basis) for point in points for basis in bases])
    for place in range(len(bases)):
        by_structure: dict[Structure, tuple[list[int], list[tuple[float, ...]]]] = {}
        for point in range(len(points)):
            try:
                structure, doubles = read(str(programs[point * len(bases) + place]))
            except BridgeError as error:
                raise error.at(operation=asked.name, point=point) from None
            indices, rows = by_structure.setdefault(structure, ([], []))
            indices.append(point)
            rows.append(doubles)
        for structure, (indices, rows) in by_structure.items():
            check_results(asked, structure, wanted.qubits)
            plain = asked.wrapped and structure.branch is None
            values = np.array(rows, np.float64).reshape(len(rows), -1)
            for basis, terms in measured if asked.wrapped else [measured[place]]:
                try:
                    turned = in_basis(structure, basis) if plain else structure
                    found[indices] += _of_basis(turned, values, terms)
                except BridgeError as error:
                    raise error.at(operation=asked.name, point=indices[0]) from None
    return found


def _of_basis(structure: Structure, doubles: Doubles, terms: Sequence[Mapping[str, float]]) -> Doubles:
    """Return the part of each observable that one basis measures, shape (points, observables)."""
    strings = list(dict.fromkeys(term for part in terms for term in part))
    coefficients = np.array([[part.get(term, 0.0) for term in strings] for part in terms]).T
    masks = np.array([[letter != "I" for letter in term] for term in strings], bool)
    found: Doubles = parities(structure, doubles, masks) @ coefficients
    return found
