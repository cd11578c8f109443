"""One session for a loop that chooses its next point from the last: VQE, QAOA, calibration.

Every evaluation is a job of one session. With a journal, an evaluation that was paid for is never paid for again: a
loop that is run again after a crash gets its earlier answers from the journal.
"""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from qsharp_bridge._garbage import collect_contexts
from qsharp_bridge.errors import BridgeError, BudgetError, RunError, SweepError
from qsharp_bridge.journal.journal import JobRow, Journal
from qsharp_bridge.qir.counts import count_gates
from qsharp_bridge.results.formats import read_output
from qsharp_bridge.results.from_journal import results_of
from qsharp_bridge.results.results import SweepResults
from qsharp_bridge.states import SUCCEEDED
from qsharp_bridge.sweeps.sweep import Point, Sweep
from qsharp_bridge.sweeps.values import from_json, plain, to_json
from qsharp_bridge.targets.backend import describe_target
from qsharp_bridge.targets.limits import check_qubits, check_shots, profile_for
from qsharp_bridge.targets.prices import job_cost

from .local.point import simulate_point
from .manifest import about_run, journal_for, policy_word
from .options import Limits, Stopped, check_amount, check_switch, check_text, whole_number
from .progress import ProgressListener, listener_for
from .service.job import Task, job_of_point
from .termination import termination_as_exit

if TYPE_CHECKING:
    from qsharp_bridge.azure.client import Service
    from qsharp_bridge.programs import Operation

    from .service.loop import Running


class HybridSession:
    """A session that stays open while a program on this side decides what to ask next.

    Calling it runs the operation once, as one job, and gives the counts; :meth:`map` runs several points at once.
    Only the first evaluations compile anything; after that a point that varies in its Doubles alone costs
    microseconds.

    Args:
        operation: ``program.operation("Name")``, or a circuit, as for ``run_sweep``.
        target: of a workspace, or ``LocalSimulator()``.
        shots: for each evaluation.
        name: the session's name on the service.
        journal: a file that keeps every evaluation: run the same loop again with the same file after a crash, and
            what was asked before is answered from it. Evaluations are found by their values; the same values asked
            twice are two evaluations.
        budget: a hard cap on the cost of all evaluations, checked before each, in the unit of the target's price.
        failure_policy: ``"continue"`` or ``"abort"``, as for ``run_sweep``.
        profile: the QIR target profile; the target's own by default.
        max_in_flight: how many requests at a time.
        link_sessions: go on in another session (with a warning) when this one has timed out. The service ends a
            session that got no job for ten minutes, so a slower classical step needs this.
        retry_failed: evaluations in the journal whose job failed or was cancelled, or whose result is lost, are paid
            for again when they are asked for: as new jobs, under new ids. Otherwise such an evaluation fails again.
        session_timeout: after how many idle seconds the service ends a session. A warning comes when four fifths of
            them have passed.
        progress: a function of a :class:`Progress`, called as jobs are sent and end; True for a progress line, None for
            none.

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
        shots: int = 1000,
        name: str | None = None,
        *,
        journal: str | os.PathLike[str] | None = None,
        budget: float | None = None,
        failure_policy: str = "continue",
        profile: str | None = None,
        max_in_flight: int = 16,
        link_sessions: bool = True,
        retry_failed: bool = False,
        session_timeout: float = 600.0,
        progress: bool | ProgressListener | None = None,
    ) -> None:
        from qsharp_bridge.programs.binding import Binder
        from qsharp_bridge.programs.coerce import as_operation

        self.operation = operation = as_operation(operation)
        self.shots = shots = whole_number("shots", shots)
        self.target = describe_target(target)
        try:
            self.profile = profile_for(self.target, profile)
            check_shots(self.target, shots)
        except BridgeError as error:
            raise error.at(operation=operation.name) from None
        check_text("name", name)
        check_switch("link_sessions", link_sessions)
        check_switch("retry_failed", retry_failed)
        self._name = name or f"{operation.name}, hybrid"
        self._policy = policy_word(failure_policy)
        self._journal_path, self._link, self._retry = journal, link_sessions, retry_failed
        self._limits = Limits(max_in_flight=max_in_flight, budget=budget)
        check_amount("session_timeout", session_timeout)
        if not session_timeout or session_timeout < 0:
            raise SweepError(f"session_timeout must be more than 0 seconds, not {session_timeout!r}")
        self._timeout = session_timeout
        self._listener = listener_for(progress or False, f"{operation.name} on {self.target.name}")
        self._binder = Binder(operation, profile=self.profile)
        self._turn = threading.Lock()  # of the threads of a loop: one evaluation, or one map, at a time
        self._log = threading.Lock()  # whoever reads the log has the points and their jobs of one moment
        self._record: Journal | None = None
        self._about: dict[str, Any] = {}
        self._service: Service | None = None
        self._running: Running | None = None
        self._loop: ThreadPoolExecutor | None = None
        self._signals = ExitStack()
        self._tasks: dict[int, tuple[Task, float]] = {}
        self._points: list[Point] = []
        self._replay: dict[str, deque[int]] = {}  # points that were asked for, and whose answers nobody has yet
        self._final: SweepResults | None = None

    # --- as a context

    def __enter__(self) -> Self:
        if self._record is not None:
            raise RunError("the session is open already", advice="use the one that it is")
        collect_contexts()
        about = about_run(
            self.operation, self.target, self.profile, self.shots, session_name=self._name, policy=self._policy
        )
        self._record = journal_for(self._journal_path, about, points=0)
        try:
            self._about = self._record.about
            self._points = [_from_content(content) for content in self._record.points()]
            self._tasks.clear()
            self._replay.clear()
            for row in self._record.jobs():
                self._replay.setdefault(_key(self._points[row.point]), deque()).append(row.point)
        except BaseException:
            self._record.close()
            self._record = None
            raise
        if self.target.spec is not None:
            self._signals.enter_context(termination_as_exit())
            self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._running is not None:
                self._running.__exit__(kind, error, trace)
        finally:
            self._signals.close()
            if self._loop is not None:
                self._loop.shutdown()
            if self._service is not None:
                self._service.close()
            if self._record is not None:
                try:
                    self._final = self.results
                finally:
                    self._record.close()
                    self._record = None

    # --- evaluations

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, int]:
        """Run the operation with these arguments, by position or by name; the counts.

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
            self.operation.literals(*args, **kwargs)  # says what is wrong
        return self._evaluate([dict(zip(names, args, strict=False)) | kwargs])[0]

    def map(self, points: Iterable[Mapping[str, Any]]) -> list[dict[str, int]]:
        """Run several points at once, as jobs side by side; their counts, in the order of the points.

        Args:
            points: parameter name to value, for each evaluation.

        Raises:
            SweepError: something among the points is no mapping; nothing was sent.
            QsharpValueError, QsharpTypeError, ArgumentError: an argument that does not fit; nothing was sent.
            BudgetError: the evaluations would exceed the budget: some of them may have been sent.
            RunError: a job failed, or the service could not be reached. What was paid for is not paid for again when
                the same points are asked for again.
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
        return self._evaluate([dict(point) for point in points])

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
            return results_of(self._record, Sweep.points(self._points))

    def _evaluate(self, points: list[Point]) -> list[dict[str, int]]:
        with self._turn:
            return self._evaluate_in_turn(points)

    def _evaluate_in_turn(self, points: list[Point]) -> list[dict[str, int]]:
        record = self._record
        if record is None:
            raise RunError("the session is not open", advice="call it inside its with block")
        points = [{name: plain(value) for name, value in point.items()} for point in points]
        programs = [self._binder(point) for point in points]  # everything is checked before anything is on record
        costs = [self._cost(program) for program in programs]
        rows: list[JobRow | None] = [self._take_replay(point) for point in points]
        fresh = [place for place, row in enumerate(rows) if row is None]
        with self._log:
            added = record.add_points([_content(points[place]) for place in fresh])
            for place, row in zip(fresh, added, strict=True):
                rows[place] = row
                self._points.append(points[place])
        chosen = [row for row in rows if row is not None]
        for point, program, cost, row in zip(points, programs, costs, chosen, strict=True):
            self._tasks[row.point] = (job_of_point(self.operation.name, row.point, point, program, self._about), cost)
        try:
            self._carry(chosen, [str(program) for program in programs])
            ended = [record.job(row.point) for row in chosen]
            outputs = {job_id: (form, raw) for job_id, form, raw in record.outputs([row.id for row in ended])}
            return [self._counts(row, outputs) for row in ended]
        except BaseException:  # also the user's own, from a listener
            self._keep_for_later(chosen)
            raise

    def _carry(self, rows: list[JobRow], programs: list[str]) -> None:
        assert self._record is not None
        if self._running is not None:
            running = self._running
            self._in_order(lambda: running.carry([r for r in rows if not r.ended and not running.knows(r.id)]))
            return
        for row, program in zip(rows, programs, strict=True):
            if not row.ended:
                self._record.ended([simulate_point(self.target.target, program, self.shots, row, self.operation.name)])

    def _counts(self, row: JobRow, outputs: dict[str, tuple[str, bytes]]) -> dict[str, int]:
        if row.state != SUCCEEDED or row.id not in outputs:
            raise RunError(
                f"evaluation {row.point} ended as {row.state}: {row.error or 'no reason was given'}",
                operation=self.operation.name,
                advice="its job is on record; the loop can go on with other points, or begin again from its journal "
                "with retry_failed=True",
            )
        form, raw = outputs[row.id]
        return dict(read_output(raw, form, self.shots).counts)

    def _keep_for_later(self, rows: list[JobRow]) -> None:
        """Nobody got these answers: asked for again, they are gone on with under the same ids, except what failed."""
        assert self._record is not None
        for row in reversed([self._record.job(row.point) for row in rows]):
            if row.state == SUCCEEDED or not row.ended:
                self._replay.setdefault(_key(self._points[row.point]), deque()).appendleft(row.point)

    def _take_replay(self, point: Point) -> JobRow | None:
        assert self._record is not None
        known = self._replay.get(_key(point))
        if not known:
            return None
        row = self._record.job(known.popleft())
        again = self._retry and row.ended and row.state != SUCCEEDED
        return self._record.try_again(row) if again else row

    # --- the service

    def _in_order(self, action: Callable[[], None]) -> None:
        """Do it in the thread that decides, so that a Ctrl-C here does not fall into the middle of a decision."""
        assert self._running is not None
        assert self._loop is not None
        future = self._loop.submit(action)
        try:
            future.result()
        except Stopped:
            raise RunError(
                "the session was interrupted", advice="begin another; its journal has what was paid"
            ) from None
        except (KeyboardInterrupt, SystemExit):
            self._running.stop()
            wait([future])
            raise

    def _begin(self) -> None:
        from qsharp_bridge.azure.client import Service

        from .service.loop import Running
        from .service.poller import look_again
        from .service.session import SessionKeeper

        record, spec = self._record, self.target.spec
        assert record is not None
        assert spec is not None
        self._service = service = Service(self.target.target.workspace)
        keeper = SessionKeeper(service, spec, record, self._name, self._policy, self._link, self._timeout)
        self._running = running = Running(
            service,
            spec,
            record,
            keeper,
            task=lambda index: self._task(index)[0],
            cost=lambda index: self._task(index)[1],
            shots=self.shots,
            limits=self._limits,
            listener=self._listener,
        )
        self._loop = ThreadPoolExecutor(1, thread_name_prefix="qsharp-bridge-hybrid")
        try:
            look_again(record, service, self._limits.max_in_flight)
            self._in_order(lambda: running.settle(planned=False))  # only what is asked for again
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise

    def _task(self, index: int) -> tuple[Task, float]:
        if index not in self._tasks:
            # A point of an earlier process: made again from its values.
            point = self._points[index]
            program = self._binder(point)
            task = job_of_point(self.operation.name, index, point, program, self._about)
            self._tasks[index] = (task, self._cost(program))
        return self._tasks[index]

    def _cost(self, program: Any) -> float:
        """Of one job, in the unit of the target's price; 0 where none is known and no budget depends on it."""
        counts = count_gates(str(program))
        try:
            check_qubits(self.target.name, counts.qubits)
            cost = job_cost(self.target.name, counts, self.shots).amount
            if cost is None and self._limits.budget is not None and self.target.spec is not None:
                raise BudgetError(
                    f"a budget cannot be kept: no price per job is known for {self.target.name}",
                    advice="leave budget out to run all the same",
                )
        except BridgeError as error:
            raise error.at(operation=self.operation.name) from None
        return cost or 0.0

    def __repr__(self) -> str:
        return f"<HybridSession {self._name!r} of {self.operation.name} on {self.target.name}>"


def _content(point: Point) -> dict[str, Any]:
    return {name: to_json(value) for name, value in point.items()}


def _from_content(content: dict[str, Any]) -> Point:
    return {name: from_json(value) for name, value in content.items()}


def _key(point: Point) -> str:
    return json.dumps(_content(point), sort_keys=True)
