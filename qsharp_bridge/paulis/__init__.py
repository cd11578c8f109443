"""Pauli sums: real observables on qubits. Pure: numpy is imported only for a matrix or a grouping of many terms.

- ``pauli_sum``: the class, its algebra, its text and JSON
- ``text``: sums written as ``"0.3435 Z0 + 0.091 X0 X1"``
- ``conversion``: sums of Qiskit, Cirq and OpenFermion
- ``groups``: terms that can be measured together
"""

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .groups import PauliGroup
    from .pauli_sum import PauliSum

__all__ = ["PauliGroup", "PauliSum"]

__getattr__ = loads(__name__, {"PauliGroup": "groups", "PauliSum": "pauli_sum"})
