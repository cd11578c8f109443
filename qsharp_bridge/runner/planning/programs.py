"""The programs of a sweep: how they are counted, and bound as jobs of several points."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import BridgeError, CompileError
from qsharp_bridge.qir.counts import GateCounts, count_gates
from qsharp_bridge.runner.termination import Deadline
from qsharp_bridge.targets.limits import check_qubits, most_qubits

from .packing import cannot_bind

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from qsharp_bridge.journal.job_rows import JobSpan
    from qsharp_bridge.programs import Operation
    from qsharp_bridge.programs.binding import BoundPoints
    from qsharp_bridge.runner.local.qsharp import QsharpPoints
    from qsharp_bridge.sweeps.sweep import Sweep


@dataclass(frozen=True)
class Counted:
    """The gate counts of the programs of a sweep, and the number of different programs."""

    counts: list[GateCounts]
    distinct: int


def count_programs(programs: BoundPoints, deadline: Deadline) -> Counted:
    """Count the gates of each program, once for all programs of a template."""
    found: list[GateCounts | None] = [None] * len(programs)
    known: dict[int, GateCounts] = {}  # by template: its numbers do not change the gates
    seen: set[bytes] = set()
    hashes: list[npt.NDArray[np.int64]] = []
    for chunk in programs.chunks(0, len(programs)):
        deadline.check()
        if chunk.template is None:
            for index in chunk.indices:
                deadline.check()
                text = str(programs[index])
                found[index] = count_gates(text)
                seen.add(hashlib.sha256(text.encode()).digest())
            continue
        counts = known.get(id(chunk.template))
        if counts is None:
            counts = known[id(chunk.template)] = count_gates(chunk.text(0))
        for index in chunk.indices:
            found[index] = counts
        if programs.one_template:  # programs differ in their numbers alone: 64 bits of a keyed hash of them
            hashes.append(np.fromiter(map(hash, map(bytes, chunk.values)), np.int64, len(chunk.values)))
        else:
            seen.update(hashlib.sha256(text.encode()).digest() for text in chunk.texts())
    different = len(np.unique(np.concatenate(hashes))) if hashes else len(seen)
    return Counted(cast("list[GateCounts]", found), different)


def count_calls(calls: QsharpPoints, deadline: Deadline) -> Counted:
    """Count the different calls of Q#; their gates are not known before they run."""
    seen = set()
    for call in calls:
        deadline.check()
        seen.add(hashlib.sha256(call.expression.encode()).digest())
    return Counted([GateCounts(0, 0, 0, 0, 0, 0)] * len(calls), len(seen))


def check_width(counted: Counted, target: str, operation: str) -> None:
    """Check that no program needs more qubits than the target has.

    Raises:
        TargetError: one does; the error names its point and the others.
    """
    limit = most_qubits(target)
    if limit is None:
        return
    wide = [index for index, counts in enumerate(counted.counts) if counts.qubits > limit]
    if wide:
        try:
            check_qubits(target, counted.counts[wide[0]].qubits, wide[1:])
        except BridgeError as error:
            raise error.at(operation=operation, point=wide[0]) from None


def with_plain_qubits(
    operation: Operation, sweep: Sweep, single: BoundPoints, profile: str, executor: Executor | None
) -> BoundPoints:
    """Return the points bound for a profile whose programs name every qubit: in Adaptive, arrays hold the qubits."""
    if profile != "Adaptive":
        return single
    try:
        return operation.bind(sweep, profile="Adaptive_RIF", executor=executor)
    except CompileError:
        return single


def bind_jobs(
    operation: Operation, sweep: Sweep, jobs: Sequence[JobSpan], profile: str, executor: Executor | None
) -> BoundPoints:
    """Bind jobs of several points. Each point was bound alone before, so an error concerns the job as a whole."""
    from qsharp_bridge.programs.pack import bind_packs

    ranges = [range(span.first, span.first + span.size) for span in jobs]
    try:
        return bind_packs(operation, sweep, ranges, profile=profile, executor=executor)
    except BridgeError as error:
        raise cannot_bind(error, ranges[error.point or 0]) from None
