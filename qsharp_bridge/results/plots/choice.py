"""The choice of the picture that fits the sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import SweepError
from qsharp_bridge.extras import needs
from qsharp_bridge.literals.kinds import describe
from qsharp_bridge.results.names import own_name
from qsharp_bridge.results.observables import Estimate
from qsharp_bridge.sweeps.shots import shots_text

from .columns import (
    MOST_LINES,
    POINT,
    Columns,
    as_lines,
    assigned,
    distinct,
    is_lattice,
    number_name,
    numeric,
    varying,
)
from .histograms import histograms
from .lines import by_category, one_panel
from .maps import MOST_MAPS, heat_maps, scatter
from .quantities import Quantity, quantities_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qsharp_bridge.results.point import PointResult
    from qsharp_bridge.results.rows import ResultRows

_MOST_CATEGORIES = 24
_MOST_HISTOGRAMS = 36


def plot(
    results: ResultRows,
    *,
    observable: str | Callable[[Any], float] | None = None,
    outcomes: Sequence[str] | None = None,
    over: str | None = None,
    ax: Axes | None = None,
) -> Any:
    """Draw results; nothing is shown or saved. Error bars are Wilson intervals of one standard deviation.

    ================================================  ==========================================================
    what varies                                       picture
    ================================================  ==========================================================
    one number                                        lines, one for each outcome
    a number, and a few values or categories          lines, one for each of these
    two numbers                                       a heat map for each outcome
    three numbers                                     heat maps for each value of that with the fewest
    two numbers that fill no grid                     a coloured dot for each point
    anything else                                     a histogram for each point; with an observable, or for many
                                                      points, lines over the number of the point
    ================================================  ==========================================================

    Each element of an array-valued parameter counts as a parameter. One that follows from another, as in a zip, is not
    counted.

    Args:
        results: of a sweep; the other arguments, the return value and the errors are those of ``SweepResults.plot``.
    """
    needs("matplotlib", "results")
    _check_ax(ax)
    good = [row for row in results if row.weights]
    if not len(results):
        raise SweepError("nothing to plot: there are no points")
    if not good:
        raise SweepError("nothing to plot: no point has a result", advice="look at results.failures")
    quantities = quantities_of(good, observable, outcomes)
    columns = varying(good)
    how = "exact" if results.exact else shots_text(results.shots, "a point")
    title = f"{own_name(results.operation)} on {results.target}, {how}"
    missing = max(row.missing_shots for row in good)
    if missing:
        title += f" (up to {missing} not counted by the service)"

    def titled(shown: list[Quantity]) -> str:
        """Return the title, with the number of outcomes that are left out."""
        total = len({display for row in good for display in row.weights})
        left_out = observable is None and outcomes is None and len(shown) < total
        return f"{title}, {len(shown)} of {total} outcomes" if left_out else title

    if over is not None:
        return _over(over, good, columns, quantities, titled(quantities), ax)
    picture = _over_axes(good, columns, quantities, titled, ax, whole=outcomes is not None)
    if picture is not None:
        return picture
    if observable is not None or (len(good) > _MOST_HISTOGRAMS and outcomes is None):
        return _over_points(good, columns, quantities, titled(quantities), ax)
    return histograms(good, columns, outcomes, title, ax)


def plot_values(
    rows: Sequence[Any],
    names: Mapping[str, str],
    title: str,
    *,
    over: str | None = None,
    ax: Axes | None = None,
    unit: str | None = None,
) -> Any:
    """Draw values with standard errors; nothing is shown or saved.

    Args:
        rows: of a sweep, each with ``index``, ``point`` and ``means``: name to value and error.
        names: the label of each value, by its name.
        title: of the figure.
        over: the parameter along the axis; None for the one that fits.
        ax: where to draw; None for a new figure.
        unit: of the values, for their axis.
    """
    needs("matplotlib", "results")
    _check_ax(ax)
    rows = list(rows)
    if not rows:
        raise SweepError("nothing to plot: no point has a result")

    def of(name: str) -> Callable[[Any], Estimate]:
        def value(row: Any) -> Estimate:
            mean, error = row.means[name]
            return Estimate(mean, mean - error, mean + error)

        return value

    axis = "value" if unit is None else f"value ({unit})"
    quantities = [Quantity(label, axis, of(name)) for name, label in names.items()]
    columns = varying(rows)
    if over is not None:
        return _over(over, rows, columns, quantities, title, ax)
    picture = _over_axes(rows, columns, quantities, lambda _: title, ax, whole=True)
    return _over_points(rows, columns, quantities, title, ax) if picture is None else picture


def _over_axes(
    good: list[PointResult],
    columns: Columns,
    quantities: list[Quantity],
    titled: Callable[[list[Quantity]], str],
    ax: Axes | None,
    *,
    whole: bool,
) -> Any:
    """Draw lines, heat maps or coloured dots; None if none of them fits. ``whole``: leave no quantity out."""
    lines = as_lines(columns)
    if lines is not None:
        along, others = lines
        if others:
            return by_category(good, columns, along, others, quantities, titled(quantities), ax)
        return one_panel(good, along, columns[along], quantities, titled(quantities), ax)
    if len(columns) in (2, 3) and _has_axes(columns) and is_lattice(columns, MOST_MAPS):
        if not whole and len(columns) == 3:
            quantities = quantities[: MOST_MAPS // min(len(distinct(values)) for values in columns.values())]
        return heat_maps(good, columns, quantities, titled(quantities), ax)
    if len(columns) == 2 and all(map(numeric, columns.values())):
        return scatter(good, columns, quantities, titled(quantities), ax)
    return None


def _over_points(
    good: list[PointResult], columns: Columns, quantities: list[Quantity], title: str, ax: Axes | None
) -> Any:
    """Draw the quantities over the only thing that varies, or over the number of the point."""
    ((name, values), *more) = columns.items() or [(number_name(good), [row.index for row in good])]
    if more or len(distinct(values)) > _MOST_CATEGORIES:
        return one_panel(good, number_name(good), [row.index for row in good], quantities, title, ax)
    return one_panel(good, name, values, quantities, title, ax, joined=False)


def _check_ax(ax: object) -> None:
    """Check that ``ax`` is one matplotlib Axes, and not the array that ``plt.subplots(1, 2)`` gives."""
    from matplotlib.axes import Axes

    if ax is not None and not isinstance(ax, Axes):
        raise SweepError(f"ax is {describe(ax)}, not one matplotlib Axes", advice="with several give one: ax=axes[0]")


def _has_axes(columns: Columns) -> bool:
    """Return whether the values of each column are of one kind that has an order."""
    return all(numeric(values) or set(map(type, values)) in ({bool}, {str}) for values in columns.values())


def _over(
    over: str, rows: list[PointResult], columns: Columns, quantities: list[Quantity], title: str, ax: Axes | None
) -> Any:
    every = varying(rows, companions=True)
    if over == POINT and POINT not in every:
        return one_panel(rows, number_name(rows), [row.index for row in rows], quantities, title, ax)
    if over not in every:
        raise SweepError(f"no parameter {over!r} varies", advice=f"give one of {', '.join([*every, POINT])}")
    if over not in columns:  # it replaces the column that it follows from
        columns = varying(rows, first=over)
    values = columns[over]
    others = {name: found for name, found in columns.items() if name != over}
    if not others:
        return one_panel(rows, over, values, quantities, title, ax, joined=numeric(values))
    names = [assigned(dict(zip(others, found, strict=True))) for found in zip(*others.values(), strict=True)]
    if len(set(names)) > MOST_LINES:
        raise SweepError(
            f"there would be {len(set(names))} lines over {over}, one for each {' and '.join(others)}",
            advice=f"choose some points first, with results.where({next(iter(others))}=...)",
        )
    if len(others) == 1:
        return by_category(rows, columns, over, list(others), quantities, title, ax)
    return by_category(rows, {over: values, "": names}, over, [""], quantities, title, ax)
