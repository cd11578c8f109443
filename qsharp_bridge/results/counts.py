"""Counts of outcomes: by display text, by bit string and by tuple."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from qsharp_bridge.errors import SweepError

from .frozen import FrozenDict

_INT = re.compile(r"-?[0-9]{1,19}")
_BITS = re.compile(r"\[[01](, [01])*\]")

K = TypeVar("K")


class Counts(FrozenDict[str, int]):
    """Counts of one point: a dict from the display text of an outcome to its number of shots; immutable.

    >>> counts = Counts({"[0, 1]": 75, "[1, 1]": 25}, {"[0, 1]": [0, 1], "[1, 1]": [1, 1]})
    >>> counts["[0, 1]"], counts.by_bits, counts.by_tuple
    (75, {'01': 75, '11': 25}, {(0, 1): 75, (1, 1): 25})
    """

    __slots__ = ("_given", "_memory")

    def __init__(
        self,
        counts: Mapping[str, int] | Iterable[tuple[str, int]],
        outcomes: Mapping[str, Any] | Callable[[Iterable[str]], Mapping[str, Any]],
        memory: list[Any] | Callable[[], list[Any] | None] | None = None,
    ) -> None:
        """Set the counts, and the outcome of each display text as a Python value; failed shots have none.

        The outcomes may be a function that returns those of some texts, the memory one that returns it; they are called
        on first use.
        """
        super().__init__(counts)
        self._given, self._memory = outcomes, memory

    @property
    def outcomes(self) -> Mapping[str, Any]:
        """Display text to the outcome as a Python value."""
        if callable(self._given):
            self._given = FrozenDict(self._given(self))
        return self._given

    @property
    def by_bits(self) -> dict[str, int]:
        """Bit string of an outcome to its number of shots, the first measured bit first.

        A space separates the parts of a tuple or of a nested array: ``([0, 1], 1)`` is ``"01 1"``.
        A lost qubit is ``-``. Failed shots are left out.

        Raises:
            SweepError: an outcome has other parts than bits, such as an Int.
        """
        return self._by(bit_string)

    @property
    def by_tuple(self) -> dict[Any, int]:
        """Outcome to its number of shots, with tuples for arrays: ``(0, 1)``; a single value is itself.

        Failed shots are left out.
        """
        return self._by(hashable)

    @property
    def memory(self) -> list[Any] | None:
        """Outcome of each shot, in the order of the shots; None where the service sent only a histogram.

        A failed shot is None. See :attr:`PointResult.memory`.
        """
        return self._memory() if callable(self._memory) else self._memory

    def _by(self, key: Callable[[Any], K]) -> dict[K, int]:
        found: dict[K, int] = {}
        for display, outcome in self.outcomes.items():
            if display in self:
                name = key(outcome)
                found[name] = found.get(name, 0) + self[display]
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self), dict(self.outcomes), self.memory)


def bit_string(outcome: Any) -> str:
    """Return an outcome as bits, as for :attr:`Counts.by_bits`.

    Raises:
        SweepError: it has other parts than bits.

    >>> bit_string([0, 1, 1]), bit_string(([0, 1], True)), bit_string(1)
    ('011', '01 1', '1')
    """
    if isinstance(outcome, (list, tuple)):
        parts = [bit_string(item) for item in outcome]
        nested = any(isinstance(item, (list, tuple)) for item in outcome)
        return (" " if nested else "").join(parts)
    if outcome == "-" or (type(outcome) in (bool, int) and outcome in (0, 1)):
        return str(outcome if outcome == "-" else int(outcome))
    if type(outcome) is int and outcome == 2:
        return "-"  # a Result that is no bit: the qubit was lost
    raise SweepError(f"the outcome {outcome!r} is no bit", advice="take counts, or counts.by_tuple")


def outcome_name(display: str) -> str:
    """Return an outcome as tables and pictures write it: an array of bits without its brackets.

    >>> outcome_name("[0, 1]"), outcome_name("(0, [1])")
    ('01', '(0, [1])')
    """
    return display[1:-1].replace(", ", "") if _BITS.fullmatch(display) else display


def outcome_order(display: str) -> tuple[int, int, str]:
    """Return the key that sorts outcomes for pictures: ints by their values, arrays of bits by their lengths first.

    >>> sorted(["[0, 0, 0]", "[1, 1]", "[0, 0]"], key=outcome_order), sorted(["10", "-1", "9"], key=outcome_order)
    (['[0, 0]', '[1, 1]', '[0, 0, 0]'], ['-1', '9', '10'])
    """
    if _INT.fullmatch(display):
        return 0, int(display), display
    return 1, len(display) if _BITS.fullmatch(display) else 0, display


def hashable(outcome: Any) -> Any:
    """Return an outcome with tuples in the place of its lists."""
    return tuple(map(hashable, outcome)) if isinstance(outcome, (list, tuple)) else outcome
