"""The labelled results of a sweep: points, jobs and counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import ResultFormatError
from qsharp_bridge.sweeps.value_json import trusting

from .rows import ResultRows

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.axes import Axes


class SweepResults(ResultRows):
    """Results of a sweep, one for each point, in the order of the sweep; immutable.

    An index gives a :class:`PointResult`; the name of a parameter gives the list of its values; a slice, :meth:`where`,
    ``+`` and :meth:`merge` give results again. Two are equal when they have the same points with the same results of
    the same jobs.

    Args:
        rows: one for each point, each with a different index.
        operation: the name of the operation.
        target: the name of the target.
        shots: the shots asked for: one number for all points, or one for each.
        session_ids: the sessions that the jobs ran in; none for a local simulation.
        sweep: the points; by default those of the rows.

    Raises:
        SweepError: two rows have the same index, or there are more or fewer rows than points.

    >>> from qsharp_bridge.results.formats import Output
    >>> from qsharp_bridge.results import PointResult
    >>> row = PointResult(0, {"n": 1}, "Succeeded", output=Output({"0": 75, "1": 25}, {"0": 0, "1": 1}))
    >>> results = SweepResults([row], operation="Op", target="somewhere", shots=100)
    >>> results["n"], results.probabilities, results.counts[0].by_tuple, results.expectation("Z").values
    ([1], [{'0': 0.75, '1': 0.25}], {0: 75, 1: 25}, array([0.5]))
    >>> results.memory, results.missing_shots
    ([None], [0])
    >>> results.target, results.states, results.job_ids, results.failures, results.pending, results.derived
    ('somewhere', ['Succeeded'], [None], [], [], False)
    >>> results.exact
    False
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        from .html import results_html

        return results_html(self)

    # --- to tables and plots

    def to_pandas(self, *, wide: bool = False) -> pandas.DataFrame:
        """Return a pandas DataFrame (extra ``results``).

        Tidy, the default: one row per point and outcome, with the columns ``point``, the parameters, ``outcome``,
        ``count``, ``probability``, ``probability_low`` and ``probability_high`` (the Wilson interval of one standard
        deviation); points without a result have no row. Wide: one row per point, with the parameters, ``job_id``,
        ``state`` and a column of counts for each outcome. A parameter that has the name of one of these columns is
        renamed, with a ``_`` at the end and a warning.

        Args:
            wide: return the wide table.
        """
        from .datasets import to_pandas

        return to_pandas(self, self._rows.shares(), wide=wide)

    def to_xarray(
        self,
        *,
        observable: str | Callable[[Any], float] | None = None,
        units: Mapping[str, str] | None = None,
    ) -> xarray.Dataset:
        """Return an xarray Dataset (extra ``results``) with ``counts``, ``probability`` and ``state``.

        The axes of a grid become dimensions with coordinates; any other sweep has one dimension ``point`` with the
        parameters as coordinates. ``counts`` and ``probability`` (nan where there is no result) also have the
        dimension ``outcome``, and so have ``probability_low`` and ``probability_high``, the Wilson interval of one
        standard deviation. The coordinate of an array-valued parameter is its JSON text (its Q# literal where it has no
        plain JSON: ``[PauliX, PauliZ]``), and each number in it has a coordinate: ``angle[0]``, ``angle[1]``. A
        parameter that has the name of a variable, or ``outcome``, is renamed, with a ``_`` at the end and a warning.

        Args:
            observable: add its mean at each point as ``value`` and the standard error as ``error``, both in units of
                the observable; see :meth:`expectation`.
            units: units of parameters, and of ``"value"``: ``{"theta": "rad", "value": "Ha"}``. They become the
                attribute ``units`` of the coordinate or variable, which xarray's plots write on their axes; that of
                counts and probabilities is ``"1"``.

        Raises:
            SweepError: ``units`` names no parameter.

        >>> import qsharp_bridge as qb
        >>> op = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
        >>> results = qb.run_sweep(op.operation("Flip"), qb.Sweep.arange("n", 0, 3), qb.LocalSimulator(), shots=10)
        >>> data = results.to_xarray(observable="Z")
        >>> data.value.dims, data.value.values.tolist()
        (('n',), [-1.0, -1.0, -1.0])
        """
        from .datasets import to_xarray

        return to_xarray(self, self._rows.shares(), observable, units)

    def plot(
        self,
        *,
        observable: str | Callable[[Any], float] | None = None,
        outcomes: Sequence[str] | None = None,
        over: str | None = None,
        ax: Axes | None = None,
    ) -> Any:
        """Draw the plot that fits the sweep (extra ``results``). Nothing is shown or saved.

        Error bars are Wilson intervals of one standard deviation (68.3 %), whose length is not 0 even where an outcome
        occurred in no shot or in all of them; for a function as observable they are one standard error of the mean.

        If one number varies, there is a line for each outcome; if a number and a few values or categories vary, a line
        for each of these. Two numbers give a heat map for each outcome, three several of them. Any other sweep gives a
        histogram for each point.

        Args:
            observable: draw its mean instead of the probability of each outcome; see :meth:`expectation`.
            outcomes: the outcome texts to draw; by default the eight most frequent.
            over: draw lines over this parameter (or an element of it: ``angle[0]``), one for each value of the
                others; or over ``"point"``, the number of the point, as for the log of a loop.
            ax: where to draw a plot of one panel; by default a new figure.

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
        """Return a text table: point, parameters, job id, state, most frequent outcomes, number of outcomes.

        Args:
            most: how many outcomes to show of each point.
        """
        from .tables import to_text

        return to_text(self, most=most)

    # --- from a journal

    @staticmethod
    def from_journal(path: str | os.PathLike[str], *, trusted: bool = False) -> SweepResults:
        """Return the results that the journal of a run, or of a :class:`HybridSession`, has so far.

        The run may still be going on, in this process or another: nothing is locked, and everything is read as of one
        moment. :attr:`pending` has the points that have not ended. The points of a hybrid session are its evaluations,
        in the order in which they were requested. The service is not contacted.

        Args:
            path: the journal.
            trusted: as for :meth:`read`.

        Raises:
            JournalError: there is no such file, or it is no journal, damaged, or of another version.

        >>> import tempfile, pathlib, qsharp_bridge as qb
        >>> source = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"
        >>> op = qb.Program.from_source(source).operation("Flip")
        >>> journal = pathlib.Path(tempfile.mkdtemp(), "run.db")
        >>> results = qb.run_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10, journal=journal)
        >>> qb.SweepResults.from_journal(journal) == results
        True
        """
        from .from_journal import from_journal

        with trusting(trusted):
            return from_journal(path, SweepResults)

    # --- to files and back, without loss

    def to_json(self, path: str | os.PathLike[str] | None = None, *, raw: bool = False) -> str:
        """Return everything as JSON text, also written to ``path`` if given. :meth:`from_json` reads it back, equal.

        Args:
            path: a file to write to; None for none.
            raw: include the bytes that the service sent, in base64, which have the order of the shots
                (:attr:`memory`). The journal has them, too.
        """
        from .files import to_json

        return to_json(self, path, raw=raw)

    @staticmethod
    def from_json(source: str | os.PathLike[str], *, trusted: bool = False) -> SweepResults:
        """Return the results that :meth:`to_json` gave as a text, or wrote to a file.

        Args:
            source: the text, or the path of a file. A str that begins with ``{`` is the text.
            trusted: as for :meth:`read`.

        Raises:
            ResultFormatError: it is something else, or cannot be read.
        """
        from .files import from_json

        with trusting(trusted):
            return from_json(source, SweepResults)

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return a CSV text with one line per point and outcome, also written to ``path``.

        :meth:`from_csv` reads it back, equal.

        Parameters are written as :meth:`Sweep.from_csv` reads them. The raw bytes are not included.

        Args:
            path: a file to write to; None for none.
        """
        from .files import to_csv

        return to_csv(self, path)

    @staticmethod
    def from_csv(path: str | os.PathLike[str], *, trusted: bool = False) -> SweepResults:
        """Return the results that :meth:`to_csv` wrote.

        Args:
            path: the file.
            trusted: as for :meth:`read`.

        Raises:
            ResultFormatError: it is something else, or cannot be read.
        """
        from .files import from_csv

        with trusting(trusted):
            return from_csv(path, SweepResults)

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write a Parquet file with the columns of :meth:`to_csv` (extra ``results``).

        :meth:`from_parquet` reads it back, equal.

        A parameter whose values are all ints, floats, bools, texts or lists of floats is a column of that type; other
        values are JSON texts.

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
    def from_parquet(path: str | os.PathLike[str], *, trusted: bool = False) -> SweepResults:
        """Return the results that :meth:`to_parquet` wrote.

        Args:
            path: the file.
            trusted: as for :meth:`read`.

        Raises:
            ResultFormatError: it is something else, or cannot be read.
        """
        from .parquet import from_parquet

        with trusting(trusted):
            return from_parquet(path, SweepResults)

    @staticmethod
    def read(path: str | os.PathLike[str], *, trusted: bool = False) -> SweepResults:
        """Return the results in a file of any format: JSON, CSV, Parquet, or the journal of a run.

        The format is found from the content, not from the name.

        Args:
            path: the file.
            trusted: read Q# code among the values as trusted code. Without it, an expression with such a value is an
                error, since the author of the file would choose what the operation does.

        Raises:
            ResultFormatError: it has none of these formats, or cannot be read.
            JournalError: it is a journal that is damaged or of another version.

        >>> import pathlib, tempfile, qsharp_bridge as qb
        >>> op = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }")
        >>> results = qb.run_sweep(op.operation("Flip"), qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10)
        >>> file = pathlib.Path(tempfile.mkdtemp(), "flip.csv")
        >>> text = results.to_csv(file)
        >>> qb.SweepResults.read(file) == results
        True
        """
        from .files import format_of

        readers: dict[str, Callable[..., SweepResults]] = {
            "journal": SweepResults.from_journal, "json": SweepResults.from_json,
            "parquet": SweepResults.from_parquet, "csv": SweepResults.from_csv,
        }  # fmt: skip
        name, reader = os.fspath(path), readers[format_of(path)]
        try:
            return reader(name, trusted=trusted)
        except ResultFormatError as error:
            raise error.under(f"{name}: " if error.path else name) from None
