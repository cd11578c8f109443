"""The engines of qdk against exact probabilities, on random circuits of every gate they know."""

import math

import numpy as np
import pytest

import qsharp_bridge as qb
from qsharp_bridge.qir.gates import GATES, quarter_turns
from qsharp_bridge.simulators import simulate

GATE_CALLS = [callee.removeprefix("__quantum__qis__").removesuffix("__body") for callee in GATES]
CLIFFORD_CALLS = [name for name, kind in zip(GATE_CALLS, GATES.values(), strict=True) if kind.clifford]
SHOTS = 3000


def program(tools, rng, gates, angle):
    """Random gates, and now and then a measurement or a reset in the middle."""
    qubits = int(rng.integers(2, 5))
    steps, results = [], 0
    for _ in range(5):
        for step in tools.random_steps(rng, qubits, 6, gates):
            steps.append(tuple(angle(rng) if isinstance(item, float) else item for item in step))
        kind = ["m", "mz", "mresetz", "reset", ""][rng.integers(5)]
        qubit = int(rng.integers(qubits))
        if kind == "reset":
            steps.append((kind, qubit))
        elif kind:
            steps.append((kind, qubit, results))
            results += 1
    steps += [("m", qubit, results + qubit) for qubit in range(qubits)]
    return steps, qubits, results + qubits


@pytest.mark.parametrize("profile", ["base_profile", "adaptive_profile"])
@pytest.mark.parametrize("seed", range(20))
def test_cpu_follows_the_exact_distribution(tools, seed, profile):
    steps, qubits, results = program(
        tools, np.random.default_rng(3000 + seed), GATE_CALLS, lambda rng: rng.uniform(-7, 7)
    )
    text = tools.qir(steps, qubits, results, profile=profile)
    outcomes = simulate(text, SHOTS, seed=seed, engine="cpu")
    assert tools.chi_square(outcomes.histogram(), tools.exact(steps, qubits)) > tools.false_alarm


@pytest.mark.parametrize("seed", range(30))
def test_clifford_follows_the_exact_distribution(tools, seed):
    def quarter(rng):
        return int(rng.integers(-9, 10)) * (math.pi / 2)

    steps, qubits, results = program(tools, np.random.default_rng(4000 + seed), CLIFFORD_CALLS, quarter)
    outcomes = simulate(tools.qir(steps, qubits, results), SHOTS, seed=seed, engine="clifford")
    assert tools.chi_square(outcomes.histogram(), tools.exact(steps, qubits)) > tools.false_alarm


def test_every_gate_is_in_some_circuit(tools):
    """The random circuits above are no proof of a gate that none of them has."""
    for start, gates in ((3000, GATE_CALLS), (4000, CLIFFORD_CALLS)):
        seen = set()
        for seed in range(20):
            steps, _, _ = program(tools, np.random.default_rng(start + seed), gates, lambda rng: rng.uniform(-7, 7))
            seen |= {step[0] for step in steps}
        assert set(gates) <= seen


@pytest.mark.parametrize("name", ["rx", "ry", "rz", "rxx", "ryy", "rzz"])
@pytest.mark.parametrize("k", [-1024, -7, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 1023])
def test_clifford_rotations_are_exact(tools, name, k):
    """Each rotation between basis changes whose outcome is then certain or a fair coin."""
    qubits = tools.arity[name]
    ids = range(qubits)
    rotation = (name, k * (math.pi / 2), *ids)
    for before in ("h", "sx"):
        for after in ("h", "sx"):
            steps = [*((before, q) for q in ids), rotation, *((after, q) for q in ids), *(("m", q, q) for q in ids)]
            outcomes = simulate(tools.qir(steps, qubits, qubits), 200, seed=1, engine="clifford")
            exact = {key: chance if chance > 1e-9 else 0.0 for key, chance in tools.exact(steps, qubits).items()}
            assert tools.chi_square(outcomes.histogram(), exact) > tools.false_alarm


def test_quarter_turns():
    assert [quarter_turns(k * (math.pi / 2)) for k in range(-9, 10)] == list(range(-9, 10))
    assert [quarter_turns(k * math.pi / 2) for k in range(-1024, 1025)] == list(range(-1024, 1025))
    for angle in (0.1, math.nextafter(math.pi, 4), math.pi / 4, 1e300, math.inf, math.nan, 1e-300):
        assert quarter_turns(angle) is None
    assert quarter_turns(0.0) == quarter_turns(-0.0) == 0


def test_values_of_every_kind_that_the_run_computes(tools):
    text = tools.qir([("h", 0), ("m", 0, 0)], 1, 1, output=[("result", 0)], profile="adaptive_profile")
    computed = """
  %bit = call i1 @__quantum__rt__read_result(%Result* null)
  %other = xor i1 %bit, true
  %int = select i1 %bit, i64 -9223372036854775808, i64 9223372036854775807
  %double = select i1 %bit, double 0x7FEFFFFFFFFFFFFF, double -0.0
  call void @__quantum__rt__tuple_record_output(i64 4, i8* null)
  call void @__quantum__rt__bool_record_output(i1 %other, i8* null)
  call void @__quantum__rt__int_record_output(i64 %int, i8* null)
  call void @__quantum__rt__double_record_output(double %double, i8* null)
"""
    text = text.replace(
        "  call void @__quantum__rt__result", computed.lstrip("\n") + "  call void @__quantum__rt__result"
    )
    text += "declare i1 @__quantum__rt__read_result(%Result*)\n" + "".join(
        f"declare void @__quantum__rt__{kind}_record_output({of}, i8*)\n"
        for kind, of in (("tuple", "i64"), ("bool", "i1"), ("int", "i64"), ("double", "double"))
    )
    outcomes = simulate(text, 200, seed=1)
    assert outcomes.engine == "cpu"
    assert [repr(outcome) for outcome, _, _ in outcomes.histogram()] == [
        "(False, -9223372036854775808, 1.7976931348623157e+308, 1)",
        "(True, 9223372036854775807, -0.0, 0)",
    ]


@pytest.mark.parametrize("profile", ["Adaptive_RI", "Adaptive"])
def test_a_pack_of_many_branches(profile):
    """60 branches have 2**60 paths, and qdk once looked at each."""
    source = """
    operation Flip(n : Int) : Result { use q = Qubit[2]; if n % 3 == 0 { X(q[0]); }
        if MResetZ(q[0]) == One { X(q[1]); } MResetZ(q[1]) }
    """
    op = qb.Program.from_source(source).operation("Flip")
    sweep = qb.Sweep.grid(n=list(range(60)))
    results = qb.run_sweep(op, sweep, qb.LocalSimulator(seed=1), 5, profile=profile, points_per_job="most")
    assert results.counts == [{"1" if n % 3 == 0 else "0": 5} for n in range(60)]
