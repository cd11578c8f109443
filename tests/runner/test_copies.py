"""Copies of a journal, taken at random moments of its run, each of them gone on with: no point is paid for twice.

The judge is the service's own record of its jobs.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import JournalError

POINTS = 60
SWEEP = qb.Sweep.linspace("theta", 0, 0, POINTS) * qb.Sweep.grid(flip=[True])
CHILD = """
import sys
import qsharp_bridge as qb
from tests.runner.test_copies import SWEEP
from tests.shared.runs import SOURCE
url, key, journal = sys.argv[1:]
turn = qb.Program.from_source(SOURCE).operation("Turn")
with qb.connect(url, api_key=key) as workspace:
    qb.run_sweep(turn, SWEEP, workspace.get_targets("ionq.simulator"), 5, journal=journal, max_in_flight=3)
"""


def copy(journal: Path, to: Path, how: str) -> Path:
    if how == "linked":
        os.link(journal, to)
    else:
        shutil.copyfile(journal, to)
        for suffix in ("-wal", "-shm") if how == "with its log" else ():
            if Path(f"{journal}{suffix}").exists():
                shutil.copyfile(f"{journal}{suffix}", f"{to}{suffix}")
    return to


def jobs_of(service) -> Counter:
    with service.workspace() as workspace:
        return Counter(job.details.metadata["qsharp_bridge.point"] for job in workspace.list_jobs())


def a_run_and_its_copies(service, folder: Path, chance: random.Random, copies: int) -> list[Path]:
    """Run in another process, copy its journal now and then, kill it at the end, and rename what it left."""
    journal = folder / "run.db"
    command = [sys.executable, "-c", CHILD, service.url, service.api_key, str(journal)]
    found = []
    with subprocess.Popen(command) as child:
        while not journal.exists():
            assert child.poll() is None
            time.sleep(0.001)
        moments = sorted([0, *(chance.randrange(POINTS - 10) for _ in range(copies - 2))])
        for number, moment in enumerate(moments):
            while service.requests.count("jobs.create") < moment:
                assert child.poll() is None
                time.sleep(0.001)
            how = chance.choice(["file alone", "with its log", "linked"])
            found.append(copy(journal, folder / f"{number} {how}.db", how))
        os.kill(child.pid, signal.SIGKILL)
    journal.rename(folder / "renamed.db")
    return [*found, folder / "renamed.db"]


def go_on(turn, target, journal: Path, chance: random.Random) -> qb.SweepResults:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sessions that have ended
        if chance.random() < 0.5:
            return qb.resume_sweep(journal, target)
        return qb.run_sweep(turn, SWEEP, target, 5, journal=journal)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 11))])
def test_whatever_copy_is_used_no_point_is_paid_for_twice(turn, service, tmp_path, seed):
    chance = random.Random(seed)
    service.faults.add("jobs.create", "slow", seconds=0.02, times=None)
    copies = a_run_and_its_copies(service, tmp_path, chance, copies=10)
    service.faults.clear()
    chance.shuffle(copies)
    with service.workspace() as workspace:
        target = workspace.get_targets("ionq.simulator")
        for journal in copies:
            results = go_on(turn, target, journal, chance)
            assert list(results.counts) == [{"1": 5}] * POINTS
            assert set(jobs_of(service).values()) == {1}, f"paid twice with {journal.name}"
        assert len(jobs_of(service)) == POINTS
        assert {session.details.status for session in workspace.list_sessions()} == {"Succeeded"}


def test_the_log_without_its_journal_is_no_new_run(turn, service, target, tmp_path):
    """As after a live journal was renamed: what was in doubt is in the log, and the name is free."""
    journal = tmp_path / "run.db"
    journal.with_name("run.db-wal").write_bytes(b"what a run wrote")
    with pytest.raises(JournalError, match=r"run.db-wal is the log of a journal, and the journal itself is not beside"):
        qb.run_sweep(turn, SWEEP, target, 5, journal=journal)
    assert service.requests.count("sessions.open") == 0


def test_a_journal_that_is_moved_while_it_is_written_stops_the_run(turn, service, target, tmp_path):
    journal = tmp_path / "run.db"
    service.faults.add("jobs.create", "slow", seconds=0.02, times=None)
    run = qb.start_sweep(turn, SWEEP, target, 5, journal=journal, max_in_flight=2)
    next(run.as_completed())
    journal.rename(tmp_path / "moved.db")
    with pytest.raises(JournalError, match="was moved or replaced while the run writes it"):
        run.results()
    results = go_on(turn, target, tmp_path / "moved.db", random.Random(1))
    assert list(results.counts) == [{"1": 5}] * POINTS
    assert set(jobs_of(service).values()) == {1}


def test_a_retried_point_has_the_same_id_in_every_copy(turn, service, target, tmp_path):
    service.faults.add("jobs.run", "fail_job", name="Turn 7", message="the ion was lost")
    qb.run_sweep(turn, SWEEP, target, 5, journal=tmp_path / "run.db")
    shutil.copyfile(tmp_path / "run.db", tmp_path / "copy.db")
    for journal in ("run.db", "copy.db"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert qb.resume_sweep(tmp_path / journal, target, retry_failed=True).failures == []
    assert jobs_of(service) == Counter({str(index): 1 + (index == 7) for index in range(POINTS)})


def test_a_loop_that_goes_on_from_an_older_copy_in_another_order(turn, service, target, tmp_path):
    journal, older = tmp_path / "loop.db", tmp_path / "older.db"
    angles = [0.1, 0.2, 0.3, 0.3, 0.4]
    with qb.HybridSession(turn, target, shots=5, journal=journal) as session:
        session(0.1, True)
        shutil.copyfile(journal, older)
        found = [session(theta, True) for theta in angles[1:]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with qb.HybridSession(turn, target, shots=5, journal=older) as session:
            again = [session(theta, True) for theta in reversed(angles)]
    assert [sorted(counts.items()) for counts in again[-2:-1]] == [sorted(found[0].items())]
    with service.workspace() as workspace:
        assert len(workspace.list_jobs()) == len(angles)
