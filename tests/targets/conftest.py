"""Fixtures of the tests of this folder."""

from tests.shared.services import scripted, service, target, workspace

__all__ = ["scripted", "service", "target", "workspace"]
