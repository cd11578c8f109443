"""Q# programs: their operations, entry expressions, and compiled forms."""

from .entry_template import EntryTemplate
from .operation import Operation
from .program import Program
from .signature import Parameter, Signature
from .sources import Sources

__all__ = ["EntryTemplate", "Operation", "Parameter", "Program", "Signature", "Sources"]
