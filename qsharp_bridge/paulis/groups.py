"""Terms of a Pauli sum that can be measured together.

Two strings commute qubit by qubit if, on each qubit, they have the same letter or one of them has ``I``. Such terms
share a measurement: each qubit is turned to the basis of its letter and measured once. To find as few groups as
possible is graph colouring, which is NP-hard; three greedy orders are tried here and the best result is taken. (Source:
Verteletskyi, Yen and Izmaylov, "Measurement optimization in the variational quantum eigensolver using a minimum clique
cover", J. Chem. Phys. 152, 124114, 2020, who find largest-first and DSATUR among the best heuristics.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PauliGroup:
    """Terms that are measured in one basis. Made by ``PauliSum.groups``.

    Attributes:
        basis: for each qubit the letter of the basis that it is measured in; ``I`` where no term needs the qubit.
        terms: Pauli string to coefficient.

    >>> from qsharp_bridge import PauliSum
    >>> group = PauliSum({"ZI": 3, "ZZ": 4}).groups()[0]
    >>> group.basis, group.weight
    ('ZZ', 5.0)
    """

    basis: str
    terms: Mapping[str, float]

    @property
    def weight(self) -> float:
        """Root of the sum of squared coefficients: the standard deviation of a shot if all parities are random."""
        return math.sqrt(sum(coefficient**2 for coefficient in self.terms.values()))

    def value(self, bits: Sequence[int]) -> float:
        """Return the value of the group in one shot: the coefficients with the signs of their parities, added up.

        Args:
            bits: the result of each qubit in the basis of the group, 0 or 1, in the order of the qubits.

        >>> from qsharp_bridge.paulis import PauliSum
        >>> group, = PauliSum({"ZI": 0.5, "ZZ": 2.0}).groups()
        >>> group.value([0, 1])
        -1.5
        """
        return math.fsum(
            -coefficient
            if sum(bit for bit, letter in zip(bits, term, strict=True) if letter != "I") % 2
            else coefficient
            for term, coefficient in self.terms.items()
        )


def group_terms(terms: Mapping[str, float]) -> list[PauliGroup]:
    """Return the terms in groups that commute qubit by qubit. Identities are left out: they need no measurement."""
    names = [term for term in terms if term.strip("I")]
    by_weight = sorted(names, key=lambda term: -abs(terms[term]))
    tried = [_first_fit(by_weight), _first_fit(_by_conflicts(names)), _dsatur(names)]
    groups = min(tried, key=len)
    return [PauliGroup(basis, {term: terms[term] for term in members}) for basis, members in groups]


_Grouped = list[tuple[str, list[str]]]


def _merge(one: str, other: str) -> str | None:
    """Return the basis in which both can be measured, or None."""
    merged = []
    for left, right in zip(one, other, strict=True):
        if left != right and left != "I" and right != "I":
            return None
        merged.append(right if left == "I" else left)
    return "".join(merged)


def _first_fit(names: Iterable[str]) -> _Grouped:
    groups: _Grouped = []
    for name in names:
        for place, (basis, members) in enumerate(groups):
            merged = _merge(basis, name)
            if merged is not None:
                groups[place] = (merged, [*members, name])
                break
        else:
            groups.append((name, [name]))
    return groups


def _conflicts(names: Sequence[str]) -> list[int]:
    """Return, for each string, a bit mask of the strings that need another measurement."""
    # On each qubit the strings with another letter conflict: masks of strings by qubit and letter, joined bit by bit.
    have: list[dict[str, int]] = [{} for _ in names[0]] if names else []
    for place, name in enumerate(names):
        for letters, letter in zip(have, name, strict=True):
            if letter != "I":
                letters[letter] = letters.get(letter, 0) | 1 << place
    found = []
    for name in names:
        mask = 0
        for letters, letter in zip(have, name, strict=True):
            if letter != "I":
                for other, members in letters.items():
                    mask |= members if other != letter else 0
        found.append(mask)
    return found


def _by_conflicts(names: Sequence[str]) -> list[str]:
    conflicts = _conflicts(names)
    order = sorted(range(len(names)), key=lambda place: -conflicts[place].bit_count())
    return [names[place] for place in order]


_MANY = 2_000
"""DSATUR takes quadratic time: beyond this, only the other orders are tried."""


def _dsatur(names: Sequence[str]) -> _Grouped:
    """Colour the string that conflicts with the most groups next (Brélaz, 1979)."""
    if len(names) > _MANY:
        return _first_fit(names)
    conflicts = _conflicts(names)
    groups: _Grouped = []
    masks: list[int] = []  # of the strings in each group
    blocked = [0] * len(names)  # for each string, a bit mask of the groups that it conflicts with
    left = set(range(len(names)))
    while left:
        chosen = max(left, key=lambda place: (blocked[place].bit_count(), conflicts[place].bit_count(), -place))
        left.remove(chosen)
        number = next((n for n in range(len(groups)) if not blocked[chosen] >> n & 1), len(groups))
        if number == len(groups):
            groups.append((names[chosen], []))
            masks.append(0)
        basis, members = groups[number]
        groups[number] = (_merge(basis, names[chosen]) or basis, [*members, names[chosen]])
        masks[number] |= 1 << chosen
        for place in left:
            if conflicts[place] >> chosen & 1:
                blocked[place] |= 1 << number
    return groups
