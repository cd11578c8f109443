"""The observable of a sweep file: a text, a table of Pauli strings, or several by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SweepError

from .checks import as_fault, describe
from .numbers import read_number

if TYPE_CHECKING:
    from qsharp_bridge.paulis import PauliSum

OF_ESTIMATES = ("precision", "max_shots", "allocation", "bases")
"""The keys that only an estimate of an observable takes."""

SHOTS_BY = frozenset(("shots", "precision", "exact"))
"""The keys that choose the shots. At most one of them is given."""

PAULI_STRING = "^[IXYZ]+$"
_TEXT_KEYS = ("text", "qubits")
_FORMS = 'write "0.5 Z0 + 0.25 X0 X1", { ZI = 0.5, XX = 0.25 } or { text = "0.5 Z0", qubits = 2 }'

_NUMBER = {"type": ["number", "string"], "description": 'A coefficient: a number, or a text such as "1/4".'}
_SUM: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "minLength": 1, "pattern": r"\S"},
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "patternProperties": {PAULI_STRING: _NUMBER},
        },
        {
            "type": "object",
            "required": ["text"],
            "additionalProperties": False,
            "properties": {
                "text": {"type": "string", "minLength": 1, "pattern": r"\S"},
                "qubits": {"type": "integer", "minimum": 1},
            },
        },
    ]
}
SCHEMA: dict[str, Any] = {
    "anyOf": [
        *_SUM["anyOf"],
        {
            "type": "object",
            "minProperties": 1,
            "not": {"required": ["text"]},
            "propertyNames": {"not": {"pattern": PAULI_STRING}},
            "additionalProperties": _SUM,
        },
    ]
}
"""The JSON Schema of an observable, or of several by name."""


def estimate_faults(keys: Mapping[str, Any]) -> Iterator[SweepError]:
    """Yield each contradiction between the keys that estimate an observable or choose the shots."""
    if "observable" not in keys:
        for key in OF_ESTIMATES:
            if key in keys:
                yield SweepError(f"only an observable takes {key}", path=key, advice="add [observable]")
    elif not isinstance(keys.get("shots", 1), int):
        yield SweepError("with an observable, shots is one number for all points", path="shots")
    chosen = sorted(key for key in SHOTS_BY & keys.keys() if keys[key])
    if len(chosen) > 1:
        yield SweepError(f"{' and '.join(chosen)} exclude each other", path=chosen[0], advice="give one of them")


def observable_of(given: Any, where: str) -> tuple[PauliSum | dict[str, PauliSum] | None, list[SweepError]]:
    """Return the observable, or several by name, and every fault.

    Args:
        given: a text, a table of Pauli strings to coefficients, a table with ``text``, or a table of names to these.
        where: the path of the value.
    """
    if isinstance(given, Mapping) and given and not _is_sum(given):
        faults: list[SweepError] = []
        found: dict[str, PauliSum] = {}
        for name, one in given.items():
            observable, wrong = _read_sum(one, f"{where}.{name}")
            faults += wrong
            if observable is not None:
                found[name] = observable
        widths = {name: observable.qubits for name, observable in found.items()}
        if len(set(widths.values())) > 1:
            shown = ", ".join(f"{name}: {count}" for name, count in widths.items())
            advice = f'give all of them for the whole register: {{ text = "...", qubits = {max(widths.values())} }}'
            problem = f"the observables act on different numbers of qubits ({shown})"
            faults.append(SweepError(problem, path=where, advice=advice))
        return found, faults
    return _read_sum(given, where)


def _is_sum(given: Mapping[str, Any]) -> bool:
    """Return whether a table is one observable and not several by name: it has a Pauli string, a text or a number."""
    return "text" in given or any(_is_pauli_string(name) or isinstance(one, int | float) for name, one in given.items())


def _is_pauli_string(name: str) -> bool:
    return bool(name) and not set(name) - set("IXYZ")


def _read_sum(given: Any, where: str) -> tuple[PauliSum | None, list[SweepError]]:
    if isinstance(given, str) and given.strip():
        return _pauli_sum({given: 1.0} if _is_pauli_string(given) else given, None, where)
    if not isinstance(given, Mapping) or not given:
        problem = f"expected an observable, found {describe(given) if given else 'nothing'}"
        return None, [SweepError(problem, path=where, advice=_FORMS)]
    if "text" in given:
        return _read_text_table(given, where)
    faults: list[SweepError] = []
    terms: dict[str, float] = {}
    for name, coefficient in given.items():
        try:
            terms[name] = _coefficient(name, coefficient, f"{where}.{name}")
        except SweepError as error:
            faults.append(error)
    return (None, faults) if faults else _pauli_sum(terms, None, where)


def _read_text_table(given: Mapping[str, Any], where: str) -> tuple[PauliSum | None, list[SweepError]]:
    text, qubits = given["text"], given.get("qubits")
    faults = [
        SweepError(
            f"unknown key {key!r} beside text{did_you_mean(key, _TEXT_KEYS)}",
            path=where,
            advice="the keys are text and qubits",
        )
        for key in given
        if key not in _TEXT_KEYS
    ]
    if not isinstance(text, str) or not text.strip():
        faults.append(SweepError(f"expected a string, found {describe(text)}", path=f"{where}.text"))
    if "qubits" in given and (type(qubits) is not int or qubits < 1):
        faults.append(SweepError(f"expected a whole number from 1, found {describe(qubits)}", path=f"{where}.qubits"))
    return (None, faults) if faults else _pauli_sum(text, qubits, where)


def _coefficient(name: str, given: Any, where: str) -> float:
    if not _is_pauli_string(name):
        raise SweepError(f"{name!r} is not a Pauli string", path=where.rpartition(".")[0], advice=_FORMS)
    if isinstance(given, str):
        return read_number(given, where)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise SweepError(f"expected a number, found {describe(given)}", path=where)
    return float(given)


def _pauli_sum(terms: Any, qubits: int | None, where: str) -> tuple[PauliSum | None, list[SweepError]]:
    from qsharp_bridge.paulis import PauliSum

    try:
        return PauliSum(terms, qubits=qubits), []
    except BridgeError as error:
        return None, [as_fault(error, where)]
