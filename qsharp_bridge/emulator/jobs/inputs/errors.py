"""The error of the input formats."""

from __future__ import annotations

__all__ = ["InputError"]


class InputError(Exception):
    """Input data that cannot be run: the code and message for the job's errorData.

    Attributes:
        begun: whether the job counts as begun; else the service refused it before it was run, and it has no times.
    """

    def __init__(self, message: str, code: str = "InvalidInputData", *, begun: bool = True) -> None:
        super().__init__(message)
        self.begun = begun
        self.code = code
        self.message = message
