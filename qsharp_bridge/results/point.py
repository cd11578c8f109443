"""The result of one point of a sweep."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, cast

from qsharp_bridge.errors import SweepError
from qsharp_bridge.results.formats import Output, read_memory
from qsharp_bridge.results.formats.readers import MEMORY_FORMATS
from qsharp_bridge.sweeps.identity import canonical
from qsharp_bridge.sweeps.leaves import Point
from qsharp_bridge.sweeps.value_json import to_json
from qsharp_bridge.sweeps.values import copied, plain

from .counts import Counts
from .observables import Estimate, Expectation, expectation, proportion


class PointResult:
    """Result of one point; immutable.

    Two are equal when they have the same point, job, state and result; the raw bytes are not compared.

    Attributes:
        index: the index of the point in the sweep that was run, from 0.
        point: parameter name to value; a copy.
        state: ``Succeeded``, ``Failed`` or ``Cancelled``; ``Unreadable``: the result is in no known format; ``Lost``:
            the job succeeded, but the service no longer has its result; ``Gone``: the service accepted the job and no
            longer has it. A point that has not ended is ``planned`` (not sent), ``sending`` or ``sent``.
        job_id: the job on the service; None for a local simulation, for a point that was not sent, and for the counts
            of several jobs.
        output: counts and outcomes; None unless ``Succeeded``.
        error: the reason of a failure, or None.
        raw: the bytes as the service sent them, or None.
        raw_format: the format of ``raw``.

    >>> op = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
    >>> row = qb.run_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10)[0]
    >>> row.index, row.point, row.state, row.counts, row.shots, row.most_frequent()
    (0, {}, 'Succeeded', {'1': 10}, 10, [('1', 10)])
    """

    __slots__ = ("_point", "error", "index", "job_id", "output", "raw", "raw_format", "state")
    _point: Point
    index: int
    state: str
    job_id: str | None
    output: Output | None
    error: str | None
    raw: bytes | None
    raw_format: str | None

    def __init__(
        self,
        index: int,
        point: Mapping[str, Any],
        state: str,
        job_id: str | None = None,
        output: Output | None = None,
        error: str | None = None,
        raw: bytes | None = None,
        raw_format: str | None = None,
    ) -> None:
        values = {name: plain(value) for name, value in point.items()}
        for name, value in (
            ("index", index), ("_point", values), ("state", state), ("job_id", job_id), ("output", output),
            ("error", error), ("raw", raw), ("raw_format", raw_format),
        ):  # fmt: skip
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a result cannot be changed")

    @property
    def point(self) -> Point:
        """Parameter name to value; a copy."""
        return {name: copied(value) for name, value in self._point.items()}

    @property
    def counts(self) -> Counts:
        """Display text of an outcome to its number of shots; empty unless the job succeeded.

        ``counts.by_bits`` has them by bit string, ``counts.by_tuple`` by tuple, and ``counts.memory`` the shots in
        their order.
        """
        if self.output is None:
            return Counts({}, {})
        if self.raw is None or self.raw_format not in MEMORY_FORMATS:
            return cast(Counts, self.output.counts)
        return Counts(self.output.counts, self.output.outcomes, lambda: self.memory)

    @property
    def probabilities(self) -> dict[str, float]:
        """Counts divided by the shots that ran, or the exact probabilities where nothing was sampled."""
        if self.output is not None and self.output.exact is not None:
            return dict(self.output.exact)
        shots = self.shots
        return {display: count / shots for display, count in self.counts.items()} if shots else {}

    @property
    def weights(self) -> Mapping[str, float]:
        """Display text of each outcome to its count, or to its exact probability where nothing was sampled."""
        return self.counts if self.output is None or self.output.exact is None else self.output.exact

    def share(self, display: str) -> Estimate:
        """Return the probability of an outcome with its Wilson interval, which is empty for an exact probability.

        Args:
            display: the text of the outcome.

        >>> from qsharp_bridge.results.formats import Output
        >>> row = PointResult(0, {}, "Succeeded", output=Output({}, {"0": 0, "1": 1}, exact={"0": 0.25, "1": 0.75}))
        >>> row.share("1"), row.weights["0"]
        (Estimate(value=0.75, low=0.75, high=0.75), 0.25)
        """
        if self.output is not None and self.output.exact is not None:
            return Estimate(*[self.output.exact.get(display, 0.0)] * 3)
        return proportion(self.counts.get(display, 0), self.shots)

    @property
    def shots(self) -> int:
        """Number of shots that ran."""
        return self.output.shots if self.output else 0

    @property
    def missing_shots(self) -> int:
        """Shots that the service did not count: 0 except for results of IonQ.

        IonQ answers QIR with floor(p * shots) for each state, so the counts may sum to less than the shots.
        """
        return self.output.missing if self.output else 0

    @property
    def memory(self) -> list[Any] | None:
        """Outcome of each shot, in the order of the shots; None where the service sent only a histogram.

        Outcomes are Python values, as in ``output.outcomes``: ``numpy.array(row.memory)`` has the shape (shots, bits)
        for an operation that returns ``Result[]``. A failed shot is None. The outcomes are read from ``raw`` at each
        call; the journal and ``to_json(raw=True)`` keep these bytes.

        >>> from qsharp_bridge.results.formats import read_output
        >>> raw, form = b'{"ro": [[0, 1], [1, 1], [0, 1]]}', "rigetti.quil-results.v1"
        >>> PointResult(0, {}, "Succeeded", "id", read_output(raw, form, 3), None, raw, form).memory
        [[0, 1], [1, 1], [0, 1]]
        """
        if self.output is None or self.raw is None or self.raw_format not in MEMORY_FORMATS:
            return None
        shots = read_memory(self.raw, self.raw_format)
        if shots is None:
            return None
        # Jobs of several points share the bytes: those are not the shots of this point.
        counted: Counter[str] = Counter()
        for display, count in self.counts.items():
            counted[repr(self.output.outcomes.get(display))] += count
        return shots if Counter(map(repr, shots)) == counted else None

    def most_frequent(self, number: int = 1) -> list[tuple[str, Any]]:
        """Return the most frequent outcomes with their counts, most frequent first; ties in the order of their text.

        Where nothing was sampled, the numbers are the exact probabilities.

        Args:
            number: how many at most.
        """
        return sorted(self.weights.items(), key=lambda item: (-item[1], item[0]))[:number]

    def expectation(self, observable: str | Callable[[Any], float] = "parity") -> Expectation:
        """Return the mean of an observable over the shots, with its standard error; nan where there is no result.

        Args:
            observable: ``"parity"``, a string of ``Z`` and ``I`` or a function, as for
                :meth:`SweepResults.expectation`.

        >>> from qsharp_bridge.results.formats import Output
        >>> PointResult(0, {}, "Succeeded", output=Output({"0": 75, "1": 25}, {"0": 0, "1": 1})).expectation("Z").value
        0.5
        """
        return expectation(self.output, observable)

    def at(self, index: int) -> PointResult:
        """Return this result under another index.

        Args:
            index: the place of the point.
        """
        return PointResult(index, *self._arguments()[1:])

    def _arguments(self) -> tuple[Any, ...]:
        return (
            self.index, self._point, self.state, self.job_id, self.output, self.error, self.raw, self.raw_format,
        )  # fmt: skip

    def _identity(self) -> tuple[Any, ...]:
        output = self.output
        if output is None:
            made = None
        else:
            outcomes = {display: to_json(value) for display, value in output.outcomes.items()}
            made = json.dumps([output.counts, outcomes, output.derived, output.missing, output.exact], sort_keys=True)
        return self.index, canonical(self._point), self.state, self.job_id, self.error, made

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, PointResult) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.index, self.state, self.job_id))

    def __repr__(self) -> str:
        job = f", job {self.job_id}" if self.job_id else ""
        found = (
            ", ".join(f"{display}: {weight_text(count)}" for display, count in self.most_frequent(4))
            or self.error
            or "no result"
        )
        return f"<PointResult {self.index} {self._point}: {self.state}{job}, {found}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return PointResult, self._arguments()


def weight_text(weight: float) -> str:
    """Return a count, or an exact probability with four digits, as a short text.

    >>> weight_text(75), weight_text(0.123456)
    ('75', '0.1235')
    """
    return str(weight) if isinstance(weight, int) else f"{weight:.4g}"


def pooled(one: PointResult, other: PointResult) -> PointResult:
    """Return the result of one point with the counts of both added up. One without a result gives way to the other."""
    if one.output is None or other.output is None:
        return one if other.output is None else other.at(one.index)
    mine, theirs = one.output, other.output
    if mine.exact is not None or theirs.exact is not None:
        raise SweepError("exact probabilities have no counts to add up", path=f"point {one.index}")
    counts = {name: mine.counts.get(name, 0) + theirs.counts.get(name, 0) for name in {**mine.counts, **theirs.counts}}
    outcomes = {**mine.outcomes, **theirs.outcomes}
    output = Output(counts, outcomes, mine.derived or theirs.derived, mine.missing + theirs.missing)
    return PointResult(one.index, one.point, one.state, None, output)
