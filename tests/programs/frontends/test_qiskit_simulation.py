"""Random Qiskit circuits, with expressions and loops: their counts against Qiskit's own state vector."""

import math
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb

pytest.importorskip("qiskit", reason='needs pip install "qsharp-bridge[qiskit]"')

SHOTS = 4000
VALUES = {"a": 0.7, "b": -1.9, "v": [2.4, 9.1]}
QUBITS = 3

GATES = {
    "rx": (1, 1), "ry": (1, 1), "rz": (1, 1), "p": (1, 1), "u": (3, 1), "r": (2, 1), "crx": (1, 2), "cry": (1, 2),
    "crz": (1, 2), "cp": (1, 2), "cu": (4, 2), "rxx": (1, 2), "ryy": (1, 2), "rzz": (1, 2), "rzx": (1, 2), "h": (0, 1),
    "sx": (0, 1), "sdg": (0, 1), "iswap": (0, 2), "ecr": (0, 2), "ccx": (0, 3), "rccx": (0, 3), "cswap": (0, 3),
}  # fmt: skip


def numbers(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Expressions of parameters. What they divide by and take powers of is far from 0."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda x, y: x + y, inner, inner),
            st.builds(lambda x, y: x - y, inner, inner),
            st.builds(lambda x, y: x * y, inner, leaves),
            st.builds(lambda x, y: x / (2 + y.sin()), inner, leaves),
            st.builds(lambda x: -x, inner),
            st.builds(lambda x: (1 + x.cos()) ** 2, inner),
        ),
        max_leaves=4,
    )


@st.composite
def circuits(draw: st.DrawFn) -> Any:
    """A circuit, and the same with its loops written out and its parameters given."""
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter, ParameterVector

    own = {Parameter("a"): VALUES["a"], Parameter("b"): VALUES["b"]}
    own |= dict(zip(ParameterVector("v", 2), VALUES["v"], strict=True))
    circuit, bare = QuantumCircuit(QUBITS, QUBITS, name="drawn"), QuantumCircuit(QUBITS)

    def gate(parameters: list[Any]) -> tuple[str, list[Any], list[int]]:
        name = draw(st.sampled_from(sorted(GATES)))
        angles, width = GATES[name]
        angle = numbers(st.sampled_from(parameters))
        return name, [draw(angle) for _ in range(angles)], draw(st.permutations(range(QUBITS)))[:width]

    def add(made: Any, name: str, angles: list[Any], where: list[int], values: dict[Any, float]) -> None:
        given = [angle.bind({one: values[one] for one in angle.parameters}) if values else angle for angle in angles]
        getattr(made, name)(*given, *where)

    for made in (circuit, bare):
        made.h(range(QUBITS))
    for place in range(draw(st.integers(2, 5))):
        if draw(st.integers(0, 3)):
            drawn = gate([*own])
            add(circuit, *drawn, {})
            add(bare, *drawn, own)
            continue
        counted = Parameter(f"k{place}")
        turns = draw(st.sampled_from([range(3), range(1, 8, 4), [2, -3]]))
        steps = [gate([*own, counted]), gate([counted / 4, *own])]
        with circuit.for_loop(turns, counted):
            for drawn in steps:
                add(circuit, *drawn, {})
        for turn in turns:
            for drawn in steps:
                add(bare, *drawn, own | {counted: turn})
    for one, value in own.items():  # so that every parameter is one of the circuit
        circuit.rz(one, 0)
        bare.rz(value, 0)
    for made in (circuit, bare):
        made.h(range(QUBITS))
    return circuit, bare


_PHASES = [Phase.explicit, Phase.generate]  # to shrink one takes minutes


@settings(max_examples=4, phases=_PHASES)
@given(circuits())
def test_counts_follow_qiskits_own_state(drawn: Any) -> None:
    compare(drawn)


@pytest.mark.long
@settings(max_examples=30, phases=_PHASES, deadline=None)
@given(circuits())
def test_counts_of_many_circuits_follow_qiskits_own_state(drawn: Any) -> None:
    compare(drawn)


def compare(drawn: Any) -> None:
    from qiskit.quantum_info import Statevector

    circuit, bare = drawn
    circuit.measure(range(QUBITS), range(QUBITS))
    operation = qb.Program.from_qiskit(circuit).operation("drawn")
    (counts,) = qb.run_sweep(operation, qb.Sweep.points([VALUES]), qb.LocalSimulator(seed=5), shots=SHOTS).counts
    exact = Statevector(bare).probabilities_dict()
    for number in range(2**QUBITS):
        bits = f"{number:0{QUBITS}b}"
        chance = exact.get(bits, 0.0)
        found = counts.get(f"[{', '.join(reversed(bits))}]", 0) / SHOTS
        # Six standard deviations, and one shot in a thousand where next to none are expected.
        assert abs(found - chance) < 6 * math.sqrt(chance * max(0.0, 1 - chance) / SHOTS) + 1e-3, (bits, found, chance)
