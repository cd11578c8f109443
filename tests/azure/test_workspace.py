"""Targets belong to the workspace that was asked for them, whatever other threads do."""

import subprocess
import sys
import threading

import pytest
from azure.quantum.workspace import Workspace as AzureWorkspace

import qsharp_bridge as qb
from qsharp_bridge.azure.connections import Timeouts
from qsharp_bridge.azure.workspace import timeouts_of
from qsharp_bridge.errors import ServiceError

THREADS = """
import faulthandler, threading
faulthandler.dump_traceback_later(60, exit=True)
import qsharp_bridge as qb
source = "operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }"
op = qb.Program.from_source(source).operation("Flip")
found, begin = [], threading.Barrier(3)
def use():
    begin.wait()
    with qb.connect("local") as workspace:
        results = qb.run_sweep(op, qb.Sweep.grid(n=list(range(5))), workspace.get_targets("ionq.simulator"), 10)
        found.append((results.counts == [{"1": 10}] * 5, len(workspace.list_jobs())))
threads = [threading.Thread(target=use) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(found)
"""


def test_each_thread_gets_targets_of_its_own_workspace(service):
    wrong, begin = [], threading.Barrier(4)

    def use(name):
        with qb.connect(service.url, api_key=service.api_key, name=name) as workspace:
            begin.wait()
            for _ in range(10):
                targets = [workspace.get_targets("ionq.simulator"), *workspace.get_targets(provider_id="ionq")]
                wrong.extend(target for target in targets if target.workspace is not workspace)

    threads = [threading.Thread(target=use, args=(f"workspace-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_three_threads_with_a_service_each_do_not_freeze():
    ended = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == str([(True, 5)] * 3)


def test_targets_are_those_of_the_plain_client(service, workspace):
    plain = AzureWorkspace(
        subscription_id=workspace.subscription_id, resource_group="local", name="local", location="eastus",
        credential=workspace.credential, _quantum_endpoint=service.url,
    )  # fmt: skip
    ours, theirs = workspace.get_targets(), plain.get_targets()
    assert [(type(target), target.name) for target in ours] == [(type(target), target.name) for target in theirs]
    assert isinstance(workspace, AzureWorkspace)
    plain.close()


def test_the_request_timeout_is_that_of_connect(service):
    with qb.connect(service.url, api_key=service.api_key, request_timeout=4) as workspace:
        assert timeouts_of(workspace) == Timeouts(connect=2, read=4, total=12)
    with qb.connect("local", request_timeout=6) as workspace:
        assert timeouts_of(workspace).read == 6


@pytest.mark.parametrize("word", ["locl", "lcoal", "Local", "localhost"])
def test_a_misspelt_local_is_not_looked_for_on_azure(word):
    with pytest.raises(ServiceError, match="did you mean connect"):
        qb.connect(word).open()
