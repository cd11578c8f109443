"""The content of the pages as plain objects: the pages are rendered from them, and also answered as JSON."""

from __future__ import annotations

import math
from typing import Any, Final

import orjson

from qsharp_bridge.emulator.state.clock import SECOND, rfc3339
from qsharp_bridge.emulator.state.models import Job, Session
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.results.counts import outcome_name, outcome_order
from qsharp_bridge.results.formats import read_outputs

_MOST_CURVES: Final = 4
_MOST_ELEMENTS: Final = 16
_MOST_TEXT: Final = 200_000
_SHOTS: Final = 1000  # of a job that names none; the shares that some formats send are rounded to it
_SWEEP: Final = "qsharp_bridge."  # prefix of the metadata of a sweep's jobs


def session_view(session: Session, jobs: int) -> dict[str, Any]:
    """Return a session, with the number of its jobs."""
    return {
        "kind": "Session",
        "id": session.id,
        "name": session.name,
        "status": session.status,
        "target": session.target,
        "provider": session.provider,
        "workspace": session.workspace,
        "policy": session.policy,
        "created": rfc3339(session.created),
        "ended": None if session.ended is None else rfc3339(session.ended),
        "jobs": jobs,
        "url": f"/_ui/{session.workspace}/sessions/{session.id}",
    }


def job_view(job: Job) -> dict[str, Any]:
    """Return a job."""
    body = job.body
    outcome = (job.outcome or {}) if job.final else {}
    finish = job.ended or job.cancelled
    return {
        "kind": "Job",
        "id": job.id,
        "name": job.name,
        "status": job.status,
        "target": job.target,
        "provider": job.provider,
        "workspace": job.workspace,
        "session": job.session,
        "session_url": f"/_ui/{job.workspace}/sessions/{job.session}" if job.session else None,
        "created": rfc3339(job.created),
        "waited": None if job.began is None else (job.began - job.created) / SECOND,
        "ran": (finish - job.began) / SECOND if finish and job.began else None,
        "seconds": (finish - job.created) / SECOND if finish else None,
        "parameters": _parameters(body),
        "sweep": _sweep(body),
        "error": outcome.get("error"),
        "cost": outcome.get("cost"),
        "warnings": outcome.get("warnings", []),
        "input_format": body.get("inputDataFormat") or "qir.v1",
        "output_format": body.get("outputDataFormat") or "microsoft.quantum-results.v2",
        "url": f"/_ui/{job.workspace}/jobs/{job.id}",
    }


def _parameters(body: dict[str, Any]) -> dict[str, Any]:
    """Return the values that distinguish a job from others: those of its point, its own metadata, other parameters."""
    params = dict(body.get("inputParams") or {})
    for name in ("entryPoint", "arguments", "items", "target_profile"):
        params.pop(name, None)
    metadata = dict(body.get("metadata") or {})
    values = _point(metadata.get(f"{_SWEEP}values"))
    own = {k: v for k, v in metadata.items() if k not in ("qiskit", "metadata") and not k.startswith(_SWEEP)}
    return {**values, **own, **{name: value for name, value in params.items() if name not in values}}


def _point(text: Any) -> dict[str, Any]:
    """Return the values of a point from a job's metadata, which may be anything."""
    try:
        values = orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError):
        return {}
    if isinstance(values, list):
        return {"points": len(values), **_spans([point for point in values if isinstance(point, dict)])}
    return values if isinstance(values, dict) else {}


def _spans(points: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the values that the points of a job share, and the first and the last of those that vary."""
    found: dict[str, Any] = {}
    for name, first in points[0].items() if points else ():
        values = [point.get(name) for point in points]
        found[name] = first if all(value == first for value in values) else f"{first} … {values[-1]}"
    return found


def _sweep(body: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of a sweep's job without their prefix, and without the values of the point."""
    metadata = body.get("metadata") or {}
    found = {name.removeprefix(_SWEEP): value for name, value in metadata.items() if name.startswith(_SWEEP)}
    found.pop("values", None)
    return found


def program_of(data: bytes) -> str | None:
    """Return the input as text, which is cut if it is long; None if it is not a text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + "\n... cut here"


def histogram_of(data: bytes) -> list[tuple[str, float]]:
    """Return the label and the count (or probability) of each outcome; none if the output is of no known format.

    An output may be anything: the echo targets return their input.
    """
    try:
        content = orjson.loads(data)
        if "Results" in content:
            rows = [(row["Display"], row["Count"]) for row in content["Results"][0]["Histogram"]]
        elif "Histogram" in content:
            flat = content["Histogram"]
            rows = list(zip(flat[::2], flat[1::2], strict=True))
        else:
            rows = list(content["histogram"].items())
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, ValueError, AttributeError):
        return []
    drawable = all(
        isinstance(label, str) and isinstance(value, int | float) and 0 <= value < 1e15 for label, value in rows
    )
    return rows if drawable else []


def points_of(job: Job, data: bytes) -> list[tuple[int | None, dict[str, float], dict[str, float]]]:
    """Return the points of a job with a result: index, numbers among the parameters, share of each outcome.

    The index is None if the job does not belong to a sweep. A result that cannot be read has no points.
    """
    metadata, params = job.body.get("metadata") or {}, job.body.get("inputParams") or {}
    first = str(metadata.get(f"{_SWEEP}point", ""))
    number = int(first) if first.isascii() and first.isdigit() and len(first) < 16 else None
    try:
        values = orjson.loads(metadata[f"{_SWEEP}values"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        values = _parameters(job.body)
    points = values if isinstance(values, list) else [values]
    shots = params.get("shots", params.get("count"))
    output_format = job.body.get("outputDataFormat") or "microsoft.quantum-results.v2"
    try:
        outputs = read_outputs(data, output_format, shots if type(shots) is int else _SHOTS, len(points))
    except BridgeError:
        return []
    return [
        (
            None if number is None else number + place,
            _numbers(point),
            {label: count / (output.shots or 1) for label, count in output.counts.items()},
        )
        for place, (point, output) in enumerate(zip(points, outputs, strict=True))
    ]


def _numbers(point: Any) -> dict[str, float]:
    """Return the numbers among the values of a point, also numbers as texts, and those in arrays as ``angle[0]``."""
    found: dict[str, float] = {}
    for name, value in point.items() if isinstance(point, dict) else ():
        elements = enumerate(value[:_MOST_ELEMENTS]) if isinstance(value, list) else ()
        for key, one in ((name, value), *((f"{name}[{place}]", element) for place, element in elements)):
            try:
                number = math.nan if isinstance(one, bool) else float(one)
            except (TypeError, ValueError, OverflowError):
                continue
            if abs(number) < 1e15:
                found[key] = number
    return found


def sweep_plot(points: list[tuple[int | None, dict[str, float], dict[str, float]]]) -> dict[str, Any] | None:
    """Return the shares of the most frequent outcomes over the only number that varies, or else over the point's index.

    Args:
        points: the results of ``points_of``, in the order of their jobs.

    Returns:
        ``over``, ``outcomes``: each with ``label`` and ``points``, which are pairs of x and share, and ``left_out``;
        None for fewer than two points.
    """
    if len(points) < 2:
        return None
    names = [name for name in points[0][1] if all(name in numbers for _, numbers, _ in points)]
    varying = [name for name in names if len({numbers[name] for _, numbers, _ in points}) > 1]
    alone = varying[0] if len(varying) == 1 else None
    total: dict[str, float] = {}
    for _, _, shares in points:
        for label, share in shares.items():
            total[label] = total.get(label, 0.0) + share
    most = sorted(sorted(total, key=lambda label: -total[label])[:_MOST_CURVES], key=outcome_order)
    places = [
        numbers[alone] if alone is not None else float(place if number is None else number)
        for place, (number, numbers, _) in enumerate(points)
    ]
    curves = [
        {
            "label": outcome_name(label),
            "points": sorted((x, shares.get(label, 0.0)) for x, (_, _, shares) in zip(places, points, strict=True)),
        }
        for label in most
    ]
    return {"over": alone or "number of the point", "outcomes": curves, "left_out": len(total) - len(most)}
