"""Refusals of the service: a status, a code and a message.

The data plane writes a ``Problem`` as JSON, the storage side as XML; both writers are in ``http.responses``. A refusal
is a 4xx: the client repeats a 5xx for minutes. 500 is left for failures of the service itself, 503 for a database that
is busy or full.
"""

from __future__ import annotations


class Problem(Exception):
    """A request that the service refuses: an HTTP status, a code and a message."""

    status = 400

    def __init__(self, code: str, message: str, *, status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        if status is not None:
            self.status = status


class BadRequest(Problem):
    """400: the request itself is wrong."""


class Unauthorized(Problem):
    """401: no key, or a wrong one. The recorded answer has an empty body."""

    status = 401

    def __init__(self, message: str = "the api key is missing or wrong") -> None:
        super().__init__("Unauthorized", message)


class Forbidden(Problem):
    """403: known, but not allowed."""

    status = 403


class NotFound(Problem):
    """404: no such job, session or path."""

    status = 404


class Conflict(Problem):
    """409: it is there already, or in a state that does not allow this."""

    status = 409


class TooLarge(Problem):
    """413: the body is larger than the service takes."""

    status = 413


class StorageProblem(Problem):
    """A refusal of the storage side. Codes: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes"""


class BadBlobRequest(StorageProblem):
    """400 from the storage side."""


class ContainerMissing(StorageProblem):
    """404 ContainerNotFound."""

    status = 404

    def __init__(self, container: str) -> None:
        super().__init__("ContainerNotFound", f"The specified container does not exist: {container}")


class BlobMissing(StorageProblem):
    """404 BlobNotFound."""

    status = 404

    def __init__(self, container: str, blob: str) -> None:
        super().__init__("BlobNotFound", f"The specified blob does not exist: {container}/{blob}")
