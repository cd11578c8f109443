"""Results: what a sweep gave.

- ``results``, ``point``: the labelled result, and one point of it
- ``formats``: what targets send, read to counts
- ``row_store``, ``rows``: the results of many points in arrays, and their algebra
- ``observables``, ``tables``, ``plots``, ``html``: what is computed from the counts
- ``files``, ``parquet``: results in files
- ``from_journal``: the results of a run, read from its journal
"""

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .point import PointResult
    from .results import SweepResults

__all__ = ["PointResult", "SweepResults"]

__getattr__ = loads(__name__, {"PointResult": "point", "SweepResults": "results"})
