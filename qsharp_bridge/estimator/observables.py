"""Observables by name, and the bases in which all of them are measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from qsharp_bridge.errors import QsharpTypeError, QsharpValueError
from qsharp_bridge.literals.kinds import describe
from qsharp_bridge.paulis import PauliSum

from .moments import BasisMoments

SINGLE = "value"
"""Name of an observable that was given alone."""


@dataclass(frozen=True)
class Observables:
    """Observables on the same qubits, measured together.

    Attributes:
        sums: each observable by its name.
        single: whether one observable was given, without a name.
        bases: one letter a qubit for each basis; ``I`` where no term needs the qubit.
        terms: for each basis, and each observable in the order of ``sums``: Pauli string to coefficient.
        weights: for each basis, the root of the sum of squared coefficients.
    """

    sums: Mapping[str, PauliSum]
    single: bool
    bases: tuple[str, ...]
    terms: tuple[tuple[Mapping[str, float], ...], ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, observable: Any) -> Observables:
        """Return observables with their bases, as few as are found.

        Args:
            observable: a value of :func:`as_sum`, or a mapping of names to such values.

        Raises:
            QsharpTypeError: it is no observable.
            QsharpValueError: the observables act on different numbers of qubits, or there is none.

        >>> Observables.of({"energy": PauliSum("0.5 Z0 + 0.2 X0"), "spin": PauliSum("Z0")}).bases
        ('Z', 'X')
        """
        single = not (isinstance(observable, Mapping) and any(not _is_string(name) for name in observable))
        if isinstance(observable, Mapping) and not observable:
            raise QsharpValueError("there is no observable", path="observable", advice='give {"energy": PauliSum(...)}')
        named = {SINGLE: as_sum(observable, "observable")} if single else {}
        if not single:
            named = {str(name): as_sum(one, f"observable[{name!r}]") for name, one in observable.items()}
        widths = {name: one.qubits for name, one in named.items()}
        if len(set(widths.values())) > 1:
            shown = ", ".join(f"{name}: {count}" for name, count in widths.items())
            raise QsharpValueError(
                f"the observables act on different numbers of qubits ({shown})", path="observable",
                advice="give all of them for the whole register, with PauliSum(..., qubits=n)",
            )  # fmt: skip
        together: dict[str, float] = {}
        for one in named.values():
            for term, coefficient in one:
                together[term] = math.hypot(together.get(term, 0.0), coefficient)
        (width,) = set(widths.values())
        groups = PauliSum(together, qubits=width).groups()
        return cls(
            named,
            single,
            tuple(group.basis for group in groups),
            tuple(
                tuple({term: one.terms[term] for term in group.terms if term in one.terms} for one in named.values())
                for group in groups
            ),
            tuple(group.weight for group in groups),
        )

    @cached_property
    def measured(self) -> tuple[BasisMoments, ...]:
        """For each basis, the function from its counts to the values of the observables."""
        return tuple(BasisMoments(terms, self.qubits) for terms in self.terms)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the observables, in their order."""
        return tuple(self.sums)

    @property
    def qubits(self) -> int:
        """Number of qubits."""
        return next(iter(self.sums.values())).qubits

    @property
    def constants(self) -> tuple[float, ...]:
        """For each observable, the coefficient of the identity, which needs no measurement."""
        return tuple(one.constant for one in self.sums.values())


def as_sum(observable: Any, path: str = "observable") -> PauliSum:
    """Return an observable as a Pauli sum.

    Args:
        observable: a :class:`PauliSum`; a mapping of Pauli strings to coefficients; a text such as ``"0.5 Z0"`` or
            ``"ZZ"``; or an operator of Qiskit, Cirq or OpenFermion.
        path: the name of the argument, for errors.

    Raises:
        QsharpTypeError: it is none of these.
        QsharpValueError: a letter is no Pauli, or strings have different lengths.

    >>> as_sum("ZZ")
    PauliSum({'ZZ': 1.0})
    """
    if isinstance(observable, PauliSum):
        return observable
    if _is_string(observable):
        return PauliSum({observable: 1.0})
    if isinstance(observable, str | Mapping):
        return PauliSum(observable)
    module = type(observable).__module__.partition(".")[0]
    makers = {"qiskit": PauliSum.from_qiskit, "cirq": PauliSum.from_cirq, "openfermion": PauliSum.from_openfermion}
    if module in makers:
        return makers[module](observable)
    raise QsharpTypeError(
        f"{describe(observable)} is no observable", path=path,
        advice='give a PauliSum, such as qb.PauliSum("0.5 Z0 + 0.25 X0 X1")',
    )  # fmt: skip


def _is_string(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and not set(value) - set("IXYZ")
