"""Results as Parquet files, for large sweeps and other tools."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, ResultFormatError
from qsharp_bridge.extras import needs
from qsharp_bridge.sweeps.value_json import to_json

from .files import build_results, check_folder, check_shots, header, read_header
from .names import column_of
from .records import RESERVED, foreign, records, rows_of

if TYPE_CHECKING:
    from .rows import R, ResultRows

_KEY = b"qsharp_bridge.results"
_KINDS = {
    "point": "int64", "job_id": "string", "state": "string", "outcome": "string", "value": "string", "count": "int64",
    "probability": "float64", "derived": "bool_", "missing_shots": "int64", "error": "string",
}  # fmt: skip


def to_parquet(results: ResultRows, path: str | os.PathLike[str]) -> None:
    """See :meth:`SweepResults.to_parquet`."""
    pyarrow, parquet = needs("pyarrow", "results"), needs("pyarrow.parquet", "results")
    check_folder(path)
    found = list(records(results))
    points = {row.index: row.point for row in results}
    columns = {"point": pyarrow.array([record["point"] for record in found], pyarrow.int64())}
    for key in results.points.keys:
        columns[column_of(key, RESERVED)] = _column(pyarrow, [points[record["point"]][key] for record in found])
    for name, kind in list(_KINDS.items())[1:]:
        columns[name] = pyarrow.array([record.get(name) for record in found], getattr(pyarrow, kind)())
    # The sweep, and what is the same for all points, is in the metadata of the file.
    table = pyarrow.table(columns).replace_schema_metadata({_KEY: json.dumps(header(results))})
    parquet.write_table(table, path)


def _column(pyarrow: Any, values: list[Any]) -> Any:
    kinds = set(map(type, values))
    if len(kinds) == 1 and kinds <= {bool, int, float, str}:
        try:
            return pyarrow.array(values)
        except (OverflowError, UnicodeEncodeError, pyarrow.ArrowInvalid):
            pass  # beyond 64 bits, a lone surrogate: as JSON
    if kinds == {list} and all(type(item) is float for value in values for item in value):
        return pyarrow.array(values, pyarrow.list_(pyarrow.float64()))
    return pyarrow.array([json.dumps(to_json(value)) for value in values], pyarrow.string())


def from_parquet(path: str | os.PathLike[str], kind: type[R]) -> R:
    """See :meth:`SweepResults.from_parquet`."""
    pyarrow, parquet = needs("pyarrow", "results"), needs("pyarrow.parquet", "results")
    try:
        with open(path, "rb") as stream:
            if stream.read(4) != b"PAR1":
                raise ResultFormatError(f"{os.fspath(path)} is no Parquet file")
    except OSError as error:
        raise ResultFormatError(f"cannot read {os.fspath(path)}: {error.strerror}") from None
    try:
        file = parquet.ParquetFile(path)
        about = (file.schema_arrow.metadata or {}).get(_KEY)
        if about is None:
            raise ResultFormatError(f"{os.fspath(path)} is a Parquet file, but not of the results of a sweep")
        data = json.loads(about)
        sweep = read_header(data)
        # In batches: a file of a few kilobytes may have a thousand million rows, and ends at the first that is wrong.
        batches = file.iter_batches(columns=[name for name in file.schema_arrow.names if name in _KINDS])
        rows = list(rows_of((record for batch in batches for record in batch.to_pylist()), sweep))
        check_shots(rows, data["shots"])
        return build_results(data, rows, sweep, kind)
    except (BridgeError, ValueError, LookupError, TypeError, OSError, RecursionError, pyarrow.ArrowException) as error:
        raise foreign(error) from None
