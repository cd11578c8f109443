"""Real sums of Pauli strings, with their algebra."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import index
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError

from .conversion import cirq_terms, openfermion_terms, qiskit_terms
from .groups import PauliGroup, group_terms
from .text import parse_sum

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_VERSION = 1
_WIDEST_MATRIX = 12
_ROUNDING = 2.0**-50  # a few units in the last place of a product

# The product of two letters: a power of i, and a letter.
_PRODUCTS = {
    ("X", "Y"): (1, "Z"), ("Y", "Z"): (1, "X"), ("Z", "X"): (1, "Y"),
    ("Y", "X"): (3, "Z"), ("Z", "Y"): (3, "X"), ("X", "Z"): (3, "Y"),
}  # fmt: skip


class PauliSum:
    """A real linear combination of Pauli strings: an observable. Immutable.

    The first letter of a string is qubit 0, as index 0 of a ``Qubit[]`` in Q#. Terms with the same string are added up,
    and terms whose coefficient is zero are left out. Supports ``+``, ``-`` and ``*`` with numbers and with other sums
    (a number counts as that multiple of the identity), ``==``, ``hash``, an evaluable ``repr``, pickling and JSON.

    Args:
        terms: Pauli string to coefficient; a text such as ``"0.3435 Z0 + 0.091 X0 X1"`` or ``"0.3435 ZI + 0.091 XX"``;
            or another sum.
        qubits: the number of qubits. None: the length of the strings, or as many as the text needs. A text or a sum
            that needs fewer gets the letter I for the others.

    Raises:
        QsharpValueError: a letter is no Pauli, strings have different lengths, a coefficient is not finite, or the
            number of qubits is not known.
        QsharpTypeError: a coefficient is no real number.

    >>> import qsharp_bridge as qb
    >>> energy = qb.PauliSum({"ZI": 0.5, "IZ": 0.5, "XX": 0.25})
    >>> energy == qb.PauliSum("0.5 Z0 + 0.5 Z1 + 0.25 X0 X1")
    True
    >>> [group.basis for group in energy.groups()], energy.qubits
    (['ZZ', 'XX'], 2)
    >>> 2 * energy - 1
    PauliSum({'ZI': 1.0, 'IZ': 1.0, 'XX': 0.5, 'II': -1.0})
    """

    __slots__ = ("_qubits", "_terms")
    __array_ufunc__ = None  # array * sum is an error, not an array of sums

    def __init__(self, terms: Mapping[str, Any] | str | PauliSum, *, qubits: int | None = None) -> None:
        qubits = None if qubits is None else _size(qubits)
        if isinstance(terms, str):
            parsed = parse_sum(terms)
            needed = max((qubit for letters, _ in parsed for qubit in letters), default=-1) + 1
            width = needed if qubits is None else qubits
            if needed > width:
                raise QsharpValueError(f"the text needs {counted(needed, 'qubit')}, not {width}", path="qubits")
            pairs: Iterable[tuple[Any, Any]] = (
                ("".join(letters.get(qubit, "I") for qubit in range(width)), number) for letters, number in parsed
            )
        elif isinstance(terms, PauliSum):
            width = terms.qubits if qubits is None else qubits
            if width < terms.qubits:
                raise QsharpValueError(f"the sum acts on {counted(terms.qubits, 'qubit')}, not {width}", path="qubits")
            pairs = [(term.ljust(width, "I"), number) for term, number in terms]
        elif isinstance(terms, Mapping):
            pairs = terms.items()
            width = qubits if qubits is not None else max((len(str(term)) for term in terms), default=0)
            if not terms and qubits is None:
                raise QsharpValueError("a sum without terms has no number of qubits", advice="give qubits=")
        else:
            raise QsharpTypeError(
                f"{type(terms).__name__} is no Pauli sum", advice='use {"ZI": 0.5, "XX": 0.1} or "0.5 Z0 + 0.1 X0 X1"'
            )
        self._qubits, self._terms = width, _collected(pairs, width)

    @classmethod
    def _of(cls, pairs: Iterable[tuple[Any, Any]], qubits: int) -> PauliSum:
        made = object.__new__(cls)
        made._qubits, made._terms = qubits, _collected(pairs, qubits)
        return made

    @classmethod
    def from_qiskit(cls, operator: Any) -> PauliSum:
        """Return the sum of a ``qiskit.quantum_info.SparsePauliOp``, with the order of the qubits reversed.

        Args:
            operator: a ``SparsePauliOp`` or ``Pauli``; in its labels qubit 0 is last.

        Raises:
            QsharpTypeError: it is neither, or a coefficient is complex.

        >>> from qiskit.quantum_info import SparsePauliOp
        >>> PauliSum.from_qiskit(SparsePauliOp.from_list([("IZ", 0.5)]))
        PauliSum({'ZI': 0.5})
        """
        return cls._of(*qiskit_terms(operator))

    @classmethod
    def from_cirq(cls, operator: Any, *, qubits: Sequence[Any] | None = None) -> PauliSum:
        """Return the sum of a ``cirq.PauliSum``.

        Args:
            operator: a ``cirq.PauliSum`` or ``PauliString``.
            qubits: the Cirq qubits in the order of the operation's register. None: a LineQubit is at its own number,
                other qubits are in Cirq's order.

        Raises:
            QsharpTypeError: it is neither, or a coefficient is complex.
            QsharpValueError: it acts on a qubit that is not among ``qubits``.

        >>> import cirq
        >>> PauliSum.from_cirq(0.5 * cirq.Z(cirq.LineQubit(1)) - 1.0)
        PauliSum({'IZ': 0.5, 'II': -1.0})
        """
        return cls._of(*cirq_terms(operator, qubits))

    @classmethod
    def from_openfermion(cls, operator: Any, *, qubits: int | None = None) -> PauliSum:
        """Return the sum of an ``openfermion.QubitOperator``.

        Args:
            operator: a ``QubitOperator``; map a ``FermionOperator`` first, such as by ``jordan_wigner``.
            qubits: the number of qubits of the operation. None: the highest number in the sum plus one.

        Raises:
            QsharpTypeError: it is no QubitOperator, or a coefficient is complex.
            QsharpValueError: it acts on more than ``qubits``.

        >>> from openfermion import QubitOperator
        >>> PauliSum.from_openfermion(QubitOperator("X0 Y2", 0.25))
        PauliSum({'XIY': 0.25})
        """
        return cls._of(*openfermion_terms(operator, None if qubits is None else _size(qubits)))

    @classmethod
    def from_json(cls, text: str) -> PauliSum:
        """Return the sum that :meth:`to_json` wrote.

        Args:
            text: JSON text.

        Raises:
            QsharpValueError: the text is not the JSON of a Pauli sum.
        """
        try:
            data = json.loads(text)
            version, qubits, terms = data["qsharp_bridge.pauli_sum"], data["qubits"], data["terms"]
            pairs = [(term, coefficient) for term, coefficient in terms]
        except (ValueError, TypeError, KeyError):
            raise QsharpValueError("this is not the JSON of a Pauli sum") from None
        if version != _VERSION or type(qubits) is not int or qubits < 0:
            raise QsharpValueError(f"this is not the JSON of a Pauli sum of version {_VERSION}")
        return cls._of(pairs, qubits)

    def to_json(self) -> str:
        """Return this sum as JSON text; :meth:`from_json` gives an equal one.

        >>> PauliSum.from_json(PauliSum({"ZI": 0.5}).to_json())
        PauliSum({'ZI': 0.5})
        """
        data = {"qsharp_bridge.pauli_sum": _VERSION, "qubits": self._qubits, "terms": list(self._terms.items())}
        return json.dumps(data, separators=(",", ":"))

    @property
    def qubits(self) -> int:
        """Number of qubits: letters of each string."""
        return self._qubits

    @property
    def terms(self) -> Mapping[str, float]:
        """Pauli string to coefficient, in the given order."""
        return MappingProxyType(self._terms)

    @property
    def constant(self) -> float:
        """Coefficient of the identity, which needs no measurement."""
        return self._terms.get("I" * self._qubits, 0.0)

    def groups(self) -> list[PauliGroup]:
        """Return the terms except the identity in groups that are measured together, as few as are found.

        >>> [sorted(group.terms) for group in PauliSum({"ZZ": 1, "ZI": 1, "XX": 1, "II": 3}).groups()]
        [['ZI', 'ZZ'], ['XX']]
        """
        return group_terms(self._terms)

    def matrix(self) -> NDArray[np.complex128]:
        """Return the matrix, of shape (2**qubits, 2**qubits); qubit 0 is the most significant bit of an index.

        Raises:
            QsharpValueError: there are more than 12 qubits.

        >>> PauliSum({"Z": 0.5}).matrix().real.tolist()
        [[0.5, 0.0], [0.0, -0.5]]
        """
        import numpy as np

        if self._qubits > _WIDEST_MATRIX:
            raise QsharpValueError(
                f"a matrix of {counted(self._qubits, 'qubit')} has 4**{self._qubits} elements",
                advice=f"use groups() for more than {_WIDEST_MATRIX} qubits",
            )
        size = 2**self._qubits
        rows = np.arange(size)
        found = np.zeros((size, size), complex)
        for term, coefficient in self._terms.items():
            flips, phase = 0, np.full(size, coefficient, complex)
            for qubit, letter in enumerate(term):
                bit = 1 << (self._qubits - 1 - qubit)
                flips |= bit if letter in "XY" else 0
                ones = (rows & bit) != 0
                if letter == "Z":
                    phase = np.where(ones, -phase, phase)
                elif letter == "Y":  # Y|0> = i|1>, so the row of a 1 has i, and that of a 0 has -i
                    phase = phase * np.where(ones, 1j, -1j)
            found[rows, rows ^ flips] += phase
        return found

    def __add__(self, other: Any) -> PauliSum:
        added = self._operand(other)
        if added is None:
            return NotImplemented
        return PauliSum._of([*self._terms.items(), *added._terms.items()], self._qubits)

    __radd__ = __add__

    def __neg__(self) -> PauliSum:
        return self * -1

    def __sub__(self, other: Any) -> PauliSum:
        taken = self._operand(other)
        if taken is None:
            return NotImplemented
        return PauliSum._of([*self._terms.items(), *(-taken)._terms.items()], self._qubits)

    def __rsub__(self, other: Any) -> PauliSum:
        negative = -self
        return negative.__add__(other)

    def __mul__(self, other: Any) -> PauliSum:
        if _is_number(other):
            factor = _real(other, "the factor")
            return PauliSum._of([(term, factor * number) for term, number in self._terms.items()], self._qubits)
        second = self._operand(other)
        if second is None:
            return NotImplemented
        found: dict[str, complex] = {}
        reach: dict[str, float] = {}  # the largest rounding error of the imaginary part
        for one, left in self._terms.items():
            for two, right in second._terms.items():
                power, term = _product(one, two)
                found[term] = found.get(term, 0) + left * right * (1, 1j, -1, -1j)[power]
                reach[term] = reach.get(term, 0.0) + abs(left * right) * _ROUNDING
        for term, number in found.items():
            if abs(number.imag) > reach[term]:
                raise QsharpValueError(
                    f"the product is no observable: the coefficient of {term} is {number}",
                    advice="only products of commuting sums are real",
                )
        return PauliSum._of([(term, number.real) for term, number in found.items()], self._qubits)

    def __rmul__(self, other: Any) -> PauliSum:
        return self * other if _is_number(other) else NotImplemented

    def __truediv__(self, other: Any) -> PauliSum:
        if not _is_number(other):
            return NotImplemented
        divisor = _real(other, "the divisor")
        if divisor == 0:
            raise QsharpValueError("a Pauli sum cannot be divided by zero")
        return PauliSum._of([(term, number / divisor) for term, number in self._terms.items()], self._qubits)

    def _operand(self, other: Any) -> PauliSum | None:
        """Return another sum, or a number as a multiple of the identity; None for anything else."""
        if _is_number(other):
            return PauliSum._of([("I" * self._qubits, other)], self._qubits)
        if not isinstance(other, PauliSum):
            return None
        if other._qubits != self._qubits:
            raise QsharpValueError(
                f"one sum acts on {counted(self._qubits, 'qubit')}, the other on {other._qubits}",
                advice="write both for all qubits, or give qubits=",
            )
        return other

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PauliSum):
            return NotImplemented
        return self._qubits == other._qubits and self._terms == other._terms

    def __hash__(self) -> int:
        return hash((self._qubits, frozenset(self._terms.items())))

    def __len__(self) -> int:
        return len(self._terms)

    def __iter__(self) -> Iterator[tuple[str, float]]:
        return iter(self._terms.items())

    def __repr__(self) -> str:
        shown = self._qubits == 0 or not self._terms
        return f"PauliSum({self._terms!r}, qubits={self._qubits})" if shown else f"PauliSum({self._terms!r})"

    def __str__(self) -> str:
        parts: list[str] = []
        for term, number in self._terms.items():
            factors = " ".join(f"{letter}{qubit}" for qubit, letter in enumerate(term) if letter != "I")
            sign = ("- " if number < 0 else "+ ") if parts else ("-" if number < 0 else "")
            parts.append(f"{sign}{abs(number)!r}{' ' if factors else ''}{factors}")
        return " ".join(parts) or "0"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (dict(self._terms), self._qubits)


def _restore(terms: dict[str, float], qubits: int) -> PauliSum:
    return PauliSum(terms, qubits=qubits)


def _collected(pairs: Iterable[tuple[Any, Any]], qubits: int) -> dict[str, float]:
    """Return the terms, checked, with those of one string added up and without zeros."""
    found: dict[str, float] = {}
    for term, coefficient in pairs:
        if not isinstance(term, str):
            raise QsharpTypeError(f"{term!r} is no Pauli string", advice='use letters such as "ZI"')
        wrong = next((place for place, letter in enumerate(term) if letter not in "IXYZ"), None)
        if wrong is not None:
            raise QsharpValueError(
                f"{term[wrong]!r} is no Pauli letter", path=f"{term!r}[{wrong}]", advice="use I, X, Y and Z"
            )
        if len(term) != qubits:
            raise QsharpValueError(f"{counted(len(term), 'letter')} for {counted(qubits, 'qubit')}", path=repr(term))
        found[term] = found.get(term, 0.0) + _real(coefficient, f"the coefficient of {term!r}")
    for term, coefficient in found.items():
        if not math.isfinite(coefficient):
            raise QsharpValueError(f"the coefficient {coefficient} is not finite", path=repr(term))
    return {term: coefficient for term, coefficient in found.items() if coefficient}


def _size(qubits: Any) -> int:
    """Return a number of qubits as an int, also from numpy's integers."""
    try:
        number = -1 if isinstance(qubits, bool) else index(qubits)
    except TypeError:
        number = -1
    if number < 0:
        raise QsharpTypeError(f"{qubits!r} is no number of qubits", path="qubits")
    return number


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, complex)) or (hasattr(value, "__complex__") and not hasattr(value, "__len__"))


def _real(value: Any, what: str) -> float:
    """Return a real number as a float; a complex one with an imaginary part of exactly zero is real."""
    if isinstance(value, (bool, str)):
        raise QsharpTypeError(f"{what} is {value!r}, not a number")
    try:
        number = complex(value)
    except (TypeError, ValueError):
        raise QsharpTypeError(f"{what} is {type(value).__name__}, not a number") from None
    except OverflowError:
        raise QsharpValueError(f"{what} is beyond the range of a Double") from None
    if number.imag != 0:
        raise QsharpTypeError(
            f"{what} is complex, {number}", advice="an observable has real coefficients; use .real if the rest is noise"
        )
    return number.real


def _product(one: str, two: str) -> tuple[int, str]:
    """Return the product of two strings: a power of i, and a string."""
    power, letters = 0, list[str]()
    for left, right in zip(one, two, strict=True):
        if left == "I" or right == "I":
            letters.append(right if left == "I" else left)
        elif left == right:
            letters.append("I")
        else:
            turn, letter = _PRODUCTS[left, right]
            power, letters = power + turn, [*letters, letter]
    return power % 4, "".join(letters)
