"""The two kinds of backend answer the questions of a plan themselves."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import SweepError
from qsharp_bridge.runner.local.exact import check_exact
from qsharp_bridge.targets.backend import ServiceBackend, backend_of


@pytest.fixture(scope="module")
def service():
    with qb.connect("local") as workspace:
        yield backend_of(workspace.get_targets("ionq.simulator"))


def test_a_backend_is_its_own_backend(service):
    local = backend_of(qb.LocalSimulator(seed=1))
    assert backend_of(local) is local
    assert backend_of(service) is service


def test_a_further_round_has_other_draws(service):
    simulator = qb.LocalSimulator(seed=1)
    second, third = (backend_of(simulator).in_round(number).simulator for number in (2, 3))
    points = {simulator.point_seed(index) for index in range(100)}
    assert len({simulator.seed, second.seed, third.seed}) == 3
    assert not {second.seed, third.seed} & points
    assert backend_of(qb.LocalSimulator()).in_round(2).simulator.seed is None
    assert service.in_round(2) is service


def test_what_a_plan_asks(service):
    local = backend_of(qb.LocalSimulator(engine="qsharp"))
    assert (local.local, local.engine, local.only_samples, local.provider) == (True, "qsharp", None, None)
    assert isinstance(service, ServiceBackend)
    assert (service.local, service.engine, service.executor, service.provider) == (False, None, None, "ionq")


def test_why_there_are_no_exact_values(service):
    check_exact(backend_of(qb.LocalSimulator()))
    noisy = backend_of(qb.LocalSimulator(noise={"bitflip": 0.1}))
    for backend, why in ((service, "on a service"), (noisy, "with noise")):
        with pytest.raises(SweepError, match=f"no exact values {why}"):
            check_exact(backend)
