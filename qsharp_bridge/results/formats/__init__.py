"""Formats of results: what targets and local simulations send, read to exact counts.

- ``output``: the result of one job or point
- ``readers``: the formats by their names
- ``joint``: a job of several points, taken apart
- ``probabilities``: counts made from probabilities
- ``outcome_values``: outcomes as Python values, as JSON and as text
- ``packed``, ``packed_points``: histograms of local simulations, one integer an outcome
"""

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .joint import read_outputs
    from .output import Output
    from .readers import read_memory, read_output

__all__ = ["Output", "read_memory", "read_output", "read_outputs"]

__getattr__ = loads(
    __name__,
    {"Output": "output", "read_memory": "readers", "read_output": "readers", "read_outputs": "joint"},
)
