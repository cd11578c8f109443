"""A crash at every write of the journal in turn: just before the commit, and just after it; then a resume.

    python crash_harness.py [STEP]      # with a step, only every STEP-th write

Prints the figures as JSON; exit code 0 when every run came through with every point exactly one job.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

from kill_harness import ServiceProcess, client, points

from qsharp_bridge.journal import file as journal_file
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.results.from_journal import results_of
from qsharp_bridge.results.results import SweepResults

JOBS = 2


def run(service: ServiceProcess, name: str, path: Path, write: int | None, when: str) -> int:
    """The sweep in a child that dies at that write of its journal: exit code 9; 0 when it came to its end."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        commits = 0
        commit = journal_file.commit

        def dying(db):
            nonlocal commits
            commits += 1
            if commits == write and when == "before":
                os._exit(9)
            commit(db)
            if commits == write and when == "after":
                os._exit(9)

        journal_file.commit = dying
        client(service, name, path, JOBS, max_in_flight=2)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> int:
    """Crash, resume, ask the service; until there is no such write any more."""
    _, certain = points(JOBS)
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    wrong, crashes = [], 0
    with tempfile.TemporaryDirectory(prefix="crash-test-") as folder:
        service = ServiceProcess(Path(folder), faults=0, seed=0, pace="immediate")
        try:
            for when in ("before", "after"):
                for write in range(1, 100, step):
                    name = f"{when}-{write}"
                    path = Path(folder) / f"{name}.db"
                    first = run(service, name, path, write, when)
                    crashes += first == 9
                    second = run(service, name, path, None, when)
                    sweep = points(JOBS)[0]
                    with Journal.open(path) as record:
                        results = results_of(record, sweep, SweepResults)
                    with service.workspace(name) as workspace:
                        jobs = [job.id for job in workspace.list_jobs()]
                        open_sessions = [s.id for s in workspace.list_sessions() if s.details.status != "Succeeded"]
                    if (
                        (first, second) not in ((9, 0), (0, 0)) or results.counts != certain
                        or sorted(jobs) != sorted(results.job_ids) or open_sessions
                    ):  # fmt: skip
                        wrong.append([name, first, second, results.states, len(jobs), open_sessions])
                    if first == 0:
                        break
        finally:
            service.kill()
    print(json.dumps({"crashes": crashes, "wrong": wrong}))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
