"""What one point of a sweep gave."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from qsharp_bridge.sweeps.leaves import Point
from qsharp_bridge.sweeps.value_json import to_json
from qsharp_bridge.sweeps.values import canonical, copied, plain

from .formats import Output
from .frozen_dict import FrozenDict
from .observables import Expectation, expectation

__all__ = ["PointResult"]


class PointResult:
    """What one point gave; immutable.

    Two are equal when they have the same point, job, state and result; the raw bytes do not count.

    Attributes:
        index: the place of the point in the sweep that was run, from 0.
        point: parameter name to value; a copy.
        state: ``Succeeded``, ``Failed``, ``Cancelled``; ``Unreadable`` when the result is not in a known format;
            ``Lost`` when the job succeeded, and the service no longer has its result; ``Gone`` when it was accepted,
            and the service no longer has it; of a point that has not ended ``planned`` (never sent), ``sending`` or
            ``sent``.
        job_id: the job on the service; None for a local simulation and for a point never sent.
        output: counts and outcomes; None unless ``Succeeded``.
        error: why it failed, or None.
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
    def counts(self) -> Mapping[str, int]:
        """Display text of an outcome to its number of shots; empty unless the job succeeded."""
        return self.output.counts if self.output else FrozenDict()

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
        """The most frequent outcomes with their counts, most frequent first; ties in the order of their text.

        Args:
            number: how many at most.
        """
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:number]

    def expectation(self, observable: str | Callable[[Any], float] = "parity") -> Expectation:
        """The mean of an observable over the shots, with its standard error; nan where there is no result.

        Args:
            observable: ``"parity"``, a string of ``Z`` and ``I`` or a function, as for
                :meth:`SweepResults.expectation`.

        >>> from qsharp_bridge.results.formats import Output
        >>> PointResult(0, {}, "Succeeded", output=Output({"0": 75, "1": 25}, {"0": 0, "1": 1})).expectation("Z").value
        0.5
        """
        return expectation(self.output, observable)

    def _identity(self) -> tuple[Any, ...]:
        output = self.output
        if output is None:
            made = None
        else:
            outcomes = {display: to_json(value) for display, value in output.outcomes.items()}
            made = json.dumps([output.counts, outcomes, output.derived], sort_keys=True)
        return self.index, canonical(self._point), self.state, self.job_id, self.error, made

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, PointResult) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.index, self.state, self.job_id))

    def __repr__(self) -> str:
        job = f", job {self.job_id}" if self.job_id else ""
        told = ", ".join(f"{display}: {count}" for display, count in self.most_frequent(4)) or self.error or "no result"
        return f"<PointResult {self.index} {self._point}: {self.state}{job}, {told}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return PointResult, (
            self.index, self._point, self.state, self.job_id, self.output, self.error, self.raw, self.raw_format,
        )  # fmt: skip
