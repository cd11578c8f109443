"""Recognition of grids among points."""

from __future__ import annotations

from typing import Any

from .identity import canonical
from .sweep import Sweep


def regrid(sweep: Sweep) -> Sweep:
    """Return points as a grid if they fill one in its order: CSV files and merged results have only points.

    >>> regrid(Sweep.points([{"a": 1, "b": 3}, {"a": 1, "b": 4}, {"a": 2, "b": 3}, {"a": 2, "b": 4}]))
    Sweep.grid(a=[1, 2], b=[3, 4])
    """
    if sweep.axes is not None or not len(sweep):
        return sweep
    values: dict[str, dict[str, Any]] = {name: {} for name in sweep.keys}
    for point in sweep:
        for name, value in point.items():
            values[name].setdefault(canonical({"": value}), value)
    grid = Sweep.grid(**{name: list(found.values()) for name, found in values.items()})
    return grid if grid == sweep else sweep
