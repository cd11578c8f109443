"""Values of observables and their standard errors, from the counts of one basis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import RunError

__all__ = ["Moments", "moments", "parity_signs"]

Doubles = npt.NDArray[np.float64]


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


def parity_signs(bits: npt.NDArray[np.uint8], terms: Sequence[str]) -> Doubles:
    """Return the sign of the parity of each term, shape (rows, terms), from the bits of each row."""
    masks = np.array([[letter != "I" for letter in term] for term in terms], np.uint8).reshape(len(terms), -1)
    odd = (bits.astype(np.int64) @ masks.T.astype(np.int64)) & 1
    return np.where(odd, -1.0, 1.0)


def moments(counts: Iterable[tuple[Any, int]], terms: Sequence[Mapping[str, float]], qubits: int) -> Moments:
    """Return mean, variance of the mean and deviation of each observable's part that one basis measures.

    The value of an observable in one shot is the sum of its coefficients with the signs of their parities, so that
    the covariances of its terms are included. The variance is that of Wilson's score interval of one standard
    deviation, carried over from two values to a range of values: ``(s² + R²/n) / n / (1 + 1/n)²``, with the variance
    ``s²`` of the n values of a shot, and R the sum of the absolute coefficients. For a single Pauli string it is
    Wilson's interval itself; where all shots agree it is not 0; with many shots it is ``s²/n``.

    Args:
        counts: outcomes, each a list or tuple of bits, and how often each occurred.
        terms: for each observable, Pauli string to coefficient.
        qubits: number of qubits, and of bits of an outcome.

    Raises:
        RunError: there is no shot, or an outcome has another number of bits.

    >>> found = moments([([0, 0], 75), ([0, 1], 25)], [{"IZ": 1.0}], 2)
    >>> float(found.mean[0]), round(float(found.variance[0]) ** 0.5, 4)
    (0.5, 0.0863)
    """
    rows: list[Any] = []
    often: list[int] = []
    for outcome, count in counts:
        if not isinstance(outcome, list | tuple) or len(outcome) != qubits or not set(outcome) <= {0, 1}:
            raise RunError(
                f"the outcome {outcome} is not of {qubits} measured bits",
                advice="the operation must return one Result for each basis that it is given",
            )
        rows.append(outcome)
        often.append(count)
    shots = sum(often)
    if not shots:
        raise RunError("there is no shot")
    table, weights = np.array(rows, np.uint8).reshape(-1, qubits), np.array(often, np.float64) / shots
    found = [_of_one(table, weights, shots, one) for one in terms]
    return Moments(*(np.array(column, np.float64) for column in zip(*found, strict=True)))


def _of_one(
    bits: npt.NDArray[np.uint8], weights: Doubles, shots: int, terms: Mapping[str, float]
) -> tuple[float, float, float]:
    if not terms:
        return 0.0, 0.0, 0.0
    coefficients = np.array(list(terms.values()), np.float64)
    values = parity_signs(bits, list(terms)) @ coefficients
    mean = float(weights @ values)
    spread = float(weights @ (values - mean) ** 2)
    reach = float(np.abs(coefficients).sum())
    variance = (spread + reach**2 / shots) / shots / (1 + 1 / shots) ** 2
    return mean, variance, (variance * shots) ** 0.5
