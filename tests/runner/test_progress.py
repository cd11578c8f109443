"""The progress line, in a terminal and in a file."""

from __future__ import annotations

import io
import re
import threading

import pytest

import qsharp_bridge as qb
from qsharp_bridge.runner.progress import Progress, ProgressBar, ProgressLog, listener_for


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_gets_whole_lines_and_always_the_last() -> None:
    stream = io.StringIO()
    log = ProgressLog("Op on t", stream, every=3600)
    for done in range(5):
        log(Progress(total=4, sent=4, done=done, failed=0))
    assert stream.getvalue().splitlines() == ["Op on t: 4/4 points sent, 0 done", "Op on t: 4/4 points sent, 4 done"]


def test_a_file_says_where_a_run_ended_early() -> None:
    stream = io.StringIO()
    log = ProgressLog("Op on t", stream, every=3600)
    log(Progress(total=4, sent=0, done=0, failed=0))
    log(Progress(total=4, sent=2, done=2, failed=0))
    log.close()
    assert stream.getvalue().splitlines()[1:] == ["Op on t: 2/4 points sent, 2 done"]


def test_a_terminal_gets_a_bar() -> None:
    stream = Terminal()
    bar = ProgressBar("Op", stream)
    bar(Progress(4, 2, 0, 0))
    bar(Progress(4, 4, 3, 1))
    bar.close()
    shown = stream.getvalue()
    assert "Op: 100%" in shown
    assert "4/4 points" in shown
    assert "4 sent, 1 failed" in shown
    assert shown.endswith("\n")
    bar(Progress(8, 8, 8, 0))  # after the end
    assert stream.getvalue() == shown


def test_the_time_left_is_computed_from_what_this_run_did() -> None:
    """Of a run that was resumed at 900 of 1000 points and did one in this process, 99 are left at its own speed."""
    stream = io.StringIO()
    log = ProgressLog("Op", stream, every=0)
    log._pace._began -= 10  # as if it had begun ten seconds ago
    log(Progress(1000, 900, 900, 0))
    log(Progress(1000, 901, 901, 0))
    (left,) = re.findall(r"about (\d+) s left", stream.getvalue())
    assert 985 < int(left) < 1100


class Broken(Terminal):
    """A pipe whose reader has gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [Broken(), closed(), None], ids=["broken", "closed", "none"])
def test_a_stream_that_cannot_be_written_ends_no_sweep(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO | None
) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    sweep = qb.Sweep.grid(n=[1, 2])
    op = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }").operation(
        "Flip"
    )
    for progress in (True, None):
        assert qb.run_sweep(op, sweep, qb.LocalSimulator(), 5, progress=progress).counts == [{"1": 5}] * 2


@pytest.mark.parametrize("stream", [Broken(), closed()], ids=["broken", "closed"])
def test_a_stream_that_cannot_be_written_leaves_the_bars_of_other_threads_alone(stream: io.StringIO) -> None:
    bar = ProgressBar("Op", stream)
    bar(Progress(2, 2, 1, 0))
    bar(Progress(2, 2, 2, 0))
    bar.close()
    other = Terminal()
    thread = threading.Thread(target=lambda: ProgressBar("Op", other)(Progress(1, 1, 1, 0)), daemon=True)
    thread.start()
    thread.join(30)
    assert "1/1 points" in other.getvalue()


def test_who_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Progress] = []
    listener_for(seen.append, "Op")(Progress(1, 1, 1, 0))
    assert seen == [Progress(1, 1, 1, 0)]
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    listener_for(None, "Op")(Progress(1, 1, 1, 0))
    assert "1/1 points" in stream.getvalue()
    quiet = io.StringIO()
    monkeypatch.setattr("sys.stderr", quiet)
    listener_for(None, "Op")(Progress(1, 1, 1, 0))
    listener_for(False, "Op")(Progress(1, 1, 1, 0))
    assert quiet.getvalue() == ""
    listener_for(True, "Op")(Progress(0, 0, 0, 0))
    assert quiet.getvalue() == "Op: 0/0 points sent, 0 done\n"


CELL = """
import qsharp_bridge as qb
op = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
with qb.connect("local") as workspace:
    results = qb.run_sweep(op, qb.Sweep.grid(n=list(range(20))), workspace.get_targets("ionq.simulator"), 5)
"""


def test_a_notebook_gets_one_bar_that_is_replaced() -> None:
    """In a real kernel; the run tells of its progress from a thread of its own."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    nbclient.NotebookClient(notebook, timeout=120).execute()
    (shown,) = [output for output in notebook.cells[0].outputs if output.output_type == "display_data"]
    assert shown.data["text/plain"] == "Flip on ionq.simulator: 20/20 points sent, 20 done"
    assert shown.data["text/html"].startswith('<progress value="1.000" max="1">')
