"""What is simulated: copies elided, resets as new wires, independent parts, what cannot be felt left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.qir.reader import read
from qsharp_bridge.simulators import simulate, wires


def plan_of(tools, steps, qubits, results, **more):
    return wires.plan_of(read(tools.qir(steps, qubits, results, **more)).structure)


def base_copies(qubits):
    """What the Base profile makes of measuring and then resetting each qubit."""
    return [("cx", q, qubits + q) for q in range(qubits)] + [("m", q, q) for q in range(qubits)]


def entangle(qubits):
    return [("ry", 0.3 + q, q) for q in range(qubits)] + [("cx", q, q + 1) for q in range(qubits - 1)]


def test_base_measurement_copies_are_not_simulated(tools):
    plan = plan_of(tools, entangle(5) + base_copies(5), 10, 5)
    assert (plan.width, plan.copies, len(plan.parts)) == (5, 0, 1)


def test_copies_that_are_measured_themselves_are_not_simulated(tools):
    steps = [*entangle(3), *(("cx", q, 3 + q) for q in range(3)), *(("m", 3 + q, q) for q in range(3))]
    plan = plan_of(tools, steps, 6, 3)
    assert (plan.width, plan.copies) == (3, 0)


def test_copies_of_copies_are_not_simulated(tools):
    steps = [("h", 0), ("cx", 0, 1), ("cx", 1, 2), ("cx", 2, 3), *(("m", q, q) for q in range(4))]
    plan = plan_of(tools, steps, 4, 4)
    assert (plan.width, plan.copies) == (1, 0)
    assert set(simulate(tools.qir(steps, 4, 4), 100, seed=1).counts()) == {"[0, 0, 0, 0]", "[1, 1, 1, 1]"}


def test_copies_before_diagonal_gates_are_not_simulated(tools):
    steps = [*entangle(2), ("cx", 0, 2), ("rz", 0.3, 0), ("cz", 0, 1), ("cx", 0, 1), ("m", 2, 0), ("m", 1, 1)]
    assert plan_of(tools, steps, 3, 2).width == 2


def test_a_copy_that_disturbs_is_simulated(tools):
    """H, copy, H: without the copy the outcome is 0 for certain, with it a fair coin."""
    steps = [("h", 0), ("cx", 0, 1), ("h", 0), ("m", 0, 0)]
    plan = plan_of(tools, steps, 2, 1)
    assert (plan.width, plan.copies) == (2, 1)
    counts = simulate(tools.qir(steps, 2, 1), 2000, seed=1).counts()
    assert 850 < counts["[0]"] < 1150


def test_a_measurement_without_a_record_disturbs_all_the_same(tools):
    steps = [("h", 0), ("m", 0, 0), ("h", 0), ("m", 0, 1)]
    outcomes = simulate(tools.qir(steps, 1, 2, output=[("result", 1)]), 2000, seed=1)
    assert 850 < outcomes.counts()["1"] < 1150


def test_a_target_that_is_not_zero_is_no_copy(tools):
    steps = [("h", 0), ("x", 1), ("cx", 0, 1), ("m", 0, 0), ("m", 1, 1)]
    assert plan_of(tools, steps, 2, 2).width == 2
    assert set(simulate(tools.qir(steps, 2, 2), 100, seed=1).counts()) == {"[0, 1]", "[1, 0]"}


def test_a_target_measured_before_the_copy_is_no_copy(tools):
    steps = [("h", 0), ("m", 1, 0), ("cx", 0, 1), ("m", 1, 1), ("m", 0, 2)]
    assert set(simulate(tools.qir(steps, 2, 3), 200, seed=1).counts()) == {"[0, 0, 0]", "[0, 1, 1]"}


def test_a_qubit_used_again_after_its_reset_is_another_wire(tools):
    steps = []
    for k in range(300):
        steps += [("h", 0), ("mresetz", 0, k)]
    plan = plan_of(tools, steps, 1, 300)
    assert (plan.width, len(plan.parts)) == (1, 300)
    outcomes = simulate(tools.qir(steps, 1, 300), 50, seed=1)
    ones = sum(map(sum, outcomes.shots))
    assert len(outcomes.histogram()) == 50
    assert 7000 < ones < 8000


def test_independent_qubits_make_independent_parts(tools):
    steps = [("ry", 0.1 * q, q) for q in range(60)] + [("m", q, q) for q in range(60)]
    assert plan_of(tools, steps, 60, 60).width == 1
    assert len(simulate(tools.qir(steps, 60, 60), 10, seed=1)) == 10


def test_what_no_recorded_result_feels_is_left_out(tools):
    steps = [*entangle(10), ("h", 10), ("m", 10, 0)]
    plan = plan_of(tools, steps, 11, 1)
    assert (plan.width, len(plan.parts)) == (1, 1)


def test_a_swap_costs_nothing(tools):
    steps = [("x", 0), ("swap", 0, 1), ("swap", 1, 2), ("m", 0, 0), ("m", 1, 1), ("m", 2, 2)]
    plan = plan_of(tools, steps, 3, 3)
    assert plan.width == 1
    assert simulate(tools.qir(steps, 3, 3), 5, seed=1).counts() == {"[0, 0, 1]": 5}


def test_untouched_qubits_are_zero(tools):
    assert simulate(tools.qir([("m", 0, 0)], 1, 1), 3).shots == [[0], [0], [0]]


ONE = st.sampled_from(["h", "x", "s", "t", "sx", "reset"])
TWO = st.sampled_from(["cx", "cz", "cy", "swap"])
QUBIT = st.integers(0, 2)


@st.composite
def short_programs(draw):
    steps, results = [], 0
    for _ in range(draw(st.integers(0, 9))):
        kind = draw(st.integers(0, 3))
        a, b = draw(st.permutations(range(3)))[:2]
        if kind == 0:
            steps.append((draw(ONE), a))
        elif kind == 1:
            steps.append((draw(TWO), a, b))
        elif kind == 2:
            steps.append((draw(st.sampled_from(["rx", "ry", "rz"])), draw(st.floats(-4, 4)), a))
        else:
            steps.append((draw(st.sampled_from(["m", "mresetz"])), a, results))
            results += 1
    return [*steps, ("m", 0, results), ("m", 1, results + 1)], results + 2


@given(short_programs())
def test_the_plan_has_the_distribution_of_the_program(tools, program):
    """Not sampled: the exact distribution of the plan, summed over the state, against the branches."""
    steps, results = program
    expected = tools.exact(steps, 3)
    assert distribution(read(tools.qir(steps, 3, results))) == pytest.approx(
        {key: chance for key, chance in expected.items() if chance > 1e-9}, abs=1e-9
    )


def distribution(program):
    from qsharp_bridge.simulators.kernels import probabilities

    plan = wires.plan_of(program.structure)
    total = {(): 1.0}
    for number, part in enumerate(plan.parts):
        weights = probabilities(part.wires, part.gates, np.array([program.doubles]))[0]
        found = {}
        for index in np.flatnonzero(weights > 1e-14):
            bits = tuple(
                (int(index) >> bit[1]) & 1 if bit is not None and bit[0] == number else None for bit in plan.bits
            )
            found[bits] = found.get(bits, 0.0) + float(weights[index])
        total = {(*key, bits): chance * more for key, chance in total.items() for bits, more in found.items()}
    merged = {}
    for keys, chance in total.items():
        row = tuple(next((key[at] for key in keys if key[at] is not None), 0) for at in range(len(plan.bits)))
        merged[row] = merged.get(row, 0.0) + chance
    return {key: chance for key, chance in merged.items() if chance > 1e-9}
