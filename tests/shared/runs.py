"""Operations, sweeps and services that the tests of the runner share."""

import math
from collections.abc import Iterator

import pytest

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService

SOURCE = """
operation Turn(theta : Double, flip : Bool) : Result {
    use q = Qubit();
    if flip { X(q); }
    Rx(theta, q);
    MResetZ(q)
}
"""


@pytest.fixture(scope="session")
def turn() -> qb.Operation:
    """Rx(theta) on |0> or |1>: One with probability sin²(theta / 2), or cos² of it."""
    return qb.Program.from_source(SOURCE).operation("Turn")


RABI = "operation Rabi(theta : Double) : Result[] { use q = Qubit[1]; Rx(theta, q[0]); MResetEachZ(q) }"


@pytest.fixture(scope="session")
def rabi() -> qb.Operation:
    """Rx(theta) on |0>, one measured bit in an array: certain where theta is a multiple of pi."""
    return qb.Program.from_source(RABI).operation("Rabi")


def ten_points() -> qb.Sweep:
    """Ten points that are certain: theta is 0 or pi."""
    return qb.Sweep.grid(theta=[0.0, math.pi], flip=[False, True]) + qb.Sweep.zip(
        theta=[0.0, math.pi, 0.0, math.pi, 0.0, math.pi], flip=[True] * 6
    )


@pytest.fixture
def sweep() -> qb.Sweep:
    return ten_points()


CERTAIN = ["0", "1", "1", "0", "1", "0", "1", "0", "1", "0"]


@pytest.fixture
def service() -> Iterator[LocalService]:
    with LocalService(seed=7) as running:
        yield running


@pytest.fixture
def target(service: LocalService):
    with service.workspace() as workspace:
        yield workspace.get_targets("ionq.simulator")


@pytest.fixture
def aria(service: LocalService):
    """IonQ's machine: 97.50 tokens for each job, 25 qubits, 10,000 shots a job."""
    with service.workspace() as workspace:
        yield workspace.get_targets("ionq.qpu.aria-1")
