"""Expectation values of observables: measurements in bases, and values with standard errors from their counts.

- ``measurement``: operations that measure their qubits in given bases
- ``observables``: observables by name, and the bases in which all of them are measured
- ``width``: the number of qubits of an observable against that of an operation
- ``shares``: the shots of a point shared out among its bases
- ``moments``: values and standard errors from counts
- ``exact``: values from the state vector, without sampling
- ``shift``: gradients by the parameter-shift rule
- ``estimates``: the values of all points, as arrays, tables and plots
- ``files``: estimates as JSON and CSV
"""

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .estimates import Estimates, PointEstimate
    from .measurement import measured

__all__ = ["Estimates", "PointEstimate", "measured"]

__getattr__ = loads(__name__, {"Estimates": "estimates", "PointEstimate": "estimates", "measured": "measurement"})
