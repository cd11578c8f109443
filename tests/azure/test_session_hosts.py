"""qb.sessions with the hosts of the other providers: a Qiskit backend and a Cirq target."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_qiskit_backend_is_a_host():
    pytest.importorskip("qiskit", reason="needs the extra [qiskit]")
    from azure.quantum.qiskit import AzureQuantumProvider
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    with LocalService(seed=1) as service, service.workspace() as workspace:
        backend = AzureQuantumProvider(workspace=workspace).get_backend("ionq.simulator")
        session = qb.sessions.open_session(backend, "from Qiskit", failure_policy="continue")
        jobs = [backend.run(circuit, shots=20) for _ in range(3)]
        assert {job.id for job in qb.sessions.jobs(workspace, session.id)} == {job.id() for job in jobs}
        qb.sessions.close(session, backend)
        assert backend.latest_session is None
        assert qb.sessions.wait(session, timeout=30).details.status == "Succeeded"
        assert qb.sessions.get_a_session_with_jobs(workspace, min_jobs=3).id == session.id
        alone = backend.run(circuit, shots=20)  # the closed session is forgotten: this job is on its own
        assert alone.result().get_counts() == {"1": 20}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_cirq_target_is_a_host():
    cirq = pytest.importorskip("cirq", reason="needs the extra [cirq]")
    from azure.quantum.cirq import AzureQuantumService

    qubit = cirq.LineQubit(0)
    circuit = cirq.Circuit(cirq.X(qubit), cirq.measure(qubit, key="r"))
    with LocalService(seed=1) as service, service.workspace() as workspace:
        target = AzureQuantumService(workspace=workspace).get_target("ionq.simulator")
        session = qb.sessions.open_session(target, "from Cirq")
        jobs = [target.submit(circuit, name=f"job {number}", repetitions=10) for number in range(2)]
        assert len(jobs) == 2
        assert [job.details.name for job in qb.sessions.jobs(workspace, session.id)].count("job 0") == 1
        qb.sessions.close(session, target)
        assert qb.sessions.wait(session, timeout=30).details.status == "Succeeded"
        assert target.latest_session is None
