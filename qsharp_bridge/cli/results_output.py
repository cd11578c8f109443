"""Results to the terminal and to files."""

from __future__ import annotations

import csv
import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import MissingExtraError, SweepError

from .rows import print_rows

if TYPE_CHECKING:
    from qsharp_bridge.estimator import Estimates
    from qsharp_bridge.results.results import SweepResults

PICTURES = (".png", ".svg", ".pdf")
FORMATS = (".json", ".csv", ".parquet", *PICTURES)
FORMATS_OF_ESTIMATES = (".json", ".csv", *PICTURES)


def check_outputs(paths: Sequence[Path], formats: Sequence[str] = FORMATS) -> None:
    """Check before a run that results can be written to these files, and make their folders.

    Raises:
        SweepError: an ending is unknown, or a file cannot be written.
        MissingExtraError: a format needs a package that is not installed.
    """
    for path in paths:
        if path.suffix.lower() not in formats:
            raise SweepError(
                f"{path}: results cannot be written as {path.suffix or 'a file without an ending'}"
                f"{did_you_mean(path.suffix, formats)}",
                advice=f"name a file that ends with {', '.join(formats)}",
            )
        _check_installed(path)
        if path.is_dir():
            raise SweepError(f"{path} is a folder", advice="name a file in it")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise SweepError(f"{path} cannot be written")


def _check_installed(path: Path) -> None:
    import importlib.util

    for suffixes, package in ((PICTURES, "matplotlib"), ((".parquet",), "pyarrow")):
        if path.suffix.lower() in suffixes and importlib.util.find_spec(package) is None:
            raise MissingExtraError(f"{path} needs {package}", advice='pip install "qsharp-bridge[results]"')


def write_outputs(results: SweepResults | Estimates, paths: Sequence[Path], **plot_options: Any) -> None:
    """Write results to files, each in the format of its ending, and print their names on stderr.

    Args:
        results: the results; :func:`check_outputs` knows their formats.
        paths: the files.
        plot_options: options of ``results.plot``, for pictures.
    """
    for path in paths:
        ending = path.suffix.lower()
        if ending in PICTURES:
            _draw(results, path, **plot_options)
        else:
            getattr(results, f"to_{ending[1:]}")(path)  # to_json, to_csv, to_parquet
        print(f"wrote {path}", file=sys.stderr)


def _draw(results: SweepResults | Estimates, path: Path, **options: Any) -> None:
    import matplotlib

    matplotlib.use("Agg")  # draws without a window, also on a machine without a screen
    import matplotlib.pyplot as plt

    results.plot(**options)
    plt.gcf().savefig(path, dpi=150, bbox_inches="tight")
    plt.close()


def print_results(results: SweepResults, *, as_json: bool) -> None:
    """Print results on stdout, as a table or as JSON that ``qsharp-bridge results`` can read."""
    if as_json:
        print(results.to_json())
        return
    print(results.table())
    if results.session_ids:
        print(f"sessions: {', '.join(results.session_ids)}")


def print_means(results: SweepResults, observable: str, *, as_json: bool, as_csv: bool) -> None:
    """Print the mean of an observable and its standard error at each point; both are empty where there is no result.

    JSON is an array with an object for each point: ``point``, ``parameters``, ``mean`` and ``error``.
    """
    from qsharp_bridge.results.names import free_names
    from qsharp_bridge.results.tables import label
    from qsharp_bridge.sweeps.constructors import write_cell
    from qsharp_bridge.sweeps.value_json import to_json

    keys = results.points.keys
    names = free_names(keys, {"point", "mean", "error", f"<{observable}>"})
    found = list(zip(results, results.expectation(observable), strict=True))
    if as_json:
        rows = [
            {
                "point": row.index,
                "parameters": {key: to_json(value) for key, value in row.point.items()},
                "mean": _finite(mean),
                "error": _finite(error),
            }
            for row, (mean, error) in found
        ]
        print(json.dumps(rows))
        return
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(["point", *names.values(), "mean", "error"])
        for row, (mean, error) in found:
            cells = [write_cell(to_json(row.point[key])) for key in keys]
            writer.writerow([row.index, *cells, _finite(mean), _finite(error)])
        return
    table = [
        {
            "point": row.index,
            **{names[key]: label(row.point[key]) for key in keys},
            f"<{observable}>": None if math.isnan(mean) else f"{mean:.4f}",
            "error": None if math.isnan(error) else f"{error:.4f}",
        }
        for row, (mean, error) in found
    ]
    print_rows(table, ["point", *names.values(), f"<{observable}>", "error"], as_json=False)


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value
