"""Values with a unit, of astropy and pint, as plain numbers: angles in radians, and dimensionless values."""

from __future__ import annotations

import sys
from typing import Any

from qsharp_bridge.errors import QsharpTypeError


def without_unit(value: Any) -> Any:
    """Return an angle in radians, or a dimensionless value, as a plain number or array.

    Raises:
        QsharpTypeError: the unit is another one, or the library is not known.

    >>> import astropy.units as u
    >>> float(without_unit(180 * u.deg)), float(without_unit(5 * u.percent))
    (3.141592653589793, 0.05)
    """
    homes = {base.__module__.partition(".")[0] for base in type(value).__mro__}
    if "astropy" in homes and hasattr(value, "quantity"):  # a column of a table, whose unit may be None
        import numpy as np

        return np.asarray(value) if value.unit is None else without_unit(value.quantity)
    if "astropy" in homes:
        return _of_astropy(value, sys.modules["astropy.units"])
    if "pint" in homes:
        return _of_pint(value)
    unit = getattr(value, "units", getattr(value, "unit", "?"))
    raise QsharpTypeError(
        f"a value with the unit {unit}, of a library that is not known here",
        advice="pass the number itself, in radians if it is an angle",
    )


def _of_astropy(value: Any, units: Any) -> Any:
    if hasattr(value.unit, "function_unit"):
        raise _no_number(value.unit, ".physical for the value, or .value for its logarithm")
    if value.unit.is_equivalent(units.rad):
        return value.to_value(units.rad)
    if value.unit.is_equivalent(units.dimensionless_unscaled) and value.unit.physical_type == "dimensionless":
        return value.to_value(units.dimensionless_unscaled)
    raise _no_number(value.unit, f'.to_value("{value.unit}")')


def _of_pint(value: Any) -> Any:
    # In pint an angle is dimensionless, too, and its base unit is the radian.
    if value.dimensionless:
        return value.to_base_units().magnitude
    raise _no_number(value.units, f'.m_as("{value.units}")')


def _no_number(unit: Any, advice: str) -> QsharpTypeError:
    return QsharpTypeError(
        f"a value with the unit {unit} is not a plain number", advice=f"convert it to the unit of the program: {advice}"
    )
