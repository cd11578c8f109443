"""Programs written elsewhere (OpenQASM, Qiskit, Cirq, notebooks), as Q# text."""
