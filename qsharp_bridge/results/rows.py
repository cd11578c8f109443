"""Results of the points of a sweep as a sequence: columns, selection and merging."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Self, TypeVar, overload

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import SweepError
from qsharp_bridge.literals.kinds import describe
from qsharp_bridge.states import PENDING_JOB_STATES, JobState
from qsharp_bridge.sweeps.grids import regrid
from qsharp_bridge.sweeps.identity import canonical
from qsharp_bridge.sweeps.shots import Shots, one_or_each, shots_of_points, shots_text
from qsharp_bridge.sweeps.sweep import Sweep, select

from .counts import Counts
from .names import own_name
from .observables import Expectations
from .point import PointResult, pooled
from .row_store import RowStore


class ResultRows(Sequence[PointResult]):
    """Results of a sweep without tables, plots and files: the base class of ``SweepResults``, which has the docs."""

    __slots__ = ("_operation", "_rows", "_session_ids", "_shots", "_sweep", "_target")

    def __init__(
        self,
        rows: Iterable[PointResult],
        *,
        operation: str,
        target: str,
        shots: int | Sequence[int],
        session_ids: Iterable[str] = (),
        sweep: Sweep | None = None,
    ) -> None:
        self._rows = rows if isinstance(rows, RowStore) else RowStore(rows, sweep or Sweep.points([]))
        self._operation, self._target = operation, target
        self._shots: Shots = shots if isinstance(shots, int) else one_or_each(shots)
        self._session_ids = tuple(session_ids)
        self._sweep = sweep if sweep is not None else Sweep.points(row.point for row in self._rows)
        if len(self._rows) != len(self._sweep):
            raise SweepError(f"{counted(len(self._rows), 'result')} for {counted(len(self._sweep), 'point')}")
        if len(set(self._rows.column("index"))) < len(self._rows):
            raise SweepError("two results have the same index")
        shots_of_points(self._shots, len(self._rows))

    @property
    def operation(self) -> str:
        """Name of the operation."""
        return self._operation

    @property
    def target(self) -> str:
        """Name of the target."""
        return self._target

    @property
    def shots(self) -> Shots:
        """Shots asked for: one number if all points have the same, else a tuple with one for each point."""
        return self._shots

    @property
    def session_ids(self) -> tuple[str, ...]:
        """Ids of the sessions that the jobs ran in; empty for a local simulation."""
        return self._session_ids

    # --- columns

    @property
    def points(self) -> Sweep:
        """Sweep that was run."""
        return self._sweep

    @property
    def counts(self) -> list[Counts]:
        """For each point, outcome text to number of shots; with ``.by_bits``, ``.by_tuple`` and ``.memory``."""
        return self._rows.values("counts")

    @property
    def probabilities(self) -> list[dict[str, float]]:
        """For each point, outcome text to fraction of the shots, or to its exact probability with ``shots=None``."""
        return self._rows.values("probabilities")

    @property
    def memory(self) -> list[list[Any] | None]:
        """For each point, the outcome of each shot in order, or None; see :attr:`PointResult.memory`."""
        return [row.memory for row in self._rows]

    @property
    def missing_shots(self) -> list[int]:
        """For each point, the shots that the service did not count; see :attr:`PointResult.missing_shots`."""
        return self._rows.column("missing_shots")

    @property
    def job_ids(self) -> list[str | None]:
        """Id of the job of each point; None for a local simulation."""
        return self._rows.column("job_id")

    @property
    def states(self) -> list[str]:
        """State of the job of each point."""
        return self._rows.column("state")

    @property
    def outcomes(self) -> list[str]:
        """Texts of all outcomes that occur, sorted."""
        return sorted(self._rows.displays())

    @property
    def exact(self) -> bool:
        """Whether the probabilities are exact, from the state vector, and nothing was sampled."""
        return self._rows.exact

    @property
    def failures(self) -> list[PointResult]:
        """Points without a result: the job failed, was cancelled, or has not ended."""
        return self._rows.unlike(JobState.SUCCEEDED)

    @property
    def pending(self) -> list[PointResult]:
        """Points that have not ended: not sent, or their job is not finished. A resume runs them."""
        return [row for row in self.failures if row.state in PENDING_JOB_STATES]

    @property
    def derived(self) -> bool:
        """Whether the counts of some point were made from probabilities, because the service sent no shots."""
        return self._rows.derived

    def expectation(self, observable: str | Callable[[Any], float] = "parity") -> Expectations:
        """Return the mean of an observable over the shots of each point, with its standard error.

        Args:
            observable: ``"parity"``; a string of ``Z`` and ``I``, one letter a measured bit; or a function of the
                outcome (a list of bits for ``Result[]``). It must return the same number for the same outcome: for
                points that were simulated together it is called once for each distinct outcome. See
                :func:`qsharp_bridge.results.observables.expectation`.

        Returns:
            A list of ``(value, error)``, also as the numpy arrays ``values`` and ``errors``.
        """
        return Expectations(self._rows.expectations(observable))

    # --- a sequence

    @overload
    def __getitem__(self, index: int) -> PointResult: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    @overload
    def __getitem__(self, index: str) -> list[Any]: ...
    def __getitem__(self, index: int | slice | str) -> PointResult | Self | list[Any]:
        if isinstance(index, str):
            self._sweep.check_keys([index])
            return [point[index] for point in self._sweep]
        if isinstance(index, slice):
            return self._with(self._rows[index], range(len(self))[index], self._sweep[index])
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[PointResult]:
        return iter(self._rows)

    def where(self, condition: Callable[[PointResult], object] | None = None, /, **values: Any) -> Self:
        """Return the points whose parameters have these values; results of a grid stay results of a grid.

        Args:
            condition: a function of a :class:`PointResult`; its points are kept where it is true.
            **values: the values wanted, by parameter name.

        Raises:
            SweepError: the sweep has no parameter of that name, or the condition is no function.

        >>> import qsharp_bridge as qb
        >>> op = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
        >>> results = qb.run_sweep(op.operation("Flip"), qb.Sweep.arange("n", 0, 5), qb.LocalSimulator(), shots=10)
        >>> [row.index for row in results.where(lambda row: row.point["n"] > 2)]
        [3, 4]
        """
        sweep, indices = select(self._sweep, values)
        chosen = self._with([self._rows[index] for index in indices], indices, sweep)
        if condition is None:
            return chosen
        if not callable(condition):
            raise SweepError(
                f"a condition is a function of a point's result, not {describe(condition)}",
                advice="write where(n=2), or where(lambda row: row.point['n'] > 2)",
            )
        kept = [place for place, row in enumerate(chosen) if condition(row)]
        points = regrid(Sweep.points(sweep[place] for place in kept)) if kept else sweep[:0]
        return chosen._with([chosen[place] for place in kept], kept, points)

    def __add__(self, other: Self) -> Self:
        """Return the points of both, one after the other and numbered from 0. Parts of a grid become the grid again.

        Counts are not added up, not even those of the same point; :meth:`merge` does that.

        Raises:
            SweepError: the operation, the target or the parameters are not the same.
        """
        if not isinstance(other, ResultRows):
            return NotImplemented
        self._check_alike(other)
        shots = shots_of_points(self.shots, len(self)) + shots_of_points(other.shots, len(other))
        return self._joined(other, [*self._rows, *other._rows], shots, regrid(self._sweep + other._sweep))

    def merge(self, other: Self) -> Self:
        """Return the points of both, with the counts added up for a point that is in both.

        Use it to take more shots for some points, or for all. A point without a result gets the result of the other.
        A point with the counts of two jobs has no job id, no raw bytes and no order of shots: keep the two results if
        you need these. ``shots`` of a point in both is the sum.

        Args:
            other: results of the same operation on the same target, over the same parameters; with any shots.

        Raises:
            SweepError: the operation, the target or the parameters are not the same, or a job is in both.

        >>> import qsharp_bridge as qb
        >>> op = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
        >>> one, two = (
        ...     qb.run_sweep(op.operation("Flip"), qb.Sweep.arange("n", 0, end), qb.LocalSimulator(), shots=shots)
        ...     for end, shots in [(3, 10), (2, 25)]
        ... )
        >>> one.merge(two).counts
        [{'1': 35}, {'1': 35}, {'1': 10}]
        """
        if not isinstance(other, ResultRows):
            raise SweepError(f"expected results to merge with, found {describe(other)}")
        self._check_alike(other)
        if set(self._sweep.keys) != set(other._sweep.keys):
            mine, theirs = (", ".join(found._sweep.keys) or "none" for found in (self, other))
            raise SweepError(f"results are merged when they have the same parameters, not {mine} and {theirs}")
        if both := sorted(set(filter(None, self.job_ids)) & set(filter(None, other.job_ids))):
            raise SweepError(f"the job {both[0]} is in both results: its shots would count twice")
        unused: dict[str, list[tuple[PointResult, int]]] = {}
        for row, asked in zip(other, shots_of_points(other.shots, len(other)), strict=True):
            unused.setdefault(canonical(row.point), []).append((row, asked))
        rows, shots = [], []
        for row, asked in zip(self._rows, shots_of_points(self.shots, len(self)), strict=True):
            same = unused.get(canonical(row.point))
            if same:
                again, more = same.pop(0)
                row, asked = pooled(row, again), asked + more
            rows.append(row)
            shots.append(asked)
        left = [row for found in unused.values() for row, _ in found]
        shots += [asked for found in unused.values() for _, asked in found]
        sweep = regrid(self._sweep + Sweep.points(row.point for row in left)) if left else self._sweep
        return self._joined(other, [*rows, *left], shots, sweep)

    def _joined(self, other: Self, rows: Iterable[PointResult], shots: Sequence[int], sweep: Sweep) -> Self:
        """Return results of both, numbered from 0."""
        return type(self)(
            [row.at(index) for index, row in enumerate(rows)],
            operation=self.operation,
            target=self.target,
            shots=shots or self.shots,
            session_ids=dict.fromkeys([*self.session_ids, *other.session_ids]),
            sweep=sweep,
        )

    def _check_alike(self, other: ResultRows) -> None:
        for name in ("operation", "target"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise SweepError(f"results are merged when they have one {name}, not {mine} and {theirs}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ResultRows):
            return NotImplemented
        about = ("operation", "target", "shots", "session_ids")
        return all(getattr(self, what) == getattr(other, what) for what in about) and self._rows == other._rows

    def __hash__(self) -> int:
        return hash((self.operation, self.target, self.shots, self._rows))

    def __repr__(self) -> str:
        failed = len(self.failures)
        more = f", {failed} without a result" if failed else ""
        size = f"{counted(len(self), 'point')}, {'exact' if self.exact else shots_text(self.shots)}"
        return f"<{type(self).__name__} of {own_name(self.operation)}: {size}{more}>"

    def _with(self, rows: Sequence[PointResult], places: Sequence[int], sweep: Sweep) -> Self:
        """Return some of the results, given their places and their points."""
        return type(self)(
            rows,
            operation=self.operation,
            target=self.target,
            shots=self.shots if isinstance(self.shots, int) else [self.shots[place] for place in places],
            session_ids=self.session_ids,
            sweep=sweep,
        )


R = TypeVar("R", bound=ResultRows)
"""Class of the results that a reader returns. (Readers cannot import ``SweepResults``, which calls them.)"""
