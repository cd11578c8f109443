"""Options that go with each job: parameters of the provider, tags and the name of the job."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.results.names import own_name

if TYPE_CHECKING:
    from qsharp_bridge.sweeps.leaves import Point

_OWN = ("shots", "count", "entryPoint", "arguments", "target_profile", "items")
"""Keys of ``inputParams`` that this package or the client sets."""

_WIDE = re.compile("[0-9]{4}")


def check_input_params(name: str, value: Any) -> dict[str, Any]:
    """Return parameters of the provider as JSON values; None is an empty mapping.

    Raises:
        SweepError: they are no mapping, are no JSON, or name a parameter that the run sets.

    >>> check_input_params("input_params", {"error-mitigation": {"debias": False}})
    {'error-mitigation': {'debias': False}}
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise SweepError(f"{name} must be a mapping of names to values, or None, not {value!r}")
    owned = {_letters(key) for key in _OWN}
    for key in value:
        if _letters(key) in owned:
            cure = "give shots=" if _letters(key) in ("shots", "count") else "leave it out"
            raise SweepError(f"{key} is set by the run itself", path=name, advice=cure)
    try:
        text = json.dumps(dict(value), allow_nan=False, ensure_ascii=False)
        text.encode()  # refuses a lone surrogate, as a service does
        found: dict[str, Any] = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise SweepError(f"{name} must be JSON: {error}", advice="use numbers, texts, lists and dicts") from None
    return found


def _letters(key: str) -> str:
    """Return the letters of a key in lower case: ``entryPoint``, ``entry_point`` and ``Entry-Point`` have the same."""
    return "".join(filter(str.isalnum, key)).casefold()


def check_tags(name: str, value: Any) -> tuple[str, ...]:
    """Return the tags of the jobs; None is an empty list.

    Raises:
        SweepError: they are no sequence of texts.
    """
    if value is None:
        return ()
    tags = None if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable) else tuple(value)
    if tags is None or not all(isinstance(tag, str) and tag.strip() for tag in tags):
        raise SweepError(f"{name} must be a list of texts, not {value!r}", advice='write ["calibration", "week 7"]')
    return tuple(whole_characters(name, tag) for tag in tags)


def whole_characters(name: str, value: str) -> str:
    """Return a text that can be sent.

    Raises:
        SweepError: it has a lone surrogate, which is no character.
    """
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SweepError(f"{name} has a lone surrogate at character {error.start}", advice="leave it out") from None
    return value


def check_job_name(name: str, value: Any) -> str | None:
    """Return the template of the jobs' names; None for the operation and the point.

    Raises:
        SweepError: it is no text, or no template of plain names.

    >>> check_job_name("job_name", "Rabi {theta:.2f}")
    'Rabi {theta:.2f}'
    """
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise SweepError(f"{name} must be text, such as 'Rabi {{theta:.2f}}', not {value!r}")
    _fields(value, name)
    return whole_characters(name, value)


def job_name_of(template: str | None, operation: str, point: Point, points: range, shots: int) -> str:
    """Return the name of a job.

    Args:
        template: checked by :func:`check_job_name`; None for the operation's name and the point.
        operation: the operation's name.
        point: the values of its first point.
        points: the indices of its points.
        shots: for each of them.

    Raises:
        SweepError: the template names an unknown parameter, or has a format that does not fit a value.

    >>> job_name_of("Rabi {theta:.2f}, {point}", "Rabi", {"theta": 0.5}, range(3, 5), 100)
    'Rabi 0.50, 3-4'
    >>> job_name_of(None, "qasm_import.bell", {}, range(3, 4), 100)  # a circuit has its own name
    'bell 3'
    """
    which = f"{points[0]}" + (f"-{points[-1]}" if len(points) > 1 else "")
    if template is None:
        return f"{own_name(operation)} {which}"
    values = {"operation": own_name(operation), "point": which, "shots": shots, **point}
    parts = []
    for text, key, form in _fields(template, "job_name"):
        parts.append(text)
        if key is None:
            continue
        if key not in values:
            raise SweepError(
                f"there is no parameter {key!r}{did_you_mean(key, values)}",
                path="job_name",
                advice="name a parameter, operation, point or shots",
            )
        try:
            parts.append(format(values[key], form))
        except (TypeError, ValueError) as error:
            raise SweepError(f"{{{key}:{form}}} does not fit {values[key]!r}: {error}", path="job_name") from None
    return "".join(parts)


def check_job_names(template: str | None, operation: str, jobs: Iterable[tuple[Point, range, int]]) -> None:
    """Check that the template gives every job a name.

    Raises:
        SweepError: as for :func:`job_name_of`, with the point.
    """
    if template is None:
        return
    for point, points, shots in jobs:
        try:
            job_name_of(template, operation, point, points, shots)
        except BridgeError as error:
            raise error.at(operation=operation, point=points[0]) from None


def _fields(template: str, where: str) -> list[tuple[str, str | None, str]]:
    """Return (text, name, format) of each part of a template of plain names.

    Attributes, elements and conversions are refused.
    """
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise SweepError(f"{template!r} is no template: {error}", path=where, advice="write {{ for a brace") from None
    found = []
    for text, key, form, conversion in parts:
        if key is not None and (not key.isidentifier() or conversion or "{" in (form or "")):
            raise SweepError(
                f"{template!r} has the field {key!r}, which is no plain name",
                path=where,
                advice="write {theta} or {theta:.2f}",
            )
        if _WIDE.search(form or ""):  # format() would make gigabytes of {theta:999999999}
            raise SweepError(
                f"{template!r} formats {key!r} with 1000 characters or more",
                path=where,
                advice="write {theta} or {theta:.2f}",
            )
        found.append((text, key, form or ""))
    return found
