"""Options of the providers about noise: simulated, or a warning in the job's answer and on its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from scipy import stats

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.jobs.inputs.circuit import Circuit

SHOTS = 4000
FORM = {"input_data_format": "qir.v1", "output_data_format": "microsoft.quantum-results.v2"}


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalService]:
    with LocalService(seed=5) as service:
        yield service


def flips() -> str:
    """Two qubits that stay zero without noise: 40 X gates on the first, 20 CNOT gates between them."""
    circuit = Circuit(2)
    for _ in range(40):
        circuit.add("x", 0)
    for _ in range(20):
        circuit.add("cx", 0, 1)
    circuit.measure(0)
    circuit.measure(1)
    return circuit.to_qir()


def run(service: LocalService, target: str, **params: Any) -> tuple[int, list[str]]:
    """The shots that were not 00, and the warnings."""
    job = service.workspace().get_targets(target).submit(flips(), shots=SHOTS, input_params=params, **FORM)
    shots = job.get_results_shots()
    assert len(shots) == SHOTS
    return sum(shot != [0, 0] for shot in shots), job.details.get("warnings", [])


def wrong(one_qubit: float, two_qubit: float) -> float:
    """The chance that noise is seen: each X flips with two of three errors; a CNOT's error spreads to later ones."""
    chances = {(0, 0): 1.0}
    for _ in range(40):
        flipped = 2 / 3 * one_qubit
        chances = _mixed(chances, {(0, 0): 1 - flipped, (1, 0): flipped})
    for _ in range(20):
        chances = {(a, b ^ a): chance for (a, b), chance in chances.items()}
        each = two_qubit / 15
        chances = _mixed(chances, {(0, 0): 1 - 12 * each, (1, 0): 4 * each, (0, 1): 4 * each, (1, 1): 4 * each})
    return 1 - chances[0, 0]


def _mixed(chances: dict[Any, float], errors: dict[Any, float]) -> dict[Any, float]:
    found = dict.fromkeys(((0, 0), (0, 1), (1, 0), (1, 1)), 0.0)
    for (a, b), chance in chances.items():
        for (x, y), error in errors.items():
            found[a ^ x, b ^ y] += chance * error
    return found


@pytest.mark.parametrize(
    ("target", "params", "one_qubit", "two_qubit"),
    [
        ("ionq.simulator", {"noise": {"model": "aria-1", "seed": 3}}, 0.75 * 0.0005, 15 / 16 * 0.0133),
        ("ionq.simulator", {"noise": {"model": "forte-1"}}, 0.75 * 0.00026667, 15 / 16 * 0.0049493),
        ("quantinuum.sim.h2-1e", {"error-params": {"p1": 0.004, "p2": 0.01}}, 0.004, 0.01),
    ],
)
def test_depolarizing_rates_as_published(
    shared: LocalService, target: str, params: dict[str, Any], one_qubit: float, two_qubit: float
) -> None:
    """IonQ's simulation is aware of shots: their sum is what was asked for. Five standard errors, fixed seed."""
    seen, warnings = run(shared, target, **params)
    low, high = stats.binom(SHOTS, wrong(one_qubit, two_qubit)).interval(1 - 1e-6)
    assert low <= seen <= high
    assert warnings == []


def test_a_measurement_error(shared: LocalService) -> None:
    seen, _ = run(shared, "quantinuum.sim.h1-1e", **{"error-params": {"p_meas": [0.1, 0.1]}})
    low, high = stats.binom(SHOTS, 1 - 0.9**2).interval(1 - 1e-6)
    assert low <= seen <= high


def test_no_noise_by_choice(bell: Any) -> None:
    with LocalService(
        seed=1, noise={name: {"bitflip": 0.3} for name in ("ionq.simulator", "quantinuum.sim.h2-1e")}
    ) as own:
        assert run(own, "ionq.simulator")[0] > 0
        assert run(own, "ionq.simulator", noise={"model": "ideal"}) == (0, [])
        assert run(own, "quantinuum.sim.h2-1e", **{"error-model": False}) == (0, [])


def test_a_circuit_in_the_words_of_ionq(shared: LocalService) -> None:
    target = shared.workspace().get_targets("ionq.simulator")
    circuit = {"qubits": 1, "circuit": [{"gate": "x", "target": 0}] * 101}
    noisy = target.submit(circuit, shots=1000, input_params={"noise": {"model": "aria-2", "seed": 1}})
    shares = noisy.get_results()["histogram"]
    assert 0 < shares["0"] < 0.2
    assert sum(shares.values()) == pytest.approx(1)
    assert target.submit(circuit, shots=1000, input_params={"noise": {"model": "ideal"}}).get_results() == {
        "histogram": {"1": 1.0}
    }


@pytest.mark.parametrize(
    ("target", "params", "words"),
    [
        ("ionq.simulator", {"noise": {"model": "harmony"}}, "the rates of the model 'harmony' are not known"),
        ("ionq.qpu.aria-1", {"noise": {"model": "aria-1"}}, "ionq.qpu.aria-1 is not a simulator"),
        ("ionq.qpu.aria-1", {"error-mitigation": {"debias": True}}, "debiasing is not simulated here"),
        ("ionq.qpu.aria-1", {"error_mitigation": {"debias": False}}, "error-mitigation, with a hyphen"),
        ("quantinuum.sim.h2-1e", {"error-model": True}, "error rates of this emulator are not known"),
        ("quantinuum.sim.h2-1e", {"error-params": {"p_init": 0.1}}, "error-params.p_init was ignored"),
        ("quantinuum.qpu.h2-1", {"error-model": True}, "quantinuum.qpu.h2-1 is not an emulator"),
        ("rigetti.sim.qvm", {"noise": {"model": "aria-1"}}, "rigetti.sim.qvm has no such option"),
    ],
)
def test_what_is_ignored_is_told(shared: LocalService, target: str, params: dict[str, Any], words: str) -> None:
    seen, warnings = run(shared, target, **params)
    assert seen == 0
    assert len(warnings) == 1
    assert words in warnings[0]
    job = shared.workspace().list_jobs()[-1]
    url = f"{shared.url}/_ui/{job.workspace.subscription_id}/local/local/jobs/{job.id}"
    page = requests.get(url, params={"key": shared.api_key}, timeout=10)
    assert page.status_code == 200
    assert words in page.text.replace("&#39;", "'")


def test_an_option_that_is_off_needs_no_warning(shared: LocalService) -> None:
    assert run(shared, "ionq.qpu.aria-1", **{"error-mitigation": {"debias": False}}) == (0, [])
