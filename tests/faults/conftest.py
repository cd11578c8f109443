"""Fixtures of the tests of this folder: a service, and a client that reaches it through the fault proxy."""

import contextlib
import uuid

import pytest

import qsharp_bridge as qb
from qsharp_bridge.azure.answers import JobRequest
from qsharp_bridge.azure.client import Service
from qsharp_bridge.azure.retry import RetryPolicy
from qsharp_bridge.azure.workspace import timeouts_of
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.targets.spec import TargetSpec
from tests.faults.proxy import FaultProxy
from tests.shared.runs import turn

__all__ = ["turn"]

SPEC = TargetSpec("ionq.simulator", "ionq", "Base")


@pytest.fixture(scope="module")
def service():
    with LocalService(seed=7) as running:
        yield running


@pytest.fixture(scope="session")
def qir(turn):
    return str(turn.compile(0.0, True, profile="Base")).encode()


@pytest.fixture
def through(service):
    """Open the service through a proxy with these faults; returns the client's side and the proxy."""
    with contextlib.ExitStack() as stack:

        def open_through(choose, **options):
            proxy = stack.enter_context(FaultProxy(service.url, choose))
            workspace = stack.enter_context(
                qb.connect(proxy.url, api_key=service.api_key, request_timeout=options.pop("request_timeout", 0.5))
            )
            policy = RetryPolicy(first_wait=0.01, timeouts=timeouts_of(workspace), **options)
            ours = Service(workspace, policy)
            stack.callback(ours.close)
            return ours, proxy

        yield open_through


@pytest.fixture
def request_in(qir):
    """Makes the request of a job in a session."""

    def make(session_id, shots=10):
        return JobRequest(str(uuid.uuid4()), "a job", SPEC, session_id, qir, shots, {})

    return make
