"""Exact probabilities: those of each branch followed, and the same bits one by one and for many points at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsharp_bridge.qir.reader import read
from qsharp_bridge.simulators.exact import fits_together, probabilities, probabilities_of_points
from tests.shared.programs import ARITY, AXES, exact, write_qir

GATES = sorted(ARITY)


def random_steps(rng: np.random.Generator, qubits: int, count: int) -> tuple[list[tuple], int]:
    """Gates, some measurements and resets between them, and the number of measurements; not all qubits are measured."""
    steps: list[tuple] = []
    results = 0
    for _ in range(count):
        if rng.random() < 0.1 and results < 6:
            steps.append(("m", int(rng.integers(qubits)), results))
            results += 1
        name = str(rng.choice([name for name in GATES if ARITY[name] <= qubits]))
        on = rng.permutation(qubits)[: ARITY[name]].tolist()
        steps.append((name, *((float(rng.uniform(-7, 7)),) if name in AXES else ()), *on))
    for qubit in rng.permutation(qubits)[: max(1, qubits - 1)].tolist():
        steps.append(("m", qubit, results))
        results += 1
    return steps, results


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 12))
def test_many_points_have_what_each_has_alone(seed: int, qubits: int, points: int) -> None:
    rng = np.random.default_rng(seed)
    steps, results = random_steps(rng, qubits, 20)
    angles = [[(s[0], float(rng.uniform(-7, 7)), *s[2:]) if s[0] in AXES else s for s in steps] for _ in range(points)]
    programs = [read(write_qir(some, qubits, results)) for some in angles]
    structure = programs[0].structure
    assert fits_together(structure)
    found = probabilities_of_points(structure, np.array([program.doubles for program in programs]).reshape(points, -1))
    assert len(found) == points
    for place, (program, some) in enumerate(zip(programs, angles, strict=True)):
        alone = probabilities(program)
        assert found.histogram(place) == [(outcome, chance) for outcome, _, chance in alone]  # ascending, bit for bit
        followed = exact(some, qubits)
        mine = {tuple(outcome): chance for outcome, _, chance in alone}
        assert {key: mine.get(key, 0.0) for key in followed} == pytest.approx(followed, abs=1e-12)
        assert sum(mine.values()) == pytest.approx(1.0, abs=1e-12)
