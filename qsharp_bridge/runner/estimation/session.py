"""Expectation values and gradients in a hybrid loop, from the evaluations of one session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from qsharp_bridge.errors import (
    BridgeError,
    CompileError,
    QsharpTypeError,
    QsharpValueError,
    SimulationError,
    SweepError,
)
from qsharp_bridge.estimator.estimates import EstimatedValue
from qsharp_bridge.estimator.exact import exact_values
from qsharp_bridge.estimator.measurement import MeasuredOperation
from qsharp_bridge.estimator.observables import Observables
from qsharp_bridge.estimator.shift import Gradient, Place, angles_of, check_shift_rule, shifted
from qsharp_bridge.estimator.width import check_width, with_width
from qsharp_bridge.paulis import PauliSum
from qsharp_bridge.programs.binding import Binder
from qsharp_bridge.simulators import LocalSimulator


class SessionEstimator:
    """Expectation values from the evaluations of a session that runs an operation in given bases.

    Args:
        asked: the operation.
        run: runs points concurrently and returns their counts: ``HybridSession.map``. None for exact values.
    """

    def __init__(
        self, asked: MeasuredOperation, run: Callable[[list[dict[str, Any]]], Sequence[Any]] | None = None
    ) -> None:
        self.asked = asked
        self._run = run
        self._binder = Binder(asked.operation, profile=LocalSimulator().profile)
        self._known: dict[Any, Observables] = {}
        self._checked: set[Any] = set()
        self._fitting: set[int] = set()  # numbers of qubits that the operation takes

    def point(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], observable: Any) -> tuple[dict[str, Any], Any]:
        """Return the point and the observable of a call; an observable without a name is the last argument."""
        if observable is None:
            if not args:
                raise SweepError(
                    "there is no observable", operation=self.asked.name, advice="give it last, or as observable="
                )
            *arguments, observable = args
            args = tuple(arguments)
        return self.asked.named(args, kwargs), observable

    def values(self, points: Sequence[Mapping[str, Any]], observable: Any) -> list[EstimatedValue]:
        """Return the value of one observable at each point; all bases of all points run concurrently."""
        wanted = self._wanted(observable)
        if not points or not wanted.bases:
            return self._values(points, wanted)
        if wanted.qubits not in self._fitting:
            check_width(self.asked, wanted.qubits, points[0], LocalSimulator().profile)
        try:
            found = self._values(points, wanted)
        except CompileError as error:
            raise with_width(error, self.asked, wanted.qubits, points[0], LocalSimulator().profile) from None
        except (QsharpTypeError, QsharpValueError) as error:
            raise self.asked.own(error) from None
        self._fitting.add(wanted.qubits)
        return found

    def _values(self, points: Sequence[Mapping[str, Any]], wanted: Observables) -> list[EstimatedValue]:
        if self._run is None:
            return [EstimatedValue(value, 0.0) for value in self._exact(points, wanted)[:, 0].tolist()]
        asked = [self.asked.point(point, basis) for point in points for basis in wanted.bases]
        counts = iter(self._run(asked) if asked else ())
        found = []
        for _ in points:
            value, variance = wanted.constants[0], 0.0
            for part in wanted.measured:
                here = part(next(counts))
                value, variance = value + float(here.mean[0]), variance + float(here.variance[0])
            found.append(EstimatedValue(value, variance**0.5))
        return found

    def gradient(self, point: Mapping[str, Any], observable: Any, *, check: bool = True) -> Gradient:
        """Return the derivatives by all angles of a point, by the parameter-shift rule."""
        try:
            places = angles_of(point, {one.name: one.type for one in self.asked.parameters})
        except BridgeError as error:
            raise error.at(operation=self.asked.name) from None
        wanted = self._wanted(observable)
        key = (next(iter(wanted.sums.values())), tuple(places))
        if check and key not in self._checked:
            self._check_shift_rule(point, places, wanted)
            self._checked.add(key)
        shifts = [shifted(point, place, by) for place in places for by in (np.pi / 2, -np.pi / 2)]
        found = self.values(shifts, observable)
        ends = np.array([(float(one), one.error) for one in found]).reshape(-1, 2, 2)
        return Gradient((ends[:, 0, 0] - ends[:, 1, 0]) / 2, np.hypot(ends[:, 0, 1], ends[:, 1, 1]) / 2)

    def _check_shift_rule(self, point: Mapping[str, Any], places: Sequence[Place], wanted: Observables) -> None:
        try:
            check_shift_rule(point, places, lambda points: self._exact(points, wanted), self.asked.name)
        except SimulationError as error:
            raise SimulationError(
                f"the parameter-shift rule cannot be checked: {error.problem}",
                operation=self.asked.name,
                advice="check=False takes each angle as that of one plain rotation, or use a finite difference",
            ) from None

    def point_of(self, x: Any) -> dict[str, Any]:
        """Return the point of an optimiser's array: the only ``Double[]``, or one number for each Double.

        Raises:
            SweepError: the parameters are of other types, or of another number.
        """
        names = {one.name: str(one.type) for one in self.asked.parameters}
        values = np.atleast_1d(np.asarray(x, np.float64))
        if list(names.values()) == ["Double[]"]:
            return {next(iter(names)): values.tolist()}
        if set(names.values()) != {"Double"} or values.shape != (len(names),):
            raise SweepError(
                f"{values.size} numbers are no point of the parameters "
                f"{', '.join(f'{name} : {kind}' for name, kind in names.items()) or 'none'}",
                operation=self.asked.name,
                advice="an objective is a function of one Double[], or of as many Doubles; write your own with "
                "session.estimate(..., observable)",
            )
        return dict(zip(names, values.tolist(), strict=True))

    def _wanted(self, observable: Any) -> Observables:
        key = observable if isinstance(observable, str | PauliSum) else None
        wanted = self._known.get(key) if key is not None else None
        if wanted is None:
            wanted = Observables.of(observable)
            if not wanted.single:
                raise SweepError(
                    "one observable is estimated at a time here", path="observable",
                    advice="give a PauliSum; qb.estimate takes several by name",
                )  # fmt: skip
            self._known[key if key is not None else next(iter(wanted.sums.values()))] = wanted
        return wanted

    def _exact(self, points: Sequence[Mapping[str, Any]], wanted: Observables) -> Any:
        try:
            return exact_values(
                self.asked,
                len(points),
                wanted,
                lambda bases: [self._binder(self.asked.point(point, basis)) for point in points for basis in bases],
            )
        except CompileError as error:
            raise with_width(error, self.asked, wanted.qubits, points[0], LocalSimulator().profile) from None
