"""Reads the results that targets send, without ``Job.get_results``, which hides errors behind raw bytes.

Every format becomes the same thing: a histogram of displays to exact integer counts. Where a format holds
probabilities instead of shots the counts are derived from them, and the result says so.

Formats and their recorded shapes: ``microsoft.quantum-results.v2`` and ``v1``, ``ionq.quantum-results.v1``,
``honeywell.quantum-results.v1``, ``rigetti.quil-results.v1``, and our own for what the simulators of this package found
without a service: ``qsharp-bridge.histogram.v1``, ``qsharp-bridge.packed-histogram.v1`` (see ``packed``), and
``qsharp-bridge.probabilities.v1``, where nothing was sampled.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NoReturn, TypeVar

import orjson

from qsharp_bridge.errors import ResultFormatError

from .counts import Counts, FrozenDict
from .packed import PACKED_FORMAT, read_packed

HISTOGRAM_FORMAT = "qsharp-bridge.histogram.v1"
PROBABILITIES_FORMAT = "qsharp-bridge.probabilities.v1"

T = TypeVar("T")


@dataclass(frozen=True)
class Output:
    """One job's result. Nothing of it can be changed; do not change the lists in ``outcomes`` either.

    Attributes:
        counts: display text of an outcome, such as ``[0, 1]``, to its number of shots. Integers, never made from
            probabilities unless ``derived`` says so. Failed shots are counted under ``Error code: name``.
        outcomes: display text to the outcome as a Python value: Result 0 or 1 (2 or ``"-"`` when the qubit was lost),
            arrays are lists, tuples are tuples. Failed shots have none.
        derived: whether the service sent probabilities, from which the counts were made.
        missing: the shots asked for less the shots counted. IonQ answers with floor(p * shots) for each state, which
            may be fewer in sum: they are counted as they came, never filled up.
        exact: display text to the exact probability, where nothing was sampled: then there are no counts.
    """

    counts: Mapping[str, int]
    outcomes: Mapping[str, Any]
    derived: bool = False
    missing: int = 0
    exact: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if type(self.outcomes) is not FrozenDict:
            object.__setattr__(self, "outcomes", FrozenDict(self.outcomes))
        if not (isinstance(self.counts, Counts) and self.counts.outcomes is self.outcomes):
            object.__setattr__(self, "counts", Counts(self.counts, self.outcomes))
        if self.exact is not None and type(self.exact) is not FrozenDict:
            object.__setattr__(self, "exact", FrozenDict(self.exact))

    @property
    def shots(self) -> int:
        """The sum of the counts."""
        return sum(self.counts.values())

    @property
    def failed_shots(self) -> int:
        """How many of the shots ended in an error."""
        return sum(count for display, count in self.counts.items() if display not in self.outcomes)


def read_output(raw: bytes, output_format: str, shots: int) -> Output:
    """Read a result.

    Args:
        raw: the bytes of the output blob.
        output_format: the job's ``outputDataFormat``.
        shots: the shots asked for; needed where only probabilities are sent. 0: not known.

    Raises:
        ResultFormatError: an unknown format, or bytes that are not of it. Says what was found.

    >>> read_output(b'{"histogram": {"0": 0.5, "3": 0.5}}', "ionq.quantum-results.v1", 5).counts
    {'0': 3, '3': 2}
    """
    reader = _known(output_format)
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
    _known(output_format)
    return _decoded(raw, output_format, _MEMORIES[output_format]) if output_format in _MEMORIES else None


def _known(output_format: str) -> Callable[[Any, int], Output]:
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
    except (ValueError, RecursionError) as error:  # the reader, too, may not follow all levels that json parses
        if isinstance(error, ResultFormatError):
            raise
        found = f"{len(raw)} bytes that begin with {bytes(raw[:40])!r}"
        raise ResultFormatError(f"the result is not JSON but {found}") from None


def read_outputs(raw: bytes, output_format: str, shots: int, size: int) -> list[Output]:
    """Read the result of a job of several points, and take it apart: one output a point.

    Args:
        raw, output_format, shots: as for :func:`read_output`.
        size: how many points the job ran; each outcome is an array of that many.

    Returns:
        The outputs in the order of the points. A shot that failed failed for every point.

    Raises:
        ResultFormatError: as :func:`read_output`; or an outcome is not an array of so many.

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
    """Return the outputs of probabilities of joint outcomes: summed for each point before anything is rounded."""
    shares: list[dict[str, Fraction]] = [{} for _ in range(size)]
    for text, p in zip(flat[::2], flat[1::2], strict=True):
        for place, display in enumerate(_displays(_parts(_displayed(text), size))):
            shares[place][display] = shares[place].get(display, Fraction(0)) + Fraction(p)
    return [_from_shares(share, shots, _displayed) for share in shares]


def _parts(outcome: Any, size: int) -> Sequence[Any]:
    if not isinstance(outcome, list | tuple) or len(outcome) != size:
        raise ResultFormatError(f"the result of {size} points has {_brief(outcome)} where {size} outcomes should be")
    return outcome


def _displays(parts: Sequence[Any]) -> Iterator[str]:
    from qsharp_bridge.simulators.outcomes import display  # here, because it needs numpy

    return map(display, parts)


def _read_v2(data: Any, shots: int) -> Output:
    said = _field(data, "DataFormat", str)
    if said != "microsoft.quantum-results.v2":
        raise ResultFormatError(f"the result says that it is {said!r}")
    results = _field(data, "Results", list)
    if len(results) != 1:
        raise ResultFormatError(f"expected the result of one entry point, found {len(results)}")
    counts: dict[str, int] = {}
    outcomes: dict[str, Any] = {}
    for row in _field(results[0], "Histogram", list):
        display, count = _field(row, "Display", str), _count(_field(row, "Count", int))
        counts[display] = counts.get(display, 0) + count
        outcome = _field(row, "Outcome")
        if not (isinstance(outcome, dict) and "Error" in outcome):
            outcomes[display] = outcome_value(outcome)
    if "Shots" in results[0]:
        sent, counted = len(_field(results[0], "Shots", list)), sum(counts.values())
        if sent != counted:
            raise ResultFormatError(f"the histogram counts {counted} shots, but {sent} were sent")
    return Output(counts, outcomes)


def _read_v1(data: Any, shots: int) -> Output:
    flat = _field(data, "Histogram", list)
    if len(flat) % 2 or not all(isinstance(display, str) for display in flat[::2]):
        raise ResultFormatError("the histogram does not alternate between texts and probabilities")
    return _from_probabilities(zip(flat[::2], flat[1::2], strict=True), shots, _displayed)


def _read_ionq(data: Any, shots: int) -> Output:
    """Read states by their number: qubit 0 is the least significant bit. How many qubits there are is not known."""
    return _from_probabilities(_field(data, "histogram", dict).items(), shots, _state_number)


def _honeywell_shots(data: Any) -> list[Any]:
    """Return the shots of registers of bit strings. One register is an array, several are a tuple of arrays."""
    if not isinstance(data, dict) or not data:
        _wrong("registers of bit strings", data)
    for name in data:
        _field(data, name, list)
    if len({len(strings) for strings in data.values()}) > 1:
        raise ResultFormatError("the registers have different numbers of shots")
    registers = [[_bit_string(string) for string in strings] for strings in data.values()]
    return registers[0] if len(registers) == 1 else list(zip(*registers, strict=True))


def _rigetti_shots(data: Any) -> list[Any]:
    """Return the lists of bits, one a shot, in the one memory region that was read out."""
    if not isinstance(data, dict) or len(data) != 1:
        _wrong("one region of shots", data)
    ((name, _),) = data.items()
    rows: list[Any] = _field(data, name, list)
    if any(not isinstance(bits, list) or any(type(bit) is not int for bit in bits) for bits in rows):
        raise ResultFormatError(f"{name} is not a list of bits for each shot")
    return rows


def _v2_shots(data: Any) -> list[Any] | None:
    (result,) = _field(data, "Results", list)
    if "Shots" not in result:
        return None
    shots = _field(result, "Shots", list)
    return [None if isinstance(shot, dict) and "Error" in shot else outcome_value(shot) for shot in shots]


def _read_own(data: Any, shots: int) -> Output:
    counts: dict[str, int] = {}
    outcomes: dict[str, Any] = {}
    for row in _field(data, "histogram", list):
        if not isinstance(row, list) or len(row) != 3 or not isinstance(row[1], str):
            _wrong("[outcome, display, count]", row)
        outcomes[row[1]] = outcome_value(row[0])
        counts[row[1]] = counts.get(row[1], 0) + _count(row[2])
    return Output(counts, outcomes)


def _read_probabilities(data: Any, shots: int) -> Output:
    chances: dict[str, float] = {}
    outcomes: dict[str, Any] = {}
    for row in _field(data, "probabilities", list):
        if not isinstance(row, list) or len(row) != 3 or not isinstance(row[1], str):
            _wrong("[outcome, display, probability]", row)
        outcomes[row[1]], chances[row[1]] = outcome_value(row[0]), exact_probability(row[2])
    return Output({}, outcomes, exact=chances)


def _read_packed(data: Any, shots: int) -> Output:
    return Output(*read_packed(data, outcome_value))


_READERS: dict[str, Callable[[Any, int], Output]] = {
    "microsoft.quantum-results.v2": _read_v2,
    "microsoft.quantum-results.v1": _read_v1,
    "ionq.quantum-results.v1": _read_ionq,
    "honeywell.quantum-results.v1": lambda data, shots: _from_shots(_honeywell_shots(data)),
    "rigetti.quil-results.v1": lambda data, shots: _from_shots(_rigetti_shots(data)),
    HISTOGRAM_FORMAT: _read_own,
    PROBABILITIES_FORMAT: _read_probabilities,
    PACKED_FORMAT: _read_packed,
}

_MEMORIES: dict[str, Callable[[Any], list[Any] | None]] = {
    "microsoft.quantum-results.v2": _v2_shots,
    "honeywell.quantum-results.v1": _honeywell_shots,
    "rigetti.quil-results.v1": _rigetti_shots,
}
MEMORY_FORMATS = frozenset(_MEMORIES)
"""The formats that may have the outcome of each shot in order."""


# --- outcomes


def outcome_value(data: Any) -> Any:
    """Return an outcome of the v2 format as a Python value: ``{"Item1": 0, "Item2": [1]}`` is ``(0, [1])``.

    Raises:
        ResultFormatError: an object with other keys.
    """
    if isinstance(data, dict):
        try:
            return tuple(outcome_value(data[f"Item{place}"]) for place in range(1, len(data) + 1))
        except KeyError:
            keys = ", ".join(data)
            raise ResultFormatError(f"an outcome has the fields {keys} instead of Item1, Item2...") from None
    if isinstance(data, list):
        if not any(isinstance(item, (dict, list)) for item in data):
            return data  # nearly all are flat, and there may be one for every shot
        return [outcome_value(item) for item in data]
    return data


def outcome_json(outcome: Any) -> Any:
    """Return an outcome as the v2 format writes it: the inverse of :func:`outcome_value`."""
    if isinstance(outcome, tuple):
        return {f"Item{place}": outcome_json(item) for place, item in enumerate(outcome, 1)}
    if isinstance(outcome, list):
        if not any(isinstance(item, (tuple, list)) for item in outcome):
            return outcome
        return [outcome_json(item) for item in outcome]
    return outcome


_WORDS = {"true": "True", "false": "False", "-": '"-"'}
_WORD = re.compile(r"\b(?:true|false)\b|(?<![\w.])-(?![\w.])")


def _displayed(text: str) -> Any:
    """Return the outcome that a display text shows, where it can be read; else the text itself."""
    try:
        return ast.literal_eval(_WORD.sub(lambda word: _WORDS[word.group()], text))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text


def _state_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 4000:
        raise ResultFormatError(f"{text[:40]!r} is no number of a state")
    return int(text)


def _bit_string(text: Any) -> list[Any]:
    if not isinstance(text, str) or set(text) - set("012-"):
        _wrong("a string of bits", text)
    return [2 if bit == "-" else int(bit) for bit in text]  # 2 is a lost qubit


# --- counts


def _from_shots(shots: Iterable[Any]) -> Output:
    from qsharp_bridge.simulators.outcomes import display  # here, because it needs numpy

    counts: dict[str, int] = {}
    outcomes: dict[str, Any] = {}
    for outcome in shots:
        text = display(outcome)
        counts[text] = counts.get(text, 0) + 1
        outcomes[text] = outcome
    return Output(counts, outcomes)


def _from_probabilities(rows: Iterable[tuple[str, Any]], shots: int, value: Callable[[str], Any]) -> Output:
    """Make counts that sum to the shots, by the largest remainder (Hamilton's method); ties go to the earlier outcome.

    Exact arithmetic: with floats, a thousand shots can come back as 999.
    """
    shares: dict[str, Fraction] = {}
    for display, p in rows:
        if type(p) not in (int, float) or not (math.isfinite(p) if type(p) is float else p in (0, 1)) or p < 0:
            raise ResultFormatError(f"{display} has a probability of {_brief(p)}")
        shares[display] = shares.get(display, Fraction(0)) + Fraction(p)
    return _from_shares(shares, shots, value)


def _from_shares(shares: Mapping[str, Fraction], shots: int, value: Callable[[str], Any]) -> Output:
    total = sum(shares.values(), Fraction(0))
    if abs(total - 1) > Fraction(1, 1000):
        raise ResultFormatError(f"the probabilities sum to {float(total):g}")
    exact = {display: share / total * shots for display, share in shares.items()}
    counts = {display: math.floor(share) for display, share in exact.items()}
    left = shots - sum(counts.values())
    for display in sorted(exact, key=lambda d: counts[d] - exact[d])[:left]:
        counts[display] += 1
    counts = {display: count for display, count in counts.items() if count}
    return Output(counts, {display: value(display) for display in counts}, derived=True)


def exact_probability(value: Any) -> float:
    """Return a value if it is a probability; exact ones may be a rounding error above 1.

    Raises:
        ResultFormatError: it is none.
    """
    if type(value) is not float or not 0 <= value <= 1 + 1e-9:
        raise ResultFormatError(f"{repr(value)[:100]} is no probability")
    return value


def _count(count: Any) -> int:
    if type(count) is not int or count < 0:
        raise ResultFormatError(f"a count is {_brief(count)}")
    return count


# --- shapes


def _field(data: Any, name: str, kind: type | None = None) -> Any:
    if not isinstance(data, dict) or name not in data:
        _wrong(f"an object with {name}", data)
    if kind is not None and not isinstance(data[name], kind):
        _wrong(f"{'an' if kind is int else 'a'} {kind.__name__} under {name}", data[name])
    return data[name]


def _wrong(expected: str, found: Any) -> NoReturn:
    raise ResultFormatError(f"the result should have {expected}, but there is {_brief(found)}")


def _brief(data: Any) -> str:
    if isinstance(data, dict):
        return f"an object with {', '.join(list(data)[:5]) or 'nothing'}"
    if isinstance(data, list):
        return f"a list of {len(data)}"
    if isinstance(data, str):
        return repr(data[:40])
    return f"{data:.20g}" if isinstance(data, float) else "a huge number" if abs(data or 0) > 1e18 else repr(data)
