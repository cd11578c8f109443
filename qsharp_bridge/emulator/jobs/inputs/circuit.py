"""A circuit, a list of gates and measurements, which can be written as Base-profile QIR.

>>> circuit = Circuit(2)
>>> circuit.add("h", 0)
>>> circuit.add("cx", 0, 1)
>>> circuit.measure(0)
>>> "__quantum__qis__cx__body" in circuit.to_qir()
True
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from qsharp_bridge.qir.gates import CALLEES, GATES, RESET


@dataclass(frozen=True, slots=True)
class Gate:
    """Gate: its name in ``qir.gates``, or "reset"; its qubits, controls first; and the angle of a rotation."""

    name: str
    qubits: tuple[int, ...]
    angle: float = 0.0


@dataclass
class Circuit:
    """Circuit of gates and measurements.

    Attributes:
        qubits: the number of qubits.
        steps: gates, and numbers of qubits that are measured.
    """

    qubits: int
    steps: list[Gate | int] = field(default_factory=list)

    def add(self, name: str, *qubits: int, angle: float = 0.0) -> None:
        """Append a gate.

        Raises:
            ValueError: the gate is unknown, the number of qubits is wrong, a qubit is named twice or out of range, or
                the angle is not finite.
        """
        if name != "reset" and name not in CALLEES:
            raise ValueError(f"there is no gate {name}")
        width = 1 if name == "reset" else GATES[CALLEES[name]].qubits
        if len(qubits) != width or len(set(qubits)) != len(qubits):
            raise ValueError(f"{name} cannot act on the qubits {qubits}")
        if not all(0 <= qubit < self.qubits for qubit in qubits):
            raise ValueError(f"{name} acts on a qubit outside of 0..{self.qubits - 1}")
        if not math.isfinite(angle):
            raise ValueError(f"the angle of {name} is not finite")
        self.steps.append(Gate(name, qubits, angle))

    def measure(self, qubit: int) -> None:
        """Measure a qubit; the results are reported in the order of the measurements."""
        if not 0 <= qubit < self.qubits:
            raise ValueError(f"qubit {qubit} is outside of 0..{self.qubits - 1}")
        self.steps.append(qubit)

    @property
    def gates(self) -> list[Gate]:
        """The gates, without the measurements."""
        return [step for step in self.steps if isinstance(step, Gate)]

    @property
    def results(self) -> int:
        """The number of results."""
        return sum(not isinstance(step, Gate) for step in self.steps)

    def to_qir(self, order: list[int] | None = None) -> str:
        """Return the QIR text. The output of a shot is an array of the results, by default in the order of measurement.

        Args:
            order: the numbers of the results in the output.
        """
        lines: list[str] = []
        declared: dict[str, str] = {}
        result = 0
        for step in self.steps:
            if isinstance(step, Gate):
                name, declaration, arguments = _call(step)
                lines.append(f"  call void @{name}({arguments})")
            else:
                name = "__quantum__qis__mz__body"
                declaration = "%Qubit*, %Result* writeonly"
                lines.append(f"  call void @{name}({_qubit(step)}, {_result(result)})")
                result += 1
            declared[name] = declaration
        listed = range(result) if order is None else order
        lines.append(f"  call void @__quantum__rt__array_record_output(i64 {len(listed)}, i8* null)")
        lines += [f"  call void @__quantum__rt__result_record_output({_result(i)}, i8* null)" for i in listed]
        declarations = "\n".join(f"declare void @{name}({kind})" for name, kind in declared.items())
        body = "\n".join(lines)
        return _MODULE.format(body=body, declarations=declarations, qubits=max(self.qubits, 1), results=result)


def _call(gate: Gate) -> tuple[str, str, str]:
    """Return the callee of a gate, and the types and the values of its arguments."""
    callee = RESET if gate.name == "reset" else CALLEES[gate.name]
    kinds = ["%Qubit*"] * len(gate.qubits)
    arguments = [_qubit(qubit) for qubit in gate.qubits]
    if callee != RESET and GATES[callee].angle:
        kinds.insert(0, "double")
        arguments.insert(0, f"double {_double(gate.angle)}")
    return callee, ", ".join(kinds), ", ".join(arguments)


def _qubit(index: int) -> str:
    return f"%Qubit* inttoptr (i64 {index} to %Qubit*)"


def _result(index: int) -> str:
    return f"%Result* inttoptr (i64 {index} to %Result*)"


def _double(value: float) -> str:
    """Return the text of a Double for LLVM, which reads a decimal only with a point, also before an exponent."""
    text = repr(float(value))
    return text if "." in text else text.replace("e", ".0e")


_MODULE: Final = """\
%Result = type opaque
%Qubit = type opaque

define i64 @ENTRYPOINT__main() #0 {{
block_0:
  call void @__quantum__rt__initialize(i8* null)
{body}
  ret i64 0
}}

declare void @__quantum__rt__initialize(i8*)
{declarations}
declare void @__quantum__rt__array_record_output(i64, i8*)
declare void @__quantum__rt__result_record_output(%Result*, i8*)

attributes #0 = {{ "entry_point" "output_labeling_schema" "qir_profiles"="base_profile" \
"required_num_qubits"="{qubits}" "required_num_results"="{results}" }}

!llvm.module.flags = !{{!0, !1, !2, !3}}

!0 = !{{i32 1, !"qir_major_version", i32 1}}
!1 = !{{i32 7, !"qir_minor_version", i32 0}}
!2 = !{{i32 1, !"dynamic_qubit_management", i1 false}}
!3 = !{{i32 1, !"dynamic_result_management", i1 false}}
"""
