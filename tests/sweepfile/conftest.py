"""Fixtures of the tests of this folder."""

from tests.shared.command_line import cli, folder, no_workspace, refused, service

__all__ = ["cli", "folder", "no_workspace", "refused", "service"]
