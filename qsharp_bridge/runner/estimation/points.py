"""``estimate``: expectation values of observables at every point of a sweep, with standard errors."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np
import numpy.typing as npt

from qsharp_bridge._plural import counted
from qsharp_bridge._warnings import warn
from qsharp_bridge.errors import BridgeError, CompileError, QsharpTypeError, QsharpValueError, SweepError
from qsharp_bridge.estimator.estimates import Estimates
from qsharp_bridge.estimator.exact import exact_values
from qsharp_bridge.estimator.measurement import MeasuredOperation, measured, paulis
from qsharp_bridge.estimator.observables import Observables
from qsharp_bridge.estimator.shares import share_out
from qsharp_bridge.estimator.width import check_width, with_width
from qsharp_bridge.programs import Operation
from qsharp_bridge.programs.coerce import as_operation
from qsharp_bridge.runner.api import run_checked
from qsharp_bridge.runner.jobs import SharedSession
from qsharp_bridge.runner.local.exact import check_exact
from qsharp_bridge.runner.options import PlanOptions, RunOptions, accepts, complete, options_of
from qsharp_bridge.runner.planning.prepare import plan_sweep
from qsharp_bridge.runner.termination import termination_as_exit
from qsharp_bridge.sweeps.shots import whole_number
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend, backend_of
from qsharp_bridge.targets.limits import profile_for

from .precision import FIRST_ROUND, further_shots, positive, within_budget

if TYPE_CHECKING:
    from qsharp_bridge.results.counts import Counts
    from qsharp_bridge.results.results import SweepResults

Doubles = npt.NDArray[np.float64]
_SHOTS = 1000
_FURTHER = 3  # rounds after the first one, with a precision, at most


@accepts(RunOptions)
def estimate(
    operation: Operation | Any,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    observable: Any,
    target: Any,
    shots: int | None = _SHOTS,
    *,
    precision: float | None = None,
    max_shots: int = 1_000_000,
    bases: str | None = None,
    allocation: str | None = None,
    **options: Unpack[RunOptions],
) -> Estimates:
    """Estimate the expectation value of an observable at every point of a sweep.

    The observable is measured in as few bases as are found; terms that commute qubit by qubit share one. All bases of
    all points are jobs of one session, as for :func:`run_sweep`, with its plan, budget, journal and resume; so are the
    rounds of a ``precision``, unless the service ended the session meanwhile.

    Args:
        operation: one that prepares a state on a ``Qubit[]`` that it is given and returns Unit; its qubits are
            allocated, turned, measured and reset for you. Or one with a parameter of type ``Pauli[]``, the basis of
            each qubit, which returns ``Result[]``.
        sweep: the points, with the other parameters of the operation.
        observable: a :class:`PauliSum`, or what makes one, such as ``{"ZI": 0.3, "XX": 0.1}``, or an operator of
            Qiskit, Cirq or OpenFermion. Several, measured together: a mapping of names to them.
        target: ``workspace.get_targets(...)``, or ``LocalSimulator()``.
        shots: for each point, shared out among the bases. None, on ``LocalSimulator()`` without noise: exact values
            from the state vector. Not used with ``precision``.
        precision: the standard error that every value shall have. A first round of 100 shots a basis measures the
            variances; a second one adds the shots that they call for, and up to two more what still lacks. Their
            journals are beside the first one, with ``.2``, ``.3`` behind the name.
            What was not reached is in ``notes``.
        max_shots: with ``precision``, the most shots of a point.
        bases: the name of the parameter that takes the bases; None: the only one of type ``Pauli[]``.
        allocation: how the shots of a point are shared out. "weight": in proportion to the root of the sum of squared
            coefficients of each basis. "equal": evenly, rounded up. None: "weight" where each basis is a job of its
            own; "equal" with ``points_per_job``, as the points of one job have equal shots. With ``precision`` the
            measured variances decide.
        options: see :class:`~qsharp_bridge.runner.options.RunOptions`.

    Returns:
        :class:`Estimates`: values and standard errors, one row a point; nan where a job failed. The counts are in its
        ``results``.

    Raises:
        QsharpTypeError: the operation has neither form, or this is no observable.
        SweepError: shots, sweep or allocation make no sense.
        BridgeError: as :func:`run_sweep`.

    >>> import qsharp_bridge as qb
    >>> source = "operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
    >>> op = qb.Program.from_source(source).operation("Prepare")
    >>> energy = qb.PauliSum("0.5 Z0 - 0.25 X0")
    >>> found = qb.estimate(op, [{"theta": 0.0}], energy, qb.LocalSimulator(seed=1), shots=2000)
    >>> bool(abs(found.values[0] - 0.5) < 4 * found.errors[0])
    True
    """
    wanted, asked, points, profile = asked_of(operation, sweep, observable, target, bases, options.get("profile"))
    first = points[0] if len(points) else {}
    try:
        if shots is None and precision is None:
            return _exact(asked, points, wanted, target, options)
        if len(points) and wanted.bases:
            check_width(asked, wanted.qubits, first, profile)
        return _sampled(asked, points, wanted, target, shots, precision, max_shots, allocation, options)
    except CompileError as error:
        raise with_width(error, asked, wanted.qubits, first, profile) from None
    except (QsharpTypeError, QsharpValueError) as error:  # a value that cannot be bound: name the user's own point
        each = 1 if asked.wrapped and shots is None and precision is None else max(len(wanted.bases), 1)
        raise asked.own(error, None if error.point is None else error.point // each) from None


def asked_of(
    operation: Any, sweep: Any, observable: Any, target: Any, bases: str | None, profile: str | None
) -> tuple[Observables, MeasuredOperation, Sweep, str]:
    """Return what is to be estimated, checked: the observables, the operation in bases, the points and the profile."""
    wanted = Observables.of(observable)
    asked = measured(operation if isinstance(operation, Operation) else as_operation(operation), bases)
    points = sweep if isinstance(sweep, Sweep) else Sweep(sweep)
    check_points(asked, points)
    try:
        return wanted, asked, points, profile_for(backend_of(target), profile)
    except BridgeError as error:
        raise error.at(operation=asked.name) from None


def first_shots(
    wanted: Observables,
    shots: int | None,
    precision: float | None,
    max_shots: int,
    allocation: str | None,
    *,
    packed: bool,
) -> list[int]:
    """Return the shots of each basis at a point: all of them, or those of the first round of a precision.

    Raises:
        SweepError: they make no sense.
    """
    if precision is not None:
        positive(precision)
        least = FIRST_ROUND * len(wanted.bases)
        if (most := whole_number("max_shots", max_shots)) < least:
            raise SweepError(
                f"max_shots is {most}, and the first round takes {FIRST_ROUND} shots of {len(wanted.bases)} bases",
                advice=f"give {least} at least, or shots= instead of precision=",
            )
        return [FIRST_ROUND] * len(wanted.bases)
    shares = share_out(whole_number("shots", shots), wanted.weights, allocation or ("equal" if packed else "weight"))
    if packed or allocation == "equal":  # the points of one job have equal shots
        shares = [max(shares, default=0)] * len(shares)
    return shares


def _sampled(
    asked: MeasuredOperation,
    points: Sweep,
    wanted: Observables,
    target: Any,
    shots: int | None,
    precision: float | None,
    max_shots: int,
    allocation: str | None,
    options: RunOptions,
) -> Estimates:
    chosen = complete(RunOptions, options, "estimate")
    rounds = Rounds(asked, points, wanted, target, chosen, one_session=precision is not None)
    packed = chosen["points_per_job"] != 1
    shares = first_shots(wanted, shots, precision, max_shots, allocation, packed=packed)
    notes: list[str] = []
    with termination_as_exit(), contextlib.closing(rounds):
        rounds.run([shares] * len(points))
        if precision is not None:
            notes = rounds.run_again(positive(precision), whole_number("max_shots", max_shots), packed=packed)
    values, errors, _ = values_of(rounds.results, wanted, len(points))
    return Estimates(
        points, wanted.sums, values, errors, operation=asked.name, target=backend_of(target).name,
        shots=[sum(row) for row in rounds.shots], single=wanted.single, results=rounds.results, notes=notes,
    )  # fmt: skip


class Rounds:
    """Shots in all bases at all points, in one round or two.

    Attributes:
        shots: for each point, the shots of each basis.
        results: the counts of all rounds; None before the first, and where there is no basis.
    """

    def __init__(
        self,
        asked: MeasuredOperation,
        points: Sweep,
        wanted: Observables,
        target: Any,
        options: RunOptions,
        *,
        one_session: bool,
    ) -> None:
        self._asked, self._wanted, self._target, self._options = asked, wanted, target, options
        self._points = points
        self._session = SharedSession() if one_session and options["session"] is None else None
        self.shots: list[list[int]] = [[] for _ in points]
        self.results: SweepResults | None = None
        self._spent: float | None = None  # of the budget, by the rounds so far
        self._next = 0.0  # of the budget, by the round that was checked last

    def run(self, shots: Sequence[Sequence[int]]) -> None:
        """Run the first round."""
        self.shots = [list(row) for row in shots]
        if self._wanted.bases:
            self.results = run_checked(*self.sweep(shots), self._options, self._session)
            self._note_session(self.results)

    def close(self) -> None:
        """Close the session that the rounds had in common."""
        if self._session is None or self._session.id is None or not self._session.is_open:
            return
        from qsharp_bridge.azure.client import Service

        backend = backend_of(self._target)
        assert isinstance(backend, ServiceBackend)
        service = Service(backend.workspace)
        try:
            service.close_session(self._session.id)
        except BridgeError as problem:  # the service ends an idle session by itself
            warn(f"the session could not be closed: {problem}")
        finally:
            service.close()

    def run_again(self, precision: float, most: int, *, packed: bool) -> list[str]:
        """Run a second round where the precision is not reached, and return what is to be noted."""
        if self.results is None:
            return []
        refused: BridgeError | None = None
        for number in range(2, 2 + _FURTHER):  # the later ones only where the variances of the first were too low
            _, errors, deviations = values_of(self.results, self._wanted, len(self._points))
            known = np.nan_to_num(deviations)
            more = [
                further_shots(row, done, precision, most) if (here > precision).any() else [0] * len(done)
                for row, done, here in zip(known, self.shots, errors, strict=True)
            ]
            if packed:  # the points of one job have equal shots, and no point more than its most
                room = [(most - sum(done)) // len(done) for row, done in zip(more, self.shots, strict=True) if any(row)]
                top = min(max((max(row) for row in more), default=0), *room, most)
                more = [[top if any(row) else 0 for _ in row] for row in more]
            options = dict(self._options)
            if options.get("journal") is not None:
                options["journal"] = f"{os.fspath(cast('Any', options['journal']))}.{number}"
            more, refused = within_budget(more, self._check_budget)
            if not any(map(any, more)):
                break
            if self._spent is not None:
                self._spent += self._next
            operation, chosen, _, each = self.sweep(more)
            target = self._target_of_round(number)
            further = run_checked(operation, chosen, target, each, cast("RunOptions", options), self._session)
            self.results = self.results.merge(further)
            self._note_session(further)
            self.shots = [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(self.shots, more, strict=True)]
            if refused is not None:
                break
        _, errors, _ = values_of(self.results, self._wanted, len(self._points))
        with np.errstate(invalid="ignore"):
            missed = np.flatnonzero((errors > precision).any(axis=1))
        if not len(missed):
            return []
        full = most - len(self._wanted.bases)  # shares are rounded down
        why = f", after {1 + _FURTHER} rounds"
        if any(sum(self.shots[point]) > full for point in missed):
            why = f", with {most} shots a point at most"
        if refused is not None:
            why = f": the shots that lack would cost more, over the budget of {self._options['budget']:g}"
        worst = float(np.nanmax(errors))
        return [
            f"the precision of {precision:g} was not reached at {counted(len(missed), 'point')}{why}; the worst is "
            f"{worst:.3g}"
        ]

    def _target_of_round(self, number: int) -> Any:
        """Return the target of a further round: a simulator's seed is another one, so that no draws come twice."""
        backend = backend_of(self._target)
        if not isinstance(backend, LocalBackend):
            return self._target
        simulator = backend.simulator
        return dataclasses.replace(simulator, seed=simulator.point_seed(-number))  # the seed of no point

    def _note_session(self, results: SweepResults) -> None:
        """Note the session of a round that was complete in its journal: it may still be open."""
        if self._session is not None and self._session.id is None and results.session_ids:
            self._session.id = results.session_ids[-1]

    def sweep(self, shots: Sequence[Sequence[int]]) -> tuple[Any, Any, Any, Any]:
        """Return what ``run_sweep`` takes for the shots of each basis at each point; without those of no shot."""
        each = [count for row in shots for count in row if count]
        if all(map(all, shots)):  # a product of sweeps is bound faster than the same points written out
            chosen = self._points * Sweep.grid(**{self._asked.basis: list(map(paulis, self._wanted.bases))})
        else:
            chosen = Sweep.points(
                self._asked.point(point, basis)
                for point, row in zip(self._points, shots, strict=True)
                for basis, count in zip(self._wanted.bases, row, strict=True)
                if count
            )
        alike = len(set(each)) == 1
        return self._asked.operation, chosen, self._target, each[0] if alike else each

    def _check_budget(self, shots: Sequence[Sequence[int]]) -> None:
        """Check that a further round keeps to what the rounds before it have left of the budget."""
        budget = self._options.get("budget")
        if budget is None:
            return
        if self._spent is None:
            self._spent = self._cost(self.shots, budget)
        self._next = self._cost(shots, budget - self._spent)

    def _cost(self, shots: Sequence[Sequence[int]], budget: float) -> float:
        """Return the cost of a round, by its own jobs: each of them may have a least price."""
        known = {name: value for name, value in self._options.items() if name in options_of(PlanOptions)}
        planned = plan_sweep(*self.sweep(shots), **cast("PlanOptions", {**known, "budget": budget}))
        return planned.cost.amount or 0.0


def values_of(results: SweepResults | None, wanted: Observables, points: int) -> tuple[Doubles, Doubles, Doubles]:
    """Return values and standard errors, shape (points, observables), from the counts of all bases.

    The third array has the standard deviation of one shot in each basis, shape (points, bases, observables).
    """
    values = np.tile(np.array(wanted.constants, np.float64), (points, 1))
    variances = np.zeros_like(values)
    deviations = np.zeros((points, len(wanted.bases), len(wanted.sums)))
    rows = iter(results or ())
    for point in range(points):
        for basis, part in enumerate(wanted.measured):
            row = next(rows)
            if row.output is None:
                values[point] = variances[point] = deviations[point, basis] = np.nan
                continue
            try:
                found = part(cast("Counts", row.output.counts))
            except BridgeError as error:
                raise error.at(point=point) from None
            values[point] += found.mean
            variances[point] += found.variance
            deviations[point, basis] = found.deviation
    return values, np.sqrt(variances), deviations


def check_points(asked: MeasuredOperation, points: Sweep) -> None:
    """Check that the points have the parameters of the operation, but for qubits or bases.

    Raises:
        SweepError: they have others.
    """
    names = [one.name for one in asked.parameters]
    if len(points) and set(points.keys) != set(names):
        raise SweepError(
            f"the sweep has the parameters {', '.join(points.keys) or 'none'}, the operation takes "
            f"{', '.join(names) or 'none'} besides the {'bases' if not asked.wrapped else 'qubits'}",
            operation=asked.name,
        )


def _exact(asked: MeasuredOperation, points: Sweep, wanted: Observables, target: Any, options: RunOptions) -> Estimates:
    backend = backend_of(target)
    try:
        check_exact(backend)
    except BridgeError as error:
        raise error.at(operation=asked.name) from None
    profile = profile_for(backend, options.get("profile"))
    values = exact_values(asked, points, wanted, lambda some: asked.operation.bind(Sweep.points(some), profile=profile))
    return Estimates(
        points, wanted.sums, values, np.zeros_like(values), operation=asked.name, target=backend.name,
        shots=None, single=wanted.single,
    )  # fmt: skip
