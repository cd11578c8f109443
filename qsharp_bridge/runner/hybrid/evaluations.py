"""The evaluations of a hybrid loop: recorded as jobs, and answered from the journal where it has them."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from qsharp_bridge.errors import BridgeError, BudgetError, RunError
from qsharp_bridge.journal.job_rows import JobRow
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.programs import Operation
from qsharp_bridge.qir.counts import count_gates
from qsharp_bridge.results.formats import Output, read_outputs
from qsharp_bridge.results.from_journal import results_of, shots_together
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.results.results import SweepResults
from qsharp_bridge.runner.job_options import check_job_names
from qsharp_bridge.runner.options import HybridOptions
from qsharp_bridge.states import JobState
from qsharp_bridge.sweeps.leaves import Point
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.sweeps.value_json import from_json, to_json
from qsharp_bridge.sweeps.values import plain
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend
from qsharp_bridge.targets.limits import check_qubits

from .packs import EvaluationPacks


class Evaluations:
    """The evaluations of one session; the source of its jobs, see :class:`~qsharp_bridge.runner.jobs.JobSource`.

    Evaluations are found in the journal by their values and shots; the same values twice are two evaluations.

    Args:
        operation: the operation.
        backend, profile: where it runs, and the profile that it is compiled for.
        options: of the session, checked.
        record: its journal.
        basis: as for :class:`EvaluationPacks`.
    """

    total: tuple[int, int] | None = None
    batched = False
    programs = None

    def __init__(
        self,
        operation: Operation,
        backend: ServiceBackend | LocalBackend,
        profile: str,
        options: HybridOptions,
        record: Journal,
        basis: str | None = None,
    ) -> None:
        self.operation = operation.name
        self.record = record
        self._backend, self._options = backend, options
        self._packs = EvaluationPacks(operation, backend, profile, options["points_per_job"], basis)
        self._made: dict[int, tuple[Any, float]] = {}  # (program, price) by the number of the job
        self._log = threading.Lock()  # readers of the log get points and jobs of one moment
        self._points: list[Point] = [_from_content(content) for content in record.points()]
        self._jobs: list[list[int]] = [[] for _ in self._points]  # of each point, by their numbers in the journal
        self._shots = [0] * len(self._points)
        for row in record.jobs():
            for index in row.points:
                self._jobs[index].append(row.number)
                self._shots[index] += row.shots
        # Points whose answers were not returned yet; those in `_unanswered` were asked for in this process.
        self._replay: dict[str, deque[int]] = {}
        self._unanswered: set[int] = set()
        for index in range(len(self._points)):
            self._waiting(index).append(index)

    @property
    def results(self) -> SweepResults:
        """All evaluations so far, in their order."""
        with self._log:
            return results_of(self.record, Sweep.points(self._points), SweepResults)

    # --- asked and answered

    def ask(self, points: Sequence[Point], shots: Sequence[int]) -> tuple[list[int], list[JobRow]]:
        """Record evaluations, except those that the journal has from an earlier process.

        Args:
            points: the values of each.
            shots: of each; more than a job takes are split over several jobs.

        Returns:
            The index of each evaluation in the log, and the jobs of all of them.

        Raises:
            BridgeError: a point does not fit, alone or in its job; nothing is recorded then.
        """
        own = _once(plain)  # the points of an estimate share their angles
        points = [{name: own(value) for name, value in point.items()} for point in points]
        # Everything is checked before anything is recorded.
        singles = self._packs.singles(points, shots)
        data = _once(to_json)
        contents = [{name: data(value) for name, value in point.items()} for point in points]
        text = _once(_text)
        keys = [_key(content, each, text) for content, each in zip(contents, shots, strict=True)]
        fresh = self._never_asked(keys)
        asked, each = [points[place] for place in fresh], [shots[place] for place in fresh]
        jobs = self._packs.jobs(asked, [singles[place] for place in fresh], each)
        costs = [self._price(program, span.shots) for span, program in jobs]
        check_job_names(
            self._options["job_name"],
            self.operation,
            ((asked[span.first], range(span.first, span.first + span.size), span.shots) for span, _ in jobs),
        )
        known = set(range(len(keys))) - set(fresh)
        found = {place: self._replay[keys[place]].popleft() for place in sorted(known)}
        rows = {row.number: row for index in found.values() for row in self._replayed(index)}
        with self._log:
            first = len(self._points)
            added = self.record.add_points([contents[place] for place in fresh], [span for span, _ in jobs])
            self._points += asked
            self._shots += each
            self._jobs += [[] for _ in asked]
            for row in added:
                for index in row.points:
                    self._jobs[index].append(row.number)
        for (_, program), cost, row in zip(jobs, costs, added, strict=True):
            self._made[row.number] = (program, cost)
            rows[row.number] = row
        found |= zip(fresh, range(first, len(self._points)), strict=True)
        return [found[place] for place in range(len(points))], list(rows.values())

    def answers(self, asked: Sequence[int]) -> list[dict[str, int]]:
        """Return the counts of evaluations whose jobs have ended.

        Args:
            asked: their indices in the log.

        Raises:
            RunError: a job failed.
        """
        ended = {number: self.record.job(number) for index in asked for number in self._jobs[index]}
        stored = {job: (form, raw) for job, form, raw in self.record.outputs([row.id for row in ended.values()])}
        outputs: dict[int, list[Output]] = {}
        found: list[dict[str, int]] = []
        for index in asked:
            results = []
            for number in self._jobs[index]:
                row = ended[number]
                form, raw = stored.get(row.id, (None, None))
                if row.state == JobState.SUCCEEDED and form and raw is not None and number not in outputs:
                    outputs[number] = read_outputs(raw, form, row.shots, row.size)
                output = outputs[number][index - row.first] if number in outputs else None
                results.append(PointResult(index, {}, row.state, row.id, output, row.error, raw, form))
            result = shots_together(results)
            if result.output is None:
                raise RunError(
                    f"evaluation {index} ended as {result.state}: {result.error or 'no reason was given'}",
                    operation=self.operation,
                    advice="its job is on record; the loop can go on with other points, or begin again from its "
                    "journal with retry_failed=True",
                )
            found.append(result.counts)
        return found

    def keep_for_later(self, asked: Sequence[int]) -> None:
        """Keep answers that were not returned: the same points again get the same jobs, except those that failed."""
        for index in reversed(asked):
            if not all(map(_failed, map(self.record.job, self._jobs[index]))):
                self._waiting(index).appendleft(index)
                self._unanswered.add(index)

    def _waiting(self, index: int) -> deque[int]:
        content = {name: to_json(value) for name, value in self._points[index].items()}
        return self._replay.setdefault(_key(content, self._shots[index]), deque())

    def _never_asked(self, keys: Sequence[str]) -> list[int]:
        """Return the places of the evaluations that the journal does not have."""
        left = {key: len(self._replay.get(key, ())) for key in keys}
        fresh = []
        for place, key in enumerate(keys):
            left[key] -= 1
            if left[key] < 0:
                fresh.append(place)
        return fresh

    def _replayed(self, index: int) -> Iterator[JobRow]:
        """Yield the jobs of an earlier evaluation; those that failed get another id where they are to be sent again."""
        retry = self._options["retry_failed"] or index in self._unanswered
        for row in map(self.record.job, self._jobs[index]):
            yield self.record.try_again(row) if retry and _failed(row) else row

    # --- as the source of jobs

    def program(self, row: JobRow) -> Any:
        """Return the program of a job."""
        return self._job(row)[0]

    def point(self, index: int) -> Point:
        """Return the values of a point."""
        return self._points[index]

    def point_shots(self, index: int) -> int:
        """Return the shots of a point, in all of its jobs."""
        return self._shots[index]

    def cost(self, row: JobRow) -> float:
        """Return the price of a job."""
        return self._job(row)[1]

    def _job(self, row: JobRow) -> tuple[Any, float]:
        if row.number not in self._made:  # a job of an earlier process: its program is bound again
            program = self._packs.program([self.point(index) for index in row.points])
            self._made[row.number] = (program, self._price(program, row.shots))
        return self._made[row.number]

    def _price(self, program: Any, shots: int) -> float:
        """Return the price of one job; 0 on this machine, and where it is unknown and there is no budget."""
        if self._backend.local:
            return 0.0
        counts = count_gates(str(program))
        try:
            check_qubits(self._backend.name, counts.qubits)
            cost = self._backend.cost(counts, shots, self._options["input_params"]).amount
            if cost is None and self._options["budget"] is not None:
                raise BudgetError(
                    f"a budget cannot be kept: no price per job is known for {self._backend.name}",
                    advice="leave budget out to run all the same",
                )
        except BridgeError as error:
            raise error.at(operation=self.operation) from None
        return cost or 0.0


def _once(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that calls ``make`` once for each object, by its identity."""
    made: dict[int, tuple[Any, Any]] = {}  # with the object, so that no other object gets its id

    def known(value: Any) -> Any:
        if id(value) not in made:
            made[id(value)] = value, make(value)
        return made[id(value)][1]

    return known


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


def _from_content(content: dict[str, Any]) -> Point:
    return {name: from_json(value) for name, value in content.items()}


def _failed(row: JobRow) -> bool:
    return row.ended and row.state != JobState.SUCCEEDED


def _key(content: Mapping[str, Any], shots: int, text: Callable[[Any], str] = _text) -> str:
    return f"{shots} {[(name, text(content[name])) for name in sorted(content)]}"
