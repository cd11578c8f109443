"""A job of the service whose program falls into parts that nothing entangles: each is simulated by itself."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService
from tests.shared.programs import FALSE_ALARM, chi_square

SOURCE = """
operation Halves(theta : Double) : Result[] {
    use q = Qubit[24];
    for half in 0..1 {
        Rx(theta * Std.Convert.IntAsDouble(half + 1), q[12 * half]);
        for i in 12 * half + 1..12 * half + 11 { H(q[i]); CZ(q[i - 1], q[i]); H(q[i]); }
    }
    MResetEachZ(q)
}
"""
THETA = 0.8
SHOTS = 100
NOISE = {"ionq.simulator": {"bitflip": 0.0005}}


def expected() -> dict[tuple[int, ...], float]:
    """The probability of each outcome: all qubits of a half agree."""
    ones = [math.sin(THETA * (half + 1) / 2) ** 2 for half in range(2)]
    return {
        (a,) * 12 + (b,) * 12: (ones[0] if a else 1 - ones[0]) * (ones[1] if b else 1 - ones[1])
        for a in (0, 1)
        for b in (0, 1)
    }


@pytest.mark.parametrize(("how", "least"), [({"sampling": True}, 1.0), ({"noise": NOISE}, 0.9), ({}, 0.99)])
def test_two_halves_of_12_qubits_are_simulated_one_by_one(how: dict[str, Any], least: float) -> None:
    """With noise each shot is simulated: 100 of 24 qubits together would take an hour."""
    operation = qb.Program.from_source(SOURCE).operation("Halves")
    with LocalService(seed=3, **how) as service:
        target = service.workspace().get_targets("ionq.simulator")
        shots = target.submit(operation.compile(THETA, profile="Base"), shots=SHOTS).get_results_shots()
    counts, wanted = Counter(map(tuple, shots)), expected()
    kept = {key: count for key, count in counts.items() if key in wanted}
    assert sum(kept.values()) >= least * len(shots)  # with noise some qubits differ from their half
    if how:
        assert chi_square([(list(key), "", count) for key, count in kept.items()], wanted) > FALSE_ALARM
    else:  # proportions of the service
        assert kept == {key: math.floor(share * SHOTS) for key, share in wanted.items()}
