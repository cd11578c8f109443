"""The simulate-once engine against exact probabilities, gate by gate and on random circuits."""

import numpy as np
import pytest

from qsharp_bridge.qir.gates import GATES
from qsharp_bridge.qir.reader import read
from qsharp_bridge.simulators import simulate
from qsharp_bridge.simulators.statevector import distinct, draw, group_weights, groups_of
from qsharp_bridge.simulators.wires import plan_of

GATE_CALLS = [callee.removeprefix("__quantum__qis__").removesuffix("__body") for callee in GATES]


def scramble(rng, tools, qubits):
    """A state without symmetry, and a basis change that shows phases."""
    plain = tools.random_steps(rng, qubits, 6 * qubits, ["rx", "ry", "rz", "cx"])
    return [("h", q) for q in range(qubits)] + plain, tools.random_steps(
        rng, qubits, 4 * qubits, ["rx", "ry", "rz", "cx"]
    )


@pytest.mark.parametrize("engine", ["numpy", "qulacs"])
@pytest.mark.parametrize("gate", GATE_CALLS)
def test_every_gate_has_the_textbook_matrix_up_to_phase(gate, engine, tools):
    rng = np.random.default_rng(GATE_CALLS.index(gate))
    for _ in range(4):
        qubits = max(2, tools.arity[gate])
        before, after = scramble(rng, tools, qubits)
        ids = [int(q) for q in rng.permutation(qubits)[: tools.arity[gate]]]
        step = (gate, float(rng.uniform(-7, 7)), *ids) if gate in tools.rotations else (gate, *ids)
        steps = [*before, step, *after]
        measured = [*steps, *(("m", q, q) for q in range(qubits))]
        program = read(tools.qir(measured, qubits, qubits))
        plan = plan_of(program.structure)
        got = {}
        weights = {}
        for group in groups_of(program.structure):
            found = group_weights(group, np.array([program.doubles]), engine)
            weights |= dict(zip(group.parts, found[0], strict=True))
        for key in np.ndindex(*(2,) * qubits):
            index = [0] * len(plan.parts)
            for place, value in zip(plan.bits, key, strict=True):
                index[place[0]] |= value << place[1]
            got[key] = float(np.prod([weights[part][at] for part, at in enumerate(index)]))
        expected = tools.exact(measured, qubits)
        assert got == pytest.approx({key: expected.get(key, 0.0) for key in got}, abs=1e-9)


@pytest.mark.parametrize("seed", range(25))
def test_samples_of_random_circuits_follow_the_exact_distribution(seed, tools):
    rng = np.random.default_rng(1000 + seed)
    qubits = int(rng.integers(1, 6))
    steps = tools.random_steps(rng, qubits, 30, GATE_CALLS)
    order = [int(q) for q in rng.permutation(qubits)]
    steps += [("m", q, r) for r, q in enumerate(order)]
    outcomes = simulate(tools.qir(steps, qubits, qubits), 4000, seed=seed)
    assert outcomes.engine == "qulacs"
    assert tools.chi_square(outcomes.histogram(), tools.exact(steps, qubits)) > tools.false_alarm


@pytest.mark.parametrize("seed", range(40))
def test_measurements_and_resets_in_the_middle_follow_the_exact_distribution(seed, tools):
    rng = np.random.default_rng(2000 + seed)
    qubits = int(rng.integers(1, 4))
    steps, results = [], 0
    for _ in range(int(rng.integers(1, 6))):
        steps += tools.random_steps(rng, qubits, int(rng.integers(0, 5)), ["h", "rx", "cx", "rz", "swap", "cz"])
        qubit = int(rng.integers(qubits))
        kind = ["m", "mz", "mresetz", "reset"][rng.integers(4)]
        if kind == "reset":
            steps.append((kind, qubit))
        else:
            # Now and then a result is measured a second time: the later value counts.
            result = results if results == 0 or rng.random() < 0.8 else int(rng.integers(results))
            results = max(results, result + 1)
            steps.append((kind, qubit, result))
    if not results:
        steps.append(("m", 0, 0))
        results = 1
    outcomes = simulate(tools.qir(steps, qubits, results), 4000, seed=seed, engine="qulacs")
    assert tools.chi_square(outcomes.histogram(), tools.exact(steps, qubits)) > tools.false_alarm


def test_the_test_itself_notices_a_wrong_angle(tools):
    steps = [("ry", 1.0, 0), ("m", 0, 0)]
    outcomes = simulate(tools.qir(steps, 1, 1), 4000, seed=1)
    assert tools.chi_square(outcomes.histogram(), tools.exact(steps, 1)) > tools.false_alarm
    other = tools.exact([("ry", 1.2, 0), ("m", 0, 0)], 1)
    assert tools.chi_square(outcomes.histogram(), other) < tools.false_alarm


@pytest.mark.parametrize("more", [1, 28])
def test_states_of_probability_zero_are_never_drawn(more):
    just_below_one = np.nextafter(1, 0)
    drawn = draw(np.array([[0, 0.25, 0, 0.75, *[0] * more]]), np.array([[0.0, 0.25, 0.5, just_below_one]]))
    assert drawn.tolist() == [[1, 3, 3, 3]]
    for total in np.random.default_rng(0).uniform(0.1, 1.0, 200):
        assert draw(np.array([[0, total, *[0] * more]]), np.array([[just_below_one]])).tolist() == [[1]]


@pytest.mark.parametrize("width", [0, 1, 5, 62, 63, 100])
def test_distinct_rows_are_ascending_and_complete(width):
    rng = np.random.default_rng(width)
    columns = [rng.integers(0, 2, 50) if k % 3 else None for k in range(width)]
    rows, indices = distinct(columns, 50)
    rows = rows.tolist()
    whole = [[0 if column is None else int(column[shot]) for column in columns] for shot in range(50)]
    assert [rows[i] for i in indices] == whole
    assert rows == sorted(rows)
    assert len({tuple(row) for row in rows}) == len(rows)


def test_many_results_beyond_a_machine_word(tools):
    steps = [("x", q) for q in range(1, 200, 2)] + [("h", 0)] + [("m", q, q) for q in range(200)]
    outcomes = simulate(tools.qir(steps, 200, 200), 500, seed=3)
    assert outcomes.engine == "qulacs"
    rest = [1, *([0, 1] * 99)]
    assert [outcome for outcome, _, _ in outcomes.histogram()] == [[0, *rest], [1, *rest]]
    assert len(outcomes) == 500
