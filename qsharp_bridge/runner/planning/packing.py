"""The points of a sweep that share a job, and the checks that they may.

The points of a job are calls in one Q# expression. The compiler may give a qubit that one point releases to the next
point, and a release resets nothing. So points may share a job only if each leaves its qubits certainly reset; for the
profile Base, which has no resets, the compiler then takes other qubits. (Measured with qdk 1.33: without a reset it
copies the state that was measured, also for Base.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Generic, TypeVar, overload

from qsharp_bridge.errors import BridgeError, SweepError, TargetError
from qsharp_bridge.journal.job_rows import JobSpan
from qsharp_bridge.programs.binding.batch import Part
from qsharp_bridge.qir.counts import GateCounts
from qsharp_bridge.qir.resets import shared_qubit, steps_of, unreset_qubits
from qsharp_bridge.targets.backend import Backend
from qsharp_bridge.targets.limits import most_qubits, most_shots

T = TypeVar("T")

_MOST = 100  # points of a job, where "most" decides
MOST_PARTS = 100  # jobs over which the shots of a point are split: a million shots, where a job takes 10,000
_SHOTS_AN_OUTCOME = 100  # so that rounding down loses at most one shot in a hundred
_PROPORTIONS = ("ionq.simulator",)  # answers with floor(p * shots) for each state of all qubits together


@dataclass(frozen=True)
class SinglePoints(Sequence[JobSpan]):
    """Jobs of one point each, made at each access: a local sweep may have a million.

    Attributes:
        shots: of each point.
    """

    shots: tuple[int, ...]

    @overload
    def __getitem__(self, index: int) -> JobSpan: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[JobSpan]: ...
    def __getitem__(self, index: int | slice) -> JobSpan | Sequence[JobSpan]:
        places = range(len(self.shots))[index]
        if isinstance(places, int):
            return JobSpan(places, 1, self.shots[places])
        return tuple(self[place] for place in places)

    def __len__(self) -> int:
        return len(self.shots)

    def __iter__(self) -> Iterator[JobSpan]:
        return map(JobSpan, range(len(self.shots)), repeat(1), self.shots)


def single_points(shots: tuple[int, ...], target: str) -> Sequence[JobSpan]:
    """Return jobs of one point each, several of a point that has more shots than a job takes."""
    most = most_shots(target)
    jobs = SinglePoints(shots)
    return jobs if most is None or max(shots) <= most else split_shots(jobs, most)


def split_shots(jobs: Iterable[JobSpan], most: int | None) -> list[JobSpan]:
    """Return jobs of at most so many shots, as few and as equal as possible: prices with a minimum are lowest then."""
    if most is None:
        return list(jobs)
    found = []
    for span in jobs:
        parts = -(-span.shots // most)
        each, more = divmod(span.shots, parts)
        found += [span._replace(shots=each + (part < more)) for part in range(parts)]
    return found


def spans(
    points_per_job: int | str, singles: Sequence[GateCounts], backend: Backend, profile: str, shots: Sequence[int]
) -> list[JobSpan]:
    """Return the points and shots of each job.

    Args:
        points_per_job: a checked option.
        singles: the gate counts of each point alone.
        backend, profile: of the sweep.
        shots: of each point. Consecutive points share a job only where they have the same shots; more than a job takes
            are split over several jobs of the same points.

    Raises:
        SweepError: more points a job than the sweep has.
        TargetError: points that share a job do not fit the target.
    """
    most = most_shots(backend.name)
    if isinstance(points_per_job, str):
        return split_shots(_most(singles, backend, profile, shots), most)
    count = len(singles)
    if points_per_job > count:
        raise SweepError(
            f"points_per_job is {points_per_job}, but the sweep has {count} point{'s' if count > 1 else ''}",
            advice=f"give {count} at most, or 'most'",
        )
    found = [
        JobSpan(first, min(points_per_job, run.stop - first), shots[first])
        for run in _runs(shots)
        for first in range(run.start, run.stop, points_per_job)
    ]
    for span in found:
        if span.size > 1:
            _check(span, singles[span.first : span.first + span.size], backend, profile)
    return split_shots(found, most)


def cannot_bind(error: BridgeError, points: range) -> BridgeError:
    """Return the error for points that compile alone, and not together."""
    return type(error)(
        f"points {points[0]} to {points[-1]} cannot share a job: {error.problem}",
        path=error.path,
        point=points[0],
        advice=f"{error.advice}; or leave points_per_job at 1" if error.advice else "leave points_per_job at 1",
    )


def check_fits(span: JobSpan, counts: GateCounts, target: str) -> None:
    """Check that the compiled program of a job needs no more qubits than the target has.

    Raises:
        TargetError: it does.
    """
    limit = most_qubits(target)
    if limit is not None and counts.qubits > limit:
        raise _cannot_share(span, f"together they need {counts.qubits} qubits, but {target} has {limit}")


def check_resets(parts: Iterable[Part], jobs: Sequence[JobSpan], profile: str) -> None:
    """Check that every point but the last of a job leaves its qubits certainly reset.

    Args:
        parts: the programs of all points of the sweep, for a profile that reuses qubits.
        jobs: the points of each job.
        profile: of the jobs.

    Raises:
        TargetError: a qubit is not certainly reset, with the point.
    """
    followed = {index for span in jobs for index in range(span.first, span.first + span.size - 1)}
    left_of = _OncePerTemplate(unreset_qubits)
    for index, part in enumerate(parts):
        left = left_of(part) if index in followed else []
        if left:
            raise _not_reset(left[0], profile, index)


def check_side_by_side(alone: Iterable[Part], together: Iterable[Part], jobs: Sequence[JobSpan]) -> None:
    """Check that the points of each job act on different qubits, as they do for the profile Base after resets.

    Args:
        alone: the programs of all points of the sweep, for the profile Base.
        together: the programs of the jobs.
        jobs: the points of each job.

    Raises:
        TargetError: two points act on one qubit, with the point that does not reset it.
    """
    size_of = _OncePerTemplate(_size)
    sizes = [size_of(part) for part in alone]
    known: set[tuple[int, tuple[tuple[int, int], ...]]] = set()
    kept: list[Part] = []  # keeps the templates alive, whose ids are in `known`
    for span, part in zip(jobs, together, strict=True):
        expected = tuple(sizes[span.first : span.first + span.size])
        if span.size == 1 or (not isinstance(part, str) and (id(part[0]), expected) in known):
            continue
        shared = shared_qubit(part if isinstance(part, str) else part[0].render(part[1]), expected)
        if shared is not None:
            raise _not_reset(shared[1], "Base", span.first + shared[0])
        if not isinstance(part, str):
            kept.append(part)
            known.add((id(part[0]), expected))


def _size(qir: str) -> tuple[int, int]:
    gates, measured = steps_of(qir)
    return len(gates), len(measured)


class _OncePerTemplate(Generic[T]):
    """A function of a program's structure, computed once for each template."""

    def __init__(self, function: Callable[[str], T]) -> None:
        self._function = function
        self._known: dict[int, tuple[Part, T]] = {}  # by the id of the template, which the part keeps alive

    def __call__(self, part: Part) -> T:
        if isinstance(part, str):
            return self._function(part)
        if id(part[0]) not in self._known:
            self._known[id(part[0])] = part, self._function(part[0].render(part[1]))
        return self._known[id(part[0])][1]


def _not_reset(qubit: int | None, profile: str, point: int) -> BridgeError:
    which = f"qubit {qubit}" if qubit is not None and qubit >= 0 else "a qubit that the compiled program does not name"
    return TargetError(
        f"{which} is not certainly reset at the end (profile {profile}), so the next point of the same job would "
        "begin in the state that this one left",
        point=point,
        advice="end the operation with ResetAll(qubits), or measure with MResetZ or MResetEachZ; or leave "
        "points_per_job at 1",
    )


def _runs(shots: Sequence[int]) -> Iterator[range]:
    """Yield the ranges of consecutive points with the same shots."""
    first = 0
    for index in range(1, len(shots) + 1):
        if index == len(shots) or shots[index] != shots[first]:
            yield range(first, index)
            first = index


def _most(singles: Sequence[GateCounts], backend: Backend, profile: str, shots: Sequence[int]) -> list[JobSpan]:
    found: list[JobSpan] = []
    for run in _runs(shots):
        first = run.start
        while first < run.stop:
            size = 1
            while (
                size < _MOST
                and first + size < run.stop
                and not _problem(singles[first : first + size + 1], backend, profile, shots[first])
            ):
                size += 1
            found.append(JobSpan(first, size, shots[first]))
            first += size
    return found


def _check(span: JobSpan, singles: Sequence[GateCounts], backend: Backend, profile: str) -> None:
    problem = _problem(singles, backend, profile, span.shots)
    if problem:
        raise _cannot_share(span, problem)


def _cannot_share(span: JobSpan, problem: str) -> BridgeError:
    return TargetError(
        f"points {span.first} to {span.first + span.size - 1} cannot share a job: {problem}",
        advice="give fewer points_per_job, or 'most' for as many as fit",
    )


def _problem(singles: Sequence[GateCounts], backend: Backend, profile: str, shots: int) -> str:
    """Return why the points cannot share a job, or ""."""
    needed = [one.qubits for one in singles]
    qubits = sum(needed) if profile == "Base" else max(needed)
    limit = most_qubits(backend.name)
    if limit is not None and qubits > limit:
        return f"together they need {qubits} qubits, but {backend.name} has {limit}"
    bits = sum(one.measurements for one in singles)
    if backend.name in _PROPORTIONS and bits and (bits > 40 or 2**bits * _SHOTS_AN_OUTCOME > shots):
        return (
            f"{backend.name} answers with proportions of joint outcomes, rounded down, and {bits} measurements have "
            f"up to 2^{bits} of them for {shots} shots"
        )
    return ""
