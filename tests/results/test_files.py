"""Files of results that somebody changed: an error with the point, never a wrong number."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import ResultFormatError
from tests.shared.result_examples import results_over

GRID = qb.Sweep.grid(n=[1, 2])
Change = Callable[[dict[str, Any]], object]


def in_csv(path: Path, change: Change) -> None:
    lines = list(csv.DictReader(io.StringIO(results_over(GRID, lambda _: 25).to_csv())))
    record = {name: json.loads(lines[-1][name]) for name in ("count", "probability", "missing_shots")}
    change(record)
    lines[-1].update({name: json.dumps(value) for name, value in record.items()})
    for line in lines:
        if line["point"] == lines[-1]["point"]:
            line["missing_shots"] = lines[-1]["missing_shots"]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def in_parquet(path: Path, change: Change) -> None:
    results_over(GRID, lambda _: 25).to_parquet(path)
    table = pq.read_table(path)
    lines = table.to_pylist()
    change(lines[-1])
    for line in lines:
        if line["point"] == lines[-1]["point"]:
            line["missing_shots"] = lines[-1]["missing_shots"]
    made = pa.Table.from_pylist(lines)
    pq.write_table(made.replace_schema_metadata(table.schema.metadata), path)


def in_json(path: Path, change: Change) -> None:
    data = json.loads(results_over(GRID, lambda _: 25).to_json())
    row = data["rows"][-1]
    *_, outcome = row["counts"]
    record = {"count": row["counts"][outcome]}
    change(record)
    row["counts"][outcome] = record.pop("count")
    row.update(record)
    path.write_text(json.dumps(data))


@pytest.mark.parametrize("write", [in_csv, in_parquet, in_json])
@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("count", -1, "-1 is not a number of shots"),
        ("count", 101, "shots are counted, but 100 were asked for"),
        ("count", 2.5, "2.5 is not a number of shots"),
        ("count", float("nan"), "nan is not a number of shots"),
        ("count", True, "True is not a number of shots"),
        ("count", 10**30, "an int of 100 bits is not a number of shots"),
        ("missing_shots", 90, "shots are counted, but 100 were asked for"),
        ("missing_shots", -5, "-5 is not a number of shots"),
        ("probability", float("nan"), "nan is no probability"),
        ("probability", 1.5, "1.5 is no probability"),
        ("probability", -0.5, "-0.5 is no probability"),
    ],
)
def test_a_wrong_number(tmp_path: Path, write: Any, name: str, value: Any, problem: str) -> None:
    if (write is in_json and name == "probability") or (
        write is in_parquet and name == "count" and (type(value) is not int or value == 10**30)
    ):
        pytest.skip("the format has no such number there")
    write(tmp_path / "file", lambda record: record.update({name: value}))
    with pytest.raises(ResultFormatError, match=problem) as caught:
        qb.SweepResults.read(tmp_path / "file")
    assert caught.value.point == 1


@pytest.mark.parametrize("write", [in_csv, in_parquet, in_json])
def test_numbers_as_they_were_written(tmp_path: Path, write: Any) -> None:
    write(tmp_path / "file", lambda record: None)
    assert qb.SweepResults.read(tmp_path / "file") == results_over(GRID, lambda _: 25)


def test_an_outcome_twice(tmp_path: Path) -> None:
    head, *lines = results_over(GRID, lambda _: 25).to_csv().splitlines()
    (tmp_path / "file").write_text("\n".join([head, *lines, lines[-1]]))
    with pytest.raises(ResultFormatError, match=r"point 1: .*an outcome has two counts"):
        qb.SweepResults.read(tmp_path / "file")


def test_a_table_with_more_rows_than_its_sweep_is_left_at_the_first(tmp_path: Path) -> None:
    """Equal rows take no room in a Parquet file: this one, of a few kB, has a million."""
    in_parquet(tmp_path / "file", lambda record: None)
    table = pq.read_table(tmp_path / "file")
    last = table.slice(len(table) - 1).to_pylist()[0]
    with pq.ParquetWriter(tmp_path / "file", table.schema) as writer:
        for number in range(10):
            rows = {
                name: pa.repeat(pa.scalar(last[name], kind), 100_000)
                for name, kind in zip(table.schema.names, table.schema.types, strict=True)
            }
            rows["point"] = pa.repeat(pa.scalar(number, pa.int64()), 100_000)
            writer.write_table(pa.table(rows, schema=table.schema))
    with pytest.raises(ResultFormatError, match=r"point 0: .*an outcome has two counts"):
        qb.SweepResults.read(tmp_path / "file")


def test_a_file_in_a_folder_that_is_missing(tmp_path: Path) -> None:
    results, path = results_over(GRID, lambda _: 25), tmp_path / "none" / "x"
    for write in (results.to_json, results.to_csv, results.to_parquet):
        with pytest.raises(FileNotFoundError, match=r"there is no folder .*none; make it first, to write: .*x'"):
            write(path)
    assert not path.parent.exists()
