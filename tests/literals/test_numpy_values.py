"""Arrays of other libraries as plain values: what is missing is named, and nothing becomes a float beside it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import qsharp_bridge as qb
from qsharp_bridge import to_qsharp
from qsharp_bridge.errors import QsharpValueError


@pytest.mark.parametrize(
    ("value", "kind", "path"),
    [
        (pd.array([1, None], dtype="Int64"), "Int[]", "[1]"),
        (pd.array([1, None], dtype="Int64"), None, "[1]"),
        (pd.Series([None, 1.5], dtype="Float64"), "Double[]", "[0]"),
        (pd.Series([True, None], dtype="boolean"), "Bool[]", "[1]"),
        (pd.Series(["a", None], dtype="string"), "String[]", "[1]"),
        (pd.DataFrame({"a": [1, 2], "b": pd.array([1, None], dtype="Int64")}), "Int[][]", "[1][1]"),
        (pd.Series([1, pd.NA], dtype=object), "Int[]", "[1]"),
        (pd.Series([1.5, pd.NA], dtype=object), "Int[]", "[1]"),
        (pd.Series([1, pd.NaT], dtype=object), None, "[1]"),
        (pd.DataFrame({"a": [1, 2], "b": pd.Series([pd.NA, 2.5], dtype=object)}), "Int[][]", "[0][1]"),
        ([(1.5, True), (pd.NA, False)], None, "[1][0]"),
        ([1.5, pd.NaT], "Double[]", "[1]"),
        (pl.Series([1, None]), "Int[]", "[1]"),
        (pl.Series([1, None]), None, "[1]"),
        (pl.Series([True, None]), "Bool[]", "[1]"),
        (pl.DataFrame({"a": [1, 2], "b": [None, 2]}), "Int[][]", "[0][1]"),
        (pa.array([1, None]), "Int[]", "[1]"),
        (pa.chunked_array([[1], [None]]), "Int[]", "[1]"),
    ],
)
def test_a_missing_value_is_named(value: Any, kind: str | None, path: str) -> None:
    with pytest.raises(QsharpValueError, match="a missing value; fill it") as caught:
        to_qsharp(value, kind, root="")
    assert caught.value.path == path


@pytest.mark.parametrize("make", [pl.Series, pa.array, lambda items: pd.array(items, dtype="Int64")])
def test_ints_without_gaps_are_ints(make: Any) -> None:
    assert to_qsharp(make([1, 2])) == "[1, 2]"
    assert list(qb.Sweep.grid(n=make([1, 2]))) == [{"n": 1}, {"n": 2}]
    with pytest.raises(QsharpValueError, match=r"^n\[1\]: a missing value"):
        qb.Sweep.grid(n=make([1, None]))


def test_none_among_objects_is_no_gap() -> None:
    assert to_qsharp(pd.Series([None, None], dtype=object), "Unit[]") == "[(), ()]"


def test_a_nan_of_a_plain_column_is_a_nan() -> None:
    with pytest.raises(QsharpValueError, match="nan is not a finite Double"):
        to_qsharp(pd.Series([1.5, float("nan")]))
