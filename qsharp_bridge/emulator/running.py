"""One job run: input bytes and parameters in, output bytes or an error out. Touches neither store nor clock."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Any

from ..errors import BridgeError
from ..simulators import simulate
from . import formats
from .targets import find_target

__all__ = ["JobError", "Output", "run", "seed_of"]

_log = logging.getLogger(__name__)


class JobError(Exception):
    """The job fails: the code and message of its errorData."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Output:
    """What a run gave: the bytes of the result blob, and the blob's name."""

    data: bytes
    blob: str = "outputData"


def seed_of(secret: bytes, job_id: str) -> int:
    """The seed of a job's simulation: the same whenever the job is run again, by the same service."""
    return int.from_bytes(hashlib.sha256(secret + job_id.encode()).digest()[:4], "big")


def run(provider: str, target_name: str, body: dict[str, Any], data: bytes, seed: int) -> Output:
    """Run a job.

    Raises:
        JobError: it fails.
    """
    target = find_target(provider, target_name)
    if target is None:
        raise JobError("InvalidProperty", f"Target '{target_name}' is unknown to the provider '{provider}'.")
    if target.kind == "echo":
        return Output(data, "rawOutputData")
    params = body.get("inputParams") or {}
    shots = params.get("shots", params.get("count", 1))
    try:
        outcomes = simulate(data if data[:2] == b"BC" else data.decode(), shots, seed=seed)
    except (BridgeError, UnicodeDecodeError) as error:
        raise JobError("InvalidInputData", str(error)) from error
    wanted = body.get("outputDataFormat") or "microsoft.quantum-results.v2"
    if wanted == "microsoft.quantum-results.v1":
        return Output(formats.results_v1([outcomes]))
    if wanted == "microsoft.quantum-results.v2":
        return Output(formats.results_v2([outcomes]))
    raise JobError(
        "CannotTranslateOutputData",
        f"The output returned by '{provider}' cannot be translated as specified by 'outputDataFormat'.",
    )
