"""A commented sweep file for an operation, as ``qsharp-bridge init`` writes it."""

from __future__ import annotations

import json
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from qsharp_bridge.literals.structs import Newtype, Struct
from qsharp_bridge.syntax.types import ArrayType, Primitive, TupleType, UdtType

from .model import KEYS, NEEDED
from .observables import OF_ESTIMATES
from .parameters import sweep_of

if TYPE_CHECKING:
    from qsharp_bridge.literals import Structs
    from qsharp_bridge.programs import Operation
    from qsharp_bridge.syntax.types import QsharpType

_VALUES: dict[str, Any] = {
    "Unit": {"qsharp": "()"},
    "Bool": True,
    "Int": 2,
    "BigInt": {"qsharp": "2L"},
    "Double": 0.5,
    "String": "text",
    "Pauli": {"qsharp": "PauliX"},
    "Result": {"qsharp": "Zero"},
    "Range": {"qsharp": "0..2"},
}
_SWEPT = {
    "Double": '{ linspace = [0.0, "2*pi", 9] }',
    "Int": "{ arange = [1, 5] }",
    "Bool": "{ values = [false, true] }",
    "Pauli": '{ values = [{ qsharp = "PauliX" }, { qsharp = "PauliZ" }] }',
    "Result": '{ values = [{ qsharp = "Zero" }, { qsharp = "One" }] }',
}
_LEFT_OUT = (*NEEDED, "parameters", "points")
_OF_ESTIMATES = ("observable", *OF_ESTIMATES)
_EXAMPLES = {
    "observable": "0.5 Z0 + 0.25 X0",
    "precision": 0.01,
    "exact": True,
    "allocation": "equal",
    "bases": "basis",
    "target": "ionq.simulator",
    "workspace": "local",
    "data": "jobs",
    "profile": "Base",
    "max_failures": 3,
    "input_params": {"error-mitigation": {"debias": False}},
    "tags": ["lab"],
    "priority": "Standard",
    "job_name": "turn {point}",
    "budget": 10.0,
    "journal": "run.db",
    "session": "00000000-0000-0000-0000-000000000001",
    "session_name": "my sweep",
    "timeout": 3600.0,
    "noise": {"depolarizing": 0.01},
    "seed": 7,
    "workers": 2,
    "output": ["results.json", "results.png"],
}


def starter(operation: Operation, program: str) -> str:
    """Return the text of a sweep file that runs an operation, with every key and its description as comments.

    The first parameter that can be swept is swept; the others have one value each. A file for an operation that
    prepares a state estimates an observable; only such a file has the keys of estimates.

    Args:
        operation: the operation.
        program: the path of its program, relative to the sweep file.
    """
    from qsharp_bridge.estimator.measurement import prepares_a_state

    estimates = prepares_a_state(operation)
    parameters = list(_parameters(operation))
    qubits = _qubits(operation, tomllib.loads("\n".join(parameters)).get("parameters", {})) if estimates else 0
    return "\n".join([*_head(operation, program, qubits), *_keys(estimates), *parameters]) + "\n"


def _qubits(operation: Operation, parameters: dict[str, Any]) -> int:
    """Return the fewest qubits that a state preparation can have; 1 if that cannot be determined."""
    from qsharp_bridge.estimator.measurement import measured
    from qsharp_bridge.estimator.width import fewest_qubits

    asked = measured(operation, None)
    sweep, faults = sweep_of(parameters, Path(), {one.name: one.type for one in operation.signature.parameters})
    ends = [] if faults else [sweep[0], sweep[-1]]  # a swept Int is least and largest there
    return max((fewest_qubits(asked, point, "Adaptive_RIF") or 1 for point in ends), default=1)


def _head(operation: Operation, program: str, qubits: int) -> Iterator[str]:
    yield f"# A sweep of {operation.signature}"
    yield "#"
    if qubits:
        yield "#     qsharp-bridge estimate THIS_FILE"
    else:
        yield "#     qsharp-bridge plan THIS_FILE     what it would do and cost"
        yield "#     qsharp-bridge run THIS_FILE"
    yield ""
    yield f"program = {_toml(program)}"
    yield f"operation = {_toml(operation.name)}"
    if qubits:
        text = _toml(_EXAMPLES["observable"])
        shown = text if qubits == 1 else f"{{ text = {text}, qubits = {qubits} }}"
        yield f"observable = {shown}     # its number of qubits is the length of the Qubit[]"


def _keys(estimates: bool) -> Iterator[str]:
    for key, type_ in KEYS.items():
        if key in _LEFT_OUT or (key in _OF_ESTIMATES and not estimates):
            continue
        info = msgspec.inspect.type_info(type_)
        assert isinstance(info, msgspec.inspect.Metadata)
        schema = info.extra_json_schema or {}
        yield ""
        yield from textwrap.wrap(schema["description"], 110, initial_indent="# ", subsequent_indent="# ")
        yield f"# {key} = {_toml(_EXAMPLES.get(key, schema.get('default')))}"


def _parameters(operation: Operation) -> Iterator[str]:
    parameters = [one for one in operation.signature.parameters if str(one.type) != "Qubit[]"]
    if not parameters:
        return
    yield ""
    yield "[parameters]     # the points are every combination; the parameter named last varies fastest"
    swept = next((one.name for one in parameters if str(one.type) in _SWEPT), None)
    for one in parameters:
        other = _SWEPT.get(str(one.type))
        if one.name == swept:
            yield f"{one.name} = {other}     # {one.type}"
            continue
        value = _value(one.type, operation.structs, one.length)
        if value is None:
            yield f'# {one.name} = ...     # {one.type}: write a value, such as {{ qsharp = "..." }}'
            continue
        plain = {"value": value} if isinstance(value, dict) and "qsharp" not in value else value
        hint = f"; or {other}" if other else ""
        if isinstance(one.type, ArrayType):
            hint = "; one array, at every point: { values = [...] } or { grid = [...] } have several"
        yield f"{one.name} = {_toml(plain)}     # {one.type}{hint}"


def _value(type_: QsharpType, structs: Structs, length: int | None = None) -> Any:
    """Return a value of a type for TOML; None if there is none, as for a callable."""
    match type_:
        case Primitive(name=name):
            return _VALUES.get(name)
        case ArrayType(element=element):
            value = _value(element, structs)
            return None if value is None else [value] * (2 if length is None else length)
        case TupleType(items=items):
            return _all([_value(item, structs) for item in items])
        case UdtType(name=name) if name in structs:
            match structs[name]:
                case Struct(fields=fields):
                    values = _all([_value(field, structs) for field in fields.values()])
                    return None if values is None else dict(zip(fields, values, strict=True))
                case Newtype(item=item) if item.type is not None:
                    return _value(item.type, structs)
    return None


def _all(values: list[Any]) -> list[Any] | None:
    return None if any(value is None for value in values) else values


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)  # texts, numbers and booleans are written as in JSON


def _key(name: str) -> str:
    return name if name.isascii() else json.dumps(name, ensure_ascii=False)
