"""Fixtures of the tests of this folder."""

from tests.shared.runs import service, sweep, target, turn

__all__ = ["service", "sweep", "target", "turn"]
