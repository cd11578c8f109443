"""The order of blocks, and the runs of code in them."""

import pytest

from qsharp_bridge.qir.flow import UnknownShape, runs, topological


def test_order_and_runs():
    ways = {"a": ("b", "c"), "b": ("d",), "c": ("e",), "d": ("f",), "e": ("f",), "f": ()}
    assert topological(ways) == ["a", "b", "d", "c", "e", "f"]
    assert runs(ways) == {"a": 0, "b": 1, "d": 1, "c": 2, "e": 2, "f": 3}


def test_a_loop_is_refused():
    with pytest.raises(UnknownShape, match="loop"):
        topological({"a": ("b",), "b": ("a", "c"), "c": ()})
    with pytest.raises(UnknownShape, match="no block"):
        topological({"a": ("b",)})
