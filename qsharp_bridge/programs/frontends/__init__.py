"""Programs of OpenQASM, Qiskit, Cirq and notebooks as Q# text."""
