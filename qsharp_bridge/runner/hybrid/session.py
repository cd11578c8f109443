"""One session for a loop that chooses its next point from the last: VQE, QAOA, calibration.

Every evaluation is a job of one session. With a journal, an evaluation that was paid for is never paid for again: a
loop that is run again after a crash gets its earlier answers from the journal.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, Unpack

from qsharp_bridge._garbage import collect_contexts
from qsharp_bridge._warnings import remember, users_line
from qsharp_bridge.errors import BridgeError, RunError, SweepError
from qsharp_bridge.estimator.estimates import EstimatedValue
from qsharp_bridge.estimator.measurement import MeasuredOperation, measured, prepares_a_state
from qsharp_bridge.estimator.shift import Gradient
from qsharp_bridge.programs import Operation
from qsharp_bridge.results.names import own_name
from qsharp_bridge.results.results import SweepResults
from qsharp_bridge.runner.estimation.session import SessionEstimator
from qsharp_bridge.runner.jobs import JobRunner, RunSettings, StoppedError
from qsharp_bridge.runner.local.exact import check_exact
from qsharp_bridge.runner.manifest import journal_for, manifest_of
from qsharp_bridge.runner.option_checks import text
from qsharp_bridge.runner.options import HybridOptions, accepts, complete
from qsharp_bridge.runner.planning.packing import MOST_PARTS
from qsharp_bridge.runner.progress import close_listener, listener_for
from qsharp_bridge.runner.run_limits import Limits
from qsharp_bridge.runner.runners import runner_for
from qsharp_bridge.runner.termination import termination_as_exit
from qsharp_bridge.sweeps.leaves import Point
from qsharp_bridge.sweeps.shots import check_shots_option, shots_of_points, whole_number
from qsharp_bridge.targets.backend import backend_of
from qsharp_bridge.targets.limits import check_shots, profile_for

from .evaluations import Evaluations

_LOOK = 0.5  # seconds; see _wait_for


@accepts(HybridOptions)
class HybridSession:
    """A session that stays open while a Python program chooses the next point.

    A call runs the operation once, as one job, and returns the counts; :meth:`map` runs several points at once. Only
    the first evaluations compile the program; after that, binding a point with other Doubles takes microseconds.

    Args:
        operation: ``program.operation("Name")``, or a circuit, as for ``run_sweep``.
        target: of a workspace, or ``LocalSimulator()``.
        shots: for each evaluation, and for each basis of an estimate; more than a job takes are split over several
            jobs. None, on ``LocalSimulator()`` without noise: estimates are exact, from the state vector.
        name: the session's name on the service.
        options: see :class:`~qsharp_bridge.runner.options.HybridOptions`.

    With a ``journal``, run the same loop again with the same file after a crash: earlier evaluations are answered from
    it. They are found by their values and shots; the same values twice are two evaluations. With ``retry_failed`` an
    evaluation whose job failed is sent and paid for again, otherwise it fails again. The ``budget`` is checked before
    each evaluation. ``link_sessions`` matters for a slow classical step: the service ends a session that gets no job
    for ten minutes.

    Raises:
        SweepError: an option is not usable.
        TargetError: it is no target, or cannot take that many shots.

    Use it as a context manager; the session is opened with the first evaluation and closed at the end, but for one that
    was given (``session=``), which is left open. Threads may
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
                check_shots(self.backend, [self.shots], MOST_PARTS)
            self.backend.check_options(chosen["input_params"], chosen["session"])
        except BridgeError as error:
            raise error.at(operation=operation.name) from None
        self._name = text("name", name) or f"{own_name(operation.name)}, hybrid"
        self._settings = RunSettings(
            Limits(chosen["max_in_flight"], budget=chosen["budget"]),
            chosen["link_sessions"],
            chosen["session_timeout"],
            listener_for(chosen["progress"] or False, f"{own_name(operation.name)} on {self.backend.name}"),
            chosen["session"],
        )
        self._turn = threading.Lock()  # held for one evaluation, or one map, at a time
        self._evaluations: Evaluations | None = None
        self._runner: JobRunner | None = None
        self._loop: ThreadPoolExecutor | None = None
        self._acting = False  # whether the thread of the loop is at work
        self._signals = ExitStack()
        self._final: SweepResults | None = None

    # --- as a context

    def __enter__(self) -> Self:
        if self._evaluations is not None:
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
        record = journal_for(None if path is None else os.fspath(path), manifest)
        try:
            self._evaluations = evaluations = Evaluations(
                self.operation, self.backend, self.profile, self._options, record,
                None if self._measured is None else self._measured.basis,
            )  # fmt: skip
        except BaseException:
            record.close()
            raise
        self._signals.enter_context(termination_as_exit())
        self._runner = runner = runner_for(self.backend, record, evaluations, self._settings)
        self._loop = ThreadPoolExecutor(1, "qsharp-bridge-hybrid", remember, (users_line(),))
        try:
            self._in_order(lambda: runner.settle(planned=False))  # jobs are queued when they are asked for again
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
                    if self._acting:  # a Ctrl-C came before the wait for it began
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
            if self._evaluations is not None:
                try:
                    self._final = self.results
                finally:
                    self._evaluations.record.close()
                    self._evaluations = None

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
        """Run several points at once, as concurrent jobs, and return their counts, in the order of the points.

        With ``points_per_job`` consecutive points with equal shots share jobs, as in a sweep. Points that the journal
        has are answered one by one.

        Args:
            points: parameter name to value, for each evaluation.
            shots: one number for all points, or a sequence with one for each; by default those of the session.

        Raises:
            SweepError: something among the points is no mapping, or the shots do not fit; nothing was sent.
            TargetError: more shots than 100 jobs take, or points that cannot share one; nothing was sent.
            QsharpValueError, QsharpTypeError, ArgumentError: an argument that does not fit; nothing was sent.
            BudgetError: the evaluations would exceed the budget: some of them may have been sent.
            RunError: a job failed, or the service could not be reached. The same points again are not paid for twice.

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
            check_shots(self.backend, each, MOST_PARTS)
        except BridgeError as error:
            raise error.at(operation=self.operation.name) from None
        return self._evaluate([dict(point) for point in points], each)

    def estimate(self, *args: Any, observable: Any = None, **kwargs: Any) -> EstimatedValue:
        """Estimate the expectation value of an observable, with all of its bases as concurrent jobs.

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

        Each angle takes two values of the observable; the jobs of all bases run concurrently.

        Args:
            *args: as for :meth:`estimate`. The angles are the parameters of type Double and Double[].
            observable: as for :meth:`estimate`.
            check: first check with exact values on this machine that the rule holds for every angle.
            **kwargs: the arguments by name.

        Raises:
            SweepError: the rule does not hold for an angle, such as one that is used twice.
            QsharpTypeError: there is no angle.
            SimulationError: there is no exact value for the check; ``check=False`` leaves it out.
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
            raise SweepError(
                "the session has no shots: its estimates are exact",
                advice="give shots to get counts; run_sweep(..., shots=None) gives exact probabilities",
            )
        return self.shots

    @property
    def results(self) -> SweepResults:
        """All evaluations so far, in their order: the log of the loop.

        Raises:
            RunError: the session has not begun.
        """
        if self._evaluations is not None:
            return self._evaluations.results
        if self._final is None:
            raise RunError("the session has not begun", advice="use it in a with block")
        return self._final

    def _evaluate(self, points: list[Point], shots: Sequence[int]) -> list[dict[str, int]]:
        with self._turn:
            evaluations, runner = self._evaluations, self._runner
            if evaluations is None or runner is None:
                raise RunError("the session is not open", advice="call it inside its with block")
            asked, rows = evaluations.ask(points, shots)
            try:
                self._in_order(lambda: runner.run_jobs(rows))
                return evaluations.answers(asked)
            except BaseException:  # also the user's own, from a listener
                evaluations.keep_for_later(asked)
                raise

    def _in_order(self, action: Callable[[], None]) -> None:
        """Run an action in the thread of the loop, where a Ctrl-C does not interrupt it."""
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

    def __repr__(self) -> str:
        return f"<HybridSession {self._name!r} of {self.operation.name} on {self.backend.name}>"


def _wait_for(future: Future[None]) -> None:
    """Wait for a future in short waits: a signal delivered to another thread does not end a wait of this one."""
    while not wait([future], _LOOK).done:
        pass
