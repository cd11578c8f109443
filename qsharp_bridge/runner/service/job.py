"""What a point of a sweep is on the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qsharp_bridge.sweeps.sweep import Point
from qsharp_bridge.sweeps.values import to_json


@dataclass(frozen=True)
class Task:
    """What is sent for a point.

    Attributes:
        qir: the program.
        name: of the job; ``metadata`` travels with it.
    """

    qir: bytes
    name: str
    metadata: dict[str, str]


def job_of_point(operation: str, index: int, point: Point, program: Any, about: dict[str, Any]) -> Task:
    """What is sent for a point. Its values travel with it, so that a session alone tells what its jobs were."""
    values = {name: to_json(value) for name, value in point.items()}
    metadata = {
        "qsharp_bridge.sweep": about["sweep_digest"],
        "qsharp_bridge.operation": operation,
        "qsharp_bridge.point": str(index),
        "qsharp_bridge.shots": str(about["shots"]),
        "qsharp_bridge.values": json.dumps(values, separators=(",", ":")),
    }
    return Task(str(program).encode(), f"{operation} {index}", metadata)
