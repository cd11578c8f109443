"""Doubles that are the same at all points, taken as part of the structure.

The compiler calls a whole argument dynamic when one Double in it is: a struct then has no symbolic form at all, and
neither has a tuple whose Int bounds a loop. But such arguments, the terms of a Hamiltonian for example, are often
the same all over the sweep. Where the full symbolic form is refused, these Doubles are left as literals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .skeleton import Skeleton
from .symbolic.folding import Doubles, Flags

__all__ = ["Frozen", "same_bits"]


def same_bits(rows: Doubles, row: Doubles) -> Flags:
    """Where the Doubles of ``rows`` are those of ``row``; 0.0 and -0.0 are two."""
    return np.equal(np.ascontiguousarray(rows).view(np.int64), np.ascontiguousarray(row).view(np.int64))


@dataclass(frozen=True)
class Frozen:
    """The Doubles that stay.

    Attributes:
        row: a point of the sweep.
        varies: which of its Doubles do not stay.
    """

    row: Doubles
    varies: Flags

    def into(self, skeleton: Skeleton) -> Skeleton:
        """The structure with the Doubles that stay written into it."""
        pieces = [skeleton.pieces[0]]
        for value, varies, piece in zip(self.row.tolist(), self.varies.tolist(), skeleton.pieces[1:], strict=True):
            if varies:
                pieces.append(piece)
            else:
                pieces[-1] += f"{value!r}{piece}"
        return Skeleton(tuple(pieces))

    def rest(self, rows: Doubles) -> Doubles:
        """The Doubles that do not stay."""
        return np.ascontiguousarray(rows[:, self.varies])

    def holds(self, rows: Doubles) -> Flags:
        """The points at which those that stay are what they are."""
        stay = ~self.varies
        return np.asarray(same_bits(rows[:, stay], self.row[stay]).all(axis=1), np.bool_)
