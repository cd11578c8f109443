"""Q# programs: their operations, entry expressions, and compiled forms.

- ``program``, ``sources``: programs and their source texts
- ``operation``, ``call``, ``signature``: what can be called, with which parameters
- ``entry_template``: entry expressions with holes in which no value can become code
- ``frontends``: OpenQASM, Qiskit, Cirq and notebooks as Q# text
- ``compiler``: the Q# compiler on a thread of its own, its error reports, and a cache on disk
- ``binding``: a sweep for the price of a few compiles
- ``resources``: qubits, depth, gates and estimates of the programs of a sweep
"""

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .binding import Binder, BindingWarning
    from .entry_template import EntryTemplate
    from .operation import Operation
    from .program import Program
    from .signature import Parameter, Signature
    from .sources import Sources

__all__ = ["Binder", "BindingWarning", "EntryTemplate", "Operation", "Parameter", "Program", "Signature", "Sources"]

__getattr__ = loads(
    __name__,
    {
        "Binder": "binding",
        "BindingWarning": "binding",
        "EntryTemplate": "entry_template",
        "Operation": "operation",
        "Parameter": "signature",
        "Program": "program",
        "Signature": "signature",
        "Sources": "sources",
    },
)
