"""The rounds of an estimate: shots in all bases at all points, and more of them where a precision is not reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.runner.api import run_checked
from qsharp_bridge.runner.jobs import SharedSession
from qsharp_bridge.runner.options import PlanOptions, RunOptions
from qsharp_bridge.runner.planning.prepare import prepare
from qsharp_bridge.sweeps.sweep import Sweep

from .precision import Doubles, affordable, further_shots
from .request import EstimateRequest

if TYPE_CHECKING:
    from qsharp_bridge.results.counts import Counts
    from qsharp_bridge.results.results import SweepResults

_FURTHER = 3  # rounds after the first one, with a precision, at most
_Shots = Sequence[Sequence[int]]  # for each point, of each basis


class Rounds:
    """The rounds of one estimate.

    Args:
        request: what is estimated.
        options: of the runs, complete.
        shared: the session of all rounds; None where each round has its own, or one was given.

    Attributes:
        shots: for each point, the shots of each basis so far.
        results: the counts of all rounds; None before the first, and where there is no basis.
    """

    def __init__(self, request: EstimateRequest, options: RunOptions, shared: SharedSession | None) -> None:
        self._request, self._options, self._shared = request, options, shared
        self.shots: list[list[int]] = [[] for _ in request.points]
        self.results: SweepResults | None = None
        self._spent: float | None = None  # of the budget; None where there is none, or no further round was planned

    def run(self, shots: _Shots) -> None:
        """Run the first round."""
        self.shots = [list(row) for row in shots]
        if self._request.wanted.bases:
            self.results = run_checked(*basis_sweep(self._request, shots), self._options, self._shared)
            self._note_session(self.results)

    def refine(self, precision: float, most: int, *, packed: bool) -> list[str]:
        """Run further rounds until every value has the precision; return notes about what was not reached.

        Args:
            precision: the standard error to reach.
            most: the shots of a point at most, in all rounds.
            packed: whether points share jobs, and so have equal shots.
        """
        if self.results is None:
            return []
        for number in range(2, 2 + _FURTHER):  # the later ones only where the variances of the first were too low
            lacking = self._lacking(precision, most, packed=packed)
            more = self._affordable(lacking)
            if not any(map(any, more)):
                break
            self._add(number, more)
            if more != lacking:
                break
        return self._notes(precision, most, cut=more != lacking)

    def values(self) -> tuple[Doubles, Doubles, Doubles]:
        """Return values and standard errors, shape (points, observables), from the counts of all bases.

        The third array has the standard deviation of one shot in each basis, shape (points, bases, observables).
        """
        wanted, points = self._request.wanted, len(self._request.points)
        values = np.tile(np.array(wanted.constants, np.float64), (points, 1))
        variances = np.zeros_like(values)
        deviations = np.zeros((points, len(wanted.bases), len(wanted.sums)))
        rows = iter(self.results or ())
        for point in range(points):
            for basis, part in enumerate(wanted.measured):
                row = next(rows)
                if row.output is None:
                    values[point] = variances[point] = deviations[point, basis] = np.nan
                    continue
                try:
                    found = part(cast("Counts", row.output.counts))
                except BridgeError as error:
                    raise error.at(point=point) from None
                values[point] += found.mean
                variances[point] += found.variance
                deviations[point, basis] = found.deviation
        return values, np.sqrt(variances), deviations

    def _lacking(self, precision: float, most: int, *, packed: bool) -> list[list[int]]:
        """Return the shots that each basis of each point needs beyond those that it has."""
        _, errors, deviations = self.values()
        more = [
            further_shots(row, done, precision, most) if (here > precision).any() else [0] * len(done)
            for row, done, here in zip(np.nan_to_num(deviations), self.shots, errors, strict=True)
        ]
        if packed:  # the points of one job have equal shots, and no point more than its most
            room = [(most - sum(done)) // len(done) for row, done in zip(more, self.shots, strict=True) if any(row)]
            top = min(max((max(row) for row in more), default=0), *room, most)
            more = [[top if any(row) else 0 for _ in row] for row in more]
        return more

    def _affordable(self, shots: list[list[int]]) -> list[list[int]]:
        """Return as many of these shots as the rounds before them have left of the budget."""
        budget = self._options["budget"]
        if budget is None:
            return shots
        if self._spent is None:
            self._spent = self._cost(self.shots)
        shots, cost = affordable(shots, budget - self._spent, self._cost)
        self._spent += cost
        return shots

    def _cost(self, shots: _Shots) -> float:
        """Return the cost of a round, by its own jobs: each of them may have a least price."""
        options = cast("PlanOptions", {**self._options, "budget": None})
        return prepare(*basis_sweep(self._request, shots), options).plan.cost.amount or 0.0

    def _add(self, number: int, shots: _Shots) -> None:
        """Run one more round, with a journal of its own."""
        assert self.results is not None
        options = cast("dict[str, Any]", dict(self._options))
        if options["journal"] is not None:
            options["journal"] = f"{options['journal']}.{number}"
        operation, sweep, backend, each = basis_sweep(self._request, shots)
        further = run_checked(
            operation, sweep, backend.in_round(number), each, cast("RunOptions", options), self._shared
        )
        self.results = self.results.merge(further)
        self._note_session(further)
        self.shots = [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(self.shots, shots, strict=True)]

    def _notes(self, precision: float, most: int, *, cut: bool) -> list[str]:
        """Return a note about the points without the precision; none where all have it."""
        _, errors, _ = self.values()
        with np.errstate(invalid="ignore"):
            missed = np.flatnonzero((errors > precision).any(axis=1))
        if not len(missed):
            return []
        full = most - len(self._request.wanted.bases)  # shares are rounded down
        if cut:
            why = f": the shots that lack would cost more, over the budget of {self._options['budget']:g}"
        elif any(sum(self.shots[point]) > full for point in missed):
            why = f", with {most} shots a point at most"
        else:
            why = f", after {1 + _FURTHER} rounds"
        return [
            f"the precision of {precision:g} was not reached at {counted(len(missed), 'point')}{why}; the worst is "
            f"{float(np.nanmax(errors)):.3g}"
        ]

    def _note_session(self, results: SweepResults) -> None:
        """Note the session of a round that was complete in its journal: it may still be open."""
        if self._shared is not None and self._shared.id is None and results.session_ids:
            self._shared.id = results.session_ids[-1]


def basis_sweep(request: EstimateRequest, shots: _Shots) -> tuple[Any, Sweep, Any, int | list[int]]:
    """Return operation, sweep, backend and shots of a run that measures each point in each basis, with its shots.

    A basis without shots is left out.
    """
    asked, points, bases = request.operation, request.points, request.wanted.bases
    each = [count for row in shots for count in row if count]
    if all(map(all, shots)):  # a product of sweeps is bound faster than the same points written out
        sweep = request.in_bases(bases)
    else:
        sweep = Sweep.points(
            asked.point(point, basis)
            for point, row in zip(points, shots, strict=True)
            for basis, count in zip(bases, row, strict=True)
            if count
        )
    return asked.operation, sweep, request.backend, each[0] if len(set(each)) == 1 else each
