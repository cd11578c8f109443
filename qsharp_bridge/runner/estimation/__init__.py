"""Expectation values by jobs: at every point of a sweep, and in a loop.

- ``points``: ``estimate``, for a sweep
- ``precision``: a second round of shots, for a standard error that is asked for
- ``session``: ``HybridSession.estimate``, ``objective`` and ``gradient``
"""

from .points import estimate
from .session import SessionEstimator

__all__ = ["SessionEstimator", "estimate"]
