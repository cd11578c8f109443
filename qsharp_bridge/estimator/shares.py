"""Allocation of the shots of a point to its bases."""

from __future__ import annotations

from collections.abc import Sequence

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import SweepError

ALLOCATIONS = ("weight", "equal")


def share_out(shots: int, weights: Sequence[float], allocation: str = "weight") -> list[int]:
    """Return the shots of each basis; they sum to ``shots``, and each has at least one.

    If the standard deviation of each basis is known, the variance of the sum is least for shots in proportion to it;
    before anything is measured, the weights are used instead.

    Args:
        shots: of a point, in all.
        weights: of each basis, from 0: the root of the sum of squared coefficients, or a standard deviation.
        allocation: "weight": in proportion to the weights. "equal": as even as possible.

    Raises:
        SweepError: there are fewer shots than bases, or there is no such allocation.

    >>> share_out(100, [3.0, 1.0]), share_out(101, [3.0, 1.0], "equal")
    ([75, 25], [51, 50])
    """
    if allocation not in ALLOCATIONS:
        raise SweepError(f"allocation is {allocation!r}", advice=f"give one of {', '.join(map(repr, ALLOCATIONS))}")
    if not weights:
        return []
    if shots < len(weights):
        raise SweepError(
            f"{counted(shots, 'shot')} a point {'is' if shots == 1 else 'are'} fewer than the {len(weights)} bases "
            "that the observable is measured in",
            advice=f"give at least {len(weights)} shots",
        )
    total = sum(weights)
    if allocation == "equal" or not total > 0:
        weights, total = [1.0] * len(weights), float(len(weights))
    free = shots - len(weights)  # each basis has one
    wanted = [shots * weight / total - 1 for weight in weights]
    above = [max(want, 0.0) for want in wanted]
    scale = free / sum(above) if sum(above) else 0.0
    exact = [value * scale for value in above]
    found = [int(value) for value in exact]
    rest = sorted(range(len(weights)), key=lambda place: (found[place] - exact[place], place))
    for place in rest[: free - sum(found)]:
        found[place] += 1
    return [count + 1 for count in found]
