"""How far a run is: a bar that moves in a terminal or a notebook, and one line now and then in a log file."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any


@dataclass(frozen=True)
class Progress:
    """How far a run is. Numbers of points."""

    total: int
    sent: int
    done: int
    failed: int

    @property
    def complete(self) -> bool:
        """Whether every point has ended."""
        return self.done + self.failed >= self.total

    @property
    def share(self) -> float:
        """The share of the points that have ended, from 0 to 1."""
        return (self.done + self.failed) / max(self.total, 1)

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.sent}/{self.total} sent, {self.done} done{failed}"


ProgressListener = Callable[[Progress], None]


class Pace:
    """When to show how far a run is, and how much longer it takes.

    Args:
        every: the shortest time between two showings. Seconds.
    """

    def __init__(self, every: float) -> None:
        self._every = every
        self._began = time.monotonic()
        self._shown_at = -every
        self._shown: Progress | None = None

    def text(self, progress: Progress) -> str | None:
        """What to show now, or None: nothing new, or too soon. The end is always shown."""
        now = time.monotonic()
        if progress == self._shown or (now - self._shown_at < self._every and not progress.complete):
            return None
        self._shown_at, self._shown = now, progress
        ended = progress.done + progress.failed
        if 0 < ended < progress.total:
            left = (now - self._began) / ended * (progress.total - ended)
            return f"{progress}, about {left:.0f} s left" if left >= 1 else str(progress)
        return str(progress)


class ProgressLine:
    """Shows progress on a stream: in place on a terminal, else a line every few seconds and at the end.

    A stream that cannot be written any more is left alone: a sweep does not end for it.

    Args:
        label: what is running, such as "GenerateRandomBits on ionq.simulator".
        stream: stderr by default; nothing is shown where there is none, as under pythonw.
        every: seconds between lines where the stream is no terminal.
    """

    def __init__(self, label: str, stream: IO[str] | None = None, every: float = 5.0) -> None:
        self._label = label
        self._stream: IO[str] | None = stream if stream is not None else sys.stderr
        self._terminal = is_terminal(self._stream)
        self._pace = Pace(0.1 if self._terminal else every)

    def __call__(self, progress: Progress) -> None:
        text = self._pace.text(progress)
        if text is None or self._stream is None:
            return
        line = f"{self._label}: {text}\n"
        if self._terminal:
            filled = round(24 * progress.share)
            line = f"\r\x1b[2K[{'#' * filled}{'.' * (24 - filled)}] {line if progress.complete else line[:-1]}"
        try:
            self._stream.write(line)
            self._stream.flush()
        except (OSError, ValueError):  # the reader of a pipe has gone, the disk of a log is full, somebody closed it
            self._stream = None  # the sweep goes on all the same


class ProgressDisplay:
    """Shows progress as a bar below a notebook's cell, one that is replaced as the run goes on.

    Args:
        label: what is running.
    """

    def __init__(self, label: str) -> None:
        from IPython.display import display

        self._label = label
        self._pace = Pace(0.2)
        show: Any = display
        self._handle: Any = show(_Bar(label, "", 0.0), display_id=True)

    def __call__(self, progress: Progress) -> None:
        text = self._pace.text(progress)
        if text is not None:
            self._handle.update(_Bar(self._label, text, progress.share))


@dataclass(frozen=True)
class _Bar:
    label: str
    text: str
    share: float

    def __repr__(self) -> str:
        return f"{self.label}: {self.text}"

    def _repr_html_(self) -> str:
        return f'<progress value="{self.share:.3f}" max="1"></progress> {html.escape(repr(self))}'


def listener_for(progress: bool | ProgressListener | None, label: str) -> ProgressListener:
    """The listener that ``run_sweep(progress=...)`` asks for; None: where somebody looks, a terminal or a notebook."""
    if callable(progress):
        return progress
    if progress is False:
        return lambda _: None
    if _in_notebook():
        return ProgressDisplay(label)
    return ProgressLine(label) if progress or is_terminal(sys.stderr) else lambda _: None


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether somebody looks at it. There may be no such stream (pythonw), or a closed one, or a stand-in."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        return False


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")  # whoever is in a notebook has it loaded
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
