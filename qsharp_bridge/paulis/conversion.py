"""Pauli sums of Qiskit, Cirq and OpenFermion, read without importing any of them.

The order of qubits differs: Qiskit's labels have qubit 0 last, Cirq and OpenFermion name the qubits. Here the first
letter is qubit 0, as index 0 of a ``Result[]`` in Q#.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from qsharp_bridge.errors import QsharpTypeError, QsharpValueError

Terms = tuple[list[tuple[str, Any]], int]
"""Pairs of Pauli string and coefficient, and the number of qubits."""


def qiskit_terms(operator: Any) -> Terms:
    """Return the terms of a ``qiskit.quantum_info.SparsePauliOp``, or of a ``Pauli``.

    Raises:
        QsharpTypeError: it is neither.
        QsharpValueError: a coefficient still has parameters.
    """
    if hasattr(operator, "to_list") and hasattr(operator, "num_qubits"):
        pairs = [(str(label), coefficient) for label, coefficient in operator.to_list()]
    elif hasattr(operator, "to_label") and hasattr(operator, "phase"):
        label = str(operator.to_label())
        bare = label.lstrip("-i")
        pairs = [(bare, {"": 1.0, "-": -1.0}.get(label[: len(label) - len(bare)], 1j))]
    else:
        raise QsharpTypeError(f"{type(operator).__name__} is no SparsePauliOp", advice="use SparsePauliOp.from_list")
    for label, coefficient in pairs:
        if getattr(coefficient, "parameters", None):
            raise QsharpValueError(
                f"the coefficient of {label} has parameters", advice="assign them: operator.assign_parameters(...)"
            )
    return [(label[::-1], coefficient) for label, coefficient in pairs], int(operator.num_qubits)


def cirq_terms(operator: Any, qubits: Sequence[Any] | None) -> Terms:
    """Return the terms of a ``cirq.PauliSum``, or of a ``PauliString``.

    Args:
        operator: the sum.
        qubits: the qubits in the order of the operation. None: LineQubits by their numbers, others in Cirq's order.

    Raises:
        QsharpTypeError: it is neither.
        QsharpValueError: it acts on a qubit that is not among ``qubits``.
    """
    if hasattr(operator, "items") and hasattr(operator, "coefficient"):
        strings: list[Any] = [operator]
    elif hasattr(operator, "qubits") and isinstance(operator, Iterable):
        strings = list(operator)
    else:
        raise QsharpTypeError(f"{type(operator).__name__} is no cirq.PauliSum")
    used = sorted({qubit for string in strings for qubit, _ in string.items()})
    if qubits is not None:
        places = {qubit: place for place, qubit in enumerate(qubits)}
    elif all(type(qubit).__name__ == "LineQubit" for qubit in used):
        places = {qubit: qubit.x for qubit in used}
        if any(place < 0 for place in places.values()):
            raise QsharpValueError("a LineQubit has a negative number", advice="give qubits= in the operation's order")
    else:
        places = {qubit: place for place, qubit in enumerate(used)}
    missing = [qubit for qubit in used if qubit not in places]
    if missing:
        raise QsharpValueError(f"the sum acts on {missing[0]}, which is not among the qubits given")
    width = len(places) if qubits is not None else max(places.values(), default=-1) + 1
    terms = [
        (_dense({places[qubit]: str(letter) for qubit, letter in string.items()}, width), string.coefficient)
        for string in strings
    ]
    return terms, width


def openfermion_terms(operator: Any, qubits: int | None) -> Terms:
    """Return the terms of an ``openfermion.QubitOperator``.

    Args:
        operator: the sum.
        qubits: the number of qubits; None: the highest number in the sum plus one.

    Raises:
        QsharpTypeError: it is no such operator.
        QsharpValueError: it acts on more qubits.
    """
    terms = getattr(operator, "terms", None)
    if not isinstance(terms, dict) or not all(
        isinstance(term, tuple) and all(isinstance(factor, tuple) and factor[1] in ("X", "Y", "Z") for factor in term)
        for term in terms
    ):
        raise QsharpTypeError(
            f"{type(operator).__name__} is no QubitOperator", advice="map fermions first: jordan_wigner(...)"
        )
    width = max((qubit for term in terms for qubit, _ in term), default=-1) + 1
    if qubits is not None:
        if qubits < width:
            raise QsharpValueError(f"the sum acts on qubit {width - 1}, and there are {qubits} qubits", path="qubits")
        width = qubits
    return [(_dense(dict(term), width), coefficient) for term, coefficient in terms.items()], width


def _dense(letters: dict[int, str], width: int) -> str:
    return "".join(letters.get(place, "I") for place in range(width))
