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

from .errors import JobCancelledError, JobError, StoppedError
from .execution import JobInput, Output
from .job_run import JobRun
from .noise_pickling import dumps

_MOST_DEATHS: Final = 2
_KEPT_VARIABLES: Final = (
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "OMP_NUM_THREADS", "RAYON_NUM_THREADS",
)  # fmt: skip
"""The environment variables that a child gets. Others may hold secrets, which a job could show."""
_START: Final = "import sys; sys.path[:] = {path!r}; from qsharp_bridge.emulator.jobs.child import main; main({parent})"


class _DiedError(Exception):
    """A child ended before it answered; ``code`` is its ``Popen.returncode``."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class JobProcesses:
    """Pool of child processes, each for one job at a time.

    Args:
        count: the number of processes at most.
        seconds: the time that a job may take; its processor time on each core is limited to the same.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._children = [_Child() for _ in range(count)]
        # The last used is taken first: it is the likeliest to have been started.
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()
        for child in self._children:
            self._idle.put(child)
        self._stopped = False

    def run(self, job: JobInput, noise: Any, batch: list[Outcomes] | None, run: JobRun) -> Output:
        """Run a job in a child, as ``execution.execute`` does.

        Raises:
            JobError: the job fails, takes too long, or its process died twice.
            JobCancelledError: the job was cancelled.
            StoppedError: the service stops.
        """
        header, data = self._call(("execute", job, noise, batch), run)
        return Output(data, header["blob"], header["cost"], header["listing"], header["warnings"])

    def programs(self, job: JobInput, run: JobRun) -> list[str]:
        """Return the programs of a job, read in a child as ``execution.programs_of`` does.

        Raises:
            JobError, JobCancelledError, StoppedError: as in ``run``.
        """
        header, _ = self._call(("programs_of", job), run)
        return list(header["programs"])

    def stop(self) -> None:
        """Kill all children. Calls under way and later ones raise ``StoppedError``."""
        self._stopped = True
        for child in self._children:
            child.stop()

    def _call(self, work: tuple[Any, ...], run: JobRun) -> tuple[dict[str, Any], bytes]:
        child = self._idle.get()
        try:
            message = dumps((self._seconds, *work))
            cause = ""
            while run.deaths < _MOST_DEATHS:
                if self._stopped:
                    raise StoppedError
                try:
                    header, data = child.call(message, self._seconds, run)
                    break
                except _DiedError as error:
                    if self._stopped:
                        raise StoppedError from None
                    if run.cancelled:
                        raise JobCancelledError from None
                    if child.timed_out or error.code == -getattr(signal, "SIGXCPU", 0):
                        raise JobError(
                            "RuntimeError",
                            f"The job was ended after {self._seconds:g} s. Start the service with a longer job_timeout "
                            "to give jobs more time.",
                        ) from None
                    cause = f" ({_cause(error.code)})"
                    run.count_death()
            else:
                raise JobError(
                    "RuntimeError",
                    f"The process that ran the job died {run.deaths} times{cause}: the program may be "
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
        timed_out: whether the last job was ended because it took too long.
    """

    def __init__(self) -> None:
        self.timed_out = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._run: JobRun | None = None
        self._stopped = False

    def call(self, message: bytes, seconds: float, run: JobRun) -> tuple[dict[str, Any], bytes]:
        """Return the header and the data that the child answers.

        Raises:
            _DiedError: it died, or was killed: the job was cancelled or took too long, or the service stops.
        """
        with self._lock:
            if self._stopped:
                raise _DiedError(0)
            process = self._process = self._running()
            self._run, self.timed_out = run, False
        timer = threading.Timer(seconds, self._kill, (run, True))
        timer.daemon = True
        timer.start()
        run.on_cancel(lambda: self._kill(run))
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
                self._run = None
        self._end()
        raise _DiedError(process.returncode)

    def stop(self) -> None:
        """Kill the process, for good."""
        self._stopped = True
        self._end()

    def _kill(self, run: JobRun, timed_out: bool = False) -> None:
        """Kill the process if it still works for that run, without waiting for its end."""
        with self._lock:
            if self._run is run and self._process is not None:
                self.timed_out = timed_out
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
