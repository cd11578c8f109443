"""Result formats: the shapes of the recordings, and that no shot is lost on the way."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from azure.quantum import Job
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.emulator.jobs import formats
from qsharp_bridge.emulator.jobs.cost import cost_estimate
from qsharp_bridge.emulator.jobs.inputs.circuit import Circuit
from qsharp_bridge.emulator.jobs.inputs.qir import Needs, needs_of
from qsharp_bridge.qir.counts import GateCounts
from qsharp_bridge.simulators import Outcomes

leaves = st.integers(0, 1) | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, -2.71])
shapes = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner), max_leaves=6)


def of(shots: list[Any]) -> Outcomes:
    return Outcomes.of(shots, engine="test", why="")


@given(shots=st.lists(shapes, min_size=1, max_size=8))
def test_version_2_reads_back_as_the_outcomes(shots: list[Any]) -> None:
    try:
        written = formats.results_v2([of(shots)])
    except TypeError:
        return  # outcomes of several shapes have no order; a program gives one shape
    element = orjson.loads(written)["Results"][0]
    convert = Job._convert_tuples
    reader = Job.__new__(Job)
    assert [convert(reader, shot) for shot in element["Shots"]] == shots
    assert sum(row["Count"] for row in element["Histogram"]) == len(shots)


def test_the_recorded_shape() -> None:
    assert orjson.loads(formats.results_v2([of([(0, [1, 0]), (0, [1, 0])])])) == {
        "DataFormat": "microsoft.quantum-results.v2",
        "Results": [
            {
                "Histogram": [{"Outcome": {"Item1": 0, "Item2": [1, 0]}, "Display": "(0, [1, 0])", "Count": 2}],
                "Shots": [{"Item1": 0, "Item2": [1, 0]}] * 2,
            }
        ],
    }


def test_failed_shots_are_error_objects() -> None:
    element = orjson.loads(formats.results_v2([of([[0], [1], [1], [1]])], 2))["Results"][0]
    failure = {"Code": "0x20", "Name": "Simulated failure of a shot"}
    assert element["Shots"] == [*({"Error": {**failure, "Shot": shot}} for shot in range(2)), [1], [1]]
    assert element["Histogram"] == [
        {"Outcome": {"Error": failure}, "Display": "Error 0x20: Simulated failure of a shot", "Count": 2},
        {"Outcome": [1], "Display": "[1]", "Count": 2},
    ]


def test_the_formats_of_the_providers() -> None:
    shots = of([[0, 1], [1, 1]])
    assert orjson.loads(formats.results_v1([shots])) == {"Histogram": ["[0, 1]", 0.5, "[1, 1]", 0.5]}
    assert orjson.loads(formats.ionq_shares(shots)) == {"histogram": {"2": 0.5, "3": 0.5}}
    assert orjson.loads(formats.ionq_exact([0.5, 0.0, 0.0, 0.5])) == {"histogram": {"0": 0.5, "3": 0.5}}
    registers = (("a", 1), ("b", 2))
    three = of([([1, 0], [1])])
    assert orjson.loads(formats.honeywell(three, registers)) == {"a": ["1"], "b": ["10"]}
    assert orjson.loads(formats.honeywell(shots, ())) == {"c": ["01", "11"]}
    assert orjson.loads(formats.rigetti([shots, shots])) == {"ro": [[0, 1], [1, 1], [0, 1], [1, 1]]}
    for write in (formats.ionq_shares, lambda it: formats.rigetti([it])):
        with pytest.raises(ValueError, match="not a measurement result"):
            write(of([2.5]))


@given(data=st.data())
def test_circuits_become_qir_that_says_what_is_in_it(data: st.DataObject) -> None:
    circuit = Circuit(3)
    singles = data.draw(st.lists(st.tuples(st.sampled_from("xyzhst"), st.integers(0, 2)), max_size=6))
    for name, qubit in singles:
        circuit.add(name, qubit)
    angle = data.draw(st.floats(-1e3, 1e3))
    circuit.add("rzz", 0, 1, angle=angle)
    circuit.measure(2)
    assert needs_of(circuit.to_qir()) == Needs("Base", GateCounts(len(singles), 1, 1, 1, 0, 3))
    from pyqir import Context, Module

    assert Module.from_ir(Context(), circuit.to_qir()).verify() is None


def test_costs() -> None:
    needs = GateCounts(one_qubit=10, two_qubit=5, native=5, measurements=2, resets=0, qubits=2)
    quantinuum = cost_estimate("quantinuum.sim.h2-1e", needs, 1000)
    assert quantinuum is not None
    assert quantinuum["events"][0]["dimensionId"] == "ehqc"
    assert quantinuum["events"][0]["amountBilled"] == 5 + 1000 * (10 + 50 + 20) / 5000
    ionq = cost_estimate("ionq.qpu.aria-1", needs, 10_000)
    assert ionq is not None
    assert ionq["estimatedTotal"] == pytest.approx(97.50 + 10_000 * (10 * 0.00022 + 5 * 0.000975))
    free = cost_estimate("ionq.simulator", needs, 10_000)
    assert free is not None
    assert free["estimatedTotal"] == 0.0
    assert [event["dimensionId"] for event in free["events"]] == ["gs1q", "gs2q"]
    assert cost_estimate("rigetti.qpu.ankaa-3", needs, 1) is None
    assert cost_estimate("echo-output", needs, 1) is None
