"""Reasons why a job gives no output."""

from __future__ import annotations


class JobError(Exception):
    """Failure of a job: the code and message of its errorData.

    Attributes:
        begun: whether the job counts as begun; otherwise its answer has no time of beginning and end.
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
    """The service stops before the job has ended: the job stays in the store as it is."""


class JobCancelledError(Exception):
    """The job was cancelled: its outcome is no longer needed."""
