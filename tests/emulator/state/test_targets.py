"""Targets, their input formats and result formats, through the real client."""

from __future__ import annotations

import json
import math
from textwrap import dedent
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.quantum.job.session import Session
from azure.quantum.target.rigetti import InputParams, Result

from qsharp_bridge.emulator import LocalService

QASM = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[3]; creg c0[1]; creg c1[2];
x q[2]; h q[0]; measure q[0] -> c0[0];
if (c0 == 1) x q[1];
measure q[1] -> c1[0]; measure q[2] -> c1[1];
"""
GHZ = {
    "qubits": 3,
    "circuit": [
        {"gate": "h", "target": 0},
        {"gate": "cnot", "control": 0, "target": 1},
        {"gate": "cnot", "control": 0, "target": 2},
    ],
}


def target_of(service: LocalService, name: str) -> Any:
    return service.workspace().get_targets(name)


def failure(job: Any) -> Any:
    job.wait_until_completed(print_progress=False)
    assert job.details.status == "Failed"
    return job.details.error_data


def test_a_syntax_checker_answers_zeros(service: LocalService, compiled: Any) -> None:
    target = target_of(service, "quantinuum.sim.h2-1sc")
    assert target.submit(compiled("Bell"), shots=20).get_results_shots() == [[0, 0]] * 20
    values = target.submit(compiled("Values", "Adaptive_RIF"), shots=2)
    assert values.get_results_shots() == [([0, 0], (0.0, 0), False)] * 2
    broken = target.submit("OPENQASM 2.0; creg c[1]; nonsense", shots=1)
    assert failure(broken).code == "CompilationError"


@pytest.mark.parametrize(
    ("target", "profile", "runs"),
    [
        ("ionq.simulator", "Base", True),
        ("ionq.simulator", "Adaptive_RI", False),
        ("rigetti.sim.qvm", "Adaptive_RI", False),
        ("quantinuum.sim.h2-1e", "Adaptive_RI", True),
        ("quantinuum.sim.h2-1e", "Adaptive_RIF", True),
        ("echo-quantinuum", "Adaptive_RIF", True),
    ],
)
def test_profiles(service: LocalService, compiled: Any, target: str, profile: str, runs: bool) -> None:
    job = target_of(service, target).submit(compiled("Bell", profile), shots=4)
    if runs:
        assert len(job.get_results_shots()) == 4
    else:
        error = failure(job)
        assert error.code == "CompilationError"
        assert error.message == "cannot compile QIR bitcode, status code '1'"


def test_bitcode(service: LocalService, bell: Any) -> None:
    from pyqir import Context, Module

    bitcode = Module.from_ir(Context(), bell.text).bitcode
    target = target_of(service, "quantinuum.sim.h2-1e")
    job = target.submit(
        bitcode,
        shots=8,
        input_data_format="qir.v1",
        output_data_format="microsoft.quantum-results.v2",
    )
    assert len(job.get_results_shots()) == 8
    broken = target.submit(bitcode[:50], shots=8, input_data_format="qir.v1")
    assert failure(broken).code == "CompilationError"


def test_ionq_circuits(service: LocalService) -> None:
    target = target_of(service, "ionq.simulator")
    job = target.submit(GHZ, shots=100)
    assert job.get_results() == {"histogram": {"0": 0.5, "7": 0.5}}  # as exact as recorded
    assert "/rawOutputData?" in job.details.output_data_uri
    assert job.details.provider_id == "ionq"
    assert job.details.cost_estimate.estimated_total == 0
    qpu = target_of(service, "ionq.qpu.aria-1").submit(GHZ, shots=64)
    shares = qpu.get_results()["histogram"]
    assert set(shares) == {"0", "7"}
    assert sum(shares.values()) == 1
    assert qpu.details.cost_estimate.estimated_total > 12


PI = math.pi


def gate(name: str, *targets: int, by: float | None = None, under: tuple[int, ...] = ()) -> dict[str, Any]:
    """A gate as IonQ writes it: on targets, by an angle, under controls."""
    content: dict[str, Any] = {"gate": name}
    content |= {"target": targets[0]} if len(targets) == 1 else {"targets": list(targets)}
    if by is not None:
        content["rotation"] = by
    if under:
        content |= {"control": under[0]} if len(under) == 1 else {"controls": list(under)}
    return content


GATES: list[tuple[list[dict[str, Any]], dict[str, float]]] = [
    ([gate("x", 0)], {"1": 1}),
    ([gate("not", 0, 1)], {"3": 1}),
    ([gate("ry", 1, by=PI / 2)], {"0": 0.5, "2": 0.5}),
    ([gate("v", 0), gate("v", 0)], {"1": 1}),
    ([gate("v", 0), gate("vi", 0)], {"0": 1}),
    ([gate("h", 0), gate("s", 0), gate("si", 0), gate("h", 0)], {"0": 1}),
    ([gate("h", 0), gate("t", 0), gate("ti", 0), gate("h", 0)], {"0": 1}),
    ([gate("h", 0), gate("z", 0), gate("h", 0)], {"1": 1}),
    ([gate("y", 0)], {"1": 1}),
    ([gate("x", 0), gate("swap", 0, 1)], {"2": 1}),
    ([gate("x", 0, 1), gate("x", 2, under=(0, 1))], {"7": 1}),
    ([gate("x", 0), gate("cnot", 1, under=(0,))], {"3": 1}),
    ([gate("xx", 0, 1, by=PI)], {"3": 1}),
    ([gate("yy", 0, 1, by=PI)], {"3": 1}),
    ([gate("h", 0, 1), gate("zz", 0, 1, by=PI), gate("h", 0, 1)], {"3": 1}),
    ([gate("h", 0), gate("rz", 0, by=PI), gate("h", 0)], {"1": 1}),
    ([gate("x", 0), gate("ry", 1, by=PI, under=(0,))], {"3": 1}),
    ([gate("ry", 1, by=PI, under=(0,))], {"0": 1}),
    ([gate("x", 0), gate("rx", 1, by=PI / 2, under=(0,))], {"1": 0.5, "3": 0.5}),
    ([gate("x", 0), gate("h", 1), gate("rz", 1, by=PI, under=(0,)), gate("h", 1)], {"3": 1}),
    ([gate("x", 0), gate("y", 1, under=(0,))], {"3": 1}),
    ([gate("h", 0, 1), gate("z", 1, under=(0,)), gate("h", 1)], {"0": 0.5, "3": 0.5}),
]


@pytest.mark.parametrize(("gates", "expected"), GATES)
def test_every_ionq_gate(service: LocalService, gates: list[Any], expected: dict[str, float]) -> None:
    """Exactly, and by sampling: two ways through two simulators."""
    target = target_of(service, "ionq.simulator")
    circuit = {"qubits": 3, "circuit": gates}
    exact = target.submit(circuit, shots=1).get_results()["histogram"]
    assert exact == {key: pytest.approx(value, abs=1e-9) for key, value in expected.items()}
    sampled = target_of(service, "ionq.qpu.aria-1").submit(circuit, shots=40).get_results()["histogram"]
    assert set(sampled) == set(expected)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("no json", "not JSON"),
        ({"circuit": 1}, "list 'circuit'"),
        ({"qubits": 0, "circuit": []}, "'qubits' must be"),
        ({"qubits": True, "circuit": []}, "'qubits' must be"),
        ({"gateset": "native", "circuit": []}, "'native' is not simulated"),
        ({"qubits": 1, "circuit": [{"gate": "magic", "target": 0}]}, "Gate 0 of the circuit: magic"),
        ({"qubits": 1, "circuit": [{"gate": "x", "target": 5}]}, "outside of 0..0"),
        ({"qubits": 1, "circuit": [5]}, "must be an object"),
        ({"qubits": 1, "circuit": [{"gate": "x"}]}, "x needs a target"),
        ({"qubits": 2, "circuit": [{"gate": "swap", "targets": [0, 0]}]}, "cannot act on"),
        ({"qubits": 2, "circuit": [{"gate": "rx", "target": 0, "rotation": "pi"}]}, "must be a number"),
    ],
)
def test_circuits_that_are_none(service: LocalService, data: Any, words: str) -> None:
    error = failure(target_of(service, "ionq.simulator").submit(data, shots=1))
    assert error.code == "InvalidInputData"
    assert words in error.message


def test_openqasm(service: LocalService) -> None:
    target = target_of(service, "quantinuum.sim.h2-1e")
    results = target.submit(QASM, shots=50).get_results()
    assert set(results) == {"c0", "c1"}
    assert len(results["c0"]) == len(results["c1"]) == 50
    assert set(zip(results["c0"], results["c1"], strict=True)) == {("0", "10"), ("1", "11")}
    for text, code in (
        ("h q[0];", "InvalidInputData"),
        (QASM.replace("qelib1.inc", "/etc/passwd"), "CompilationError"),
        (QASM.replace("measure q[0]", "measure q[9]").replace("x q[2]", "no_gate q[2]"), "CompilationError"),
        ('OPENQASM 2.0; include "qelib1.inc"; qreg q[1];', "InvalidInputData"),
    ):
        assert failure(target.submit(text, shots=1)).code == code


def test_quil(service: LocalService) -> None:
    pytest.importorskip("quil", reason="needs the extra: pip install 'qsharp-bridge[rigetti]'")
    target = target_of(service, "rigetti.sim.qvm")
    text = """
    DECLARE ro BIT[2]
    DECLARE theta REAL[1]
    RX(theta[0] * 2) 3
    CNOT 3 1
    DAGGER S 1
    CONTROLLED X 1 2
    MEASURE 1 ro[0]
    MEASURE 2 ro[1]
    """
    params = InputParams(count=3, substitutions={"theta": [[0.0], [math.pi / 2]]})
    job = target.submit(dedent(text), input_params=params)
    job.wait_until_completed(print_progress=False)
    assert Result(job)["ro"] == [[0, 0]] * 3 + [[1, 1]] * 3
    assert "/rawOutputData?" in job.details.output_data_uri
    for wrong, words in (
        (
            "FOO 1",
            "instruction\n\n    FOO 1\n\nwhich could not be executed because the operator FOO is not known",
        ),  # recorded
        ("H 1 2 3 )", "parse"),
        ("ISWAP 0 1", "not simulated"),
        ("DECLARE ro BIT[1]\nRX(phi) 0\nMEASURE 0 ro[0]", "not declared"),
        ("H q", "numbers"),
    ):
        job = target.submit(wrong, shots=2)
        error = failure(job)
        assert error.code == "InvalidInputData"
        assert words in error.message
        assert "/rawOutputData?" in job.details.output_data_uri  # recorded


@pytest.mark.parametrize("gate", ["CPHASE(pi / 2) 0 1", "CONTROLLED PHASE(pi / 2) 0 1", "DAGGER CPHASE(-pi / 2) 1 0"])
def test_phases_of_quil(service: LocalService, gate: str) -> None:
    """Two of them turn |+> of the target into |-> where the control is 1, and nothing where it is 0."""
    pytest.importorskip("quil", reason="needs the extra: pip install 'qsharp-bridge[rigetti]'")
    target = target_of(service, "rigetti.sim.qvm")
    for control, seen in (("X 0", 1), ("PHASE(pi) 0", 0)):
        text = f"DECLARE ro BIT[1]\n{control}\nH 1\n{gate}\nPHASE(pi / 4) 1\n{gate}\nDAGGER PHASE(pi / 4) 1\nH 1\n"
        job = target.submit(f"{text}MEASURE 1 ro[0]", shots=20)
        job.wait_until_completed(print_progress=False)
        assert Result(job)["ro"] == [[seen]] * 20


def test_version_1_results(service: LocalService, bell: Any) -> None:
    target = target_of(service, "quantinuum.sim.h2-1e")
    job = target.submit(bell, shots=40, output_data_format="microsoft.quantum-results.v1")
    shares = job.get_results()
    assert set(shares) == {"[0, 0]", "[1, 1]"}
    assert sum(shares.values()) == 1
    with pytest.raises(ValueError, match="not supported"):
        job.get_results_shots()


def test_noise_by_choice(bell: Any) -> None:
    from qdk.simulation import NoiseConfig

    model = NoiseConfig()
    model.cx.set_depolarizing(0.5)
    with LocalService(seed=1, noise={"quantinuum.sim.h2-1e": model}) as service:
        noisy = target_of(service, "quantinuum.sim.h2-1e").submit(bell, shots=400).get_results()
        ideal = target_of(service, "quantinuum.sim.h1-1e").submit(bell, shots=400).get_results()
    assert set(ideal) == {"[0, 0]", "[1, 1]"}
    assert set(noisy) == {"[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]"}


def test_too_many_qubits(service: LocalService) -> None:
    circuit = {"qubits": 40, "circuit": [{"gate": "x", "target": 39}]}
    error = failure(target_of(service, "ionq.simulator").submit(circuit, shots=1))
    assert "needs 40 qubits" in error.message


def test_a_target_that_is_listed_only(service: LocalService) -> None:
    target = target_of(service, "pasqal.sim.emu-tn")
    assert target.current_availability == "Unavailable"
    with pytest.raises(ResourceExistsError, match="TargetUnavailable"):  # as the client reads 409; recorded
        target.submit(json.dumps({}), shots=1)
    with pytest.raises(ResourceExistsError, match="specified is currently unavailable"):
        Session(workspace=service.workspace(), name="", target="pasqal.sim.emu-tn").open()


def test_formats_of_another_provider(service: LocalService, bell: Any) -> None:
    """Recorded: code and message, and a job that was never begun where its input cannot be translated."""
    target = target_of(service, "ionq.simulator")
    job = target.submit(bell, shots=5, output_data_format="rigetti.quil-results.v1")
    assert failure(job).code == "CannotTranslateOutputData"
    for data, kind in ((b"{}", "no.such.input"), (QASM.encode(), "honeywell.openqasm.v1")):
        strange = target.submit(data, shots=5, input_data_format=kind)
        error = failure(strange)
        assert error.code == "CannotTranslateInputData"
        assert error.message.startswith(
            f"Unable to translate input data in format '{kind}' to a format that 'ionq' accepts. Please ensure that "
        )
        assert strange.details.begin_execution_time is strange.details.end_execution_time is None
    mixed = target.submit(json.dumps(GHZ), output_data_format="microsoft.quantum-results.v2")
    error = failure(mixed)
    assert error.code == "CannotTranslateOutputData"
    assert error.message.endswith("Please ensure that 'outputDataFormat' is correct.")


def test_several_entry_points_in_one_job(service: LocalService, bell: Any, compiled: Any) -> None:
    """A batch, as older Qiskit providers sent it: one element of Results for each."""
    two = bell.text.replace("ENTRYPOINT__main", "second")
    body = two[two.index("define ") : two.index("\n}") + 3]
    program = bell.text.replace("\ndeclare ", "\n" + body + "\ndeclare ", 1)
    items = [{"entryPoint": "ENTRYPOINT__main", "arguments": []}, {"entryPoint": "second", "arguments": []}]
    target = target_of(service, "quantinuum.sim.h2-1e")
    options = {"input_data_format": "qir.v1", "output_data_format": "microsoft.quantum-results.v2"}
    job = target.submit(program, shots=30, input_params={"items": items}, **options)
    both = job.get_results_histogram()
    assert [sum(row["count"] for row in one.values()) for one in both] == [30, 30]
    assert [len(shots) for shots in job.get_results_shots()] == [30, 30]
    unknown = [items[0], {"entryPoint": "third", "arguments": []}]
    assert "third" in failure(target.submit(program, input_params={"items": unknown}, **options)).message


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"entryPoint": "third", "arguments": []}, 'Function named "third" not found.'),
        ({"items": [{"entryPoint": "third", "arguments": []}]}, 'Function named "third" not found.'),
        ({"entryPoint": "ENTRYPOINT__main"}, "Input parameters root properties must contain only one of the"),
        (
            {"entryPoint": "ENTRYPOINT__main", "arguments": [], "items": []},
            "Input parameters root properties must contain only one of the",
        ),
    ],
)
def test_entry_points_that_are_refused_as_recorded(
    service: LocalService, bell: Any, params: dict[str, Any], message: str
) -> None:
    job = target_of(service, "ionq.simulator").submit(
        bell.text.encode(), input_params=params, input_data_format="qir.v1"
    )
    error = failure(job)
    assert error.code == "QIRPreProcessingFailed"
    assert error.message.startswith(message)
    assert job.details.begin_execution_time is job.details.end_execution_time is None
