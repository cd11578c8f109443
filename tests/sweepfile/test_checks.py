"""What does not fit is named with its place, also inside arrays and tables, in the words of sweep files."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from msgspec import Meta

from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweepfile.checks import convert


@pytest.mark.parametrize(
    ("value", "type_", "problem"),
    [
        ("x", list[str], "at: expected an array, found 'x'"),
        (["x", 1], list[str], "at[1]: expected a string, found 1"),
        ([[0], [1, 2.5]], list[list[int]], "at[1][1]: expected a whole number, found 2.5"),
        ({"a": {"b": "c"}}, dict[str, dict[str, float]], "at.a.b: expected a number, found 'c'"),
        ({"a": []}, dict[str, bool | str], "at.a: expected true or false or a string, found []"),
        ([3, 0], Annotated[list[Annotated[int, Meta(ge=1)]], Meta(description="x")], "at[1]: expected a whole number"),
    ],
)
def test_the_element_that_does_not_fit_is_named(value: Any, type_: Any, problem: str) -> None:
    with pytest.raises(SweepError) as caught:
        convert(value, type_, "at")
    assert str(caught.value).startswith(problem)


def test_what_fits_is_converted() -> None:
    assert convert([1, 2], list[float], "at") == [1.0, 2.0]
