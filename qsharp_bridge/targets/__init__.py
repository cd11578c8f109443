"""Facts about targets: profiles, qubits, shots and prices.

- ``known``: the targets of Azure Quantum by name
- ``prices``: prices of jobs
- ``profiles``: QIR target profiles
- ``limits``: checks of shots, qubits and profile before a run
- ``spec``: the parameters with which QIR is sent to a target
- ``backend``: the two kinds of backend: a target of a workspace, and the simulator on this machine
"""
