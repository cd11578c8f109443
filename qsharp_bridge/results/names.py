"""Names in tables and plots: of operations, and of columns beside those that a format uses itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from qsharp_bridge._warnings import warn


def own_name(operation: str) -> str:
    """Return an operation's name without the namespace of qdk's importer of circuits, or of the estimator.

    >>> own_name("qasm_import.bell"), own_name("Samples.Rabi"), own_name("QsharpBridge.Estimator.RabiInBasis")
    ('bell', 'Samples.Rabi', 'RabiInBasis')
    """
    return operation.removeprefix("qasm_import.").removeprefix("QsharpBridge.Estimator.")


def free(name: str, taken: Collection[str]) -> str:
    """Return ``name`` with as many ``_`` at the end as make it different from all of ``taken``.

    >>> free("point", {"point", "point_"}), free("theta", {"point"})
    ('point__', 'theta')
    """
    while name in taken:
        name += "_"
    return name


def free_names(keys: Iterable[str], reserved: Collection[str], where: str | None = None) -> dict[str, str]:
    """Return the column of each parameter: its own name, with ``_`` at the end where the format uses that name.

    Args:
        keys: the names of the parameters.
        reserved: the names that the format uses itself.
        where: the name of the format in the warning about a renamed parameter; None for no warning.

    >>> free_names(["n", "point", "point_"], {"point"})
    {'n': 'n', 'point': 'point__', 'point_': 'point_'}
    """
    found = {key: key for key in keys}
    taken = {*found, *reserved}
    for key in found:
        if key in reserved:
            found[key] = free(key, taken)
            taken.add(found[key])
            if where is not None:
                warn(f"{where} uses the name {key!r} itself: the parameter {key!r} is under {found[key]!r}")
    return found


def column_of(name: str, reserved: Collection[str]) -> str:
    """Return the column of a parameter in a file: a reserved name, or one with ``_`` at the end, gets another ``_``.

    >>> column_of("count", {"count"}), column_of("count_", {"count"}), column_of("n", {"count"})
    ('count_', 'count__', 'n')
    """
    return f"{name}_" if name.rstrip("_") in reserved else name


def parameter_of(column: str, reserved: Collection[str]) -> str:
    """Return the parameter that :func:`column_of` gave this column."""
    return column[:-1] if column.endswith("_") and column.rstrip("_") in reserved else column
