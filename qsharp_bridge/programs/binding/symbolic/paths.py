"""Symbolic forms of structures, and the paths of points through them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qsharp_bridge.programs.binding.template import Template
from qsharp_bridge.qir.entry import Function
from qsharp_bridge.qir.flow import UnknownShape

from .expressions import Expressions
from .folding import Doubles, Flags, Folding
from .residual import Decision, Residual, specialise


class Doubtful(Exception):
    """Error of a point at which the compiler may do something else than compute. Never leaves the package."""


@dataclass
class Path:
    """Path through a symbolic form, for the points at which every comparison comes out the same.

    Attributes:
        decisions: the comparisons, and how they come out.
        residual: what is left of the symbolic form, or None where that is of a shape not known here.
        template: once proved.
        reason: why there is no template, or "".
        compiles: the direct compiles spent on the proof.
        verified: how many points of the user's were compiled directly and found the same.
        met: some points, as the bytes of their Doubles, of sweeps that had too few for a proof.
    """

    decisions: tuple[Decision, ...]
    residual: Residual | None
    template: Template | None = None
    reason: str = ""
    compiles: int = 0
    verified: int = 0
    met: set[bytes] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)

    @cached_property
    def emitted(self) -> frozenset[int]:
        """The expressions whose values are in the compiled program."""
        uses = self.residual.uses if self.residual else ()
        return frozenset(node for use in uses for node in use.doubles if node is not None)

    def not_finite(self, folding: Folding) -> Flags:
        """Return the points at which the program would hold a NaN or an infinity."""
        found = np.zeros(folding.count, bool)
        for node in self.emitted:
            found |= ~np.isfinite(folding.value(node))
        return found

    def doubtful(self, folding: Folding) -> Flags:
        """Return the points of this path that the compiler may refuse, or compute otherwise.

        Every step of the computation counts, used or not: the compiler evaluates it and fails where it cannot. It
        refuses some divisions of Doubles by zero and makes others an infinity; with one in the program, the point is
        refused anyway, which `not_finite` states.
        """
        if self.residual is None:
            return np.zeros(folding.count, bool)
        found = folding.doubtful(self.residual.steps)
        divided = np.zeros(folding.count, bool)
        for node in self.residual.divisors:
            divided |= folding.value(node) == 0.0
        return found | (divided & ~self.not_finite(folding)) if divided.any() else found

    def holds(self, folding: Folding) -> Flags:
        """Return the points at which every comparison comes out as on this path, beyond doubt."""
        found = np.ones(folding.count, bool)
        for node, outcome in self.decisions:
            found &= folding.value(node) == outcome
        found &= ~folding.doubtful(node for node, _ in self.decisions)
        return found


class SymbolicForm:
    """Compiled program with an intrinsic operation in the place of every Double parameter.

    Attributes:
        expressions: all that was met on the paths so far.
        parameters: how many there are.
    """

    def __init__(self, function: Function, parameter: str, parameters: int) -> None:
        self.expressions = Expressions()
        self.parameters = parameters
        self._function = function
        self._parameter = parameter

    def fold(self, rows: Doubles) -> Folding:
        """Return the values of expressions at ``rows`` (points by parameters)."""
        return Folding(self.expressions, rows)

    def walk(self, row: Doubles) -> Path:
        """Find the path of one point.

        Raises:
            Doubtful: a comparison on the way is doubtful.
        """
        folding = self.fold(row.reshape(1, -1))
        decided: list[Decision] = []

        def decide(comparison: int) -> bool:
            outcome = bool(folding.value(comparison)[0])
            if folding.doubtful([comparison])[0]:
                raise Doubtful("a comparison of values that are not numbers, or an integer beyond 64 bits")
            decided.append((comparison, outcome))
            return outcome

        try:
            residual = specialise(self._function, self._parameter, self.expressions, decide)
        except UnknownShape as error:
            return Path(tuple(decided), None, reason=str(error))
        path = Path(tuple(decided), residual)
        path.functions = self.expressions.functions_of({*path.emitted, *residual.steps, *(node for node, _ in decided)})
        return path


def is_generic(row: Doubles) -> bool:
    """Check that no two parameters are of one size, and none is 0, 1, or beyond the ordinary."""
    sizes = np.abs(row)
    return bool(
        np.isfinite(row).all()
        and ((sizes > 1e-6) & (sizes < 1e6) & (sizes != 1.0)).all()
        and len(set(sizes.tolist())) == len(sizes)
    )


def generic_rows(form: SymbolicForm, path: Path, row: Doubles, random: np.random.Generator) -> Iterator[Doubles]:
    """Yield points on a path, as unlike each other as can be found: first far from ``row``, then ever closer.

    Where the path holds some parameters to a value (``if angle == 0.0``), those keep that of ``row``.
    """
    count = 16
    for scale in (None, 1.0, 1e-1, 1e-2, 1e-3, 1e-5, 1e-8):
        rows = _candidates(row, scale, count, random)
        yield from rows[sound(form, path, rows)]
    # One parameter at a time: which of them may move, and how far?
    for scale in (1e-1, 1e-3, 1e-6):
        moved = np.repeat(row.reshape(1, -1), len(row), axis=0)
        away = _candidates(row, scale, 1, random)[0]
        np.fill_diagonal(moved, away)
        free = sound(form, path, moved)
        if free.any():
            together = np.where(free, _candidates(row, scale, count, random), row)
            yield from together[sound(form, path, together)]


def _candidates(row: Doubles, scale: float | None, count: int, random: np.random.Generator) -> Doubles:
    noise = random.uniform(-1.0, 1.0, (count, len(row)))
    if scale is None:
        return noise * np.pi
    if scale == 1.0:
        return random.uniform(0.01, 0.99, (count, len(row)))  # inside the domain of most functions
    return row * (1.0 + scale * noise) + np.where(row == 0.0, scale * noise, 0.0)


def sound(form: SymbolicForm, path: Path, rows: Doubles) -> NDArray[np.bool_]:
    """Return which rows are on the path, with a program that is finite and beyond doubt."""
    folding = form.fold(rows)
    return path.holds(folding) & ~path.not_finite(folding) & ~path.doubtful(folding)
