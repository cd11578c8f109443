"""The states of the points of a sweep. Kept apart, so that the journal and the results share them."""

from __future__ import annotations

__all__ = ["LOST", "PENDING", "SUCCEEDED"]

SUCCEEDED = "Succeeded"
LOST = "Lost"
"""The state of a point that was run and paid for, and whose result the service no longer has."""
PENDING = frozenset({"planned", "sending", "sent"})
"""The states of a point that has not ended."""
