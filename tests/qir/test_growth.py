"""Texts made to be slow to read: twice the text takes about twice the time, not four times."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from qsharp_bridge.qir.counts import count_gates
from qsharp_bridge.qir.plain import read_plain
from qsharp_bridge.qir.profile import needed_profile


def seconds(read: Callable[[str], Any], text: str) -> float:
    """Return the least processor time of some readings."""
    taken = []
    for _ in range(5):
        began = time.process_time()
        read(text)
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.parametrize("read", [count_gates, needed_profile, read_plain])
@pytest.mark.parametrize("piece", ["call ", "call @", "= call ", "define ", "label %", '"', "attributes #0 = { "])
def test_reading_takes_linear_time(read: Callable[[str], Any], piece: str) -> None:
    small, large = (piece * (size // len(piece)) for size in (2**15, 2**17))
    once, four = seconds(read, small), seconds(read, large)
    # Four times the text: 4 where the time is linear, 16 where it is quadratic. Too quick to measure is quick enough.
    assert four < max(9 * once, 0.01)


@pytest.mark.parametrize("declared", [True, False])
def test_many_instructions_of_ones_own_take_linear_time(declared: bool) -> None:
    small, large = (
        "".join(f"  call void @__quantum__qis__own{n}__body(%Qubit* null)\n" for n in range(count))
        + "".join(f"declare void @__quantum__qis__own{n}__body(%Qubit*) #1\n" for n in range(count) if declared)
        for count in (500, 2000)
    )
    once, four = seconds(count_gates, small), seconds(count_gates, large)
    assert count_gates(large).one_qubit == 2000
    assert four < max(9 * once, 0.01)
