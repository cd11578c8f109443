"""The programs of the page "Manage your Sessions", as written there, with only the connection line changed.

Three jobs with different angles in one session; the session's jobs listed; a session made, opened, refreshed, closed
and waited for by hand; and, where Qiskit is installed, a session of a Qiskit backend. Run it with
``python samples/three_angles.py``; on Azure, change the line with ``connect``.
"""

import importlib.util
import time
import uuid
from pathlib import Path

from azure.quantum.job.session import Session, SessionJobFailurePolicy

import qsharp
import qsharp_bridge as qb

connection = qb.connect("local")  # on Azure: qb.connect(resource_id)
workspace = connection.open()
target = workspace.get_targets("ionq.simulator")

qsharp.init(target_profile=qsharp.TargetProfile.Base)
qsharp.eval((Path(__file__).parent.parent / "qsharp" / "src" / "Bits.qs").read_text())

# --- Passing arguments in Q#: three jobs with different angles

angle = [0.0, 0.0]
with target.open_session(name="Q# session of three jobs") as session:
    target.submit(
        input_data=qsharp.compile(f"GenerateRandomBits(2, {angle})"), name="Job 1", shots=100
    )  # First job submission
    angle[0] += 1
    target.submit(
        input_data=qsharp.compile(f"GenerateRandomBits(2, {angle})"), name="Job 2", shots=100
    )  # Second job submission
    angle[1] += 1
    target.submit(
        input_data=qsharp.compile(f"GenerateRandomBits(2, {angle})"), name="Job 3", shots=100
    )  # Third job submission

session_jobs = session.list_jobs()
print([session_job.details.name for session_job in session_jobs])

# --- Retrieving the sessions and jobs


def get_a_session_with_jobs(min_jobs):
    all_sessions = workspace.list_sessions()  # list of all sessions
    for session in all_sessions:
        if len(workspace.list_session_jobs(session.id)) >= min_jobs:
            return session
    return None


session = get_a_session_with_jobs(min_jobs=3)  # Get a Session with at least 3 jobs

session_jobs = workspace.list_session_jobs(session.id)  # List of all jobs within Session ID

print(f"Job count: {len(session_jobs)} \n")
print(f"First 10 jobs for session {session.id}:")
for job in session_jobs[0:10]:
    print(f"Id: {job.id}, Name={job.details.name}")

# --- Manually creating a session

session = Session(
    workspace=workspace,  # required
    id=f"{uuid.uuid1()}",  # optional, if not passed will use uuid.uuid1()
    name="",  # optional, will be blank if not passed
    provider_id="ionq",  # optional, if not passed will try to parse from the target
    target="ionq.simulator",  # required
    job_failure_policy=SessionJobFailurePolicy.ABORT,  # optional, defaults to abort
)

print(f"Session status: {session.details.status}")

session.open()

session.refresh()
same_session = workspace.get_session(session.id)
print(f"Session: {session.details} \n")
print(f"Session: {same_session.details} \n")

target.latest_session = session  # attach the session to the target: what is submitted now belongs to it
target.submit(input_data=qsharp.compile(f"GenerateRandomBits(2, {angle})"), name="Job by hand", shots=100)

session.close()

# --- Waiting for a session to be completed

session_jobs = session.list_jobs()
print([session_job.id for session_job in session_jobs])

while (
    session.details.status != "Succeeded"
    and session.details.status != "Failed"
    and session.details.status != "TimedOut"
):
    session.refresh()
    time.sleep(5)

print(f"Session status: {session.details.status}")

# --- The same with a Qiskit backend (pip install 'qsharp-bridge[qiskit]')

if importlib.util.find_spec("qiskit") is not None:
    from azure.quantum.qiskit import AzureQuantumProvider

    provider = AzureQuantumProvider(workspace)
    ionq_simulator_backend = provider.get_backend("ionq.simulator")
    provider_backend = ionq_simulator_backend
    backend_id = provider_backend.name  # the page calls it: it was a method before azure-quantum 3

    session = provider_backend.open_session(
        name="Azure Quantum Session", job_failure_policy=SessionJobFailurePolicy.CONTINUE
    )  # optional, defaults to abort
    session.open()
    print("Creating session")

    session = provider_backend.latest_session
    print(f"Jobs in the session of {backend_id}: {session.list_jobs()}")
    session.close()

    print("Waiting for jobs to complete")
    while (
        session.details.status != "Succeeded"
        and session.details.status != "Failed"
        and session.details.status != "TimedOut"
    ):
        session.refresh()
        time.sleep(5)
    print("Session status: " + session.details.status)

connection.close()
