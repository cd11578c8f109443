"""Comparison of Python's sine and other functions with the compiler's, bit for bit.

Both call the C library of the machine, so they agree wherever they were tried; but nothing promises it. So before
a function is used to bind anything, the compiler's values at some hundred points are compared with ours, once a
process. The compiler's are kept with its programs, for the machine's platform.
"""

from __future__ import annotations

import math
import platform
import random
from collections.abc import Sequence

import numpy as np

from qsharp_bridge.errors import SourceError
from qsharp_bridge.programs.compiler import thread as compiler
from qsharp_bridge.programs.compiler.cache import answer_cached
from qsharp_bridge.programs.compiler.contexts import Contexts
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.targets.profiles import UNRESTRICTED

from .expressions import FUNCTIONS
from .folding import fold_function

_SPECIAL = (0.0, 1.0, 0.5, 1e-300, 5e-324, 1e-8, math.pi, math.pi / 2, math.pi / 4, 2 * math.pi, 1e5, 1e22, 700.0)
_RANDOM = 60  # points in each range
_EMPTY = Sources.from_text("")


_found: dict[str, int] = {}


def disagreeing(name: str, sources: Sources) -> int:
    """Count the test points at which the two differ in any bit.

    Args:
        name: one of `expressions.FUNCTIONS`.
        sources: any program: one whose context is already there saves making another.
    """
    if name not in _found:
        columns = _arguments(FUNCTIONS[name])
        ours, outside = fold_function(name, *(np.array(column) for column in columns))
        differs = ours.view(np.uint64) != np.array(_ask(name, columns, sources)).view(np.uint64)
        beyond = ~np.isfinite(ours) if outside is None else outside | ~np.isfinite(ours)
        _found[name] = int((differs & ~beyond).sum())
    return _found[name]


def _arguments(count: int) -> list[list[float]]:
    chance = random.Random(1979)
    columns = []
    for _ in range(count):
        special = [sign * value for value in _SPECIAL for sign in (1.0, -1.0)]
        chance.shuffle(special)
        ranges = ((-1.0, 1.0), (-7.0, 7.0), (0.0, 1e4), (-1e-5, 1e-5))
        columns.append(special + [chance.uniform(*limits) for limits in ranges for _ in range(_RANDOM)])
    return columns


def _ask(name: str, columns: Sequence[Sequence[float]], sources: Sources) -> list[float]:
    call = "({})^({})" if name == "QsharpBridgePower" else f"Std.Math.{name}({', '.join(['{}'] * len(columns))})"
    rows = ",\n".join(call.format(*map(repr, row)) for row in zip(*columns, strict=True))

    def work(contexts: Contexts) -> list[float]:
        with contexts.using(sources, UNRESTRICTED) as context:
            (values,) = context.run(f"[{rows}]", 1)
            return [float(value) for value in values]

    def ask() -> list[float]:
        try:
            return compiler.run(work)
        except SourceError:  # a program for one profile only
            if sources == _EMPTY:
                raise
            return _ask(name, columns, _EMPTY)

    return answer_cached(_EMPTY, UNRESTRICTED, f"{platform.platform()}: {rows}", ask)
