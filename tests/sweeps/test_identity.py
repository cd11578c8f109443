"""Texts by which points are compared: written one by one, and from columns."""

from __future__ import annotations

import hashlib

from hypothesis import given, settings

from qsharp_bridge import Sweep
from qsharp_bridge.sweeps import identity
from qsharp_bridge.sweeps.identity import canonical
from tests.shared.sweep_examples import sweeps


@settings(max_examples=60)
@given(sweeps())
def test_digests_are_those_of_the_points_one_by_one(sweep: Sweep) -> None:
    expected = hashlib.sha256("".join(f"{canonical(point)}\n" for point in sweep).encode()).hexdigest()
    few, identity._FEW = identity._FEW, 0
    try:
        assert sweep.digest == expected
        assert sweep == Sweep.points(list(sweep)) or not len(sweep)
    finally:
        identity._FEW = few
