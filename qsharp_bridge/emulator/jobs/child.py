"""The child process that runs jobs: it reads requests from stdin and answers each with a line of JSON and the data.

Requests are pickles, since the service writes them; answers are not, since a job may have taken over this process.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
import traceback
from typing import Any

import orjson

from qsharp_bridge.simulators.limits import available_memory

from .errors import JobError
from .execution import Output, execute, programs_of

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl
_THREADS_MEMORY = 256 * 2**20
"""Address space for the stacks and arenas of threads, beyond what a job may take."""


def main(parent: int) -> None:
    """Serve until the service, whose process id is ``parent``, closes the pipe."""
    _end_with(parent)
    _enter_removed_folder()
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # The output of libraries must not mix with the answers.
    os.dup2(2, 1)
    while size := requests.read(8):
        seconds, work, *arguments = pickle.loads(requests.read(int.from_bytes(size, "big")))
        _limit(seconds)
        header, data = _answer(work, arguments)
        answers.write(orjson.dumps({**header, "size": len(data)}) + b"\n")
        answers.write(data)
        answers.flush()


def _answer(work: str, arguments: list[Any]) -> tuple[dict[str, Any], bytes]:
    try:
        if work == "programs_of":
            return {"programs": programs_of(*arguments)}, b""
        output: Output = execute(*arguments)
        header = {"blob": output.blob, "cost": output.cost, "listing": output.listing, "warnings": output.warnings}
        return header, output.data
    except JobError as error:
        return {"error": [error.code, error.message], "begun": error.begun}, b""
    except MemoryError:
        return {"error": ["RuntimeError", "The job needs more memory than is available."]}, b""
    except RecursionError:
        return {"error": ["InvalidInputData", "The program is nested too deeply."]}, b""
    except Exception:
        return {"bug": traceback.format_exc()}, b""


def _end_with(parent: int) -> None:
    """End when the service does, also while a job keeps this process busy; without memory, be the first to be killed.

    Linux sends a signal. Elsewhere a thread checks each second; it runs when the job releases Python's lock.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")
        if os.getppid() != parent:  # it died before the signal was asked for
            os._exit(1)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _enter_removed_folder() -> None:
    """Change to an empty folder and remove it, so that relative paths lead nowhere and no file is left behind."""
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    with contextlib.suppress(OSError):  # Windows keeps it
        os.rmdir(folder)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _limit(seconds: float) -> None:
    """Limit the memory and the processor time of the next job, where the system can do that."""
    try:
        import resource
    except ImportError:
        return
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    cores = os.cpu_count() or 1
    _set_limit(resource.RLIMIT_CPU, round(used + seconds * cores) + 2)
    if sys.platform == "linux":
        with open("/proc/self/statm") as sizes:
            taken = int(sizes.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        _set_limit(resource.RLIMIT_AS, taken + available_memory() + _THREADS_MEMORY * cores)
    _set_limit(resource.RLIMIT_FSIZE, 0)
    _set_limit(resource.RLIMIT_CORE, 0)


def _set_limit(kind: int, most: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
