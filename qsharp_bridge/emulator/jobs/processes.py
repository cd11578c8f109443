"""Child processes that run jobs, with limits on memory and time, so that no job ends the service or outlives it.

A child is started when a job first needs one, and stays for the next jobs. It is killed when its job is cancelled, when
the job exceeds its time, and when the service stops; it ends by itself when the service dies (see ``child``).
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from typing import Any, Final

import orjson

from qsharp_bridge.simulators import Outcomes

from .errors import DroppedError, JobError, StoppedError
from .noise_pickling import dumps
from .program import Output, Request
from .simulation import Ticket

_MOST_DEATHS: Final = 2
_KEPT_VARIABLES: Final = (
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "OMP_NUM_THREADS", "RAYON_NUM_THREADS",
)  # fmt: skip
"""What of the environment a child needs. All else is kept from it: it may hold secrets, and a job might show them."""
_START: Final = "import sys; sys.path[:] = {path!r}; from qsharp_bridge.emulator.jobs.child import main; main({parent})"


class _DiedError(Exception):
    """Error of a child that ended before it answered; ``code`` is that of ``Popen.returncode``."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class JobProcesses:
    """Pool of child processes, each for one job at a time.

    Args:
        count: how many there are at most.
        seconds: how long a job may take, on the clock; its processor time is limited to that on each core.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._children = [_Child() for _ in range(count)]
        # The last one that was used first: it is the likeliest to have been started.
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()
        for child in self._children:
            self._idle.put(child)
        self._stopped = False

    def run(self, request: Request, noise: Any, batch: list[Outcomes] | None, ticket: Ticket) -> Output:
        """Run a job in a child, as ``program.execute`` does.

        Raises:
            JobError: it fails; also when it took too long, or its process died twice.
            DroppedError: it was cancelled.
            StoppedError: the service ends.
        """
        header, data = self._call(("execute", request, noise, batch), ticket)
        return Output(data, header["blob"], header["cost"], header["listing"], header["warnings"])

    def programs(self, request: Request, ticket: Ticket) -> list[str]:
        """Return the programs of a job, read in a child as ``program.programs_of`` does.

        Raises:
            JobError, DroppedError, StoppedError: as in ``run``.
        """
        header, _ = self._call(("programs_of", request), ticket)
        return list(header["programs"])

    def stop(self) -> None:
        """Kill all children. Who waits for one gets ``StoppedError``; later calls get it too."""
        self._stopped = True
        for child in self._children:
            child.stop()

    def _call(self, work: tuple[Any, ...], ticket: Ticket) -> tuple[dict[str, Any], bytes]:
        child = self._idle.get()
        try:
            message = dumps((self._seconds, *work))
            cause = ""
            while ticket.deaths < _MOST_DEATHS:
                if self._stopped:
                    raise StoppedError
                try:
                    header, data = child.call(message, self._seconds, ticket)
                    break
                except _DiedError as error:
                    if self._stopped:
                        raise StoppedError from None
                    if ticket.dropped:
                        raise DroppedError from None
                    if child.late or error.code == -getattr(signal, "SIGXCPU", 0):
                        raise JobError(
                            "RuntimeError",
                            f"The job was ended after {self._seconds:g} s. Where the service runs, job_timeout gives "
                            "jobs more time.",
                        ) from None
                    cause = f" ({_cause(error.code)})"
                    ticket.count_death()
            else:
                raise JobError(
                    "RuntimeError",
                    f"The process that ran the job died {ticket.deaths} times{cause}: the program may be "
                    "damaged, nested too deeply, or need too much memory.",
                )
        finally:
            self._idle.put(child)
        if "bug" in header:
            raise RuntimeError(f"in the process of the job:\n{header['bug']}")
        if "error" in header:
            raise JobError(*header["error"], begun=header.get("begun", True))
        return header, data


def _cause(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


class _Child:
    """Child process, which ``call`` starts again when it has ended.

    Attributes:
        late: whether the last job was ended because its time was up.
    """

    def __init__(self) -> None:
        self.late = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._job: Ticket | None = None
        self._stopped = False

    def call(self, message: bytes, seconds: float, ticket: Ticket) -> tuple[dict[str, Any], bytes]:
        """Return the header and the data that the child answers.

        Raises:
            _DiedError: it died, or was killed: because the job was cancelled, or late, or the service ends.
        """
        with self._lock:
            if self._stopped:
                raise _DiedError(0)
            process = self._process = self._running()
            self._job, self.late = ticket, False
        timer = threading.Timer(seconds, self._kill, (ticket, True))
        timer.daemon = True
        timer.start()
        ticket.on_drop(lambda: self._kill(ticket))
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(len(message).to_bytes(8, "big") + message)
            process.stdin.flush()
            header = orjson.loads(process.stdout.readline())
            data = process.stdout.read(header["size"])
            if len(data) == header["size"]:
                return header, data
        except (OSError, orjson.JSONDecodeError):
            pass
        finally:
            timer.cancel()
            with self._lock:
                self._job = None
        self._end()
        raise _DiedError(process.returncode)

    def stop(self) -> None:
        """Kill the process, for good."""
        self._stopped = True
        self._end()

    def _kill(self, ticket: Ticket, late: bool = False) -> None:
        """Kill the process if it still works for that ticket. Does not wait."""
        with self._lock:
            if self._job is ticket and self._process is not None:
                self.late = late
                self._process.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._clean_up()
        path = [folder or os.getcwd() for folder in sys.path]
        environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-I", "-c", _START.format(path=path, parent=os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Fewer arenas of the allocator: each takes 64 MiB of the address space that the limit on memory counts.
            env={"QDK_PYTHON_TELEMETRY": "none", "MALLOC_ARENA_MAX": "2", **environment},
            start_new_session=True,  # Ctrl-C in a terminal is for the service alone
        )

    def _end(self) -> None:
        with self._lock:
            process = self._process
            if process is not None:
                process.kill()
                process.wait()
                self._clean_up()

    def _clean_up(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._process = None
