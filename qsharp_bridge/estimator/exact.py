"""Expectation values from the state vector, without sampling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import BridgeError
from qsharp_bridge.programs.binding.bound_points import BoundPoints, Chunk
from qsharp_bridge.programs.binding.layout import layout_of
from qsharp_bridge.qir.program import Structure
from qsharp_bridge.qir.reader import read
from qsharp_bridge.simulators.bases import in_basis
from qsharp_bridge.simulators.exact import parities

from .measurement import MeasuredOperation
from .observables import Observables
from .width import check_results

Doubles = npt.NDArray[np.float64]

_FEWEST = 4  # points of a template: finding its numbers takes as long as reading this many programs


def exact_values(
    asked: MeasuredOperation,
    points: int,
    wanted: Observables,
    programs_of: Callable[[Sequence[str]], Sequence[Any]],
) -> Doubles:
    """Return the exact value of each observable at each point, shape (points, observables).

    If the toolkit wrote the measurement, one program a point is enough: it is turned to the other bases here.

    Args:
        asked: the operation.
        points: the number of points.
        wanted: the observables.
        programs_of: returns the programs at all points in some bases, those of a point one after another.

    Raises:
        SimulationError: the program depends on a measurement, so that it has no single state.
        SimulationLimitError: a state does not fit into memory.
        SweepError: the operation returns another number of results than the observables have qubits.
    """
    found = np.tile(np.array(wanted.constants, np.float64), (points, 1))
    if not wanted.bases or not points:
        return found
    bases = ("Z" * wanted.qubits,) if asked.wrapped else wanted.bases
    measured = list(zip(wanted.bases, wanted.terms, strict=True))
    for structure, numbers, doubles in _alike(programs_of(bases), asked.name, len(bases)):
        check_results(asked, structure, wanted.qubits)
        plain = asked.wrapped and structure.branch is None
        indices, places = np.divmod(numbers, len(bases))
        for place in np.unique(places).tolist():
            chosen = places == place
            for basis, terms in measured if asked.wrapped else [measured[place]]:
                try:
                    turned = in_basis(structure, basis) if plain else structure
                    found[indices[chosen]] += _of_basis(turned, doubles[chosen], terms)
                except BridgeError as error:
                    raise error.at(operation=asked.name, point=int(indices[chosen][0])) from None
    return found


def _alike(
    programs: Sequence[Any], operation: str, each: int
) -> Iterator[tuple[Structure, npt.NDArray[np.intp], Doubles]]:
    """Yield each structure with the numbers of the programs that have it, and with their Doubles.

    Args:
        programs: those of a point one after another.
        operation: the name of the operation, for errors.
        each: the number of programs of a point.
    """
    by_structure: dict[Structure, tuple[list[int], list[tuple[float, ...]]]] = {}
    chunks: Iterable[Chunk] = [Chunk(list(range(len(programs))), None, np.empty((len(programs), 0)))]
    if isinstance(programs, BoundPoints):
        chunks = programs.chunks(0, len(programs))
    for chunk in chunks:
        layout = layout_of(chunk) if len(chunk.indices) >= _FEWEST else None
        if layout is not None:
            yield layout.structure, np.array(chunk.indices, np.intp), layout.doubles(chunk.values)
            continue
        for number in chunk.indices:
            try:
                structure, doubles = read(str(programs[number]))
            except BridgeError as error:
                raise error.at(operation=operation, point=number // each) from None
            numbers, rows = by_structure.setdefault(structure, ([], []))
            numbers.append(number)
            rows.append(doubles)
    for structure, (numbers, rows) in by_structure.items():
        yield structure, np.array(numbers, np.intp), np.array(rows, np.float64).reshape(len(rows), -1)


def _of_basis(structure: Structure, doubles: Doubles, terms: Sequence[Mapping[str, float]]) -> Doubles:
    """Return the part of each observable that one basis measures, shape (points, observables)."""
    strings = list(dict.fromkeys(term for part in terms for term in part))
    coefficients = np.array([[part.get(term, 0.0) for term in strings] for part in terms]).T
    masks = np.array([[letter != "I" for letter in term] for term in strings], bool)
    found: Doubles = parities(structure, doubles, masks) @ coefficients
    return found
