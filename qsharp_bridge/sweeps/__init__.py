"""Sweeps: points in an order. Nothing here depends on programs or services.

- ``sweep``, ``leaves``, ``nodes``, ``grids``: the algebra of points
- ``constructors``: points from ranges, random numbers, tables and files
- ``values``, ``columns``, ``value_json``: the values of points, copied, compared, shown and written without loss
- ``identity``: texts by which points are compared, and sweeps have a digest
- ``shots``: one number of shots for all points, or one for each
"""

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .sweep import Sweep

__all__ = ["Sweep"]

__getattr__ = loads(__name__, {"Sweep": "sweep"})
