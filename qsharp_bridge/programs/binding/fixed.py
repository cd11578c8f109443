"""Doubles that are the same at all points, as part of the structure.

The compiler calls a whole argument dynamic when one Double in it is: a struct then has no symbolic form at all, and
neither has a tuple whose Int bounds a loop. But such arguments, the terms of a Hamiltonian for example, are often
the same all over the sweep. Where the full symbolic form is refused, these Doubles are left as literals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .skeleton import Skeleton
from .symbolic.folding import Doubles, Flags


def same_bits(rows: Doubles, row: Doubles) -> Flags:
    """Return where the Doubles of ``rows`` are those of ``row``, bit for bit: 0.0 and -0.0 differ."""
    return np.equal(np.ascontiguousarray(rows).view(np.int64), np.ascontiguousarray(row).view(np.int64))


@dataclass(frozen=True)
class Frozen:
    """Doubles that are the same at all points.

    Attributes:
        row: a point of the sweep.
        varies: which of its Doubles are not constant.
    """

    row: Doubles
    varies: Flags

    def into(self, skeleton: Skeleton) -> Skeleton:
        """Return a structure with the constant Doubles written into it."""
        pieces = [skeleton.pieces[0]]
        for value, varies, piece in zip(self.row.tolist(), self.varies.tolist(), skeleton.pieces[1:], strict=True):
            if varies:
                pieces.append(piece)
            else:
                pieces[-1] += f"{value!r}{piece}"
        return Skeleton(tuple(pieces))

    def rest(self, rows: Doubles) -> Doubles:
        """Return the Doubles that vary."""
        return np.ascontiguousarray(rows[:, self.varies])

    def holds(self, rows: Doubles) -> Flags:
        """Return the points that have the same constant Doubles."""
        stay = ~self.varies
        return np.asarray(same_bits(rows[:, stay], self.row[stay]).all(axis=1), np.bool_)
