"""Compile once, bind many: the programs of a sweep at the cost of a few compiles.

The compiler itself states how every number in a program depends on every Double argument, so that the text need
not be compiled again for other values: see docs/binding.md for the method and what is proved before it is used.
"""

from .binder import Binder
from .bound_points import BoundPoints, bind
from .report import Group, Report
from .structure import BindingWarning

__all__ = ["Binder", "BindingWarning", "BoundPoints", "Group", "Report", "bind"]
