"""Values of observables and their standard errors, from the counts of one basis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import RunError
from qsharp_bridge.results.counts import Counts

Doubles = npt.NDArray[np.float64]

_KEPT = 2**16  # outcomes whose values are kept


class Moments(NamedTuple):
    """Sums over the shots of one basis, for each observable.

    Attributes:
        mean: of the values of a shot, shape (observables,).
        variance: of the mean, shape (observables,).
        deviation: the standard deviation of one shot, as the variance has it, shape (observables,).
    """

    mean: Doubles
    variance: Doubles
    deviation: Doubles


class BasisMoments:
    """The part of each observable that one basis measures.

    The value of an observable in one shot is the sum of its coefficients with the signs of their parities. The values
    of an outcome are computed once and kept by its display text, since a loop gets the same outcomes many times.

    Args:
        terms: for each observable, Pauli string to coefficient.
        qubits: number of qubits, and of bits of an outcome.

    >>> found = BasisMoments([{"IZ": 1.0}], 2)(Counts({"00": 75, "01": 25}, {"00": [0, 0], "01": [0, 1]}))
    >>> float(found.mean[0]), round(float(found.variance[0]) ** 0.5, 4)
    (0.5, 0.0863)
    """

    def __init__(self, terms: Sequence[Mapping[str, float]], qubits: int) -> None:
        self._qubits = qubits
        strings = list(dict.fromkeys(term for one in terms for term in one))
        self._masks = np.array([[letter != "I" for letter in term] for term in strings], np.int64).reshape(-1, qubits)
        self._coefficients = np.array([[one.get(term, 0.0) for one in terms] for term in strings], np.float64)
        self._coefficients = self._coefficients.reshape(len(strings), len(terms))
        self._squares = np.abs(self._coefficients).sum(axis=0) ** 2
        self._places: dict[str, int] = {}  # of outcomes by their display texts, among the rows of their values
        self._values = np.empty((0, len(terms)))

    def __call__(self, counts: Counts) -> Moments:
        """Return the mean, the variance of the mean and the deviation of each observable's part.

        The covariances of the terms are included. The variance is that of Wilson's score interval of one standard
        deviation, carried over from two values to a range of values: ``(s² + R²/n) / n / (1 + 1/n)²``, with the
        variance ``s²`` of the n values of a shot, and R the sum of the absolute coefficients. For a single Pauli string
        it is Wilson's interval itself; where all shots agree it is not 0; with many shots it is ``s²/n``.

        Args:
            counts: of outcomes that are lists or tuples of bits. Failed shots are left out.

        Raises:
            RunError: there is no shot, or an outcome has another number of bits.
        """
        good: Mapping[str, int] = counts
        if not self._places.keys() >= counts.keys():
            if len(self._places) + len(counts) > _KEPT:
                self._places, self._values = {}, self._values[:0]
            outcomes = counts.outcomes
            good = {text: count for text, count in counts.items() if text in outcomes}
            self._learn({text: outcomes[text] for text in good if text not in self._places})
        values = self._values[[self._places[text] for text in good]]
        weights = np.array(list(good.values()), np.float64)
        shots = weights.sum()
        if not shots:
            raise RunError("there is no shot")
        weights /= shots
        mean = weights @ values
        values -= mean
        spread = weights @ (values * values)
        variance = (spread + self._squares / shots) / shots / (1 + 1 / shots) ** 2
        return Moments(mean, variance, np.sqrt(variance * shots))

    def _learn(self, outcomes: Mapping[str, Any]) -> None:
        for outcome in outcomes.values():
            if not isinstance(outcome, list | tuple) or len(outcome) != self._qubits or not set(outcome) <= {0, 1}:
                raise RunError(
                    f"the outcome {outcome} is not of {self._qubits} measured bits",
                    advice="the operation must return one Result for each basis",
                )
        bits = np.array(list(outcomes.values()), np.int64).reshape(-1, self._qubits)
        signs = 1.0 - 2.0 * ((bits @ self._masks.T) & 1)
        self._places |= zip(outcomes, range(len(self._places), len(self._places) + len(outcomes)), strict=True)
        self._values = np.vstack([self._values, signs @ self._coefficients])
