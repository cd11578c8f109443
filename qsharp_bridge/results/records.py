"""Results as records, one for each point and outcome: the rows of CSV and Parquet files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, TypeVar

from qsharp_bridge.errors import BridgeError, ResultFormatError, SweepError
from qsharp_bridge.results.formats import Output
from qsharp_bridge.results.formats.probabilities import exact_probability
from qsharp_bridge.sweeps.value_json import from_json as value_from_json
from qsharp_bridge.sweeps.value_json import to_json as value_to_json

from .point import PointResult
from .rows import ResultRows

T = TypeVar("T")
TEXTS = ("job_id", "state", "outcome", "value", "error")
NUMBERS = ("count", "probability", "derived", "missing_shots")
ABOUT = ("operation", "target", "shots", "session_ids")
RESERVED = frozenset({"point", *TEXTS, *NUMBERS, *ABOUT})


def records(results: ResultRows) -> Iterator[dict[str, Any]]:
    """Yield a record for each point and outcome, and one record for a point without outcomes. None: absent.

    Outcomes are JSON texts under ``value``. The parameters are not in the records.
    """
    for row in results:
        about = {"point": row.index, "job_id": row.job_id, "state": row.state, "error": row.error}
        if row.output is None:
            yield about
            continue
        about["derived"], about["missing_shots"] = row.output.derived, row.output.missing
        if not row.weights:
            yield about
        shares = row.probabilities
        for display in row.weights:
            outcomes = row.output.outcomes
            value = json.dumps(value_to_json(outcomes[display])) if display in outcomes else None
            count = None if row.output.exact is not None else row.counts[display]
            yield {**about, "outcome": display, "value": value, "count": count, "probability": shares.get(display)}


def rows_of(found: Iterable[Mapping[str, Any]], points: Iterable[Mapping[str, Any]]) -> Iterator[PointResult]:
    """Yield the results in the records of :func:`records`, given the points in the same order."""
    groups = ((index, list(group)) for index, group in groupby(found, key=lambda record: record["point"]))
    pairs = zip(groups, points, strict=True)
    return at_points(((index, (index, lines, point)) for (index, lines), point in pairs), lambda row: _row(*row))


def _row(index: Any, lines: list[Mapping[str, Any]], point: Mapping[str, Any]) -> PointResult:
    first = lines[0]
    output = None
    if first.get("derived") is not None:
        with_outcome = [line for line in lines if line.get("outcome") is not None]
        if len({line["outcome"] for line in with_outcome}) < len(with_outcome):
            raise ResultFormatError("an outcome has two counts")
        shares = {
            line["outcome"]: exact_probability(line["probability"])
            for line in with_outcome
            if line.get("probability") is not None
        }
        exact = with_outcome and all(line["count"] is None for line in with_outcome)
        if exact and len(shares) < len(with_outcome):
            raise ResultFormatError("an outcome has neither a count nor a probability")
        values = {line["outcome"]: line["value"] for line in with_outcome if line.get("value") is not None}
        output = Output(
            {} if exact else {line["outcome"]: checked_number(line["count"]) for line in with_outcome},
            {display: value_from_json(json.loads(text)) for display, text in values.items()},
            checked_kind(bool, first["derived"]),
            checked_number(first["missing_shots"]),
            shares if exact else None,
        )
    state = checked_kind(str, first["state"])
    return PointResult(checked_number(index), point, state, first.get("job_id"), output, first.get("error"))


def at_points(rows: Iterable[tuple[int, T]], read: Callable[[T], PointResult]) -> Iterator[PointResult]:
    """Yield the results that ``read`` makes of the rows, each with the index of its point, which an error names."""
    for place, row in rows:
        try:
            yield read(row)
        except (BridgeError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise foreign(error).at(point=place) from None


def foreign(error: Exception) -> ResultFormatError:
    """Return the error for a file that holds something else."""
    if isinstance(error, ResultFormatError):
        return error
    if isinstance(error, json.JSONDecodeError):
        return ResultFormatError(f"not the results of a sweep: no JSON, but {error.doc[:40]!r}")
    if isinstance(error, SweepError) and error.point is not None:
        return ResultFormatError(error.problem, path=error.path, point=error.point)
    if isinstance(error, KeyError):
        return ResultFormatError(f"not the results of a sweep: there is no {error}")
    return ResultFormatError(f"not the results of a sweep: {type(error).__name__} {error}")


def checked_number(value: Any) -> int:
    """Return a count, an index or a number of shots: an int from 0 to 2^63-1.

    Raises:
        ResultFormatError: it is something else.
    """
    if type(value) is not int or not 0 <= value < 2**63:
        found = f"an int of {value.bit_length()} bits" if type(value) is int and value >= 2**63 else repr(value)
        raise ResultFormatError(f"{found[:100]} is not a number of shots or a place: expected an int from 0 to 2^63-1")
    return value


def checked_kind(kind: type, value: Any) -> Any:
    """Return a value that is of a kind.

    Raises:
        TypeError: it is not.
    """
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
