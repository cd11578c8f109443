"""Ctrl-C and SIGTERM in a terminal, by what its screen shows."""

import re
import sys
import time

import pytest

pexpect = pytest.importorskip("pexpect")
pyte = pytest.importorskip("pyte")

CHILD = """
import sys
import qsharp_bridge as qb
from tests.shared.runs import SOURCE
url, key, journal, points = sys.argv[1:]
turn = qb.Program.from_source(SOURCE).operation("Turn")
sweep = qb.Sweep.linspace("theta", 0, 0, int(points)) * qb.Sweep.grid(flip=[True])
with qb.connect(url, api_key=key) as workspace:
    qb.run_sweep(turn, sweep, workspace.get_targets("ionq.simulator"), 5, journal=journal)
"""


class Terminal:
    """A child in a real pseudo-terminal, and the screen that it makes."""

    def __init__(self, service, journal, columns, points=300):
        self.screen = pyte.Screen(columns, 40)
        self._stream = pyte.ByteStream(self.screen)
        arguments = ["-c", CHILD, service.url, service.api_key, str(journal), str(points)]
        self.child = pexpect.spawn(sys.executable, arguments, dimensions=(40, columns), timeout=60)

    @property
    def lines(self):
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def read(self):
        try:
            self._stream.feed(self.child.read_nonblocking(10_000, timeout=0.05))
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            return False
        return True

    def until(self, text, seconds=60):
        """Read until the screen shows a text; return how long that took."""
        began = time.monotonic()
        while not any(text in line for line in self.lines):
            assert time.monotonic() - began < seconds, self.lines
            assert self.read() or any(text in line for line in self.lines), self.lines
        return time.monotonic() - began

    def to_the_end(self):
        while self.read():
            pass
        self.child.wait()
        return self.lines


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
@pytest.mark.parametrize("columns", [110, 50])
def test_ctrl_c_is_answered_and_the_question_stays(service, tmp_path, columns):
    service.engine.queue_seconds["ionq.simulator"] = 3600.0
    terminal = Terminal(service, tmp_path / "run.db", columns)
    terminal.until("points")
    while service.requests.count("jobs.create") < 20:
        terminal.read()
    terminal.child.sendintr()
    terminal.until("[y/N]", seconds=30)
    asked = list(terminal.lines)
    reads, _ = service.requests.count("sessions.jobs"), service.clock.advance(3601)
    while service.requests.count("sessions.jobs") < reads + 2:  # the jobs end meanwhile; the question stays
        terminal.read()
    assert terminal.lines == asked
    assert sum("sent" in line and "%" in line for line in asked) <= 1  # one bar, nothing left behind
    terminal.child.sendline("n")
    terminal.until("stopping", seconds=30)
    lines = terminal.to_the_end()
    assert sum("%|" in line for line in lines) <= 1
    assert any("KeyboardInterrupt" in line for line in lines)
    assert re.search(r"resume_sweep\('.*run\.db', target\) continues the run", "".join(terminal.lines))
    assert service.requests.count("sessions.close") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_sigterm_stops_without_a_question(service, tmp_path):
    service.engine.queue_seconds["ionq.simulator"] = 3600.0
    terminal = Terminal(service, tmp_path / "run.db", 110)
    terminal.until("points")
    while service.requests.count("jobs.create") < 20:
        terminal.read()
    terminal.child.kill(15)
    terminal.until("stopping", seconds=30)
    terminal.to_the_end()
    assert terminal.child.exitstatus == 128 + 15
    assert not any("[y/N]" in line for line in terminal.lines)
    assert re.search(r"resume_sweep\('.*run\.db', target\) continues the run", "".join(terminal.lines))


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_warning_is_on_lines_of_its_own_and_never_over_the_question(service, tmp_path):
    """The service is silent for a while, and the run warns of it, at the user's line."""
    service.engine.queue_seconds["ionq.simulator"] = 3600.0
    terminal = Terminal(service, tmp_path / "run.db", 110)
    terminal.until("points")
    while service.requests.count("jobs.create") < 20:
        terminal.read()
    service.faults.add("*", "reset", times=None)
    terminal.until("no answer from", seconds=60)
    terminal.until("%|")  # the bar, drawn again below
    (place,) = (place for place, line in enumerate(terminal.lines) if "no answer from" in line)
    assert terminal.lines[place].startswith("<string>:9: UserWarning: no answer from")
    assert not any("threading.py" in line or ("%|" in line and "Warning" in line) for line in terminal.lines)
    terminal.child.sendintr()
    terminal.until("[y/N]", seconds=30)
    asked = terminal.lines[-1]
    terminal.child.sendline("n")
    terminal.until("stopping", seconds=30)
    assert any(line == f"{asked} n" for line in terminal.lines)
    service.faults.clear()
    terminal.to_the_end()
