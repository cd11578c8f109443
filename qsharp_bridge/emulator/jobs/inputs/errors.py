"""The error of the input formats."""

from __future__ import annotations

__all__ = ["InputError"]


class InputError(Exception):
    """Input data that cannot be run: the code and message for the job's errorData."""

    def __init__(self, message: str, code: str = "InvalidInputData") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
