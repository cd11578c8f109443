"""The progress of a run: a bar in a terminal or a notebook, and a line every few seconds in a log.

``tqdm`` draws the bar of a terminal. In a notebook the bar is an HTML element instead of tqdm's widget: a stored
notebook shows its last state wherever it is opened.
"""

from __future__ import annotations

import contextlib
import functools
import html
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

_DETAILS = "{l_bar}{bar}| {n_fmt}/{total_fmt} points [{elapsed}<{remaining}{postfix}]"


@dataclass(frozen=True)
class Progress:
    """Numbers of points of a run by state; several points may share a job.

    Attributes:
        total: all points of the run.
        sent: points whose jobs were all accepted.
        done, failed: points whose jobs have all ended; failed where one of the jobs has.
    """

    total: int
    sent: int
    done: int
    failed: int

    @property
    def ended(self) -> int:
        """The number of points that have ended, well or not."""
        return self.done + self.failed

    @property
    def complete(self) -> bool:
        """Whether every point has ended."""
        return self.ended >= self.total

    @property
    def share(self) -> float:
        """The share of the points that have ended, from 0 to 1."""
        return self.ended / max(self.total, 1)

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.sent}/{self.total} points sent, {self.done} done{failed}"


ProgressListener = Callable[[Progress], None]


class ProgressBar:
    """A bar on a terminal. The time left is computed from the points of this process, without those resumed.

    Errors of the stream are ignored: they do not end a sweep.

    Args:
        label: operation and target, such as "GenerateRandomBits on ionq.simulator".
        stream: a terminal.
    """

    def __init__(self, label: str, stream: IO[str]) -> None:
        self._label, self._stream = label, _LenientStream(stream)
        self._bar: Any = None
        self._closed = False

    def __call__(self, progress: Progress) -> None:
        if self._closed or self._stream.broken:
            return
        if self._bar is None:
            size: dict[str, Any] = (
                {"dynamic_ncols": True} if _reports_width(self._stream) else {"ncols": 80, "nrows": 24}
            )
            self._bar = _narrow_tqdm()(
                total=progress.total, initial=progress.ended, desc=self._label, file=self._stream,
                bar_format=_DETAILS, mininterval=0.1, smoothing=0.1, **size,
            )  # fmt: skip
        self._bar.total = progress.total
        failed = f", {progress.failed} failed" if progress.failed else ""
        self._bar.set_postfix_str(f"{progress.sent} sent{failed}", refresh=False)
        self._bar.update(progress.ended - self._bar.n)
        if progress.complete:
            self._bar.refresh()

    def close(self) -> None:
        """Leave the bar on a line of its own, and draw nothing more."""
        self._closed = True
        if self._bar is not None:
            self._bar.close()


@functools.cache
def _narrow_tqdm() -> Any:
    """Return a bar class that leaves the last columns free, where a terminal writes ``^C``."""
    from tqdm.std import tqdm

    class Narrow(tqdm):  # type: ignore[misc]
        @property
        def format_dict(self) -> Any:
            found = super().format_dict
            if found["ncols"]:
                found["ncols"] = max(found["ncols"] - len("^C") - 1, 1)
            return found

    return Narrow


class _LenientStream:
    """A stream whose errors are ignored: the reader of a pipe has ended, or the stream was closed.

    When a write raises, ``tqdm.refresh`` keeps the lock of all bars of the process, and bars of other threads wait for
    it for ever.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.broken = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __eq__(self, other: object) -> bool:
        """Return whether both are the same stream: tqdm compares the streams of bars with the one it writes to."""
        return self._stream is getattr(other, "_stream", other)

    __hash__ = object.__hash__

    def write(self, text: str) -> int:
        with self._writing():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._writing():
            self._stream.flush()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError):
            self.broken = True


class ProgressLog:
    """A line every few seconds on a stream that is no terminal, and one at the end.

    Args:
        label: operation and target.
        stream: where the lines are written; None, as under pythonw, for nowhere.
        every: seconds between two lines.
    """

    def __init__(self, label: str, stream: IO[str] | None, every: float = 5.0) -> None:
        self._label, self._stream = label, stream
        self._pace = _Pace(every)

    def __call__(self, progress: Progress) -> None:
        self._write(self._pace.text(progress))

    def close(self) -> None:
        """Write the last state of the run, if it was not shown, and nothing more."""
        self._write(self._pace.last())
        self._stream = None

    def _write(self, text: str | None) -> None:
        if text is None or self._stream is None:
            return
        try:
            self._stream.write(f"{self._label}: {text}\n")
            self._stream.flush()
        except (OSError, ValueError):  # the disk of a log is full, or the stream was closed
            self._stream = None  # the sweep continues


class ProgressDisplay:
    """A bar below the cell of a notebook, which is replaced at each update.

    Args:
        label: operation and target.
    """

    def __init__(self, label: str) -> None:
        from IPython.display import display

        self._label = label
        self._pace = _Pace(0.2)
        show: Any = display
        self._handle: Any = show(_Bar(label, "", 0.0), display_id=True)

    def __call__(self, progress: Progress) -> None:
        self._update(self._pace.text(progress), progress.share)

    def close(self) -> None:
        """Show the last state of the run, if it was not shown; the bar stays."""
        self._update(self._pace.last(), self._pace.share)

    def _update(self, text: str | None, share: float) -> None:
        if text is not None:
            self._handle.update(_Bar(self._label, text, share))


class _Pace:
    """The times at which progress is shown, and the estimate of the time left."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._began = time.monotonic()
        self._shown_at = -every
        self._shown = self._latest = Progress(0, 0, 0, 0)
        self._resumed: int | None = None  # points that had ended before: they do not count for the speed of this run

    def text(self, progress: Progress) -> str | None:
        """Return the text to show now; None when nothing has changed, or too soon. The end is always shown."""
        now = time.monotonic()
        first = self._resumed is None
        if self._resumed is None:
            self._resumed = progress.ended
        self._latest = progress
        if (progress == self._shown and not first) or (now - self._shown_at < self._every and not progress.complete):
            return None
        self._shown_at, self._shown = now, progress
        ended = progress.ended - self._resumed
        if ended > 0 and not progress.complete:
            left = (now - self._began) / ended * (progress.total - progress.ended)
            return f"{progress}, about {left:.0f} s left" if left >= 1 else str(progress)
        return str(progress)

    def last(self) -> str | None:
        """Return the text of the last state of a run if it was not shown, else None."""
        return None if self._latest == self._shown else str(self._latest)

    @property
    def share(self) -> float:
        """The share of the points that have ended, from 0 to 1."""
        return self._latest.share


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
    """Return the listener for the option ``progress``; with None a bar on a terminal or in a notebook, else nothing."""
    if callable(progress):
        return progress
    if progress is False:
        return lambda _: None
    if _in_notebook():
        return ProgressDisplay(label)
    if is_terminal(sys.stderr):
        return ProgressBar(label, sys.stderr)
    return ProgressLog(label, sys.stderr) if progress else lambda _: None


def close_listener(listener: ProgressListener) -> None:
    """Close a bar of this module, so that the next text begins on a line of its own."""
    if isinstance(listener, ProgressBar | ProgressLog | ProgressDisplay):
        listener.close()


def is_terminal(stream: IO[str] | None) -> bool:
    """Return whether a stream is a terminal; it may be None (pythonw), closed, or a replacement without ``isatty``."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        return False


def _reports_width(stream: Any) -> bool:
    """Return whether a terminal reports its width: tqdm draws nothing where the width is 0."""
    try:
        return os.get_terminal_size(stream.fileno()).columns > 0
    except (AttributeError, OSError, ValueError):
        return False


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")  # loaded in every notebook
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
