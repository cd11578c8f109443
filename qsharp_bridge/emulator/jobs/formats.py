"""The result formats of the service and of its providers, as recorded (section 8 of the wire notes)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from qsharp_bridge.results.formats.outcome_values import outcome_json
from qsharp_bridge.simulators import Outcomes

_FAILURE: Final = {"Code": "0x20", "Name": "Simulated failure of a shot"}
"""The error of a shot that a fault makes fail; the error of each shot also has its number."""


def results_v2(batch: Sequence[Outcomes], failed_shots: int = 0) -> bytes:
    """Return microsoft.quantum-results.v2: histogram and shots of each program; the first ``failed_shots`` failed."""
    return orjson.dumps(
        {
            "DataFormat": "microsoft.quantum-results.v2",
            "Results": [_element(outcomes, failed_shots) for outcomes in batch],
        }
    )


def _element(outcomes: Outcomes, failed_shots: int) -> dict[str, Any]:
    rows: list[Any] = []
    if failed_shots:
        outcomes = Outcomes.of(outcomes.shots[failed_shots:], engine=outcomes.engine, why=outcomes.why)
        label = f"Error {_FAILURE['Code']}: {_FAILURE['Name']}"
        rows.append({"Outcome": {"Error": _FAILURE}, "Display": label, "Count": failed_shots})
    rows += [
        {"Outcome": outcome_json(outcome), "Display": text, "Count": count}
        for outcome, text, count in outcomes.histogram()
    ]
    written: list[Any] = [{"Error": {**_FAILURE, "Shot": shot}} for shot in range(failed_shots)]
    shots = outcomes.shots
    # Equal outcomes are one object, so each is converted to JSON's types once.
    distinct = {id(shot): shot for shot in shots}
    converted = {key: outcome_json(shot) for key, shot in distinct.items()}
    written += [converted[id(shot)] for shot in shots]
    return {"Histogram": rows, "Shots": written}


def results_v1(batch: Sequence[Outcomes]) -> bytes:
    """Return microsoft.quantum-results.v1: display and share, alternating."""
    outcomes = batch[0]
    flat: list[Any] = []
    for _, text, count in outcomes.histogram():
        flat += [text, count / max(len(outcomes), 1)]
    return orjson.dumps({"Histogram": flat})


def ionq_exact(probabilities: Sequence[float]) -> bytes:
    """Return ionq.quantum-results.v1 of a simulator: exact probabilities by basis state, qubit 0 least significant.

    They are rounded to 12 digits: every recorded one is as exact as 0.25 or 0.03125.
    """
    return orjson.dumps({"histogram": {str(i): round(float(p), 12) for i, p in enumerate(probabilities) if p > 1e-12}})


def ionq_shares(outcomes: Outcomes) -> bytes:
    """Return ionq.quantum-results.v1 of shots: shares by the results read as a number, the first least significant."""
    shares: dict[str, float] = {}
    for outcome, _, count in outcomes.histogram():
        key = str(sum(bit << i for i, bit in enumerate(_bits(outcome))))
        shares[key] = shares.get(key, 0.0) + count / max(len(outcomes), 1)
    return orjson.dumps({"histogram": shares})


def honeywell(outcomes: Outcomes, registers: Sequence[tuple[str, int]]) -> bytes:
    """Return honeywell.quantum-results.v1: a bitstring of each shot for each register, its bit 0 last.

    Args:
        registers: name and width, first declared first. OpenQASM programs report them from last to first, each
            with its bit 0 last; see the compiler's Qiskit output.
    """
    shots = ["".join(map(str, _bits(shot))) for shot in outcomes.shots]
    if not registers:
        return orjson.dumps({"c": shots})
    written: dict[str, list[str]] = {name: [] for name, _ in registers}
    start = 0
    for name, width in reversed(registers):
        written[name] = [bits[start : start + width] for bits in shots]
        start += width
    return orjson.dumps(written)


def rigetti(batch: Sequence[Outcomes], region: str = "ro") -> bytes:
    """Return rigetti.quil-results.v1: a row for each shot, one set of parameters after the other."""
    return orjson.dumps({region: [_bits(shot) for outcomes in batch for shot in outcomes.shots]})


def _bits(outcome: Any) -> list[int]:
    """Return the results of a shot in order, without their nesting."""
    if isinstance(outcome, list | tuple):
        return [bit for item in outcome for bit in _bits(item)]
    if isinstance(outcome, bool) or outcome in (0, 1):
        return [int(outcome)]
    raise ValueError(f"{outcome!r} is not a measurement result")
