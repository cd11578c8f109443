"""Q# programs: their operations, entry expressions, and compiled forms."""

from .operation import Operation
from .program import Program
from .signature import Parameter, Signature
from .sources import Sources

__all__ = ["Operation", "Parameter", "Program", "Signature", "Sources"]
