"""Warnings name the user's line."""

from __future__ import annotations

import inspect
import threading
import warnings

import pytest

import qsharp_bridge as qb
from qsharp_bridge._warnings import from_here, held_back, warn
from tests.shared.result_examples import results_over


def test_a_warning_is_at_the_line_that_called_the_package() -> None:
    results = results_over(qb.Sweep.grid(point=[1]))
    line = inspect.currentframe().f_lineno + 2  # type: ignore[union-attr]
    with pytest.warns(UserWarning, match="uses the name 'point' itself") as found:
        results.to_pandas()
    assert [(one.filename, one.lineno) for one in found] == [(__file__, line)]


def test_a_thread_of_the_package_warns_at_the_line_that_started_it() -> None:
    """Also a thread that another one starts."""

    def nested() -> None:
        warn("outer")
        inner = threading.Thread(target=from_here(warn), args=["inner"])
        inner.start()
        inner.join()

    line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
    outer = threading.Thread(target=from_here(nested))
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        outer.start()
        outer.join()
    assert [(str(one.message), one.filename, one.lineno) for one in found] == [
        ("outer", __file__, line),
        ("inner", __file__, line),
    ]


def test_warnings_that_were_held_back_come_after() -> None:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        with held_back():
            warn("later")
            before = list(found)
    assert before == []
    assert [str(one.message) for one in found] == ["later"]
