"""The table of targets, against what the client knows, and as the local service offers it."""

import pytest
from azure.quantum.target import IonQ, Quantinuum
from azure.quantum.target.rigetti import RigettiTarget

from qsharp_bridge.emulator.state.targets import PROVIDERS, find_target, provider_name
from qsharp_bridge.targets.known import KNOWN_TARGETS, known_target
from qsharp_bridge.targets.profiles import PROFILES

# The client's own default of the QVM, and of Forte, which the documentation gives one qubit more.
OTHERWISE = {"rigetti.sim.qvm": 20, "ionq.qpu.forte-1": 35, "ionq.qpu.forte-enterprise-1": 35}


@pytest.mark.parametrize(
    "name", [*IonQ.target_names, *Quantinuum.target_names, *RigettiTarget.simulators(), *RigettiTarget.qpus()]
)
def test_what_the_client_knows_by_name_is_known(name):
    assert known_target(name) is not None


def test_qubits_shots_and_kinds_are_those_of_the_clients_qiskit_backends():
    pytest.importorskip("qiskit")
    from azure.quantum.qiskit.backends import ionq, qci, quantinuum, rigetti

    compared = 0
    for backend in (
        *(ionq.IonQSimulatorQirBackend, ionq.IonQAriaQirBackend, ionq.IonQForteQirBackend),
        *(quantinuum.QuantinuumSyntaxCheckerQirBackend, quantinuum.QuantinuumEmulatorQirBackend),
        *(quantinuum.QuantinuumQPUQirBackend, rigetti.RigettiSimulatorBackend, rigetti.RigettiQPUBackend),
        *(qci.QCISimulatorBackend, qci.QCIQPUBackend),
    ):
        for name in backend.backend_names:
            theirs, ours = backend(name, None)._config, known_target(name)
            assert ours is not None
            assert theirs.max_shots == ours.shots, name
            assert theirs.simulator == (ours.kind != "qpu"), name
            assert theirs.n_qubits == OTHERWISE.get(name, ours.qubits), name
            compared += 1
    assert compared >= 18


def test_each_target_is_listed_once_and_found_in_any_case():
    assert sum(map(len, PROVIDERS.values())) == len(KNOWN_TARGETS), "the targets of a provider stand together"
    for target in KNOWN_TARGETS:
        assert find_target(target.provider.upper(), target.id.upper()) is target
        assert provider_name(target.provider.upper()) == target.provider.lower()
        assert target.profiles == PROFILES[: len(target.profiles)]


def test_a_target_of_another_provider_is_not_found():
    assert find_target("rigetti", "ionq.simulator") is None
    assert find_target("ionq", "ionq.qpu.of-tomorrow") is None
    assert provider_name("nobody") is None
