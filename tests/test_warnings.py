"""Warnings name the user's line."""

from __future__ import annotations

import inspect

import pytest

import qsharp_bridge as qb
from tests.shared.result_examples import results_over


def test_a_warning_is_at_the_line_that_called_the_package() -> None:
    results = results_over(qb.Sweep.grid(point=[1]))
    line = inspect.currentframe().f_lineno + 2  # type: ignore[union-attr]
    with pytest.warns(UserWarning, match="uses the name 'point' itself") as found:
        results.to_pandas()
    assert [(one.filename, one.lineno) for one in found] == [(__file__, line)]
