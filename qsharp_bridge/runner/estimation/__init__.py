"""Expectation values by jobs: at every point of a sweep, and in a loop.

- ``points``, ``request``: ``estimate``, for a sweep, and its checked arguments
- ``rounds``, ``precision``: rounds of shots, and those that a standard error needs
- ``plan``: ``plan_estimate``
- ``session``: ``HybridSession.estimate``, ``objective`` and ``gradient``
"""

from .points import estimate
from .session import SessionEstimator

__all__ = ["SessionEstimator", "estimate"]
