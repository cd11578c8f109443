"""The service's cost estimate is the plan's, to the last digit: every gate, random programs, text and bitcode."""

from __future__ import annotations

import random
from typing import Any

import pytest
from pyqir import Context, Module

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.qir.counts import count_gates
from qsharp_bridge.targets.prices import job_cost
from tests.shared.programs import ARITY, write_qir

IONQ, QUANTINUUM = "ionq.qpu.aria-1", "quantinuum.qpu.h2-1"


class Qir:
    """QIR as the client's ``submit`` takes it."""

    _name = "main"

    def __init__(self, data: bytes) -> None:
        self.data = data

    def _repr_qir_(self, **_: Any) -> bytes:
        return self.data


def estimates(service: LocalService, target: str, programs: list[bytes], shots: int) -> list[float]:
    """What the service puts on the jobs."""
    with service.workspace() as workspace:
        there = workspace.get_targets(target)
        jobs = [there.submit(Qir(data), "a job", shots=shots) for data in programs]
        amounts = []
        for job in jobs:
            job.wait_until_completed(timeout_secs=60)
            assert job.details.status == "Succeeded", job.details.error_data
            estimate = job.details.cost_estimate
            credits = [event.amount_billed for event in estimate.events if event.dimension_id == "hqc"]
            amounts.append(credits[0] if credits else estimate.estimated_total)
        return amounts


def planned(target: str, text: str, shots: int) -> float | None:
    return job_cost(target, count_gates(text), shots).amount


@pytest.mark.parametrize("target", [IONQ, QUANTINUUM])
def test_every_gate_by_itself(service: LocalService, target: str) -> None:
    ends = [("m", 0, 0)] if target == IONQ else [("m", 1, 0), ("mresetz", 0, 0), ("reset", 1)]
    texts = [
        write_qir([(name, *((0.5,) if name[0] == "r" else ()), *range(ARITY[name])), *ends], 3, 1) for name in ARITY
    ]
    assert estimates(service, target, [text.encode() for text in texts], 997) == [
        planned(target, text, 997) for text in texts
    ]


SOURCE = """operation Op(gates : Int[], theta : Double) : Result[] {{
    use q = Qubit[4];
    for g in gates {{
        let (a, b, c) = (q[g % 4], q[(g + 1) % 4], q[(g + 2) % 4]);
        if g % 7 == 0 {{ H(a); }} elif g % 7 == 1 {{ CNOT(a, b); }} elif g % 7 == 2 {{ CCNOT(a, b, c); }}
        elif g % 7 == 3 {{ SWAP(a, b); }} elif g % 7 == 4 {{ Rx(theta, a); }} elif g % 7 == 5 {{ Adjoint T(b); }}
        else {{ Rzz(theta, a, b); }}
    }}
    {}
    MResetEachZ(q)
}}"""
BRANCH = "if MResetZ(q[0]) == One { X(q[1]); CZ(q[1], q[2]); }"


@pytest.mark.parametrize("profile", ["Base", "Adaptive_RI", "Adaptive_RIF"])
def test_random_programs_of_the_compiler(service: LocalService, profile: str) -> None:
    chance = random.Random(profile)
    operation = qb.Program.from_source(SOURCE.format("" if profile == "Base" else BRANCH)).operation("Op")
    target = IONQ if profile == "Base" else QUANTINUUM
    points = [{"gates": [chance.randrange(28) for _ in range(20)], "theta": chance.random()} for _ in range(6)]
    with service.workspace() as workspace:
        plan = qb.plan_sweep(operation, qb.Sweep.points(points), workspace.get_targets(target), shots=333)
    texts = [str(operation.compile(**point, profile=plan.profile)) for point in points]
    assert [planned(target, text, 333) for text in texts] == list(plan.job_costs)
    data = [text.encode() for text in texts[:3]]
    data += [Module.from_ir(Context(), text).bitcode for text in texts[3:]]
    assert estimates(service, target, data, 333) == list(plan.job_costs)


def test_the_profile_adaptive_of_the_compiler(service: LocalService) -> None:
    """No machine is known to take it; the amounts are of functions, which count as what they do."""
    operation = qb.Program.from_source(SOURCE.format("")).operation("Op")
    sizes = [count_gates(str(operation.compile([0, 1, 2, 3] * n, 0.5, profile="Base"))).two_qubit for n in (1, 2)]
    assert sizes[1] == 2 * sizes[0] == 2 * (1 + 6 + 1)


@pytest.mark.parametrize("target", ["ionq.simulator", "rigetti.sim.qvm"])
def test_programs_of_other_labels_run(service: LocalService, target: str) -> None:
    """As recorded: straight programs labelled "custom" succeeded there."""
    text = write_qir([("reset", 0), ("h", 0), ("cx", 0, 1), ("mz", 0, 0), ("mz", 1, 1)], 2, 2, profile="custom")
    assert estimates(service, target, [text.encode()], 10) == [0.0]
