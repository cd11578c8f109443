"""Results of jobs that ran several points: the outputs of the single points."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from qsharp_bridge.errors import ResultFormatError

from .outcome_values import shown_outcome
from .output import Output
from .probabilities import output_of_shares
from .readers import read_output
from .structure import brief


def read_outputs(raw: bytes, output_format: str, shots: int, size: int) -> list[Output]:
    """Return the outputs of the points of a job, in their order. A failed shot counts as failed at every point.

    Args:
        raw, output_format, shots: as for :func:`read_output`.
        size: how many points the job ran; each outcome is an array with one element a point.

    Raises:
        ResultFormatError: as for :func:`read_output`; or an outcome is no array of this length.

    >>> from qsharp_bridge.results.formats.readers import HISTOGRAM_FORMAT
    >>> raw = b'{"histogram": [[[0, 1], "[0, 1]", 3], [[1, 1], "[1, 1]", 1]]}'
    >>> [dict(output.counts) for output in read_outputs(raw, HISTOGRAM_FORMAT, 4, 2)]
    [{'0': 3, '1': 1}, {'1': 4}]
    """
    joint = read_output(raw, output_format, shots)
    if size == 1:
        return [joint]
    if output_format == "microsoft.quantum-results.v1":
        return _marginals(json.loads(raw)["Histogram"], shots, size)
    counts: list[dict[str, int]] = [{} for _ in range(size)]
    outcomes: list[dict[str, Any]] = [{} for _ in range(size)]
    for text, count in joint.counts.items():
        if text in joint.outcomes:
            parts = _parts(joint.outcomes[text], size)
            for place, (display, part) in enumerate(zip(_displays(parts), parts, strict=True)):
                counts[place][display] = counts[place].get(display, 0) + count
                outcomes[place].setdefault(display, part)
        else:
            for each in counts:
                each[text] = each.get(text, 0) + count
    return [
        Output({display: found[display] for display in sorted(found)}, made, joint.derived, joint.missing)
        for found, made in zip(counts, outcomes, strict=True)
    ]


def _marginals(flat: list[Any], shots: int, size: int) -> list[Output]:
    """Return the outputs of probabilities of joint outcomes, which are summed for each point before any rounding."""
    shares: list[dict[str, Fraction]] = [{} for _ in range(size)]
    for text, p in zip(flat[::2], flat[1::2], strict=True):
        for place, display in enumerate(_displays(_parts(shown_outcome(text), size))):
            shares[place][display] = shares[place].get(display, Fraction(0)) + Fraction(p)
    return [output_of_shares(share, shots, shown_outcome) for share in shares]


def _parts(outcome: Any, size: int) -> Sequence[Any]:
    if not isinstance(outcome, list | tuple) or len(outcome) != size:
        raise ResultFormatError(f"the result of {size} points has {brief(outcome)} instead of {size} outcomes")
    return outcome


def _displays(parts: Sequence[Any]) -> Iterator[str]:
    from qsharp_bridge.simulators.outcomes import display  # here, because it needs numpy

    return map(display, parts)
