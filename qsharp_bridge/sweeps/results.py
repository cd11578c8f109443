"""The labelled result of a sweep: which point, which job, which counts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from ..errors import ResultFormatError, SweepError
from .observables import Expectation, expectation
from .outputs import Output, outcome_json, outcome_value
from .sweep import Point, Sweep
from .values import from_json, plain, to_json

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.axes import Axes

SUCCEEDED = "Succeeded"
_VERSION = 1


@dataclass(frozen=True)
class PointResult:
    """What one point gave.

    Attributes:
        index: the place of the point in the sweep, from 0.
        point: parameter name to value.
        state: ``Succeeded``, ``Failed``, ``Cancelled``, or ``planned`` when it was never sent.
        job_id: the job on the service; None for a local simulation and for a point never sent.
        output: counts and outcomes; None unless ``Succeeded``.
        error: why it failed, or None.
        raw: the bytes as the service sent them, or None.
        raw_format: the format of ``raw``.
    """

    index: int
    point: Point
    state: str
    job_id: str | None = None
    output: Output | None = None
    error: str | None = None
    raw: bytes | None = field(default=None, repr=False)
    raw_format: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Display text of an outcome to its number of shots; empty unless the job succeeded."""
        return dict(self.output.counts) if self.output else {}

    @property
    def probabilities(self) -> dict[str, float]:
        """The counts divided by the shots that ran."""
        shots = self.shots
        return {display: count / shots for display, count in self.counts.items()} if shots else {}

    @property
    def shots(self) -> int:
        """The shots that ran."""
        return self.output.shots if self.output else 0

    def most_frequent(self, number: int = 1) -> list[tuple[str, int]]:
        """The most frequent outcomes with their counts, most frequent first; ties in the order of their text."""
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:number]


class SweepResults(Sequence[PointResult]):
    """The results of a sweep, immutable, one for each point, in the order of the sweep.

    An index gives a :class:`PointResult`; a slice, :meth:`where` and ``+`` give results again.

    Attributes:
        operation: the operation's name.
        target: the target's name.
        shots: the shots asked for, for each point.
        session_ids: the sessions that the jobs ran in; empty for a local simulation.
    """

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
        self.operation, self.target, self.shots = operation, target, shots
        self.session_ids = tuple(session_ids)
        self._sweep = sweep if sweep is not None else Sweep.points(row.point for row in self._rows)

    # --- columns

    @property
    def points(self) -> Sweep:
        """The points, as the sweep that was run."""
        return self._sweep

    @property
    def counts(self) -> list[dict[str, int]]:
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
        return sorted({display for row in self._rows for display in (row.output.counts if row.output else ())})

    @property
    def failures(self) -> list[PointResult]:
        """The points without a result."""
        return [row for row in self._rows if row.state != SUCCEEDED]

    def expectation(self, observable: str | Callable[[Any], float] = "parity") -> list[Expectation]:
        """For each point, the mean of an observable over the shots, with its standard error.

        Args:
            observable: ``"parity"``; a string of ``Z`` and ``I``, one letter a measured bit; or a function of the
                outcome (a list of bits for ``Result[]``). See :func:`qsharp_bridge.sweeps.observables.expectation`.
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

    def where(self, **values: Any) -> SweepResults:
        """The points whose parameters have these values.

        Raises:
            SweepError: the sweep has no parameter of that name.
        """
        for name in values:
            if name not in self._sweep.keys:
                raise SweepError(f"no parameter {name!r}", advice=f"the sweep has {', '.join(self._sweep.keys)}")
        wanted = {name: plain(value) for name, value in values.items()}
        rows = [row for row in self._rows if all(row.point[name] == value for name, value in wanted.items())]
        return self._with(rows)

    def __add__(self, other: SweepResults) -> SweepResults:
        """The points of both, these first. The operation and the shots must be the same."""
        if not isinstance(other, SweepResults):
            return NotImplemented
        if (self.operation, self.shots) != (other.operation, other.shots):
            raise SweepError("only results of one operation with the same shots can be merged")
        sessions = dict.fromkeys([*self.session_ids, *other.session_ids])
        return SweepResults(
            [*self._rows, *other._rows], operation=self.operation, target=self.target, shots=self.shots,
            session_ids=sessions, sweep=self._sweep + other._sweep,
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        """The same points with the same results of the same jobs."""
        if not isinstance(other, SweepResults):
            return NotImplemented
        return self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        failed = len(self.failures)
        told = f", {failed} without a result" if failed else ""
        return f"<SweepResults of {self.operation}: {len(self)} points, {self.shots} shots each{told}>"

    def _repr_html_(self) -> str:
        from .html import results_html

        return results_html(self)

    def _with(self, rows: Sequence[PointResult], sweep: Sweep | None = None) -> SweepResults:
        return SweepResults(
            rows, operation=self.operation, target=self.target, shots=self.shots, session_ids=self.session_ids,
            sweep=sweep,
        )  # fmt: skip

    # --- to tables, files and pictures

    def to_pandas(self, *, wide: bool = False) -> pandas.DataFrame:
        """A pandas DataFrame (extra ``results``).

        Tidy, the default: one row per point and outcome, with the columns ``point``, the parameters, ``outcome``,
        ``count`` and ``probability``. Wide: one row per point, with the parameters, ``job_id``, ``state`` and a
        column of counts for each outcome.
        """
        from .tables import to_pandas

        return to_pandas(self, wide=wide)

    def to_xarray(self) -> xarray.Dataset:
        """An xarray Dataset (extra ``results``) with the variable ``counts`` and the dimension ``outcome``.

        The axes of a grid become dimensions with coordinates; any other sweep has one dimension ``point`` with the
        parameters as coordinates.
        """
        from .tables import to_xarray

        return to_xarray(self)

    def plot(self, **options: Any) -> Axes:
        """A plot that fits the sweep (extra ``results``); gives the matplotlib axes. See ``sweeps.plots.plot``."""
        from .plots import plot

        return plot(self, **options)

    def table(self, *, most: int = 2) -> str:
        """A text table: point, parameters, job id, state, most frequent outcomes, number of outcomes."""
        from .tables import to_text

        return to_text(self, most=most)

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Everything as JSON text, also written to ``path`` if given. :meth:`from_json` reads it back, equal."""
        data = {
            "qsharp_bridge.results": _VERSION,
            "operation": self.operation,
            "target": self.target,
            "shots": self.shots,
            "session_ids": list(self.session_ids),
            "sweep": json.loads(self._sweep.to_json()),
            "rows": [_row_json(row) for row in self._rows],
        }
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        if path is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return text

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """The tidy table of :meth:`to_pandas` as CSV text, also written to ``path`` if given. Needs no pandas.

        A cell holds JSON where a value is no text, so that ``Sweep.from_csv`` reads arrays back.
        """
        from .tables import to_csv

        text = to_csv(self)
        if path is not None:
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        return text

    @classmethod
    def from_json(cls, text: str) -> SweepResults:
        """What :meth:`to_json` wrote. The raw bytes of the service are not part of it: they are in the journal.

        Raises:
            ResultFormatError: the text is something else.
        """
        try:
            data = json.loads(text)
            if data["qsharp_bridge.results"] != _VERSION:
                raise ResultFormatError(f"results of version {data['qsharp_bridge.results']}; this reads {_VERSION}")
            sweep = Sweep.from_json(json.dumps(data["sweep"]))
            rows = [_row_from_json(row) for row in data["rows"]]
            return cls(
                rows, operation=data["operation"], target=data["target"], shots=data["shots"],
                session_ids=data["session_ids"], sweep=sweep,
            )  # fmt: skip
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, ResultFormatError):
                raise
            raise ResultFormatError(f"not the results of a sweep: {type(error).__name__} {error}") from None


def _row_json(row: PointResult) -> dict[str, Any]:
    data: dict[str, Any] = {
        "index": row.index,
        "point": {name: to_json(value) for name, value in row.point.items()},
        "state": row.state,
        "job_id": row.job_id,
    }
    if row.error is not None:
        data["error"] = row.error
    if row.output is not None:
        data["counts"] = row.output.counts
        data["outcomes"] = {display: outcome_json(value) for display, value in row.output.outcomes.items()}
        if row.output.derived:
            data["derived"] = True
        if row.output.failed_shots:
            data["failed_shots"] = row.output.failed_shots
    return data


def _row_from_json(data: dict[str, Any]) -> PointResult:
    output = None
    if "counts" in data:
        output = Output(
            data["counts"],
            {display: outcome_value(value) for display, value in data["outcomes"].items()},
            data.get("derived", False),
            data.get("failed_shots", 0),
        )
    point = {name: from_json(value) for name, value in data["point"].items()}
    return PointResult(data["index"], point, data["state"], data["job_id"], output, data.get("error"))
