"""The labelled result of a sweep: which point, which job, which counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from qsharp_bridge.errors import SweepError
from qsharp_bridge.literals.kinds import describe
from qsharp_bridge.states import PENDING_JOB_STATES, JobState
from qsharp_bridge.sweeps.grids import regrid
from qsharp_bridge.sweeps.sweep import Sweep

from .observables import Expectation, expectation
from .point import PointResult

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.axes import Axes

__all__ = ["PointResult", "SweepResults"]


class SweepResults(Sequence[PointResult]):
    """The results of a sweep, immutable, one for each point, in the order of the sweep.

    An index gives a :class:`PointResult`; a slice, :meth:`where` and ``+`` give results again. Two are equal when they
    have the same points with the same results of the same jobs.

    Args:
        rows: one for each point, each with an index of its own.
        operation: the operation's name.
        target: the target's name.
        shots: the shots asked for, for each point.
        session_ids: the sessions that the jobs ran in; none for a local simulation.
        sweep: the points; by default those of the rows, written out.

    Raises:
        SweepError: an index twice, or another number of rows than points.

    >>> from qsharp_bridge.results.formats import Output
    >>> row = PointResult(0, {"n": 1}, "Succeeded", output=Output({"0": 75, "1": 25}, {"0": 0, "1": 1}))
    >>> results = SweepResults([row], operation="Op", target="somewhere", shots=100)
    >>> results.probabilities, results.expectation("Z")[0].value
    ([{'0': 0.75, '1': 0.25}], 0.5)
    >>> results.target, results.states, results.job_ids, results.failures, results.pending, results.derived
    ('somewhere', ['Succeeded'], [None], [], [], False)
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
    def __getitem__(self, index: slice) -> SweepResults: ...
    def __getitem__(self, index: int | slice) -> PointResult | SweepResults:
        if isinstance(index, slice):
            return self._with(self._rows[index], self._sweep[index])
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[PointResult]:
        return iter(self._rows)

    def where(self, condition: Callable[[PointResult], object] | None = None, /, **values: Any) -> SweepResults:
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

    def __add__(self, other: SweepResults) -> SweepResults:
        """The points of both, these first, and counted anew from 0. Parts of a grid become the grid again.

        Raises:
            SweepError: the operation, the target, the shots or the parameters are not the same.
        """
        if not isinstance(other, SweepResults):
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
        return SweepResults(
            rows, operation=self.operation, target=self.target, shots=self.shots, session_ids=sessions,
            sweep=regrid(self._sweep + other._sweep),
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SweepResults):
            return NotImplemented
        about = ("operation", "target", "shots", "session_ids")
        return all(getattr(self, what) == getattr(other, what) for what in about) and self._rows == other._rows

    def __hash__(self) -> int:
        return hash((self.operation, self.target, self.shots, self._rows))

    def __repr__(self) -> str:
        failed = len(self.failures)
        told = f", {failed} without a result" if failed else ""
        return f"<SweepResults of {self.operation}: {len(self)} points, {self.shots} shots each{told}>"

    def _repr_html_(self) -> str:
        from .html import results_html

        return results_html(self)

    def _with(self, rows: Sequence[PointResult], sweep: Sweep) -> SweepResults:
        return SweepResults(
            rows, operation=self.operation, target=self.target, shots=self.shots, session_ids=self.session_ids,
            sweep=sweep,
        )  # fmt: skip

    # --- to tables and pictures

    def to_pandas(self, *, wide: bool = False) -> pandas.DataFrame:
        """A pandas DataFrame (extra ``results``).

        Tidy, the default: one row per point and outcome, with the columns ``point``, the parameters, ``outcome``,
        ``count`` and ``probability``; points without a result have no row. Wide: one row per point, with the
        parameters, ``job_id``, ``state`` and a column of counts for each outcome. A parameter with the name of one
        of these columns gets a ``_`` behind it.

        Args:
            wide: one row a point.
        """
        from .tables import to_pandas

        return to_pandas(self, wide=wide)

    def to_xarray(self) -> xarray.Dataset:
        """An xarray Dataset (extra ``results``) with the variables ``counts``, ``probability`` and ``state``.

        The axes of a grid become dimensions with coordinates; any other sweep has one dimension ``point`` with the
        parameters as coordinates. ``counts`` and ``probability`` (nan where there is no result) also have the
        dimension ``outcome``. An array-valued parameter has its JSON text as coordinate (its Q# literal where JSON has
        no form: ``[PauliX, PauliZ]``), and each of its numbers as another: ``angle[0]``, ``angle[1]``.
        """
        from .tables import to_xarray

        return to_xarray(self)

    def plot(
        self,
        *,
        observable: str | Callable[[Any], float] | None = None,
        outcomes: Sequence[str] | None = None,
        over: str | None = None,
        ax: Axes | None = None,
    ) -> Any:
        """A plot that fits the sweep (extra ``results``). Nothing is shown or saved; error bars are one standard error.

        One number that varies gives lines, one for each outcome; a number and few values or categories give a line for
        each of these; two numbers a heat map for each outcome, three several of them; anything else a histogram for
        each point.

        Args:
            observable: draw its mean instead of the probability of each outcome; see :meth:`expectation`.
            outcomes: the outcome texts to draw; by default the eight most frequent.
            over: draw lines over this parameter (or an element of it: ``angle[0]``), one for each value of the
                others; or over ``"point"``, the number of the point, as for the log of a loop.
            ax: where to draw, for a plot that needs one panel only.

        Returns:
            The matplotlib axes: one, or a list of them where there are several panels.

        Raises:
            MissingExtraError: matplotlib is not installed.
            SweepError: no point has a result, ``over`` is no parameter that varies, or ``ax`` is given for a plot of
                several panels.
        """
        from .plots import plot

        return plot(self, observable=observable, outcomes=outcomes, over=over, ax=ax)

    def table(self, *, most: int = 2) -> str:
        """A text table: point, parameters, job id, state, most frequent outcomes, number of outcomes.

        Args:
            most: how many outcomes to show of each point.
        """
        from .tables import to_text

        return to_text(self, most=most)

    # --- from a journal

    @staticmethod
    def from_journal(path: str | os.PathLike[str]) -> SweepResults:
        """What stands in the journal of a run, or of a :class:`HybridSession`, as far as it has come.

        The run may still be on, in this process or another: nothing is locked, and what is read is of one moment.
        :attr:`pending` names the points that have not ended. Of a hybrid session the points are its evaluations, in
        the order in which they were asked. No service is asked.

        Args:
            path: the journal.

        Raises:
            JournalError: no such file, no journal, a damaged one, or one of another version.

        >>> import tempfile, pathlib, qsharp_bridge as qb
        >>> source = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"
        >>> op = qb.Program.from_source(source).operation("Flip")
        >>> journal = pathlib.Path(tempfile.mkdtemp(), "run.db")
        >>> results = qb.run_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10, journal=journal)
        >>> qb.SweepResults.from_journal(journal) == results
        True
        """
        from .from_journal import from_journal

        return from_journal(path)

    # --- to files and back, without loss

    def to_json(self, path: str | os.PathLike[str] | None = None, *, raw: bool = False) -> str:
        """Everything as JSON text, also written to ``path`` if given. :meth:`from_json` reads it back, equal.

        Args:
            path: a file to write to; None for none.
            raw: also the bytes that the service sent, in base64. They are in the journal too.
        """
        from .files import to_json

        return to_json(self, path, raw=raw)

    @staticmethod
    def from_json(source: str | os.PathLike[str]) -> SweepResults:
        """What :meth:`to_json` gave (text) or wrote (a ``pathlib.Path``).

        Args:
            source: the text, or a ``pathlib.Path``.

        Raises:
            ResultFormatError: it is something else, or cannot be read.
        """
        from .files import from_json

        return from_json(source)

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """A CSV text with one line per point and outcome, also written to ``path``; :meth:`from_csv` reads it, equal.

        Parameters are written as :meth:`Sweep.from_csv` reads them. The raw bytes are not part of it.

        Args:
            path: a file to write to; None for none.
        """
        from .files import to_csv

        return to_csv(self, path)

    @staticmethod
    def from_csv(path: str | os.PathLike[str]) -> SweepResults:
        """What :meth:`to_csv` wrote.

        Args:
            path: the file.

        Raises:
            ResultFormatError: it is something else, or cannot be read.
        """
        from .files import from_csv

        return from_csv(path)

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """A Parquet file with the columns of :meth:`to_csv` (extra ``results``); :meth:`from_parquet` reads it, equal.

        A parameter whose values are all ints, all floats, all bools or all texts is a column of these, and so are
        lists of floats; other values are JSON texts.

        Args:
            path: the file.

        >>> import pathlib, tempfile
        >>> source = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"
        >>> op = qb.Program.from_source(source).operation("Flip")
        >>> results = qb.run_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10)
        >>> file = pathlib.Path(tempfile.mkdtemp(), "flip.parquet")
        >>> results.to_parquet(file)
        >>> qb.SweepResults.from_parquet(file) == results
        True
        """
        from .parquet import to_parquet

        to_parquet(self, path)

    @staticmethod
    def from_parquet(path: str | os.PathLike[str]) -> SweepResults:
        """What :meth:`to_parquet` wrote.

        Args:
            path: the file.

        Raises:
            ResultFormatError: it is something else, or cannot be read.
        """
        from .parquet import from_parquet

        return from_parquet(path)
