"""Batches of points: the counts of ``simulate``, whatever the batch, and the exact distribution."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.errors import SimulationError
from qsharp_bridge.qir.reader import read
from qsharp_bridge.simulators import simulate
from qsharp_bridge.simulators.batch import fits_batch, simulate_points
from qsharp_bridge.simulators.kernels import probabilities
from qsharp_bridge.simulators.statevector import group_weights, groups_of
from tests.shared.programs import ARITY, AXES, exact, write_qir

GATES = sorted(ARITY)


def random_program(rng: np.random.Generator, qubits: int, count: int) -> list[tuple]:
    steps: list[tuple] = []
    for name in rng.choice([name for name in GATES if ARITY[name] <= qubits], count):
        on = rng.permutation(qubits)[: ARITY[name]].tolist()
        steps.append((str(name), *((float(rng.uniform(-7, 7)),) if name in AXES else ()), *on))
    return steps + [("m", q, r) for r, q in enumerate(rng.permutation(qubits).tolist())]


def turned(steps: list[tuple], rng: np.random.Generator) -> list[tuple]:
    """The same steps with other angles."""
    return [(s[0], float(rng.uniform(-7, 7)), *s[2:]) if s[0] in AXES else s for s in steps]


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 20), st.integers(0, 300))
def test_a_batch_gives_the_counts_of_simulate(seed: int, qubits: int, points: int, shots: int) -> None:
    rng = np.random.default_rng(seed)
    steps = random_program(rng, qubits, 25)
    texts = [write_qir(turned(steps, rng), qubits, qubits) for _ in range(points)]
    programs = [read(text) for text in texts]
    seeds = [int(rng.integers(2**63)) << 100 for _ in range(points)]
    found = simulate_points(programs[0].structure, [program.doubles for program in programs], shots, seeds)
    for index, text in enumerate(texts):
        expected = simulate(text, shots, seed=seeds[index])
        assert sorted(found.histogram(index)) == [(outcome, n) for outcome, _, n in expected.histogram()]
        assert simulate(text, shots, seed=seeds[index], engine="numpy") == expected
    cut = points // 2
    for part, rows in ((slice(0, cut), cut), (slice(cut, points), points - cut)):
        again = simulate_points(
            programs[0].structure,
            np.array([program.doubles for program in programs]).reshape(points, -1)[part],
            [shots] * rows,
            seeds[part],
        )
        assert again.counts.sum() == shots * rows
        assert [again.histogram(i) for i in range(rows)] == [found.histogram(i) for i in range(points)[part]]


@pytest.mark.parametrize("points", [1, 2, 7, 8, 9, 1000])
def test_probabilities_are_the_same_bits_beside_any_points(points: int) -> None:
    rng = np.random.default_rng(points)
    program = read(write_qir(random_program(rng, 3, 60), 3, 3))
    doubles = rng.uniform(-20, 20, (points, len(program.doubles)))
    whole = probabilities(3, program.structure.gates, doubles)
    assert whole.sum(axis=1) == pytest.approx(1)
    for row in {0, points // 2, points - 1}:
        alone = probabilities(3, program.structure.gates, doubles[row : row + 1])
        assert (whole[row] == alone[0]).all()


@pytest.mark.parametrize("seed", range(8))
def test_batches_follow_the_exact_distribution(seed: int, tools) -> None:
    rng = np.random.default_rng(seed)
    steps = random_program(rng, 4, 30)
    programs = [turned(steps, rng) for _ in range(10)]
    read_ = [read(write_qir(program, 4, 4)) for program in programs]
    found = simulate_points(read_[0].structure, [one.doubles for one in read_], 2000, list(range(10)))
    for index, program in enumerate(programs):
        rows = [(outcome, "", count) for outcome, count in found.histogram(index)]
        assert tools.chi_square(rows, exact(program, 4)) > tools.false_alarm


def test_values_that_are_computed_and_recorded() -> None:
    source = """operation Op(a : Double) : (Int, Result[], Double) {
        use q = Qubit[3]; for one in q { Rx(a, one); } let r = MResetEachZ(q);
        mutable n = 0; for one in r { if one == One { set n += 1; } } (n, r[0..1], a) }"""
    operation = qb.Program.from_source(source).operation("Op")
    texts = [str(operation.compile(a, profile="Adaptive_RIF")) for a in (0.5, 1.5)]
    programs = [read(text) for text in texts]
    if programs[0].structure is not programs[1].structure:
        pytest.fail("the two points have one structure")
    found = simulate_points(programs[0].structure, [one.doubles for one in programs], 200, [1, 2])
    for index, text in enumerate(texts):
        expected = simulate(text, 200, seed=index + 1)
        assert sorted(found.histogram(index)) == [(outcome, n) for outcome, _, n in expected.histogram()]


def test_parts_with_the_same_gates_are_simulated_together() -> None:
    steps = [step for k in range(20) for step in (("rx", 0.1 * k, 2 * k), ("cx", 2 * k, 2 * k + 1), ("h", 2 * k))]
    steps += [("m", q, q) for q in range(40)]
    program = read(write_qir(steps, 40, 40))
    found = simulate_points(program.structure, [program.doubles] * 3, 100, [5, 5, 6])
    assert found.histogram(0) == found.histogram(1) != found.histogram(2)
    assert sorted(found.histogram(0)) == [
        (outcome, n) for outcome, _, n in simulate(write_qir(steps, 40, 40), 100, seed=5).histogram()
    ]


def test_without_qulacs_numpy_simulates() -> None:
    """As where qulacs has no wheel: the same seed, the same counts."""
    text = write_qir(random_program(np.random.default_rng(1), 4, 30), 4, 4)
    code = (
        "import sys; sys.modules['qulacs'] = None\n"
        "from qsharp_bridge.simulators import LocalSimulator, simulate\n"
        "found = simulate(sys.stdin.read(), 500, seed=3)\n"
        "print(found.engine, found.counts())\n"
        "try:\n    LocalSimulator(engine='qulacs')\nexcept Exception as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first == f"numpy {simulate(text, 500, seed=3).counts()}"
    assert second == "the engine qulacs is not installed; use the engine numpy, or install qulacs"


def test_no_points_no_shots_and_what_does_not_fit(tools) -> None:
    program = read(write_qir([("rx", 0.5, 0), ("m", 0, 0)], 1, 1))
    assert len(simulate_points(program.structure, np.zeros((0, 1)), 10, [])) == 0
    assert simulate_points(program.structure, [[0.5]], 0, [1]).histogram(0) == []
    found = simulate_points(program.structure, [[0.0], [np.pi]], [3, 5], [None, None])
    assert (found.histogram(0), found.histogram(1)) == ([([0], 3)], [([1], 5)])
    with pytest.raises(
        SimulationError, match=r"the Doubles have the shape \(1, 1\), for 2 seeds and shots of 2 points"
    ):
        simulate_points(program.structure, [[0.5]], 1, [1, 2])
    again = read(write_qir([step for r in range(9) for step in (("h", 0), ("m", 0, r))], 1, 9)).structure
    assert not fits_batch(again, 1)
    assert fits_batch(again, 1000)
    with pytest.raises(SimulationError, match="cannot be simulated in a batch; use simulate"):
        simulate_points(again, [[]], 1, [1])


PHASES = """operation Op(a : Double, b : Double, c : Double) : Result[] { use q = Qubit[4]; for one in q { H(one); }
    for i in 0..3 { CNOT(q[i], q[(i + 1) % 4]); Rz(a, q[(i + 1) % 4]); CNOT(q[i], q[(i + 1) % 4]); }
    for one in q { Rz(b, one); } CNOT(q[0], q[1]); Rz(c, q[1]); CNOT(q[1], q[0]); Rzz(c, q[0], q[2]); Rz(a, q[3]);
    for one in q { Rx(b, one); } X(q[0]); H(q[1]); MResetEachZ(q) }"""


def test_turns_about_z_by_one_angle_are_put_together_and_points_stay_alone() -> None:
    """Equal angles of a point, by chance or by the program, make the same gates whatever points are beside it."""
    op = qb.Program.from_source(PHASES).operation("Op")
    angles = [(0.3, 0.7, 1.1), (0.3, 0.3, 1.1), (0.3, 0.3, 0.3), (0.0, -0.0, 0.5), (2.0, 0.5, 2.0)] * 4
    programs = [read(str(op.compile(*one, profile="Adaptive_RIF"))) for one in angles]
    structure = programs[0].structure
    assert all(program.structure is structure for program in programs)
    (group,) = groups_of(structure)
    assert [gate.kind.name for gate in group.gates].count("rzz") == 5
    doubles = np.array([program.doubles for program in programs])
    together = group_weights(group, doubles, "numpy")
    np.testing.assert_allclose(together, group_weights(group, doubles, "qulacs"), atol=1e-12)
    for place in range(len(angles)):
        alone = group_weights(group, doubles[place : place + 1], "numpy")[0]
        assert alone.tobytes() == together[place].tobytes()
