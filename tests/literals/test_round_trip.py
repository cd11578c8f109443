"""Whatever leaves the layer evaluates to the value that went in, bit for bit: the real interpreter says so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreter import STRUCTS, Interpreter
from laws import FAMILIES, TYPES, check

from qsharp_bridge import strategies


@pytest.mark.parametrize(("kind", "examples"), FAMILIES, ids=[kind for kind, _ in FAMILIES])
def test_a_family_comes_back_bit_for_bit(qsharp: Interpreter, kind: str, examples: int) -> None:
    @settings(max_examples=examples)
    @given(strategies.values(kind, STRUCTS, max_size=20))
    def law(value: Any) -> None:
        check(qsharp, [value], kind)

    law()


@settings(max_examples=1_000)
@given(st.data())
def test_any_type_comes_back_bit_for_bit(qsharp: Interpreter, data: st.DataObject) -> None:
    kind = data.draw(TYPES)
    check(qsharp, [data.draw(strategies.values(kind, STRUCTS, max_size=4))], kind)
