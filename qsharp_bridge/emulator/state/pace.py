"""The pace of jobs from Waiting to their end: at once, after seconds, or after a number of reads.

immediate   as soon as the simulation is done
SECONDS     Waiting for the first half of the time, Executing for the second
reads:N     Waiting in the first N answers that show the job, Executing in the next N

>>> Pace.parse("reads:2")
Pace(seconds=0.0, reads=2)
"""

from __future__ import annotations

from dataclasses import dataclass

_MOST = 1_000_000_000
"""Seconds or reads at most; 30 years from now can still be written as a date."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Pace of jobs.

    Attributes:
        seconds: the time from the acceptance of a job to its end, in seconds.
        reads: the number of answers that show the job in each state.

    >>> str(Pace(seconds=10)), str(Pace(reads=2)), str(Pace())
    ('10', 'reads:2', 'immediate')
    """

    seconds: float = 0.0
    reads: int = 0

    @classmethod
    def parse(cls, text: str | float | Pace) -> Pace:
        """Return the pace that a text or a number describes.

        Args:
            text: "immediate", seconds, or "reads:N".

        Raises:
            ValueError: it is neither "immediate", nor seconds from 0 to 10^9, nor "reads:N".
        """
        if isinstance(text, Pace):
            return text
        if text == "immediate":
            return cls()
        try:
            if isinstance(text, str) and text.startswith("reads:"):
                reads = int(text.removeprefix("reads:"))
                if 0 <= reads <= _MOST:
                    return cls(reads=reads)
            else:
                seconds = float(text)
                if 0 <= seconds <= _MOST:
                    return cls(seconds=seconds)
        except ValueError:
            pass
        raise ValueError(f"a pace is 'immediate', a number of seconds, or 'reads:N', not {text!r:.100}")

    def __str__(self) -> str:
        if self.reads:
            return f"reads:{self.reads}"
        return f"{self.seconds:g}" if self.seconds else "immediate"
