"""Outcomes of the shots of a program: values, compactly held, and the text that the service shows for them.

Pure: imports neither qdk nor a simulator.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from qsharp_bridge._plural import counted
from qsharp_bridge.qir.program import Outcome

Number = TypeVar("Number", int, float)

LOST = 2
"""The value of a Result whose qubit was lost. The service sends ``2`` for it too."""


def display(outcome: Outcome) -> str:
    """Return the text that the service shows for an outcome, and that its client uses as a key.

    Source: the ``Display`` fields of microsoft.quantum-results.v2. Doubles have the shortest digits that
    read back the same. A String is shown as it is, and in quotes where it is part of an outcome.

    >>> display(([1, 0], (-2.71, 67), True))
    '([1, 0], (-2.71, 67), true)'
    """
    text = repr(outcome)
    if "e" not in text and ",)" not in text and "'" not in text and '"' not in text:
        return text  # the same, without True, False, tuples of one and Strings: what most outcomes are
    if isinstance(outcome, str):
        return outcome
    if outcome is True:
        return "true"
    if outcome is False:
        return "false"
    if isinstance(outcome, list):
        return f"[{', '.join(map(_item, outcome))}]"
    if isinstance(outcome, tuple):
        return f"({', '.join(map(_item, outcome))})"
    return text


def _item(item: Outcome) -> str:
    return json.dumps(item, ensure_ascii=False) if isinstance(item, str) else display(item)


def ordered(weights: Iterable[tuple[Outcome, Number]]) -> list[tuple[Outcome, str, Number]]:
    """Return (outcome, display, weight) of distinct outcomes and their counts or probabilities, in ascending order."""
    rows = [(outcome, display(outcome), weight) for outcome, weight in weights]
    try:
        return sorted(rows, key=lambda row: (row[0], row[1]))
    except TypeError:  # a number that is a text, since it has more than 64 bits, beside others
        return sorted(rows, key=lambda row: row[1])


class Outcomes:
    """The outcomes of the shots of one program. Made by ``simulate``, or by :meth:`of`.

    Held as a table of the distinct outcomes and, for each shot, an index into it.

    Attributes:
        engine: what ran the program: "qulacs", "numpy", "clifford", "cpu" or "qsharp".
        why: one sentence on why that engine.

    >>> outcomes = Outcomes.of([[1, 1], [0, 0], [1, 1]], engine="cpu", why="as an example")
    >>> len(outcomes), outcomes.counts(), outcomes.shots
    (3, {'[0, 0]': 1, '[1, 1]': 2}, [[1, 1], [0, 0], [1, 1]])
    """

    __slots__ = ("_indices", "_table", "engine", "why")

    def __init__(
        self, table: Sequence[Outcome], indices: npt.NDArray[np.integer[Any]], *, engine: str, why: str
    ) -> None:
        """Take a table of distinct outcomes and the shots as indices into it, shape (shots,)."""
        self._table = list(table)
        self._indices = indices
        self.engine = engine
        self.why = why

    @classmethod
    def of(
        cls,
        shots: Iterable[Any],
        *,
        engine: str,
        why: str,
        build: Callable[[Any], Outcome] | None = None,
    ) -> Outcomes:
        """Make outcomes of a sequence of shots, in their order.

        Args:
            shots: the outcome of each shot.
            engine: what ran the program.
            why: one sentence on why that engine.
            build: makes an outcome of a shot, called once for each distinct shot; None: shots are outcomes.
        """
        places: dict[str, int] = {}
        table: list[Outcome] = []
        indices: list[int] = []
        for outcome in shots:
            # Keyed by text: -0.0 and 0.0 are two outcomes, NaN and NaN are one.
            place = places.setdefault(repr(outcome), len(places))
            if place == len(table):
                table.append(build(outcome) if build else outcome)
            indices.append(place)
        return cls(table, np.array(indices, dtype=np.intp), engine=engine, why=why)

    @property
    def shots(self) -> list[Outcome]:
        """Return one outcome a shot, in the order of the shots.

        Equal outcomes are one object: do not change them.
        """
        table = self._table
        return [table[i] for i in self._indices.tolist()]

    def histogram(self) -> list[tuple[Outcome, str, int]]:
        """Return (outcome, display, count) of each distinct outcome that occurred, in ascending order.

        The counts are integers that sum to the number of shots.

        >>> Outcomes.of([[1, 1], [0, 0], [1, 1]], engine="cpu", why="").histogram()
        [([0, 0], '[0, 0]', 1), ([1, 1], '[1, 1]', 2)]
        """
        counts = np.bincount(self._indices, minlength=len(self._table)).tolist()
        return ordered((outcome, count) for outcome, count in zip(self._table, counts, strict=True) if count)

    def counts(self) -> dict[str, int]:
        """Return display text to count, in the order of ``histogram()``."""
        return {text: count for _, text, count in self.histogram()}

    def __len__(self) -> int:
        """Return the number of shots."""
        return len(self._indices)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Outcomes):
            return NotImplemented
        return [repr(shot) for shot in self.shots] == [repr(shot) for shot in other.shots]

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        rows = self.histogram()
        shown = ", ".join(f"{text}: {count}" for _, text, count in rows[:8])
        more = f", ... {len(rows) - 8} more" if len(rows) > 8 else ""
        return f"Outcomes({counted(len(self), 'shot')} by {self.engine}: {shown}{more})"
