"""The Qiskit and Cirq providers of azure-quantum, as they are, against the service.

They need the extras: pip install 'qsharp-bridge[qiskit,cirq]'.
"""

from __future__ import annotations

from typing import Any

import pytest

from qsharp_bridge.emulator import LocalService

NEEDS = "needs the extra: pip install 'qsharp-bridge[{0}]'"


@pytest.mark.parametrize("name", ["ionq.simulator", "quantinuum.sim.h2-1e", "rigetti.sim.qvm"])
def test_qiskit(service: LocalService, name: str) -> None:
    qiskit = pytest.importorskip("qiskit", reason=NEEDS.format("qiskit"))
    from azure.quantum.qiskit import AzureQuantumProvider

    provider = AzureQuantumProvider(workspace=service.workspace())
    backend = provider.get_backend(name)
    circuit = qiskit.QuantumCircuit(3, 3)
    circuit.name = "ends differ"
    circuit.x(0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.measure([0, 1, 2], [0, 1, 2])
    with backend.open_session(name="Qiskit session") as session:
        job = backend.run(circuit, shots=100)
        counts = job.result().get_counts()
        again = provider.get_job(job.id())
        assert again.result().get_counts() == counts
    assert session.details.status == "Succeeded"
    assert set(counts) == {"001", "111"}
    assert sum(counts.values()) == 100


def test_qiskit_to_ionq_json(service: LocalService) -> None:
    qiskit = pytest.importorskip("qiskit", reason=NEEDS.format("qiskit"))
    from azure.quantum.qiskit import AzureQuantumProvider

    provider = AzureQuantumProvider(workspace=service.workspace())
    backend = provider.get_backend("ionq.simulator", input_data_format="ionq.circuit.v1", gateset="qis")
    circuit = qiskit.QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    result = backend.run(circuit, shots=100).result()
    assert result.data()["probabilities"] == {"00": pytest.approx(0.5), "11": pytest.approx(0.5)}


def test_a_session_by_hand_as_on_the_page(service: LocalService) -> None:
    """``open_session`` has opened it, and the page's own block opens it again.

    The page also calls ``provider_backend.name()``; it is an attribute now, which is the change of the client.
    """
    qiskit = pytest.importorskip("qiskit", reason=NEEDS.format("qiskit"))
    from azure.quantum.job.session import SessionJobFailurePolicy
    from azure.quantum.qiskit import AzureQuantumProvider

    provider = AzureQuantumProvider(workspace=service.workspace())
    provider_backend = provider.get_backend("ionq.simulator")
    session = provider_backend.open_session(
        name="Azure Quantum Session", job_failure_policy=SessionJobFailurePolicy.CONTINUE
    )
    session.open()
    assert session is provider_backend.latest_session
    assert session.details.job_failure_policy == "Continue"
    circuit = qiskit.QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    jobs = [provider_backend.run(circuit, shots=10) for _ in range(2)]
    assert [job.result().get_counts() for job in jobs] == [{"0": 10}] * 2
    assert {job.id for job in session.list_jobs()} == {job.id() for job in jobs}
    session.close()
    session.refresh()
    assert session.details.status == "Succeeded"


@pytest.mark.parametrize("name", ["ionq.simulator", "quantinuum.sim.h2-1e"])
def test_cirq(service: LocalService, name: str) -> None:
    cirq: Any = pytest.importorskip("cirq", reason=NEEDS.format("cirq"))
    pytest.importorskip("cirq_ionq", reason=NEEDS.format("cirq"))
    from azure.quantum.cirq import AzureQuantumService

    azure = AzureQuantumService(workspace=service.workspace())
    q = cirq.LineQubit.range(3)
    circuit = cirq.Circuit(cirq.X(q[0]), cirq.H(q[1]), cirq.CNOT(q[1], q[2]), cirq.measure(*q, key="m"))
    target = azure.get_target(name)
    with target.open_session(name="Cirq session") as session:
        result = azure.run(program=circuit, repetitions=60, target=name)
        job = target.submit(circuit, repetitions=60)
        job.results()
    assert session.details.status == "Succeeded"
    rows = {tuple(int(bit) for bit in row) for row in result.measurements["m"]}
    assert len(result.measurements["m"]) == 60
    # Quantinuum writes a register with its bit 0 last; the Cirq provider reads it as if it came first.
    ordered = {row[::-1] for row in rows} if name.startswith("quantinuum") else rows
    assert ordered == {(1, 0, 0), (1, 1, 1)}
