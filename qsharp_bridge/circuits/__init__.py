"""Circuit diagrams: as text, as SVG, and in qdk's own format, which its notebook widget draws. Pure."""

from __future__ import annotations

from .circuit import Circuit

__all__ = ["Circuit"]
