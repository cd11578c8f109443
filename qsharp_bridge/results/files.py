"""Results in files: JSON and CSV, each read back without loss."""

from __future__ import annotations

import base64
import csv
import errno
import io
import itertools
import json
import os
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from qsharp_bridge.errors import BridgeError, ResultFormatError
from qsharp_bridge.results.formats import Output
from qsharp_bridge.results.formats.probabilities import exact_probability
from qsharp_bridge.sweeps.constructors import read_cell, write_cell
from qsharp_bridge.sweeps.grids import regrid
from qsharp_bridge.sweeps.identity import canonical
from qsharp_bridge.sweeps.shots import Shots, shots_of_points
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.sweeps.value_json import from_json as value_from_json
from qsharp_bridge.sweeps.value_json import is_trusting
from qsharp_bridge.sweeps.value_json import to_json as value_to_json

from .names import column_of, parameter_of
from .point import PointResult
from .records import ABOUT, NUMBERS, RESERVED, TEXTS, at_points, checked_kind, checked_number, foreign, records, rows_of
from .rows import R, ResultRows

_VERSION = 1


def to_json(results: ResultRows, path: str | os.PathLike[str] | None = None, *, raw: bool = False) -> str:
    """See :meth:`SweepResults.to_json`."""
    data = {**header(results), "rows": [_row_data(row, raw) for row in results]}
    text = json.dumps(data, separators=(",", ":"))
    return written(text, path)


def from_json(source: str | os.PathLike[str], kind: type[R]) -> R:
    """See :meth:`SweepResults.from_json`."""
    try:
        data = json.loads(text_of(source))
        if not isinstance(data, dict):
            raise ResultFormatError("not the results of a sweep: expected an object")
        sweep = read_header(data)
        rows = list(at_points(enumerate(data["rows"]), _row_of))
        check_shots(rows, data["shots"])
        if [canonical(row.point) for row in rows] != [canonical(point) for point in sweep]:
            raise ResultFormatError("the points of the results are not those of the sweep")
        return build_results(data, rows, sweep, kind)
    except (BridgeError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise foreign(error) from None


_MAGIC = {b"SQLite format 3\0": "journal", b"PAR1": "parquet"}


def format_of(path: str | os.PathLike[str]) -> str:
    """Return "journal", "parquet", "json" or "csv", by the first bytes of a file.

    Raises:
        ResultFormatError: the file cannot be read, or is empty.
    """
    try:
        with open(path, "rb") as stream:
            start = stream.read(64)
    except (OSError, TypeError, ValueError) as error:
        raise ResultFormatError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    if not start:
        raise ResultFormatError(f"{os.fspath(path)} is empty")
    known = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)
    return known or ("json" if start.lstrip().startswith((b"{", b"[")) else "csv")


def header(results: ResultRows) -> dict[str, Any]:
    """Return the JSON data of everything but the rows."""
    return {
        "qsharp_bridge.results": _VERSION,
        "operation": results.operation,
        "target": results.target,
        "shots": results.shots if isinstance(results.shots, int) else list(results.shots),
        "session_ids": list(results.session_ids),
        "sweep": json.loads(results.points.to_json()),
    }


def read_header(data: Any) -> Sweep:
    """Return the sweep in a header.

    Raises:
        ResultFormatError: the header is of another version.
    """
    if data["qsharp_bridge.results"] != _VERSION:
        raise ResultFormatError(f"results of version {data['qsharp_bridge.results']}; this reads {_VERSION}")
    return Sweep.from_json(json.dumps(data["sweep"]), trusted=is_trusting())


def build_results(about: Mapping[str, Any], rows: Iterable[PointResult], sweep: Sweep, kind: type[R]) -> R:
    """Return the results of rows and of a header, which is checked."""
    session_ids = about["session_ids"]
    if not isinstance(session_ids, list):
        raise TypeError("session_ids")
    return kind(
        rows,
        operation=checked_kind(str, about["operation"]),
        target=checked_kind(str, about["target"]),
        shots=_shots_of(about["shots"]),
        session_ids=[checked_kind(str, session_id) for session_id in session_ids],
        sweep=sweep,
    )


def _row_data(row: PointResult, raw: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "index": row.index,
        "point": {name: value_to_json(value) for name, value in row.point.items()},
        "state": row.state,
        "job_id": row.job_id,
    }
    if row.error is not None:
        data["error"] = row.error
    if row.output is not None:
        data["counts"] = dict(row.output.counts)
        data["outcomes"] = {display: value_to_json(value) for display, value in row.output.outcomes.items()}
        if row.output.exact is not None:
            data["exact"] = dict(row.output.exact)
        if row.output.derived:
            data["derived"] = True
        if row.output.missing:
            data["missing_shots"] = row.output.missing
    if raw and row.raw is not None:
        data["raw"], data["raw_format"] = base64.b64encode(row.raw).decode(), row.raw_format
    return data


def check_shots(rows: Iterable[PointResult], shots: Any) -> None:
    """Check that no point counts more shots than were asked for. 0: not known."""
    each = shots if isinstance(shots, list) else itertools.repeat(shots)
    for row, asked in zip(rows, each, strict=False):
        counted = row.shots + row.missing_shots
        if asked and counted > checked_number(asked):
            raise ResultFormatError(f"{counted} shots are counted, but {asked} were asked for", point=row.index)


def _row_of(data: Any) -> PointResult:
    output = None
    if "counts" in data:
        counts = {display: checked_number(count) for display, count in data["counts"].items()}
        outcomes = {display: value_from_json(value) for display, value in data["outcomes"].items()}
        exact = None
        if "exact" in data:
            exact = {display: exact_probability(share) for display, share in data["exact"].items()}
            if exact.keys() != outcomes.keys() or counts:
                raise TypeError("exact probabilities are those of the outcomes, and without counts")
        derived, missing = checked_kind(bool, data.get("derived", False)), checked_number(data.get("missing_shots", 0))
        output = Output(counts, outcomes, derived, missing, exact)
    point = {name: value_from_json(value) for name, value in data["point"].items()}
    raw = base64.b64decode(data["raw"], validate=True) if "raw" in data else None
    job_id, error = data["job_id"], data.get("error")
    return PointResult(
        checked_number(data["index"]),
        point,
        checked_kind(str, data["state"]),
        None if job_id is None else checked_kind(str, job_id),
        output,
        None if error is None else checked_kind(str, error),
        raw,
        data.get("raw_format"),
    )


def _shots_of(value: Any) -> Shots:
    return tuple(map(checked_number, value)) if isinstance(value, list) else checked_number(value)


def to_csv(results: ResultRows, path: str | os.PathLike[str] | None = None) -> str:
    """See :meth:`SweepResults.to_csv`."""
    keys = results.points.keys
    own = ("job_id", "state", "outcome", "value", "count", "probability", "derived", "missing_shots", "error")
    asked = shots_of_points(results.shots, len(results))
    shots = {row.index: number for row, number in zip(results, asked, strict=True)}
    about = [results.operation, results.target], [json.dumps(list(results.session_ids))]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["point", *(column_of(key, RESERVED) for key in keys), *own, *ABOUT])
    points = {row.index: [write_cell(value_to_json(row.point[key])) for key in keys] for row in results}
    for record in records(results):
        cells = [record.get(name) if name in TEXTS else _cell(record.get(name)) for name in own]
        index = record["point"]
        writer.writerow([index, *points[index], *cells, *about[0], shots[index], *about[1]])
    if not results:
        none = results.shots if isinstance(results.shots, int) else 0
        # The columns about all points need a line.
        writer.writerow([*[""] * (1 + len(keys) + len(own)), *about[0], none, *about[1]])
    return written(text.getvalue(), path)


def _cell(value: Any) -> str:
    return "" if value is None else json.dumps(value)


def from_csv(path: str | os.PathLike[str], kind: type[R]) -> R:
    """See :meth:`SweepResults.from_csv`."""
    try:
        reader = csv.DictReader(io.StringIO(_read(path), newline=""), strict=True)
        names = [name for name in reader.fieldnames or [] if name not in RESERVED]
        lines = list(reader)
        if any(None in line or None in line.values() for line in lines):
            raise ResultFormatError("not the results of a sweep: a line has more or fewer cells than there are names")
        first = lines[0]
        found = [_record(line) for line in lines if line["point"]]
        firsts = [next(group) for point, group in groupby(lines, lambda line: line["point"]) if point]
        points = [{parameter_of(name, RESERVED): read_cell(line[name]) for name in names} for line in firsts]
        shots = [json.loads(line["shots"]) for line in firsts] or json.loads(first["shots"])
        about = {**first, "shots": shots, "session_ids": json.loads(first["session_ids"])}
        empty = Sweep.points([dict.fromkeys(parameter_of(name, RESERVED) for name in names)])[:0]
        rows = list(rows_of(found, points))
        check_shots(rows, shots)
        return build_results(about, rows, regrid(Sweep.points(points)) if points else empty, kind)
    except (BridgeError, ValueError, LookupError, TypeError, AttributeError, csv.Error, RecursionError) as error:
        raise foreign(error) from None


def _record(line: Mapping[str, str]) -> dict[str, Any]:
    texts = {name: line[name] or None for name in TEXTS}
    return {**texts, **{name: json.loads(line[name]) if line[name] else None for name in ("point", *NUMBERS)}}


def written(text: str, path: str | os.PathLike[str] | None) -> str:
    """Return a text, also written to a file if one is given.

    Raises:
        OSError: the file cannot be written; a FileNotFoundError names the folder that is missing.
    """
    if path is not None:
        check_folder(path)
        with open(path, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            file.write(text)
    return text


def check_folder(path: str | os.PathLike[str]) -> None:
    """Check that the folder exists that a file is to be written into.

    Raises:
        FileNotFoundError: there is none.
    """
    folder = Path(path).parent
    if not folder.exists():
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {folder}; make it first, to write", os.fspath(path))


def text_of(source: str | os.PathLike[str]) -> str:
    """Return a text that begins with ``{`` as it is, else the text of the file.

    Raises:
        ResultFormatError: the file cannot be read, or is no text.
    """
    is_json = isinstance(source, str) and source.lstrip().startswith("{")
    return str(source) if is_json else _read(source)


def _read(path: str | os.PathLike[str]) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogatepass", newline="") as file:
            return file.read()
    except OSError as error:
        shown = str(path) if len(str(path)) <= 300 else f"{str(path)[:297]}..."
        raise ResultFormatError(f"cannot read {shown}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ResultFormatError(f"{os.fspath(path)} is no text, and no results of a sweep") from None
    except TypeError as error:
        raise ResultFormatError(f"cannot read {path}: {error}") from None
