"""Numbers with nouns for messages."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number and a noun, with an "s" unless the number is 1.

    >>> counted(1, "qubit"), counted(2, "qubit"), counted(0, "shot")
    ('1 qubit', '2 qubits', '0 shots')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
