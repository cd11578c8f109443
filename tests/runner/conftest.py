"""Fixtures of the tests of this folder."""

from tests.shared.runs import aria, rabi, service, sweep, target, turn

__all__ = ["aria", "rabi", "service", "sweep", "target", "turn"]
