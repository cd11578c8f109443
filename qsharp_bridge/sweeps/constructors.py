"""Points from ranges of numbers, random numbers, tables and files."""

from __future__ import annotations

import csv
import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.literals.kinds import describe

from .columns import Column
from .leaves import Axis, Points
from .value_json import from_json
from .values import check_name, plain, show

if TYPE_CHECKING:
    import pandas

_MOST_VALUES = 10**8
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")


def take(given: Any) -> Points:
    """Return the points of ``Sweep(given)``: mappings, or the resolvers of Cirq.

    Raises:
        SweepError: it is something else, or the points do not have the same parameters.
    """
    if isinstance(given, Mapping):
        raise SweepError("a mapping may be a grid or a zip", advice="write Sweep.grid(**values) or Sweep.zip(**values)")
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise SweepError(
            f"expected points, found {describe(given)}",
            advice="give a list of dicts or a Cirq sweep, or write Sweep.grid(...)",
        )
    return points(given)


def _point(given: Any) -> Any:
    """Return a point as a mapping by name; a resolver of Cirq has the values of its symbols in ``param_dict``."""
    values = getattr(given, "param_dict", None)
    return given if values is None else {str(symbol): value for symbol, value in values.items()}


def points(given: Iterable[Mapping[str, Any]]) -> Points:
    """Return the points of ``Sweep.points``, checked to have the same names."""
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise SweepError(f"expected a list of points, found {describe(given)}", advice='write [{"theta": 0.5}, ...]')
    if hasattr(given, "columns") and hasattr(given, "iloc"):
        raise SweepError("expected a list of points, found a DataFrame", advice="write Sweep.from_dataframe(frame)")
    keys: tuple[str, ...] = ()
    rows: list[tuple[Any, ...]] = []
    for index, point in enumerate(map(_point, given)):
        if not isinstance(point, Mapping):
            raise SweepError(
                f"a point is a mapping of parameter names to values, not {describe(point)}",
                point=index,
                advice='write {"theta": 0.5}',
            )
        names = [check_name(name) for name in point]
        if not rows:
            keys = tuple(names)
        elif set(names) != set(keys):
            odd = ", ".join(sorted(set(names).symmetric_difference(keys)))
            raise SweepError(
                f"its parameters differ from those of point 0 in {odd}",
                point=index,
                advice="give every point the same parameters",
            )
        rows.append(tuple(_plain_at(point[name], name, index) for name in keys))
    return Points.of_rows(keys, rows)


def _plain_at(value: Any, name: str, index: int) -> Any:
    try:
        return plain(value)
    except SweepError as error:
        raise error.under(name).at(point=index) from None


def linspace(name: str, start: float, stop: float, num: int, *, endpoint: bool = True) -> Axis:
    """Return the axis of ``Sweep.linspace``."""
    first, last = _number(start, name, "start"), _number(stop, name, "stop")
    if not math.isfinite(last - first):
        raise SweepError(f"from {first!r} to {last!r} is farther than a float reaches", path=name)
    return _spaced("linspace", name, first, last, num, endpoint)


def geomspace(name: str, start: float, stop: float, num: int, *, endpoint: bool = True) -> Axis:
    """Return the axis of ``Sweep.geomspace``."""
    first, last = _number(start, name, "start"), _number(stop, name, "stop")
    if first == 0 or last == 0 or (first < 0) != (last < 0):
        raise SweepError(
            f"geomspace needs a start and a stop of one sign, not {first!r} and {last!r}",
            path=name,
            advice="use linspace to pass through 0",
        )
    return _spaced("geomspace", name, first, last, num, endpoint)


def logspace(name: str, start: float, stop: float, num: int, *, endpoint: bool = True) -> Axis:
    """Return the axis of ``Sweep.logspace``."""
    first, last = _number(start, name, "start"), _number(stop, name, "stop")
    for exponent in (first, last):
        if not -308 <= exponent <= 308:
            raise SweepError(f"10 to the power of {exponent!r} is out of the range of a float", path=name)
    return _spaced("logspace", name, first, last, num, endpoint)


def _spaced(kind: str, name: str, first: float, last: float, num: int, endpoint: bool) -> Axis:
    import numpy as np

    count = _count(num, name)
    if endpoint not in (True, False):
        raise SweepError(f"endpoint must be True or False, not {describe(endpoint)}", path=check_name(name))
    values = Column(getattr(np, kind)(float(first), float(last), count, endpoint=bool(endpoint)))
    more = "" if endpoint else ", endpoint=False"
    return Axis(check_name(name), values, f"Sweep.{kind}({name!r}, {show(first)}, {show(last)}, {count}{more})")


def arange(name: str, start: float, stop: float, step: float) -> Axis:
    """Return the axis of ``Sweep.arange``."""
    import numpy as np

    numbers = [_number(start, name, "start"), _number(stop, name, "stop"), _number(step, name, "step")]
    first, last, by = numbers
    if by == 0:
        raise SweepError("arange needs a step other than 0", path=name)
    count = math.ceil((last - first) / by) if math.isfinite((last - first) / by) else math.inf
    shown = f"arange({', '.join(map(show, numbers))})"
    if count <= 0:
        raise SweepError(f"{shown} has no values", path=name)
    if count > _MOST_VALUES:
        raise SweepError(f"{shown} has too many values", path=name, advice=f"at most {_MOST_VALUES} values")
    if all(type(number) is int for number in numbers):
        values = Column(tuple(range(first, last, by)))  # type: ignore[arg-type]
    else:
        values = Column(np.arange(float(first), float(last), float(by)))
    return Axis(check_name(name), values, f"Sweep.arange({name!r}, {', '.join(map(show, numbers))})")


def random(name: str, low: float, high: float, num: int, seed: int) -> Axis:
    """Return the axis of ``Sweep.random``."""
    import numpy as np

    least, most, count = _number(low, name, "low"), _number(high, name, "high"), _count(num, name)
    start = plain(seed)
    if type(start) is not int or start < 0:
        raise SweepError(f"seed must be a whole number from 0 up, not {describe(seed)}", path=name)
    if not least < most or not math.isfinite(most - least):
        raise SweepError(f"random needs low < high, not {least!r} and {most!r}", path=name)
    values = Column(np.random.default_rng(start).uniform(least, most, count))
    origin = f"Sweep.random({name!r}, {show(least)}, {show(most)}, {count}, seed={start})"
    return Axis(check_name(name), values, origin)


def _number(given: Any, name: str, what: str) -> int | float:
    number = plain(given)
    try:
        finite = type(number) in (int, float) and math.isfinite(number)
    except OverflowError:
        finite = False
    if not finite:
        raise SweepError(f"{what} must be a finite number, not {describe(given)}", path=check_name(name))
    return number  # type: ignore[no-any-return]


def _count(given: Any, name: str) -> int:
    number = plain(given)
    if type(number) is not int or not 1 <= number <= _MOST_VALUES:
        raise SweepError(
            f"num must be a whole number from 1 to {_MOST_VALUES}, not {describe(given)}", path=check_name(name)
        )
    return number


def from_dataframe(frame: pandas.DataFrame) -> Points:
    """Return the points of ``Sweep.from_dataframe``."""
    if not hasattr(frame, "columns") or not hasattr(frame, "iloc"):
        library = type(frame).__module__.partition(".")[0]
        raise SweepError(
            f"expected a pandas DataFrame, found {describe(frame)}{' of polars' if library == 'polars' else ''}",
            advice="write Sweep.zip(**frame.to_dict())" if library == "polars" else None,
        )
    names = [check_name(name) for name in frame.columns]
    if not names:
        raise SweepError("the DataFrame has no columns", advice="give one column per parameter")
    _check_once(names, "the DataFrame")
    missing = frame.isna().to_numpy() & (frame.dtypes != "float64").to_numpy()  # nan among floats is a float
    if missing.any():
        row, column = (int(place[0]) for place in missing.nonzero())
        raise SweepError("a value is missing", point=row, path=names[column])
    return Points(tuple(names), tuple(_column(frame[name], name) for name in frame.columns), len(frame))


def _column(series: Any, name: str) -> Column:
    if getattr(series.dtype, "kind", "O") in "fiub" and type(series.dtype).__module__.startswith("numpy"):
        return Column.of(name, series.to_numpy())
    return Column(tuple(_plain_at(value, name, index) for index, value in enumerate(series)))


def from_csv(path: str | os.PathLike[str]) -> Points:
    """Return the points of ``Sweep.from_csv``."""
    name = os.fspath(path)
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            try:
                names = _names(next(reader, []))
                _check_once(names, name)
                rows = [_row(names, cells, f"{name}, line {reader.line_num}") for cells in reader if cells]
            except csv.Error as error:
                raise SweepError(f"{name}, line {reader.line_num}: {error}") from None
    except OSError as error:
        raise SweepError(f"cannot read {name}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SweepError(f"cannot read {name}: {error}", advice="save it as UTF-8") from None
    if not rows:
        raise SweepError(f"{name} has no points", advice="give a header line and one line per point")
    return points(rows)


def _names(header: list[str]) -> list[str]:
    if len(header) == 1 and (other := next((sign for sign in ";\t" if sign in header[0]), None)):
        raise SweepError(f"{header[0]!r} is no parameter name", advice=f"separate cells by commas, not by {other!r}")
    return [check_name(name.strip()) for name in header]


def _row(names: list[str], cells: list[str], where: str) -> dict[str, Any]:
    if len(cells) != len(names):
        raise SweepError(f"{where}: {len(cells)} cells under {len(names)} names")
    row = {}
    for name, cell in zip(names, cells, strict=True):
        try:
            row[name] = read_cell(cell)
        except BridgeError as error:
            raise SweepError(f"{where}: {error}", path=name) from None
    return row


def read_cell(text: str) -> Any:
    """Return the value in a cell of a CSV file: JSON where it is JSON, else the text itself.

    ``True`` and ``False``, as Python writes them, are bools, and ``+1``, ``.5`` and ``1.`` are numbers.

    Raises:
        SweepError: an empty cell, or a number too long to read.
    """
    if not text.strip():
        raise SweepError("an empty cell", advice='an empty text is written """"""')
    try:
        data = json.loads(text)
    except RecursionError:
        raise SweepError("nested too deep") from None
    except ValueError:
        return _python(text)
    return from_json(data)


def _python(text: str) -> Any:
    if text in ("True", "False"):
        return text == "True"
    if _INTEGER.match(text):
        try:
            return int(text)
        except ValueError:
            raise SweepError(f"an int of {len(text)} digits is too long") from None
    return float(text) if _NUMBER.match(text) else text


def write_cell(data: Any) -> str:
    """Return JSON data as a cell that :func:`read_cell` reads back; a text has quotes only where it needs them."""
    if isinstance(data, str) and data.strip() and not _INTEGER.match(data):
        try:
            json.loads(data)
        except RecursionError:
            pass
        except ValueError:
            if data.isprintable() and _python(data) == data:
                return data
    return json.dumps(data, separators=(",", ":"))


def _check_once(names: list[str], where: str) -> None:
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise SweepError(f"{where} has {twice[0]} twice", path=twice[0])
