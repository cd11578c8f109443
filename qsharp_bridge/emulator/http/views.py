"""The content of the pages as plain objects, which are also their JSON twins."""

from __future__ import annotations

import math
from typing import Any, Final

import orjson

from qsharp_bridge.emulator.state.clock import SECOND, rfc3339
from qsharp_bridge.emulator.state.models import Job, Session
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.results.counts import outcome_name, outcome_order
from qsharp_bridge.results.formats import read_outputs

_MOST_BARS: Final = 40
_MOST_CURVES: Final = 4
_MOST_ELEMENTS: Final = 16
_MOST_TEXT: Final = 200_000
_SHOTS: Final = 1000  # of a job that does not say; they round the shares that some formats send
_SWEEP: Final = "qsharp_bridge."  # begins the names of what a sweep notes with its jobs


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
    """Return what distinguishes a job from its neighbours: values of its point, its metadata, other parameters.

    The bookkeeping of a sweep is in ``_sweep``.
    """
    params = dict(body.get("inputParams") or {})
    for dull in ("entryPoint", "arguments", "items", "target_profile"):
        params.pop(dull, None)
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
    """Return each value that the points of a job share, and the first and the last one of what varies."""
    found: dict[str, Any] = {}
    for name, first in points[0].items() if points else ():
        values = [point.get(name) for point in points]
        found[name] = first if all(value == first for value in values) else f"{first} … {values[-1]}"
    return found


def _sweep(body: dict[str, Any]) -> dict[str, Any]:
    """Return the bookkeeping of a sweep in a job's metadata, without its prefix and the values of the point."""
    metadata = body.get("metadata") or {}
    found = {name.removeprefix(_SWEEP): value for name, value in metadata.items() if name.startswith(_SWEEP)}
    found.pop("values", None)
    return found


def program_of(data: bytes) -> str | None:
    """Return the input as text, or None if it is not a text. Long texts are cut."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + "\n... cut here"


def histogram_of(data: bytes) -> list[tuple[str, float]]:
    """Return label and count, or probability, of each outcome in an output of a known format; otherwise nothing.

    An output may be anything: the echo targets give back what was sent.
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
    """Return the points of a job with a result: number, numbers among the parameters, share of each outcome.

    The number is None where the job is not of a sweep. A result that cannot be read gives no points.
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
    """Return the numbers among the values of a point, also written as texts, and those in arrays by ``angle[0]``."""
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
    """Return the shares of the most frequent outcomes over the only number that varies, else over the point's number.

    Args:
        points: as :func:`points_of` gives them, in the order of their jobs.

    Returns:
        ``over``, ``outcomes``: each with ``label`` and ``points``, which are pairs of x and share, and ``left_out``;
        None for less than two points.
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


def sweep_chart(plot: dict[str, Any]) -> dict[str, Any]:
    """Return the geometry of a plot of :func:`sweep_plot`."""
    width, height, left, top, right, base = 960, 240, 48, 16, 16, 196
    xs = [x for curve in plot["outcomes"] for x, _ in curve["points"]]
    low, high = min(xs), max(xs)
    scale = (width - left - right) / ((high - low) or 1.0)
    curves = [
        {
            "label": curve["label"],
            "dots": [
                {
                    "x": round(left + (x - low) * scale, 1),
                    "y": round(base - (base - top) * share, 1),
                    "title": f"{plot['over']} {x:g}: P({curve['label']}) = {share:.3g}",
                }
                for x, share in curve["points"]
            ],
        }
        for curve in plot["outcomes"]
    ]
    return {
        "width": width,
        "height": height,
        "left": left,
        "base": base,
        "right": width - right,
        "over": plot["over"],
        "left_out": plot["left_out"],
        "curves": curves,
        "lines": [{"y": base - (base - top) * share, "label": f"{share:g}"} for share in (0.0, 0.5, 1.0)],
        "ticks": [
            {"x": round(left + (x - low) * scale, 1), "label": f"{x:.4g}"}
            for x in ((low, (low + high) / 2, high) if high > low else (low,))
        ],
    }


def chart(rows: list[tuple[str, float]]) -> dict[str, Any]:
    """Return the geometry of a bar chart: the most frequent outcomes, as pictures of results order and write them."""
    most = sorted(rows, key=lambda row: -row[1])[:_MOST_BARS]
    shown = [(outcome_name(label), value) for label, value in sorted(most, key=lambda row: outcome_order(row[0]))]
    width, left, top, base = 960, 48, 24, 260
    slant = len(shown) > 10 or any(len(label) > 10 for label, _ in shown)
    height = base + (110 if slant else 30)
    highest = max([1e-6, *(value for _, value in shown)])
    step = _step(highest)
    ceiling = step * math.ceil(highest / step)
    slot = (width - left - 10) / max(len(shown), 1)
    thick = min(slot * 0.72, 90.0)
    bars = []
    for index, (label, value) in enumerate(shown):
        tall = (base - top) * value / ceiling
        middle = left + slot * (index + 0.5)
        bars.append(
            {
                "label": label,
                "shown": f"{value:g}" if value >= 1 or value == 0 else f"{value:.3g}",
                "show_value": len(shown) <= 24,
                "x": round(middle - thick / 2, 1),
                "y": round(base - tall, 1),
                "width": round(thick, 1),
                "height": round(tall, 1),
                "middle": round(middle, 1),
            }
        )
    lines = [
        {"y": round(base - (base - top) * i * step / ceiling, 1), "label": f"{i * step:g}"}
        for i in range(round(ceiling / step) + 1)
    ]
    note = f"{len(rows)} different" if len(rows) <= _MOST_BARS else f"the {_MOST_BARS} most frequent of {len(rows)}"
    return {
        "bars": bars,
        "outcomes_note": note,
        "chart": {
            "width": width,
            "height": height,
            "left": left,
            "base": base,
            "lines": lines,
            "slant": slant,
        },
    }


def _step(highest: float) -> float:
    """Return a round step that divides a scale up to ``highest`` into about four."""
    power: float = 10.0 ** math.floor(math.log10(highest / 4))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * 4 >= highest)
