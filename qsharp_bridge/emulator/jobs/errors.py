"""Reasons why a job gives no output."""

from __future__ import annotations


class JobError(Exception):
    """Failure of a job: the code and message of its errorData.

    Attributes:
        begun: whether the job counts as begun; else it has neither a begin nor an end of execution.
    """

    def __init__(self, code: str, message: str, *, begun: bool = True) -> None:
        super().__init__(f"{code}: {message}")
        self.begun = begun
        self.code = code
        self.message = message


class InputError(JobError):
    """Input data that cannot be run."""

    def __init__(self, message: str, code: str = "InvalidInputData", *, begun: bool = True) -> None:
        super().__init__(code, message, begun=begun)


class StoppedError(Exception):
    """Exception for a job that stays as it is, because the service stops."""


class DroppedError(Exception):
    """Nobody wants the outcome any more: the job was cancelled."""
