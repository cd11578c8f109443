"""What is known of targets: profiles, qubits, shots, prices.

- ``known``: the targets of Azure Quantum by name
- ``prices``: what a job costs
- ``profiles``: what a target can do while a program runs
- ``limits``: what a plan refuses because of its target
- ``spec``: what is needed to send QIR to a target of the client
- ``backend``: a target of a sweep: one behind a workspace, or the simulator on this machine
"""
