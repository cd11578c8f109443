"""Cirq circuits as Q# text, with their symbols as parameters.

Gates that Q# has are kept; Cirq decomposes all others into rotations and CZ. An exponent may be an expression of
symbols, which is written as Q#. Global phases are left out.

Cirq's own OpenQASM has no symbols and, by default, only ten digits of an angle.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from qsharp_bridge.errors import QsharpTypeError, SourceError
from qsharp_bridge.extras import needs

from .cirq_expressions import expression
from .generated import check_operation_name, names_comment, qsharp_name

_ROTATIONS = {"XPowGate": "Rx", "YPowGate": "Ry", "ZPowGate": "Rz"}
_ROTATIONS |= {"XXPowGate": "Rxx", "YYPowGate": "Ryy", "ZZPowGate": "Rzz"}
_NAMED = {
    **{(f"{axis}PowGate", power): axis for axis in "XYZ" for power in (1.0, -1.0)},
    ("ZPowGate", 0.5): "S",
    ("ZPowGate", -0.5): "Adjoint S",
    ("ZPowGate", 0.25): "T",
    ("ZPowGate", -0.25): "Adjoint T",
    ("HPowGate", 1.0): "H",
    ("CZPowGate", 1.0): "CZ",
    ("CXPowGate", 1.0): "CNOT",
    ("SwapPowGate", 1.0): "SWAP",
    ("CCXPowGate", 1.0): "CCNOT",
}
_CANON = ("CZ", "SX")  # not intrinsics: these are in Std.Canon


def circuit_as_qsharp(circuit: Any, name: str) -> str:
    """Return the Q# text of a Cirq circuit: an operation that allocates its own qubits and returns what is measured.

    Raises:
        MissingExtraError: Cirq is not installed.
        QsharpTypeError: ``circuit`` is not a Cirq circuit.
        SourceError: the circuit measures nothing, or has something that has no form in Q#, or ``name`` is not a Q#
            name.
    """
    if not isinstance(circuit, needs("cirq", "cirq").AbstractCircuit):
        raise QsharpTypeError(f"expected a Cirq circuit, found {type(circuit).__name__}")
    check_operation_name(name)
    return _Writer(circuit).text(name)


class _Writer:
    def __init__(self, circuit: Any) -> None:
        import cirq

        self._cirq = cirq
        self._circuit = circuit
        self._symbols: dict[str, str] = {}
        for symbol in sorted(cirq.parameter_names(circuit)):
            self._symbols[symbol] = qsharp_name(symbol, ["Std", *self._symbols.values()])
        self._register = qsharp_name("q", self._symbols.values())
        qubits = sorted(circuit.all_qubits())
        self._place = {qubit: f"{self._register}[{index}]" for index, qubit in enumerate(qubits)}
        for qubit in qubits:
            if qubit.dimension != 2:
                raise SourceError(f"{qubit} has {qubit.dimension} levels, and a qubit has two")
        self._measured: dict[str, str] = {}  # name in Q# by measurement key

    def text(self, name: str) -> str:
        operations = list(self._cirq.decompose(self._circuit, keep=self._is_known, on_stuck_raise=self._stuck))
        last = {qubit: index for index, operation in enumerate(operations) for qubit in operation.qubits}
        body: list[str] = []
        for index, operation in enumerate(operations):
            if isinstance(operation.gate, self._cirq.MeasurementGate):
                body += self._measure(operation, {qubit for qubit in operation.qubits if last[qubit] > index})
            else:
                line = self._line(operation)
                assert line is not None
                body += [line] if line else []
        names = list(self._measured.values())
        if not names:
            raise SourceError("the circuit measures nothing", advice='end it with cirq.measure(*qubits, key="m")')
        returned = names[0] if len(names) == 1 else f"({', '.join(names)})"
        kind = "Result[]" if len(names) == 1 else f"({', '.join(['Result[]'] * len(names))})"
        parameters = ", ".join(f"{one} : Double" for one in self._symbols.values())
        # Borrowed, as in qdk's importer of OpenQASM: these qubits begin in |0>, but may end in any state. With `use`,
        # the release of a qubit that was measured as One and not reset would be an error.
        lines = [f"borrow {self._register} = Qubit[{len(self._place)}];", *body, returned]
        own = {new: symbol for symbol, new in self._symbols.items()}
        header = names_comment(own, indent="") + f"operation {name}({parameters}) : {kind}"
        return f"{header} {{\n    " + "\n    ".join(lines) + "\n}\n"

    def _is_known(self, operation: Any) -> bool:
        return isinstance(operation.gate, self._cirq.MeasurementGate) or self._line(operation) is not None

    def _line(self, operation: Any) -> str | None:
        """Return the Q# statement of an operation, "" for none, or None where it has to be decomposed."""
        cirq = self._cirq
        if isinstance(operation.untagged, cirq.ClassicallyControlledOperation):
            return None
        gate = operation.gate
        places = [self._place[qubit] for qubit in operation.qubits]
        if isinstance(gate, (cirq.IdentityGate, cirq.GlobalPhaseGate)):
            return ""
        if isinstance(gate, cirq.ResetChannel):
            return f"Std.Intrinsic.Reset({places[0]});"
        if isinstance(gate, cirq.ControlledGate):
            return self._controlled(gate, places)
        kind = next((one.__name__ for one in type(gate).__mro__ if one.__name__.endswith("PowGate")), "")
        if not kind or kind not in _KINDS:
            return None
        exponent = gate.exponent
        if isinstance(exponent, (int, float)) and (named := _NAMED.get((kind, float(exponent)))):
            adjoint, _, bare = named.rpartition(" ")
            library = "Std.Canon" if bare in _CANON else "Std.Intrinsic"
            return f"{adjoint} {library}.{bare}({', '.join(places)});".lstrip()
        if kind in _ROTATIONS:
            return f"Std.Intrinsic.{_ROTATIONS[kind]}({self._turn(exponent)}, {', '.join(places)});"
        if kind == "CZPowGate":
            return f"Controlled Std.Intrinsic.R1([{places[0]}], ({self._turn(exponent)}, {places[1]}));"
        return None

    def _controlled(self, gate: Any, places: list[str]) -> str | None:
        """Return a controlled power of a Pauli operator: a rotation, and a gate for its phase."""
        sub = gate.sub_gate
        name = _ROTATIONS.get(next((one.__name__ for one in type(sub).__mro__ if one.__name__ in _KINDS), ""))
        count = gate.num_controls()
        if name is None or gate.control_values != self._cirq.ProductOfSums([1] * count):
            return None
        controls, rest = places[:count], ", ".join(places[count:])
        text = f"Controlled Std.Intrinsic.{name}([{', '.join(controls)}], ({self._turn(sub.exponent)}, {rest}));"
        if sub.global_shift != -0.5:
            angle = self._turn(sub.exponent * (sub.global_shift + 0.5))
            text += f" Controlled Std.Intrinsic.R1([{', '.join(controls[1:])}], ({angle}, {controls[0]}));"
        return text

    def _measure(self, operation: Any, used_later: set[Any]) -> Iterator[str]:
        gate = operation.gate
        key = str(self._cirq.measurement_key_obj(operation))
        if key in self._measured:
            raise SourceError(f"two measurements have the key {key!r}", advice="give each a key of its own")
        if gate.confusion_map:
            raise SourceError(f"the measurement {key!r} has a confusion map", advice="give the target a noise model")
        flipped = [qubit for qubit, invert in zip(operation.qubits, gate.full_invert_mask(), strict=True) if invert]
        for qubit in flipped:
            yield f"Std.Intrinsic.X({self._place[qubit]});"
        taken = [self._register, *self._symbols.values(), *self._measured.values()]
        self._measured[key] = qsharp_name(f"m_{key}", taken)
        results = ", ".join(f"Std.Intrinsic.M({self._place[qubit]})" for qubit in operation.qubits)
        yield f"let {self._measured[key]} = [{results}];"
        for qubit in flipped:
            if qubit in used_later:
                yield f"Std.Intrinsic.X({self._place[qubit]});"

    def _stuck(self, operation: Any) -> Exception:
        return SourceError(f"{operation} has no form in Q#", advice="use gates, measurements and resets")

    def _turn(self, exponent: Any) -> str:
        """Return the angle of a rotation, in Q#."""
        if isinstance(exponent, (int, float)):
            return repr(float(exponent) * math.pi)
        import sympy  # type: ignore[import-untyped]

        return expression(sympy.pi * exponent, self._symbols)


_KINDS = {*_ROTATIONS, *(kind for kind, _ in _NAMED)}
