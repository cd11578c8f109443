"""A parametrised Qiskit circuit as a sweep in one session, and Qiskit's own way to submit, in the same session.

Needs ``pip install "qsharp-bridge[qiskit]"``.

    python samples/qiskit_session.py
"""

import math

from azure.quantum.qiskit import AzureQuantumProvider
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

import qsharp_bridge as qb

theta = Parameter("theta")
circuit = QuantumCircuit(2, 2, name="pair")
circuit.ry(theta, 0)
circuit.cx(0, 1)
circuit.measure([0, 1], [0, 1])

with qb.connect("local") as workspace:  # on Azure: qb.connect(resource_id)
    # The circuit's parameters are those of an operation: sweep them like those of Q#.
    operation = qb.Program.from_qiskit(circuit).operation("pair")
    print(operation.signature)
    sweep = qb.Sweep.linspace("theta", 0, math.pi, 5)
    results = qb.run_sweep(operation, sweep, workspace.get_targets("ionq.simulator"), shots=200)
    print(results.table())

    # Qiskit's backends run against the same workspace, and in sessions.
    backend = AzureQuantumProvider(workspace=workspace).get_backend("ionq.simulator")
    with backend.open_session(name="Qiskit") as session:
        for angle in (0.0, math.pi):
            job = backend.run(circuit.assign_parameters({theta: angle}), shots=200)
            print(f"theta {angle:.3f}: {job.result().get_counts()}")
    print(f"session {session.id}: {len(session.list_jobs())} jobs")
