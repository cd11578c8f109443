"""The points of a sweep with their results: a sequence with its algebra."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar, overload

from qsharp_bridge.errors import SweepError
from qsharp_bridge.literals.kinds import describe
from qsharp_bridge.states import PENDING_JOB_STATES, JobState
from qsharp_bridge.sweeps.grids import regrid
from qsharp_bridge.sweeps.sweep import Sweep

from .observables import Expectation, expectation
from .point import PointResult

__all__ = ["R", "ResultRows"]


class ResultRows(Sequence[PointResult]):
    """The points of a sweep with their results, without the ways to tables, pictures and files.

    The public class is :class:`~qsharp_bridge.results.results.SweepResults`, which has its parameters explained.
    """

    __slots__ = ("_operation", "_rows", "_session_ids", "_shots", "_sweep", "_target")

    def __init__(
        self,
        rows: Iterable[PointResult],
        *,
        operation: str,
        target: str,
        shots: int,
        session_ids: Iterable[str] = (),
        sweep: Sweep | None = None,
    ) -> None:
        self._rows = tuple(rows)
        self._operation, self._target, self._shots = operation, target, shots
        self._session_ids = tuple(session_ids)
        self._sweep = sweep if sweep is not None else Sweep.points(row.point for row in self._rows)
        if len(self._rows) != len(self._sweep):
            raise SweepError(f"{len(self._rows)} results for {len(self._sweep)} points")
        if len({row.index for row in self._rows}) < len(self._rows):
            raise SweepError("two results have the same index")

    @property
    def operation(self) -> str:
        """The operation's name."""
        return self._operation

    @property
    def target(self) -> str:
        """The target's name."""
        return self._target

    @property
    def shots(self) -> int:
        """The shots asked for, for each point."""
        return self._shots

    @property
    def session_ids(self) -> tuple[str, ...]:
        """The sessions that the jobs ran in; empty for a local simulation."""
        return self._session_ids

    # --- columns

    @property
    def points(self) -> Sweep:
        """The points, as the sweep that was run."""
        return self._sweep

    @property
    def counts(self) -> list[Mapping[str, int]]:
        """For each point, outcome text to number of shots."""
        return [row.counts for row in self._rows]

    @property
    def probabilities(self) -> list[dict[str, float]]:
        """For each point, outcome text to fraction of the shots."""
        return [row.probabilities for row in self._rows]

    @property
    def job_ids(self) -> list[str | None]:
        """For each point, its job."""
        return [row.job_id for row in self._rows]

    @property
    def states(self) -> list[str]:
        """For each point, how its job ended."""
        return [row.state for row in self._rows]

    @property
    def outcomes(self) -> list[str]:
        """Every outcome text that occurs at some point, sorted."""
        return sorted({display for row in self._rows for display in row.counts})

    @property
    def failures(self) -> list[PointResult]:
        """The points without a result: those whose job failed or was cancelled, and those that have not ended."""
        return [row for row in self._rows if row.state != JobState.SUCCEEDED]

    @property
    def pending(self) -> list[PointResult]:
        """The points that have not ended: never sent, or on their way. A resume goes on with them."""
        return [row for row in self._rows if row.state in PENDING_JOB_STATES]

    @property
    def derived(self) -> bool:
        """Whether the counts of some point were made from probabilities, because the service sent no shots."""
        return any(row.output is not None and row.output.derived for row in self._rows)

    def expectation(self, observable: str | Callable[[Any], float] = "parity") -> list[Expectation]:
        """For each point, the mean of an observable over the shots, with its standard error.

        Args:
            observable: ``"parity"``; a string of ``Z`` and ``I``, one letter a measured bit; or a function of the
                outcome (a list of bits for ``Result[]``). See :func:`qsharp_bridge.results.observables.expectation`.
        """
        return [expectation(row.output, observable) for row in self._rows]

    # --- a sequence

    @overload
    def __getitem__(self, index: int) -> PointResult: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> PointResult | Self:
        if isinstance(index, slice):
            return self._with(self._rows[index], self._sweep[index])
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[PointResult]:
        return iter(self._rows)

    def where(self, condition: Callable[[PointResult], object] | None = None, /, **values: Any) -> Self:
        """The points whose parameters have these values; results of a grid stay results of a grid.

        Args:
            condition: a function of a :class:`PointResult` that says whether to keep it.
            **values: the values wanted, by parameter name.

        Raises:
            SweepError: the sweep has no parameter of that name, or the condition is no function.

        >>> import qsharp_bridge as qb
        >>> op = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
        >>> results = qb.run_sweep(op.operation("Flip"), qb.Sweep.arange("n", 0, 5), qb.LocalSimulator(), shots=10)
        >>> [row.index for row in results.where(lambda row: row.point["n"] > 2)]
        [3, 4]
        """
        sweep, indices = self._sweep._where(values)
        chosen = self._with([self._rows[index] for index in indices], sweep)
        if condition is None:
            return chosen
        if not callable(condition):
            raise SweepError(
                f"a condition is a function of a point's result, not {describe(condition)}",
                advice="write where(n=2), or where(lambda row: row.point['n'] > 2)",
            )
        kept = [place for place, row in enumerate(chosen) if condition(row)]
        points = regrid(Sweep.points(sweep[place] for place in kept)) if kept else sweep[:0]
        return self._with([chosen[place] for place in kept], points)

    def __add__(self, other: Self) -> Self:
        """The points of both, these first, and counted anew from 0. Parts of a grid become the grid again.

        Raises:
            SweepError: the operation, the target, the shots or the parameters are not the same.
        """
        if not isinstance(other, ResultRows):
            return NotImplemented
        for what in ("operation", "target", "shots"):
            mine, theirs = getattr(self, what), getattr(other, what)
            if mine != theirs:
                raise SweepError(f"results are merged when they have one {what}, not {mine} and {theirs}")
        rows = [
            PointResult(index, r.point, r.state, r.job_id, r.output, r.error, r.raw, r.raw_format)
            for index, r in enumerate([*self._rows, *other._rows])
        ]
        sessions = dict.fromkeys([*self.session_ids, *other.session_ids])
        return type(self)(
            rows, operation=self.operation, target=self.target, shots=self.shots, session_ids=sessions,
            sweep=regrid(self._sweep + other._sweep),
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ResultRows):
            return NotImplemented
        about = ("operation", "target", "shots", "session_ids")
        return all(getattr(self, what) == getattr(other, what) for what in about) and self._rows == other._rows

    def __hash__(self) -> int:
        return hash((self.operation, self.target, self.shots, self._rows))

    def __repr__(self) -> str:
        failed = len(self.failures)
        told = f", {failed} without a result" if failed else ""
        return f"<{type(self).__name__} of {self.operation}: {len(self)} points, {self.shots} shots each{told}>"

    def _with(self, rows: Sequence[PointResult], sweep: Sweep) -> Self:
        return type(self)(
            rows, operation=self.operation, target=self.target, shots=self.shots, session_ids=self.session_ids,
            sweep=sweep,
        )  # fmt: skip


R = TypeVar("R", bound=ResultRows)
"""The class that a reader makes: that of the results which the user asked for."""
