"""How far a run is: a line that moves in a terminal, and one line now and then in a log file or notebook."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO


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

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.sent}/{self.total} sent, {self.done} done{failed}"


ProgressListener = Callable[[Progress], None]


class ProgressLine:
    """Shows progress on a stream: in place on a terminal, else a line every few seconds and at the end.

    Args:
        label: what is running, such as "GenerateRandomBits on ionq.simulator".
        stream: stderr by default.
        every: seconds between lines where the stream is no terminal.
    """

    def __init__(self, label: str, stream: IO[str] | None = None, every: float = 5.0) -> None:
        self._label = label
        self._stream = stream if stream is not None else sys.stderr
        self._terminal = bool(getattr(self._stream, "isatty", lambda: False)())
        self._every = every
        self._began = time.monotonic()
        self._shown_at = -every
        self._shown = ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        wait = 0.1 if self._terminal else self._every
        if now - self._shown_at < wait and not progress.complete:
            return
        ended = progress.done + progress.failed
        text = f"{self._label}: {progress}"
        if 0 < ended < progress.total:
            left = (now - self._began) / ended * (progress.total - ended)
            text += f", about {left:.0f} s left" if left >= 1 else ""
        if text == self._shown:
            return
        self._shown_at, self._shown = now, text
        if self._terminal:
            filled = 24 * ended // max(progress.total, 1)
            self._stream.write(f"\r\x1b[2K[{'#' * filled}{'.' * (24 - filled)}] {text}")
            if progress.complete:
                self._stream.write("\n")
        else:
            self._stream.write(text + "\n")
        self._stream.flush()


def listener_for(progress: bool | ProgressListener | None, label: str) -> ProgressListener:
    """The listener that ``run_sweep(progress=...)`` asks for: None means a line when stderr is a terminal."""
    if callable(progress):
        return progress
    if progress or (progress is None and sys.stderr.isatty()):
        return ProgressLine(label)
    return lambda _: None
