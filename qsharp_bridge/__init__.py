"""Q# programs and parameter sweeps from Python.

Python and numpy values become Q# literals and entry expressions; Q# programs are compiled for a target; a
parameter sweep is submitted as jobs in one Azure Quantum session, and its results are one labelled object.

    >>> import qsharp_bridge as qb
    >>> qb.to_qsharp([0.0, 1.0])
    '[0.0, 1.0]'

Names are loaded on first use: importing this package imports neither qdk nor azure-quantum nor numpy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._lazy import loads
from ._version import __version__ as __version__

if TYPE_CHECKING:
    from . import emulator, errors, strategies
    from .azure import sessions
    from .connecting import connect
    from .errors import BridgeError, CompileError, QsharpTypeError, QsharpValueError, SourceError
    from .estimator import Estimates
    from .literals import QsharpCode, from_qsharp, to_qsharp
    from .parallel.dask import dask_executor
    from .paulis import PauliSum
    from .programs import EntryTemplate, Operation, Program
    from .results import SweepResults
    from .runner import (
        EstimatePlan,
        HybridSession,
        SweepPlan,
        SweepRun,
        estimate,
        plan_estimate,
        plan_sweep,
        recover_sweep,
        resume_sweep,
        run_sweep,
        run_sweep_async,
        start_sweep,
    )
    from .simulators import LocalSimulator
    from .sweepfile import load_sweep_file
    from .sweeps import Sweep
    from .syntax import QsharpType, parse_type

_HOME = {
    name: module
    for module, names in {
        "connecting": ("connect",),
        "errors": ("BridgeError", "CompileError", "QsharpTypeError", "QsharpValueError", "SourceError"),
        "estimator": ("Estimates",),
        "literals": ("QsharpCode", "from_qsharp", "to_qsharp"),
        "parallel.dask": ("dask_executor",),
        "paulis": ("PauliSum",),
        "programs": ("EntryTemplate", "Operation", "Program"),
        "results": ("SweepResults",),
        "runner": ("EstimatePlan", "HybridSession", "SweepPlan", "SweepRun", "estimate", "plan_estimate", "plan_sweep",
                   "recover_sweep", "resume_sweep", "run_sweep", "run_sweep_async", "start_sweep"),
        "simulators": ("LocalSimulator",),
        "sweepfile": ("load_sweep_file",),
        "sweeps": ("Sweep",),
        "syntax": ("QsharpType", "parse_type"),
    }.items()
    for name in names
}  # fmt: skip
_MODULES = {
    "emulator": "emulator",
    "errors": "errors",
    "sessions": "azure.sessions",
    "strategies": "strategies",
}

__all__ = [
    "BridgeError",
    "CompileError",
    "EntryTemplate",
    "EstimatePlan",
    "Estimates",
    "HybridSession",
    "LocalSimulator",
    "Operation",
    "PauliSum",
    "Program",
    "QsharpCode",
    "QsharpType",
    "QsharpTypeError",
    "QsharpValueError",
    "SourceError",
    "Sweep",
    "SweepPlan",
    "SweepResults",
    "SweepRun",
    "connect",
    "dask_executor",
    "emulator",
    "errors",
    "estimate",
    "from_qsharp",
    "load_sweep_file",
    "parse_type",
    "plan_estimate",
    "plan_sweep",
    "recover_sweep",
    "resume_sweep",
    "run_sweep",
    "run_sweep_async",
    "sessions",
    "start_sweep",
    "strategies",
    "to_qsharp",
]


_load = loads(__name__, _HOME)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{_MODULES[name]}")
    return _load(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
