"""Errors that the service answers: a status, a code and a message.

The data plane answers a ``Problem`` as JSON, the storage as XML (see ``http.responses``). The status of a refused
request is a 4xx, since the client repeats a 5xx for minutes: 500 is a failure of the service itself, 503 a database
that is busy or full.
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
    """403: the request is not allowed."""

    status = 403


class NotFound(Problem):
    """404: no such job, session or path."""

    status = 404


class Conflict(Problem):
    """409: the resource exists already, or is in a state that does not allow the request."""

    status = 409


class TooLarge(Problem):
    """413: the body is larger than the service accepts."""

    status = 413


class StorageProblem(Problem):
    """A request that the storage refuses.

    Codes: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
    """


class BadBlobRequest(StorageProblem):
    """400 of the storage."""


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
