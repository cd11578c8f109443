"""Counts by text, by bit string and by tuple."""

from __future__ import annotations

import copy
import json
import pickle
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.errors import SweepError
from qsharp_bridge.results.counts import Counts, bit_string
from qsharp_bridge.results.formats import Output


def test_counts_are_a_dict() -> None:
    counts = Output({"[0, 1]": 3, "Error 0x20": 1}, {"[0, 1]": [0, 1]}).counts
    assert isinstance(counts, Counts)
    assert counts == {"[0, 1]": 3, "Error 0x20": 1}
    assert json.loads(json.dumps(counts)) == counts
    assert (counts.by_bits, counts.by_tuple) == ({"01": 3}, {(0, 1): 3})
    for copied in (pickle.loads(pickle.dumps(counts)), copy.deepcopy(counts)):
        assert (copied, copied.by_bits) == (counts, {"01": 3})
    with pytest.raises(TypeError, match="cannot be changed"):
        counts["[0, 1]"] = 4


@pytest.mark.parametrize(
    ("outcome", "bits"),
    [(1, "1"), (True, "1"), ([], ""), ([0, 1, 1], "011"), (([0, 1], 1), "01 1"), ([[0, 1], [1, 0]], "01 10"),
     ((0, True), "01"), ([2, 0, "-"], "-0-")],
)  # fmt: skip
def test_bits(outcome: Any, bits: str) -> None:
    assert bit_string(outcome) == bits


@pytest.mark.parametrize("outcome", [3, [0, 5], 0.0, "text", ([1], 2.5)])
def test_no_bits(outcome: Any) -> None:
    with pytest.raises(SweepError, match=r"is no bit; take counts, or counts\.by_tuple"):
        bit_string(outcome)


@given(st.dictionaries(st.tuples(*[st.integers(0, 1)] * 4), st.integers(1, 100)))
def test_the_same_counts_under_other_names(counts: dict[tuple[int, ...], int]) -> None:
    output = Output(
        {str(list(bits)): n for bits, n in counts.items()}, {str(list(bits)): list(bits) for bits in counts}
    )
    assert output.counts.by_tuple == counts
    assert output.counts.by_bits == {"".join(map(str, bits)): n for bits, n in counts.items()}


def test_runs_and_hybrid_sessions_have_them() -> None:
    source = "operation Pair(n : Int) : Result[] { use q = Qubit[n]; X(q[0]); MResetEachZ(q) }"
    operation = qb.Program.from_source(source).operation("Pair")
    assert qb.run_sweep(operation, qb.Sweep.grid(n=[2]), qb.LocalSimulator(), shots=7).counts[0].by_bits == {"10": 7}
    with qb.HybridSession(operation, qb.LocalSimulator(), shots=5) as session:
        counts: Any = session(3)
        assert (counts, counts.by_bits, counts.by_tuple) == ({"[1, 0, 0]": 5}, {"100": 5}, {(1, 0, 0): 5})


def test_counts_taken_over_have_the_outcomes_of_their_output() -> None:
    one = Output({"a": 3}, {"a": [0]})
    counts: Any = Output(one.counts, {"a": [1]}).counts
    assert counts.by_tuple == {(1,): 3}
    assert Output(one.counts, one.outcomes).counts is one.counts


def test_shots_in_their_order() -> None:
    """From a service that sends them: of a run, of one evaluation, and after a copy."""
    source = "operation Coin(n : Int) : Result[] { use q = Qubit[n]; H(q[0]); MResetEachZ(q) }"
    operation = qb.Program.from_source(source).operation("Coin")
    with qb.connect("local") as workspace:
        target = workspace.get_targets("quantinuum.sim.h2-1e")
        results = qb.run_sweep(operation, qb.Sweep.grid(n=[2]), target, shots=40)
        with qb.HybridSession(operation, target, shots=40) as session:
            evaluated: Any = session(2)
    for counts in (results.counts[0], results[0].counts, evaluated, pickle.loads(pickle.dumps(evaluated))):
        assert len(counts.memory) == 40
        assert Counter("".join(map(str, bits)) for bits in counts.memory) == counts.by_bits
    assert results[0].memory == results.counts[0].memory
    assert qb.run_sweep(operation, qb.Sweep.grid(n=[2]), qb.LocalSimulator(), shots=7).counts[0].memory is None
