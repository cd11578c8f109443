"""Readers of the results that targets send, in the place of ``Job.get_results``, which hides errors behind raw bytes.

Every format is read to an ``Output``: the texts of the outcomes with exact integer counts. Where a format has
probabilities instead of shots, the counts are made from them and ``Output.derived`` is set.

The formats of services were recorded: ``microsoft.quantum-results.v2`` and ``v1``, ``ionq.quantum-results.v1``,
``honeywell.quantum-results.v1`` and ``rigetti.quil-results.v1``. Local simulations without a service have our own:
``qsharp-bridge.histogram.v1``, ``qsharp-bridge.packed-histogram.v1`` (see ``packed``) and
``qsharp-bridge.probabilities.v1``, where nothing was sampled.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import orjson

from qsharp_bridge.errors import ResultFormatError

from .outcome_values import outcome_value, shown_outcome
from .output import Output
from .packed import PACKED_FORMAT, read_packed
from .probabilities import exact_probability, output_of_probabilities
from .structure import brief, field, wrong_structure

HISTOGRAM_FORMAT = "qsharp-bridge.histogram.v1"
PROBABILITIES_FORMAT = "qsharp-bridge.probabilities.v1"

T = TypeVar("T")


def read_output(raw: bytes, output_format: str, shots: int) -> Output:
    """Return the result of a job.

    Args:
        raw: the bytes of the output blob.
        output_format: the job's ``outputDataFormat``.
        shots: the shots asked for; needed where only probabilities are sent. 0: not known.

    Raises:
        ResultFormatError: an unknown format, or bytes that are not of it; the message has what was found.

    >>> read_output(b'{"histogram": {"0": 0.5, "3": 0.5}}', "ionq.quantum-results.v1", 5).counts
    {'0': 3, '3': 2}
    """
    reader = _reader_of(output_format)
    output = _decoded(raw, output_format, lambda data: reader(data, shots))
    counted = output.shots
    return output if counted >= shots else replace(output, missing=shots - counted)


def read_memory(raw: bytes, output_format: str) -> list[Any] | None:
    """Return the outcome of each shot in the order of the shots; None where the format has no order of shots.

    A failed shot is None.

    Raises:
        ResultFormatError: as for :func:`read_output`.

    >>> read_memory(b'{"ro": [[0, 1], [1, 1], [0, 1]]}', "rigetti.quil-results.v1")
    [[0, 1], [1, 1], [0, 1]]
    """
    _reader_of(output_format)
    return _decoded(raw, output_format, _MEMORIES[output_format]) if output_format in _MEMORIES else None


def _reader_of(output_format: str) -> Callable[[Any, int], Output]:
    try:
        return _READERS[output_format]
    except KeyError:
        known = ", ".join(_READERS)
        raise ResultFormatError(
            f"cannot read results of the format {output_format!r}", advice=f"known are {known}"
        ) from None


def _decoded(raw: bytes, output_format: str, reader: Callable[[Any], T]) -> T:
    try:
        return reader(orjson.loads(raw) if output_format == PACKED_FORMAT else json.loads(raw))
    except (ValueError, RecursionError) as error:  # readers reach fewer levels than json parses
        if isinstance(error, ResultFormatError):
            raise
        found = f"{len(raw)} bytes that begin with {bytes(raw[:40])!r}"
        raise ResultFormatError(f"the result is not JSON but {found}") from None


def _read_v2(data: Any, shots: int) -> Output:
    named = field(data, "DataFormat", str)
    if named != "microsoft.quantum-results.v2":
        raise ResultFormatError(f"the result has the DataFormat {named!r}")
    results = field(data, "Results", list)
    if len(results) != 1:
        raise ResultFormatError(f"expected the result of one entry point, found {len(results)}")
    counts: dict[str, int] = {}
    outcomes: dict[str, Any] = {}
    for row in field(results[0], "Histogram", list):
        display, count = field(row, "Display", str), _count(field(row, "Count", int))
        counts[display] = counts.get(display, 0) + count
        outcome = field(row, "Outcome")
        if not (isinstance(outcome, dict) and "Error" in outcome):
            outcomes[display] = outcome_value(outcome)
    if "Shots" in results[0]:
        sent, counted = len(field(results[0], "Shots", list)), sum(counts.values())
        if sent != counted:
            raise ResultFormatError(f"the histogram counts {counted} shots, but {sent} were sent")
    return Output(counts, outcomes)


def _read_v1(data: Any, shots: int) -> Output:
    flat = field(data, "Histogram", list)
    if len(flat) % 2 or not all(isinstance(display, str) for display in flat[::2]):
        raise ResultFormatError("the histogram does not alternate between texts and probabilities")
    return output_of_probabilities(zip(flat[::2], flat[1::2], strict=True), shots, shown_outcome)


def _read_ionq(data: Any, shots: int) -> Output:
    """Read states by their number: qubit 0 is the least significant bit. How many qubits there are is not known."""
    return output_of_probabilities(field(data, "histogram", dict).items(), shots, _state_number)


def _honeywell_shots(data: Any) -> list[Any]:
    """Return the shots of registers of bit strings. One register is an array, several are a tuple of arrays."""
    if not isinstance(data, dict) or not data:
        wrong_structure("registers of bit strings", data)
    for name in data:
        field(data, name, list)
    if len({len(strings) for strings in data.values()}) > 1:
        raise ResultFormatError("the registers have different numbers of shots")
    registers = [[_bit_string(string) for string in strings] for strings in data.values()]
    return registers[0] if len(registers) == 1 else list(zip(*registers, strict=True))


def _rigetti_shots(data: Any) -> list[Any]:
    """Return the lists of bits, one a shot, in the one memory region that was read out."""
    if not isinstance(data, dict) or len(data) != 1:
        wrong_structure("one region of shots", data)
    ((name, _),) = data.items()
    rows: list[Any] = field(data, name, list)
    if any(not isinstance(bits, list) or any(type(bit) is not int for bit in bits) for bits in rows):
        raise ResultFormatError(f"{name} is not a list of bits for each shot")
    return rows


def _v2_shots(data: Any) -> list[Any] | None:
    (result,) = field(data, "Results", list)
    if "Shots" not in result:
        return None
    shots = field(result, "Shots", list)
    return [None if isinstance(shot, dict) and "Error" in shot else outcome_value(shot) for shot in shots]


def _read_own(data: Any, shots: int) -> Output:
    counts: dict[str, int] = {}
    outcomes: dict[str, Any] = {}
    for outcome, display, count in _own_rows(data, "histogram", "count"):
        outcomes[display] = outcome
        counts[display] = counts.get(display, 0) + _count(count)
    return Output(counts, outcomes)


def _read_probabilities(data: Any, shots: int) -> Output:
    rows = list(_own_rows(data, "probabilities", "probability"))
    outcomes = {display: outcome for outcome, display, _ in rows}
    return Output({}, outcomes, exact={display: exact_probability(number) for _, display, number in rows})


def _own_rows(data: Any, name: str, number: str) -> Iterator[tuple[Any, str, Any]]:
    """Yield the outcome, the text and the number in each row of our own formats."""
    for row in field(data, name, list):
        if not isinstance(row, list) or len(row) != 3 or not isinstance(row[1], str):
            wrong_structure(f"[outcome, display, {number}]", row)
        yield outcome_value(row[0]), row[1], row[2]


_READERS: dict[str, Callable[[Any, int], Output]] = {
    "microsoft.quantum-results.v2": _read_v2,
    "microsoft.quantum-results.v1": _read_v1,
    "ionq.quantum-results.v1": _read_ionq,
    "honeywell.quantum-results.v1": lambda data, shots: _from_shots(_honeywell_shots(data)),
    "rigetti.quil-results.v1": lambda data, shots: _from_shots(_rigetti_shots(data)),
    HISTOGRAM_FORMAT: _read_own,
    PROBABILITIES_FORMAT: _read_probabilities,
    PACKED_FORMAT: lambda data, shots: read_packed(data),
}

_MEMORIES: dict[str, Callable[[Any], list[Any] | None]] = {
    "microsoft.quantum-results.v2": _v2_shots,
    "honeywell.quantum-results.v1": _honeywell_shots,
    "rigetti.quil-results.v1": _rigetti_shots,
}
MEMORY_FORMATS = frozenset(_MEMORIES)
"""Formats that may have the outcome of each shot in order."""


def _state_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 4000:
        raise ResultFormatError(f"{text[:40]!r} is no number of a state")
    return int(text)


def _bit_string(text: Any) -> list[Any]:
    if not isinstance(text, str) or set(text) - set("012-"):
        wrong_structure("a string of bits", text)
    return [2 if bit == "-" else int(bit) for bit in text]  # 2 is a lost qubit


def _from_shots(outcomes: Sequence[Any]) -> Output:
    from qsharp_bridge.simulators.outcomes import display  # here, because it needs numpy

    displays = list(map(display, outcomes))
    return Output(Counter(displays), dict(zip(displays, outcomes, strict=True)))


def _count(count: Any) -> int:
    if type(count) is not int or count < 0:
        raise ResultFormatError(f"a count is {brief(count)}")
    return count
