"""Fixtures of the tests of this folder."""

from tests.shared.programs import tools

__all__ = ["tools"]
