"""QIR that others make - pyqir, qiskit-qir, PennyLane, OpenQASM through qdk - on every target that can run it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pyqir import BasicQisBuilder, Constant, FunctionType, IntType, PointerType, SimpleModule, Type, const
from qdk import TargetProfile, openqasm

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.targets.known import KNOWN_TARGETS, known_target

SHOTS = 20
OUTPUT = {"input_data_format": "qir.v1", "output_data_format": "microsoft.quantum-results.v2"}

QISKIT_QIR = """\
; ModuleID = 'bell'
source_filename = "bell"

%Qubit = type opaque
%Result = type opaque

define void @bell() #0 {
entry:
  call void @__quantum__rt__initialize(i8* null)
  call void @__quantum__qis__h__body(%Qubit* null)
  call void @__quantum__qis__cnot__body(%Qubit* null, %Qubit* inttoptr (i64 1 to %Qubit*))
  call void @__quantum__qis__mz__body(%Qubit* null, %Result* null)
  call void @__quantum__qis__mz__body(%Qubit* inttoptr (i64 1 to %Qubit*), %Result* inttoptr (i64 1 to %Result*))
  call void @__quantum__rt__array_record_output(i64 2, i8* null)
  call void @__quantum__rt__result_record_output(%Result* inttoptr (i64 1 to %Result*), i8* null)
  call void @__quantum__rt__result_record_output(%Result* null, i8* null)
  ret void
}

declare void @__quantum__rt__initialize(i8*)

declare void @__quantum__qis__h__body(%Qubit*)

declare void @__quantum__qis__cnot__body(%Qubit*, %Qubit*)

declare void @__quantum__qis__mz__body(%Qubit*, %Result* writeonly) #1

declare void @__quantum__rt__array_record_output(i64, i8*)

declare void @__quantum__rt__result_record_output(%Result*, i8*)

attributes #0 = { "entry_point" "num_required_qubits"="2" "num_required_results"="2" "output_labeling_schema" \
"qir_profiles"="custom" }
attributes #1 = { "irreversible" }
"""
"""The shape of what qiskit-qir 0.3 prints; it needs a Qiskit before 1.0."""

PENNYLANE = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
h q[0];
cx q[0],q[1];
measure q[0] -> c[0];
measure q[1] -> c[1];
"""
"""What ``qml.to_openqasm`` of PennyLane 0.45 prints."""


def simple_module(*, branches: bool = False, records: bool = True) -> SimpleModule:
    """A pair of equal bits by pyqir: entangled, or the second set where the first one was measured as one."""
    module = SimpleModule("bell", num_qubits=2, num_results=2)
    qis = BasicQisBuilder(module.builder)
    qis.h(module.qubits[0])
    if branches:
        qis.mz(module.qubits[0], module.results[0])
        qis.if_result(module.results[0], one=lambda: qis.x(module.qubits[1]))
    else:
        qis.cx(module.qubits[0], module.qubits[1])
        qis.mz(module.qubits[0], module.results[0])
    qis.mz(module.qubits[1], module.results[1])
    if records:
        pointer, count = PointerType(Type.void(module.context)), IntType(module.context, 64)
        for name, first, values in (
            ("array", count, [const(count, 2)]),
            ("result", pointer, module.results),
        ):
            kind = FunctionType(Type.void(module.context), [first, pointer])
            function = module.add_external_function(f"__quantum__rt__{name}_record_output", kind)
            for value in values:
                module.builder.call(function, [value, Constant.null(pointer)])
    return module


def openqasm_3(profile: TargetProfile) -> bytes:
    source = 'OPENQASM 3; include "stdgates.inc"; qubit[2] q; bit[2] c; h q[0]; '
    more = "c[0] = measure q[0]; if (c[0]) { x q[1]; } c[1] = measure q[1];"
    straight = "cx q[0], q[1]; c = measure q;"
    text = source + (straight if profile == TargetProfile.Base else more)
    return str(openqasm.compile(text, target_profile=profile)).encode()


STRAIGHT: dict[str, tuple[bytes, str]] = {
    "pyqir": (simple_module().ir().encode(), "main"),
    "pyqir, bitcode": (simple_module().bitcode(), "main"),
    "qiskit-qir": (QISKIT_QIR.encode(), "bell"),
    "PennyLane through qdk": (
        str(openqasm.compile(PENNYLANE, target_profile=TargetProfile.Base)).encode(),
        "ENTRYPOINT__main",
    ),
    "OpenQASM through qdk": (openqasm_3(TargetProfile.Base), "ENTRYPOINT__main"),
}
BRANCHING: dict[str, tuple[bytes, str]] = {
    "pyqir": (simple_module(branches=True).ir().encode(), "main"),
    "pyqir, bitcode": (simple_module(branches=True).bitcode(), "main"),
    "OpenQASM through qdk": (openqasm_3(TargetProfile.Adaptive_RI), "ENTRYPOINT__main"),
}
TARGETS = [target for target in KNOWN_TARGETS if target.profiles and target.kind != "echo"]
KINDS = list({(target.provider, target.kind, target.profiles): target for target in TARGETS}.values())
"""One target of each provider, kind and profile: the others differ in their limits alone."""


@pytest.fixture(scope="module")
def workspace() -> Iterator[Any]:
    with LocalService(seed=3) as service:
        yield service.workspace()


def submit(workspace: Any, target: str, data: bytes, entry: str) -> Any:
    params = {"entryPoint": entry, "arguments": []}
    return workspace.get_targets(target).submit(data, shots=SHOTS, input_params=params, **OUTPUT)


@pytest.mark.parametrize("maker", STRAIGHT)
def test_straight_programs_run_on_every_target(workspace: Any, maker: str) -> None:
    """Recorded: programs of pyqir and qiskit-qir, labelled "custom", succeeded on targets of the profile Base."""
    jobs = {
        target.id: submit(workspace, target.id, *STRAIGHT[maker]) for target in (TARGETS if maker == "pyqir" else KINDS)
    }
    for name, job in jobs.items():
        known = known_target(name)
        assert known is not None
        counts = {display: row["count"] for display, row in job.get_results_histogram().items()}
        assert sum(counts.values()) == SHOTS, name
        assert set(counts) <= ({"[0, 0]"} if known.kind == "checker" else {"[0, 0]", "[1, 1]"}), name


@pytest.mark.parametrize("maker", BRANCHING)
def test_branching_programs_run_where_they_can(workspace: Any, maker: str) -> None:
    jobs = {target: submit(workspace, target.id, *BRANCHING[maker]) for target in KINDS}
    for target, job in jobs.items():
        if target.profiles == ("Base",):
            job.wait_until_completed(print_progress=False)
            assert job.details.error_data.code == "CompilationError", target.id
        else:
            counts = {display: row["count"] for display, row in job.get_results_histogram().items()}
            assert sum(counts.values()) == SHOTS, target.id
            assert set(counts) <= {"[0, 0]", "[1, 1]"}, target.id


def test_a_program_that_records_nothing(workspace: Any) -> None:
    """pyqir's modules report no result unless they are told to: the outcome of a shot is the empty tuple."""
    data = simple_module(records=False).ir().encode()
    for target in ("ionq.simulator", "quantinuum.sim.h2-1e"):
        job = submit(workspace, target, data, "main")
        assert job.get_results_histogram() == {"()": {"outcome": (), "count": SHOTS}}
