"""What a target sends as a result, read by us: never by ``Job.get_results``, which hides errors behind raw bytes.

Every format becomes the same thing: a histogram of displays to exact integer counts. Where a format holds
probabilities instead of shots the counts are derived from them, and the result says so.

Formats and their recorded shapes: ``microsoft.quantum-results.v2`` and ``v1``, ``ionq.quantum-results.v1``,
``honeywell.quantum-results.v1``, ``rigetti.quil-results.v1``, and our own ``qsharp-bridge.histogram.v1`` for what the
simulators of this package found without a service.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import ResultFormatError

HISTOGRAM_FORMAT = "qsharp-bridge.histogram.v1"


@dataclass(frozen=True)
class Output:
    """One job's result.

    Attributes:
        counts: display text of an outcome, such as ``[0, 1]``, to its number of shots. Integers, never rounded from
            probabilities unless ``derived`` says so. Failed shots are counted under ``Error code: name``.
        outcomes: display text to the outcome as a Python value: Result 0 or 1, arrays are lists, tuples are tuples.
        derived: whether the service sent probabilities, from which the counts were made.
        failed_shots: how many of the shots ended in an error.
    """

    counts: dict[str, int]
    outcomes: dict[str, Any]
    derived: bool = False
    failed_shots: int = 0

    @property
    def shots(self) -> int:
        """The sum of the counts."""
        return sum(self.counts.values())


def read_output(raw: bytes, output_format: str, shots: int) -> Output:
    """Read a result.

    Args:
        raw: the bytes of the output blob.
        output_format: the job's ``outputDataFormat``.
        shots: the shots asked for; needed where only probabilities are sent.

    Raises:
        ResultFormatError: an unknown format, or bytes that are not of it. Says what was found.
    """
    reader = _READERS.get(output_format)
    if reader is None:
        raise ResultFormatError(f"cannot read results of the format {output_format!r}")
    try:
        data = json.loads(raw)
    except ValueError:
        raise ResultFormatError(
            f"the result is not JSON: {len(raw)} bytes that begin with {bytes(raw[:40])!r}"
        ) from None
    try:
        return reader(data, shots)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ResultFormatError(f"the result is no {output_format}: {type(error).__name__} {error}") from None


def _read_v2(data: Any, shots: int) -> Output:
    if data["DataFormat"] != "microsoft.quantum-results.v2":
        raise ResultFormatError(f"the result says that it is {data['DataFormat']!r}")
    if len(data["Results"]) != 1:
        raise ResultFormatError(f"expected the result of one entry point, found {len(data['Results'])}")
    (result,) = data["Results"]
    counts: dict[str, int] = {}
    outcomes: dict[str, Any] = {}
    failed = 0
    for row in result["Histogram"]:
        display, count, outcome = row["Display"], row["Count"], row["Outcome"]
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ResultFormatError(f"{display} has a count of {count!r}")
        counts[display] = counts.get(display, 0) + count
        if isinstance(outcome, dict) and "Error" in outcome:
            failed += count
        else:
            outcomes[display] = outcome_value(outcome)
    sent = len(result["Shots"]) if "Shots" in result else None
    if sent is not None and sent != sum(counts.values()):
        raise ResultFormatError(f"the histogram counts {sum(counts.values())} shots, but {sent} were sent")
    return Output(counts, outcomes, failed_shots=failed)


def _read_v1(data: Any, shots: int) -> Output:
    flat = data["Histogram"]
    return _from_probabilities(dict(zip(flat[::2], flat[1::2], strict=True)), shots, json.loads)


def _read_ionq(data: Any, shots: int) -> Output:
    return _from_probabilities(data["histogram"], shots, int)


def _read_honeywell(data: Any, shots: int) -> Output:
    # One bit string per register and shot; registers keep the order of the program.
    return _from_shots(
        [tuple([int(bit) if bit in "01" else bit for bit in bits] for bits in shot)]
        if len(data) > 1
        else [[int(bit) if bit in "01" else bit for bit in shot[0]]]
        for shot in zip(*data.values(), strict=True)
    )


def _read_rigetti(data: Any, shots: int) -> Output:
    return _from_shots([bits] for bits in data["ro"])


def _read_own(data: Any, shots: int) -> Output:
    counts = {display: count for _, display, count in data["histogram"]}
    outcomes = {display: outcome_value(outcome) for outcome, display, _ in data["histogram"]}
    return Output(counts, outcomes)


_READERS: dict[str, Callable[[Any, int], Output]] = {
    "microsoft.quantum-results.v2": _read_v2,
    "microsoft.quantum-results.v1": _read_v1,
    "ionq.quantum-results.v1": _read_ionq,
    "honeywell.quantum-results.v1": _read_honeywell,
    "rigetti.quil-results.v1": _read_rigetti,
    HISTOGRAM_FORMAT: _read_own,
}


def outcome_value(data: Any) -> Any:
    """An outcome as the v2 format writes it, as a Python value: ``{"Item1": 0, "Item2": [1]}`` is ``(0, [1])``."""
    if isinstance(data, dict):
        if data and all(key == f"Item{place}" for place, key in enumerate(data, 1)):
            return tuple(outcome_value(item) for item in data.values())
        raise ResultFormatError(f"an outcome has the fields {', '.join(data) or '(none)'} instead of Item1, Item2...")
    if isinstance(data, list):
        return [outcome_value(item) for item in data]
    return data


def outcome_json(outcome: Any) -> Any:
    """The inverse of :func:`outcome_value`."""
    if isinstance(outcome, tuple):
        return {f"Item{place}": outcome_json(item) for place, item in enumerate(outcome, 1)}
    if isinstance(outcome, list):
        return [outcome_json(item) for item in outcome]
    return outcome


def _from_shots(shots: Iterable[list[Any]]) -> Output:
    from ..simulators import display

    counts: Counter[str] = Counter()
    outcomes: dict[str, Any] = {}
    for (outcome,) in shots:
        text = display(outcome)
        counts[text] += 1
        outcomes.setdefault(text, outcome)
    return Output(dict(counts), outcomes)


def _from_probabilities(probabilities: dict[str, float], shots: int, value: Callable[[str], Any]) -> Output:
    """Counts that sum to the shots, by the largest remainder (Hamilton's method); ties go to the earlier outcome."""
    total = sum(probabilities.values())
    if not probabilities or not abs(total - 1.0) < 1e-3:
        raise ResultFormatError(f"the probabilities sum to {total}")
    exact = {display: p / total * shots for display, p in probabilities.items()}
    counts = {display: int(share) for display, share in exact.items()}
    left = shots - sum(counts.values())
    for display in sorted(exact, key=lambda d: counts[d] - exact[d])[:left]:
        counts[display] += 1
    outcomes = {}
    for display in counts:
        try:
            outcomes[display] = value(display)
        except ValueError:
            outcomes[display] = display
    return Output(counts, outcomes, derived=True)
