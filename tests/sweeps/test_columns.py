"""The values of sweeps as columns: the same values, point by point and as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from qsharp_bridge import Sweep
from qsharp_bridge.sweeps.columns import Column
from qsharp_bridge.sweeps.identity import canonical
from tests.shared.sweep_examples import sweeps


@settings(max_examples=60)
@given(sweeps())
def test_columns_have_the_values_of_the_points(sweep: Sweep) -> None:
    columns = {name: list(map(_plain, values)) for name, values in sweep.columns().items()}
    points = [{name: values[index] for name, values in columns.items()} for index in range(len(sweep))]
    assert list(map(canonical, points)) == [canonical(point) for point in sweep]
    rest = sweep.columns(len(sweep) // 2)
    assert {name: len(values) for name, values in rest.items()} == dict.fromkeys(sweep.keys, (len(sweep) + 1) // 2)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


@pytest.mark.parametrize(
    "given",
    [
        np.array([0.5, -0.0, 1e300, np.nan]),
        np.array([0.1, 0.2], np.float32),
        np.array([1, 2], np.int8),
        np.array([True, False]),
        np.array([[0.5, 1.5], [2.5, 3.5]]),
        np.arange(12.0).reshape(2, 3, 2),
        np.zeros((2, 0)),
        np.array([1, 2**63], np.uint64),
        np.array([1 + 2j]),
        np.array(["a", "b"]),
    ],
    ids=str,
)
def test_an_array_gives_the_values_of_its_list(given: np.ndarray) -> None:
    from_array, from_list = Sweep.zip(x=given), Sweep.zip(x=given.tolist())
    assert from_array == from_list
    assert from_array.to_json() == from_list.to_json()
    assert hash(from_array) == hash(from_list)
    assert repr(from_array) == repr(from_list)
    for mine, theirs in zip(from_array, from_list, strict=True):
        assert type(mine["x"]) is type(theirs["x"])
    assert from_array[::-1] == from_list[::-1]


def test_an_array_is_copied_and_its_values_too() -> None:
    values = np.array([[0.5, 1.5]])
    sweep = Sweep.grid(x=values)
    values[0, 0] = 7.0
    sweep[0]["x"][0] = 8.0
    sweep.columns()["x"][0, 0] = 9.0
    assert sweep[0] == {"x": [0.5, 1.5]}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((0.5, 1.5), "f"), ((1, 2), "i"), ((True, False), "b"), ((1, 2.0), None), ((1, True), None),
        (([0.5], [1.5]), "f"), (([1], [2]), "i"), (([0.5], [1.5, 2.5]), None), (([0.5], [1]), None),
        (([0.5], [True]), None), ((1, 2**63), None), (("a",), None), ((None,), None), (((0.5,), (1.5,)), None),
    ],
)  # fmt: skip
def test_only_numbers_of_one_kind_and_shape_are_an_array(values: tuple[Any, ...], kind: str | None) -> None:
    column = Column(values)
    assert (None if column.array is None else column.array.dtype.kind) == kind
    assert list(column) == list(values)


def test_a_grid_of_ten_million_points_is_two_axes() -> None:
    axis = np.linspace(0.0, 1.0, 3163)
    sweep = Sweep.grid(a=axis, b=axis)
    assert len(sweep) == 3163**2
    assert sweep[-1] == {"a": 1.0, "b": 1.0}
    last = sweep.columns(len(sweep) - 2)
    assert last["a"].tolist() == [1.0, 1.0]
    assert last["b"].tolist() == axis[-2:].tolist()
