"""One session for a loop that chooses its next point from the last: VQE, QAOA, calibration.

Every evaluation is a job of one session. With a journal, an evaluation that was paid for is never paid for again: a
loop that is run again after a crash gets its earlier answers from the journal.
"""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, Unpack, cast

from qsharp_bridge._garbage import collect_contexts
from qsharp_bridge.errors import BridgeError, BudgetError, RunError, SweepError, TargetError
from qsharp_bridge.estimator.estimates import EstimatedValue
from qsharp_bridge.estimator.measurement import MeasuredOperation, measured, prepares_a_state
from qsharp_bridge.estimator.shift import Gradient
from qsharp_bridge.journal.journal import JobRow, Journal
from qsharp_bridge.programs import Operation
from qsharp_bridge.qir.counts import count_gates
from qsharp_bridge.results.counts import Counts
from qsharp_bridge.results.formats import Output, read_outputs
from qsharp_bridge.results.from_journal import results_of
from qsharp_bridge.results.names import own_name
from qsharp_bridge.results.results import SweepResults
from qsharp_bridge.runner.estimation.points import check_exact
from qsharp_bridge.runner.estimation.session import SessionEstimator
from qsharp_bridge.states import JobState
from qsharp_bridge.sweeps.shots import check_shots_option, shots_of_points, whole_number
from qsharp_bridge.sweeps.sweep import Point, Sweep
from qsharp_bridge.sweeps.values import from_json, plain, to_json
from qsharp_bridge.targets.backend import LocalBackend, backend_of
from qsharp_bridge.targets.limits import check_qubits, check_shots, profile_for

from .job_options import check_job_names
from .jobs import JobRunner, RunSettings, StoppedError
from .manifest import journal_for, manifest_of
from .options import HybridOptions, Limits, accepts, complete, text
from .packing import EvaluationPacks
from .progress import close_listener, listener_for
from .runners import runner_for
from .termination import termination_as_exit

_LOOK = 0.5  # seconds; see _wait_for


@accepts(HybridOptions)
class HybridSession:
    """A session that stays open while a program on this side decides what to ask next.

    Calling it runs the operation once, as one job, and gives the counts; :meth:`map` runs several points at once.
    Only the first evaluations compile anything; after that a point that varies in its Doubles alone costs
    microseconds.

    Args:
        operation: ``program.operation("Name")``, or a circuit, as for ``run_sweep``.
        target: of a workspace, or ``LocalSimulator()``.
        shots: for each evaluation, and for each basis of an estimate. None, on ``LocalSimulator()`` without noise:
            estimates are exact, from the state vector, and nothing is sampled.
        name: the session's name on the service.
        options: see :class:`~qsharp_bridge.runner.options.HybridOptions`.

    With a ``journal``, run the same loop again with the same file after a crash: what was asked before is answered
    from it. Evaluations are found by their values and shots; the same values asked twice are two evaluations. With
    ``retry_failed`` an evaluation whose job failed is paid for again when it is asked for, otherwise it fails again.
    The ``budget`` is checked before each evaluation. ``link_sessions`` matters for a slow classical step: the service
    ends a session that got no job for ten minutes.

    Raises:
        SweepError: an option is not usable.
        TargetError: it is no target, or cannot take that many shots.

    Use it as a context manager; the session is opened with the first evaluation and closed at the end. Threads may
    call it: their evaluations come one after the other, those of one :meth:`map` run side by side.

    >>> import qsharp_bridge as qb
    >>> source = "operation Turn(a : Double) : Result { use q = Qubit(); Rx(a, q); MResetZ(q) }"
    >>> op = qb.Program.from_source(source).operation("Turn")
    >>> with HybridSession(op, qb.LocalSimulator(seed=1), shots=100) as session:
    ...     session(0.0)
    {'0': 100}
    """

    def __init__(
        self,
        operation: Operation | Any,
        target: Any,
        shots: int | None = 1000,
        name: str | None = None,
        **options: Unpack[HybridOptions],
    ) -> None:
        from qsharp_bridge.programs.coerce import as_operation

        self._options = chosen = complete(HybridOptions, options, "HybridSession")
        self._measured: MeasuredOperation | None = None
        self._estimator: SessionEstimator | None = None
        if isinstance(operation, Operation) and prepares_a_state(operation):
            self._measured = measured(operation)
            name = name or f"{own_name(operation.name)}, hybrid"
            operation = self._measured.operation
        self.operation = operation = as_operation(operation)
        self.shots = None if shots is None else whole_number("shots", shots)
        self.backend = backend_of(target)
        try:
            self.profile = profile_for(self.backend, chosen["profile"])
            if self.shots is None:
                check_exact(self.backend)
            else:
                check_shots(self.backend, [self.shots])
            if chosen["input_params"] and isinstance(self.backend, LocalBackend):
                raise TargetError(
                    f"{self.backend.name} takes no input_params", advice="give LocalSimulator(noise=...) for noise"
                )
        except BridgeError as error:
            raise error.at(operation=operation.name) from None
        self._name = text("name", name) or f"{own_name(operation.name)}, hybrid"
        self._settings = RunSettings(
            Limits(chosen["max_in_flight"], budget=chosen["budget"]),
            chosen["link_sessions"],
            chosen["session_timeout"],
            listener_for(chosen["progress"] or False, f"{own_name(operation.name)} on {self.backend.name}"),
        )
        self._packs = EvaluationPacks(operation, self.backend, self.profile, chosen["points_per_job"])
        self._turn = threading.Lock()  # of the threads of a loop: one evaluation, or one map, at a time
        self._log = threading.Lock()  # readers of the log get points and jobs of one moment
        self._record: Journal | None = None
        self._runner: JobRunner | None = None
        self._loop: ThreadPoolExecutor | None = None
        self._acting = False  # whether the thread of the loop has something to do
        self._signals = ExitStack()
        self._source = _Evaluations(self)
        self._points: list[Point] = []
        # Evaluations that were asked for, and whose answers were not returned yet: (number of the job, index).
        self._replay: dict[str, deque[tuple[int, int]]] = {}
        self._final: SweepResults | None = None

    # --- as a context

    def __enter__(self) -> Self:
        if self._record is not None:
            raise RunError("the session is open already", advice="use the one that it is")
        collect_contexts()
        path = self._options["journal"]
        manifest = manifest_of(
            self.operation,
            self.backend,
            self.profile,
            self.shots or 1,
            session_name=self._name,
            options=self._options,
        )
        self._record = record = journal_for(None if path is None else os.fspath(path), manifest)
        try:
            self._points = [_from_content(content) for content in record.points()]
            self._source = _Evaluations(self)
            self._replay.clear()
            for row in record.jobs():
                for index in row.points:
                    key = _key(self._points[index], row.shots)
                    self._replay.setdefault(key, deque()).append((row.number, index))
        except BaseException:
            record.close()
            self._record = None
            raise
        self._signals.enter_context(termination_as_exit())
        self._runner = runner = runner_for(self.backend, record, self._source, self._settings)
        self._loop = ThreadPoolExecutor(1, thread_name_prefix="qsharp-bridge-hybrid")
        try:
            self._in_order(lambda: runner.settle(planned=False))  # only what is asked for again
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._runner is not None:
                try:
                    if self._acting:  # a Ctrl-C came before anybody could wait for it
                        self._runner.stop()
                    if self._loop is not None:
                        self._loop.shutdown()
                finally:
                    self._runner.__exit__(kind, error, trace)
        finally:
            self._signals.close()
            close_listener(self._settings.listener)
            if self._loop is not None:
                self._loop.shutdown()
            if self._record is not None:
                try:
                    self._final = self.results
                finally:
                    self._record.close()
                    self._record = None

    # --- evaluations

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, int]:
        """Run the operation with these arguments, by position or by name, and return the counts.

        Args:
            *args: the arguments by position.
            **kwargs: the arguments by name.

        Returns:
            Outcome text to number of shots, such as ``{"[0, 0]": 498, "[1, 1]": 502}``.

        Raises:
            QsharpValueError, QsharpTypeError, ArgumentError: an argument that does not fit; nothing was sent.
            BudgetError: the evaluation would exceed the budget; nothing was sent.
            RunError: the job failed, or the service could not be reached.
        """
        names = [parameter.name for parameter in self.operation.signature.parameters]
        if len(args) > len(names) or set(names[: len(args)]) & kwargs.keys():
            self.operation.literals(*args, **kwargs)  # raises the error for the wrong value
        return self._evaluate([dict(zip(names, args, strict=False)) | kwargs], [self._own_shots()])[0]

    def map(
        self, points: Iterable[Mapping[str, Any]], shots: int | Sequence[int] | None = None
    ) -> list[dict[str, int]]:
        """Run several points at once, as jobs side by side, and return their counts, in the order of the points.

        With ``points_per_job`` those that follow one another with equal shots share jobs, as in a sweep; what the
        journal knows is answered point by point.

        Args:
            points: parameter name to value, for each evaluation.
            shots: one number for all points, or a sequence with one for each; by default those of the session.

        Raises:
            SweepError: something among the points is no mapping, or the shots do not fit; nothing was sent.
            TargetError: more shots than the target takes for a job, or points that cannot share one; nothing was sent.
            QsharpValueError, QsharpTypeError, ArgumentError: an argument that does not fit; nothing was sent.
            BudgetError: the evaluations would exceed the budget: some of them may have been sent.
            RunError: a job failed, or the service could not be reached. What was paid for is not paid for again when
                the same points are asked for again.

        >>> import qsharp_bridge as qb
        >>> source = "operation Turn(a : Double) : Result { use q = Qubit(); Rx(a, q); MResetZ(q) }"
        >>> op = qb.Program.from_source(source).operation("Turn")
        >>> with HybridSession(op, qb.LocalSimulator(seed=1), shots=100) as session:
        ...     session.map([{"a": 0.0}, {"a": 0.0}])
        [{'0': 100}, {'0': 100}]
        """
        points = list(points)
        for place, point in enumerate(points):
            if not isinstance(point, Mapping):
                raise SweepError(
                    f"point {place} of map is {point!r}",
                    advice=f"write {{{self.operation.signature.parameters[0].name!r}: value, ...}}"
                    if self.operation.signature.parameters
                    else "write {}: the operation has no parameters",
                )
        each = shots_of_points(check_shots_option("shots", self._own_shots() if shots is None else shots), len(points))
        try:
            check_shots(self.backend, each)
        except BridgeError as error:
            raise error.at(operation=self.operation.name) from None
        return self._evaluate([dict(point) for point in points], each)

    def estimate(self, *args: Any, observable: Any = None, **kwargs: Any) -> EstimatedValue:
        """Estimate the expectation value of an observable: all of its bases as jobs side by side.

        Each basis is measured with the session's ``shots``.

        Args:
            *args: the arguments of the operation by position, but for qubits or bases, and then the observable.
            observable: a :class:`PauliSum`, or what makes one; by name where the arguments are by name.
            **kwargs: the arguments by name.

        Returns:
            A float, with its standard error as ``.error``.

        Raises:
            QsharpTypeError: the operation neither prepares a state nor takes bases, or this is no observable.
            BridgeError: as for a call of the session.

        >>> import qsharp_bridge as qb
        >>> source = "operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
        >>> op = qb.Program.from_source(source).operation("Prepare")
        >>> with HybridSession(op, qb.LocalSimulator(seed=1), shots=100) as session:
        ...     value = session.estimate(0.0, qb.PauliSum("2 Z0 + 1"))
        >>> value, round(value.error, 4)
        (3.0, 0.0198)
        """
        estimator = self._estimates()
        point, observable = estimator.point(args, kwargs, observable)
        return estimator.values([point], observable)[0]

    def objective(self, observable: Any) -> Callable[[Any], EstimatedValue]:
        """Return the expectation value as a function of an array, such as ``scipy.optimize.minimize`` takes.

        Args:
            observable: as for :meth:`estimate`.

        Returns:
            A function of the operation's only ``Double[]``, or of one number for each of its Doubles.

        Raises:
            QsharpTypeError: the operation neither prepares a state nor takes bases.
        """
        estimator = self._estimates()
        return lambda x: estimator.values([estimator.point_of(x)], observable)[0]

    def gradient(self, *args: Any, observable: Any = None, check: bool = True, **kwargs: Any) -> Gradient:
        """Return the derivatives of an expectation value by every angle, by the parameter-shift rule.

        Each angle takes two values of the observable; all of their bases run side by side.

        Args:
            *args: as for :meth:`estimate`; all arguments are floats, or lists of floats.
            observable: as for :meth:`estimate`.
            check: first check with exact values on this machine that the rule holds for every angle.
            **kwargs: the arguments by name.

        Raises:
            SweepError: the rule does not hold for an angle, such as one that is used twice.
            SimulationError: the check is not possible, since there is no exact value; ``check=False`` leaves it out.
            BridgeError: as for :meth:`estimate`.

        >>> import qsharp_bridge as qb
        >>> source = "operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
        >>> op = qb.Program.from_source(source).operation("Prepare")
        >>> with HybridSession(op, qb.LocalSimulator(seed=1), shots=10_000) as session:
        ...     gradient = session.gradient(0.5, "Z")  # - sin(0.5)
        >>> gradient.values.round(1).tolist()
        [-0.5]
        """
        estimator = self._estimates()
        point, observable = estimator.point(args, kwargs, observable)
        return estimator.gradient(point, observable, check=check)

    def _estimates(self) -> SessionEstimator:
        if self._estimator is None:
            run = None if self.shots is None else self.map
            self._estimator = SessionEstimator(self._measured or measured(self.operation), run)
        return self._estimator

    def _own_shots(self) -> int:
        if self.shots is None:
            raise SweepError("the session has no shots: its estimates are exact", advice="give shots to get counts")
        return self.shots

    @property
    def results(self) -> SweepResults:
        """All evaluations so far, in the order in which they were asked: the log of the loop.

        Raises:
            RunError: the session has not begun.
        """
        if self._record is None:
            if self._final is None:
                raise RunError("the session has not begun", advice="use it in a with block")
            return self._final
        with self._log:
            return results_of(self._record, Sweep.points(self._points), SweepResults)

    def _evaluate(self, points: list[Point], shots: Sequence[int]) -> list[dict[str, int]]:
        with self._turn:
            return self._evaluate_in_turn(points, shots)

    def _evaluate_in_turn(self, points: list[Point], shots: Sequence[int]) -> list[dict[str, int]]:
        record = self._record
        if record is None:
            raise RunError("the session is not open", advice="call it inside its with block")
        points = [{name: plain(value) for name, value in point.items()} for point in points]
        # Everything is checked before anything is on record.
        singles = [self._packs.program([point]) for point in points]
        keys = [_key(point, each) for point, each in zip(points, shots, strict=True)]
        fresh = self._never_asked(keys)
        asked, each = [points[place] for place in fresh], [shots[place] for place in fresh]
        jobs = self._packs.jobs(asked, [singles[place] for place in fresh], each)
        costs = [self._cost(program, span.shots) for span, program in jobs]
        check_job_names(
            self._options["job_name"],
            self.operation.name,
            ((asked[span.first], range(span.first, span.first + span.size), span.shots) for span, _ in jobs),
        )
        found = {place: self._take_replay(key) for place, key in enumerate(keys) if place not in set(fresh)}
        with self._log:
            added = record.add_points([_content(point) for point in asked], [span for span, _ in jobs])
            self._points += asked
        for (_, program), cost, row in zip(jobs, costs, added, strict=True):
            self._source.known[row.number] = (program, cost)
        found |= zip(fresh, ((row, index) for row in added for index in row.points), strict=True)
        chosen = [found[place] for place in range(len(points))]
        runner = self._runner
        assert runner is not None
        try:
            rows = {row.number: row for row, _ in chosen}
            self._in_order(lambda: runner.carry(rows.values()))
            ended = {number: record.job(number) for number in rows}
            stored = {job_id: (form, raw) for job_id, form, raw in record.outputs([row.id for row in ended.values()])}
            outputs: dict[int, list[Output]] = {}
            return [self._counts(ended[row.number], index, stored, outputs) for row, index in chosen]
        except BaseException:  # also the user's own, from a listener
            self._keep_for_later(chosen)
            raise

    def _never_asked(self, keys: Sequence[str]) -> list[int]:
        """Return the places of the evaluations that no earlier one answers."""
        left = {key: len(self._replay.get(key, ())) for key in keys}
        fresh = []
        for place, key in enumerate(keys):
            left[key] -= 1
            if left[key] < 0:
                fresh.append(place)
        return fresh

    def _counts(
        self, row: JobRow, index: int, stored: dict[str, tuple[str, bytes]], outputs: dict[int, list[Output]]
    ) -> dict[str, int]:
        if row.state != JobState.SUCCEEDED or row.id not in stored:
            raise RunError(
                f"evaluation {index} ended as {row.state}: {row.error or 'no reason was given'}",
                operation=self.operation.name,
                advice="its job is on record; the loop can go on with other points, or begin again from its journal "
                "with retry_failed=True",
            )
        if row.number not in outputs:
            form, raw = stored[row.id]
            outputs[row.number] = read_outputs(raw, form, row.shots, row.size)
        return cast(Counts, outputs[row.number][index - row.first].counts)

    def _keep_for_later(self, asked: list[tuple[JobRow, int]]) -> None:
        """Keep answers that were not returned: asked for again, their jobs keep their ids, except those that failed."""
        assert self._record is not None
        for row, index in [(self._record.job(row.number), index) for row, index in reversed(asked)]:
            if row.state == JobState.SUCCEEDED or not row.ended:
                key = _key(self._points[index], row.shots)
                self._replay.setdefault(key, deque()).appendleft((row.number, index))

    def _take_replay(self, key: str) -> tuple[JobRow, int]:
        assert self._record is not None
        number, index = self._replay[key].popleft()
        row = self._record.job(number)
        again = self._options["retry_failed"] and row.ended and row.state != JobState.SUCCEEDED
        return (self._record.try_again(row) if again else row), index

    def _in_order(self, action: Callable[[], None]) -> None:
        """Act in the thread that decides, so that a Ctrl-C here does not fall into the middle of a decision."""
        assert self._runner is not None
        assert self._loop is not None

        def act() -> None:
            try:
                action()
            finally:
                self._acting = False

        self._acting = True
        future = None
        try:
            future = self._loop.submit(act)
            _wait_for(future)
            future.result()
        except StoppedError:
            raise RunError(
                "the session was interrupted", advice="begin another; its journal has what was paid"
            ) from None
        except (KeyboardInterrupt, SystemExit):
            self._runner.stop()
            if future is not None:
                _wait_for(future)
            raise

    def _cost(self, program: Any, shots: int) -> float:
        """Return the price of one job; 0 where none is known and no budget depends on it."""
        counts = count_gates(str(program))
        try:
            check_qubits(self.backend.name, counts.qubits)
            cost = self.backend.cost(counts, shots, self._options["input_params"]).amount
            if cost is None and self._options["budget"] is not None:
                raise BudgetError(
                    f"a budget cannot be kept: no price per job is known for {self.backend.name}",
                    advice="leave budget out to run all the same",
                )
        except BridgeError as error:
            raise error.at(operation=self.operation.name) from None
        return cost or 0.0

    def __repr__(self) -> str:
        return f"<HybridSession {self._name!r} of {self.operation.name} on {self.backend.name}>"


def _wait_for(future: Future[None]) -> None:
    """Wait for a future in short waits: a signal that another thread got does not end the wait of this one."""
    while not wait([future], _LOOK).done:
        pass


class _Evaluations:
    """The jobs of a loop; see :class:`~.jobs.JobSource`."""

    total: tuple[int, int] | None = None
    batched = False

    def __init__(self, session: HybridSession) -> None:
        self.operation = session.operation.name
        self.known: dict[int, tuple[Any, float]] = {}  # (program, price) by the number of the job
        self._session = session

    def _made(self, row: JobRow) -> tuple[Any, float]:
        if row.number not in self.known:  # a point of an earlier process: made again from its values
            program = self._session._packs.program([self.point(index) for index in row.points])
            self.known[row.number] = (program, self._session._cost(program, row.shots))
        return self.known[row.number]

    def program(self, row: JobRow) -> Any:
        """Return the program of a job."""
        return self._made(row)[0]

    def parts(self, start: int, stop: int) -> Iterable[Any]:
        """Raise an error: an evaluation is not simulated in chunks."""
        raise NotImplementedError

    def chunks(self, start: int, stop: int) -> Iterable[Any]:
        """Raise an error: evaluations are asked for one by one."""
        raise NotImplementedError

    def point(self, index: int) -> Point:
        """Return the values of a point."""
        return self._session._points[index]

    def cost(self, row: JobRow) -> float:
        """Return the price of a job."""
        return self._made(row)[1]


def _content(point: Point) -> dict[str, Any]:
    return {name: to_json(value) for name, value in point.items()}


def _from_content(content: dict[str, Any]) -> Point:
    return {name: from_json(value) for name, value in content.items()}


def _key(point: Point, shots: int) -> str:
    return f"{shots} {json.dumps(_content(point), sort_keys=True)}"
