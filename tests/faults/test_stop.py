"""A run that is stopped ends soon, whatever the service does: the time-outs here are of minutes."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from azure.quantum.target.ionq import IonQ

import qsharp_bridge as qb
from qsharp_bridge.errors import RunError, ServiceError
from tests.faults.proxy import Fault, FaultProxy, Script
from tests.shared.runs import ten_points

TIMEOUT = 120.0  # seconds without an answer, before a client would ask again
SOON = TIMEOUT / 8  # nothing that waits for a time-out comes so early
OPERATIONS = [
    "providers.list", "sessions.open", "storage.sas", "blobs.input", "jobs.create", "sessions.jobs", "jobs.get",
    "blobs.output", "sessions.close",
]  # fmt: skip
SERVE = """
from qsharp_bridge.emulator import serve
serve(0, None, api_key="a-key", ready=lambda service: print(service.url, flush=True))
"""


def begin(workspace, turn, **options):
    """Start a sweep without a question of the plain client."""
    target = IonQ(workspace=workspace, name="ionq.simulator", provider_id="ionq")
    return qb.start_sweep(turn, ten_points(), target, 10, progress=False, **options)


def slowly(proxy, service):
    """A connection through the proxy with time-outs of minutes."""
    return qb.connect(proxy.url, api_key=service.api_key, request_timeout=TIMEOUT)


def wait_until(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        *((name, "hole") for name in OPERATIONS),
        ("blobs.output", "trickle"),
        *(pytest.param(name, "trickle", marks=pytest.mark.long) for name in OPERATIONS if name != "blobs.output"),
    ],
)
@pytest.mark.filterwarnings("ignore:the session could not be closed")
def test_a_stop_does_not_wait_for_answers(service, turn, operation, kind):
    # Whole answers of a trickle take longer than the test.
    faults = Script({operation: Fault(kind, seconds=100.0)})
    with FaultProxy(service.url, faults) as proxy, slowly(proxy, service) as workspace:
        run = begin(workspace, turn)
        wait_until(lambda: proxy.record.faults[kind])
        began = time.monotonic()
        run.stop()
        assert time.monotonic() - began < SOON
        assert run.done
    wait_until(lambda: not [t for t in threading.enumerate() if t.name.startswith("qsharp-bridge-run")])


@pytest.mark.filterwarnings("ignore:the session could not be closed")
def test_a_deadline_holds(service, turn):
    faults = Script({"jobs.create": Fault("hole")})
    with FaultProxy(service.url, faults) as proxy, slowly(proxy, service) as workspace:
        target = IonQ(workspace=workspace, name="ionq.simulator", provider_id="ionq")
        began = time.monotonic()
        with pytest.raises(RunError, match="0 of 10 points have ended"):
            qb.run_sweep(turn, ten_points(), target, 10, timeout=0.5, progress=False)
        assert time.monotonic() - began < SOON


@pytest.mark.filterwarnings("ignore:the session could not be closed", "ignore:not every job could be cancelled")
def test_a_service_that_is_stopped(turn):
    process = subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip()
        with qb.connect(url, api_key="a-key", request_timeout=TIMEOUT) as workspace:
            run = begin(workspace, turn)
            wait_until(lambda: run.ended)
            os.kill(process.pid, signal.SIGSTOP)
            began = time.monotonic()
            run.stop(cancel=True)
            assert time.monotonic() - began < SOON
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_service_that_is_silent_is_given_up_within_what_is_allowed(through):
    ours, _ = through(Script({"sessions.get": Fault("hole")}), seconds=0.4, request_timeout=TIMEOUT)
    began = time.monotonic()
    with pytest.raises(ServiceError, match="no answer"):
        ours.session("any")
    assert time.monotonic() - began < SOON


def test_a_new_attempt_comes_long_before_the_run_gives_up(through):
    ours, proxy = through(
        Script({"sessions.get": [Fault("hole"), Fault("trickle", seconds=100.0)]}), request_timeout=0.1
    )
    assert ours.session("any") is None
    assert proxy.record.faults == {"hole": 1, "trickle": 1}
