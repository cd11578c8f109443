"""A sweep that is killed twice and continued from its journal, without two jobs for any point.

The service runs in this process; the sweep runs in a child process that is killed without warning.

    python samples/resume_after_crash.py
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import qsharp_bridge as qb

CHILD = """
import sys
import qsharp_bridge as qb
from azure.core.credentials import AzureKeyCredential
from azure.quantum import Workspace

url, key, journal, project = sys.argv[1:]
workspace = Workspace(
    subscription_id="00000000-0000-0000-0000-000000000000", resource_group="rg", name="crash", location="eastus",
    credential=AzureKeyCredential(key), _quantum_endpoint=url,
)
operation = qb.Program.from_project(project).operation("Rabi")
sweep = qb.Sweep.linspace("angle", 0, 6.28, 60)
results = qb.run_sweep(operation, sweep, workspace.get_targets("ionq.simulator"), shots=50, journal=journal,
                       max_in_flight=2, progress=True)
print(results)
"""

with tempfile.TemporaryDirectory() as folder, qb.emulator.LocalService() as service:
    journal = Path(folder, "run.db")
    project = Path(__file__).parent.parent / "qsharp"
    command = [sys.executable, "-c", CHILD, service.url, service.api_key, str(journal), str(project)]
    for attempt in (1, 2):
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        before = service.requests.count("jobs.create")
        while service.requests.count("jobs.create") < before + 15 and child.poll() is None:
            time.sleep(0.01)
        child.kill()  # like kill -9: the process cannot clean up
        child.wait()
        print(f"attempt {attempt}: killed after {service.requests.count('jobs.create')} jobs in all")
    finished = subprocess.run(command, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    ids = {entry.id for entry in service.requests.find("jobs.create", status=200)}
    ids |= {entry.id for entry in service.requests.find("jobs.create", status=201)}
    print(f"resumed: {finished.stdout.strip()}")
    print(f"jobs on the service: {len(ids)} for 60 points")
