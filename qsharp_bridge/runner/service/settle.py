"""Jobs whose state on the service is unknown when a run is resumed: the service is asked about each of them."""

from __future__ import annotations

from dataclasses import replace

from qsharp_bridge.azure.client import Service
from qsharp_bridge.journal.job_rows import JobRow
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.parallel.threads import RequestPool
from qsharp_bridge.states import JobState, SessionState

from .job import result_problem


def reopen_jobs(journal: Journal, service: Service, pool: RequestPool, *, lacking: bool) -> None:
    """Record as sent, so that they are polled again, jobs that were gone and are there, and unreadable results.

    An earlier resume may have asked another service of the same name, and something on the way may have answered a
    download.

    Args:
        journal, service, pool: of the run.
        lacking: whether to fetch results again that have fewer shots than were asked for.
    """
    target = journal.manifest.target
    rows = {row.id: row for row in journal.jobs() if row.ended}
    gone = [job_id for job_id, row in rows.items() if row.state == JobState.GONE]
    found = pool.map(service.job, gone)
    again = [job_id for job_id, job in zip(gone, found, strict=True) if job is not None]
    for job_id, output_format, raw in journal.outputs():
        if job_id in rows and rows[job_id].state == JobState.SUCCEEDED:
            shots = rows[job_id].shots if lacking else 0
            if result_problem(raw, output_format, shots, target, rounded=False):
                again.append(job_id)
    journal.set_states([(job_id, JobState.SENT) for job_id in again])


def settled_jobs(journal: Journal, service: Service, pool: RequestPool, *, newer: bool) -> list[JobRow]:
    """Return the jobs of a journal with the states that they really have: sent, or planned if they never arrived.

    A job that is planned in this journal may have been sent by a run that used another copy of the journal.

    Args:
        journal, service, pool: of the run.
        newer: whether the service has sessions of the run that this journal did not have.
    """
    rows = journal.jobs()
    doubtful = {row.id for row in rows if row.state == JobState.SENDING}
    planned = {row.id for row in rows if row.state == JobState.PLANNED}
    if not doubtful and not planned:
        return rows
    sent = {
        job.id: session_id
        for session_id, _, state in journal.sessions() if state != SessionState.OPENING
        for job in service.session_jobs(session_id)
    }  # fmt: skip
    if newer or planned & sent.keys():
        doubtful |= planned
    # The list may be late: only a request for the id itself, made several times, shows that a job was never accepted.
    unseen = [row.id for row in rows if row.id in doubtful and row.id not in sent]
    for job in pool.map(service.accepted_job, unseen):
        if job is not None:
            sent[job.id] = job.session_id
    settled = {
        row.id: replace(row, state=JobState.SENT, session_id=sent[row.id] or row.session_id)
        if row.id in sent
        else replace(row, state=JobState.PLANNED)
        for row in rows
        if row.id in doubtful or (row.id in planned and row.id in sent)
    }
    with journal.together():
        journal.accepted(row for row in settled.values() if row.state == JobState.SENT)
        journal.set_states((row.id, JobState.PLANNED) for row in settled.values() if row.state == JobState.PLANNED)
    return [settled.get(row.id, row) for row in rows]
