"""The programs of the evaluations of a hybrid loop; evaluations of one call may share a job."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, CompileError
from qsharp_bridge.estimator.measurement import letters_of, paulis
from qsharp_bridge.journal.job_rows import JobSpan, by_points
from qsharp_bridge.programs.binding.batch import Part
from qsharp_bridge.qir.counts import count_gates
from qsharp_bridge.qir.program import Program
from qsharp_bridge.qir.reader import read
from qsharp_bridge.runner.planning.packing import (
    cannot_bind,
    check_fits,
    check_resets,
    check_side_by_side,
    spans,
    split_shots,
)
from qsharp_bridge.simulators.bases import in_basis
from qsharp_bridge.simulators.batch import fits_batch
from qsharp_bridge.sweeps.leaves import Point
from qsharp_bridge.targets.backend import Backend
from qsharp_bridge.targets.limits import most_shots

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation


class EvaluationPacks:
    """The programs of single evaluations, and of several that share a job.

    Args:
        operation: the operation.
        backend, profile: where it runs, and the profile that it is compiled for.
        points_per_job: a checked option.
        basis: the parameter with the bases in which the toolkit measures; None where the operation measures.
    """

    def __init__(
        self, operation: Operation, backend: Backend, profile: str, points_per_job: int | str, basis: str | None = None
    ) -> None:
        from qsharp_bridge.programs.binding import Binder
        from qsharp_bridge.programs.pack import PackCall

        self._operation, self._backend, self._profile = operation, backend, profile
        self._points_per_job = points_per_job
        self._single = self._plain = Binder(operation, profile=profile)
        if points_per_job != 1 and profile == "Adaptive":  # programs that name every qubit, as in a plan
            self._plain = Binder(operation, profile="Adaptive_RIF")
        turns = points_per_job == 1 and backend.only_samples is None and backend.engine is None
        self._basis = basis if turns else None
        self._pack = Binder(PackCall(operation), profile=profile)

    def program(self, points: Sequence[Point]) -> Any:
        """Return the program of one point, or of several that share a job.

        Raises:
            ArgumentError, QsharpValueError, QsharpTypeError, CompileError: a point that does not fit.
        """
        if len(points) == 1:
            return self._single(points[0])
        return self._pack({"points": [self._operation.signature.bind(**point) for point in points]})

    def singles(self, points: Sequence[Point], shots: Sequence[int]) -> list[Any]:
        """Return the program of each point alone.

        Points of one state in several bases share their values as the same objects. On this machine, one program is
        bound for all of them, and its last gates are replaced for each basis.

        Args:
            points: the values of each point.
            shots: of each point.

        Raises:
            ArgumentError, QsharpValueError, QsharpTypeError, CompileError: a point that does not fit.
        """
        if self._basis is None:
            return [self.program([point]) for point in points]
        states: dict[frozenset[tuple[str, int]], Program | None] = {}
        programs: list[Any] = []
        for point, each in zip(points, shots, strict=True):
            letters = letters_of(point.get(self._basis))
            state = frozenset((name, id(value)) for name, value in point.items() if name != self._basis)
            if letters is not None and state not in states:
                states[state] = self._state({**point, self._basis: paulis("Z" * len(letters))})
            program = states.get(state) if letters is not None else None
            if program is not None and len(program.structure.sources) == len(letters or ""):
                turned = Program(in_basis(program.structure, letters or ""), program.doubles)
                if fits_batch(turned.structure, each):
                    programs.append(turned)
                    continue
            programs.append(self.program([point]))
        return programs

    def _state(self, point: Point) -> Program | None:
        """Return the program of a point in the basis Z; None where gates depend on a measurement."""
        program = read(str(self._single(point)))
        return program if program.structure.branch is None else None

    def jobs(self, points: Sequence[Point], singles: Sequence[Any], shots: Sequence[int]) -> list[tuple[JobSpan, Any]]:
        """Return the jobs of the points of one call, each with its program.

        Args:
            points: the values of each point.
            singles: the program of each point alone.
            shots: of each point; more than a job takes are split over several jobs of the same points.

        Raises:
            TargetError: points that would share a job do not fit the target, or do not reset their qubits.
        """
        limit = most_shots(self._backend.name)
        if self._points_per_job == 1 or len(points) < 2:
            alone = split_shots((JobSpan(index, 1, each) for index, each in enumerate(shots)), limit)
            return [(span, singles[span.first]) for span in alone]
        try:
            return self._packed(points, singles, shots)
        except BridgeError as error:
            raise error.at(operation=self._operation.name) from None

    def _packed(
        self, points: Sequence[Point], singles: Sequence[Any], shots: Sequence[int]
    ) -> list[tuple[JobSpan, Any]]:
        counts = [count_gates(str(program)) for program in singles]
        most = self._points_per_job
        most = most if isinstance(most, str) else min(most, len(points))
        jobs = spans(most, counts, self._backend, self._profile, shots)
        programs = []
        for span, *same in by_points(jobs):
            place = range(span.first, span.first + span.size)
            try:
                program = singles[span.first] if span.size == 1 else self.program([points[index] for index in place])
            except BridgeError as error:
                raise cannot_bind(error, place) from None
            check_fits(span, count_gates(str(program)), self._backend.name)
            programs += [program] * (1 + len(same))
        if self._profile == "Base":
            check_side_by_side(map(str, singles), map(str, programs), jobs)
        else:
            check_resets(self._named_qubits(points, singles), jobs, self._profile)
        return list(zip(jobs, programs, strict=True))

    def _named_qubits(self, points: Sequence[Point], singles: Sequence[Any]) -> list[Part]:
        if self._plain is not self._single:
            with suppress(CompileError):
                return [str(self._plain(point)) for point in points]
        return [str(program) for program in singles]
