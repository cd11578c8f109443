"""LLVM through pyqir: modules, entry points, the numbers of constants; and the panics of Rust libraries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from qsharp_bridge.errors import BridgeError, SimulationError, UnsupportedQirError

_ADDRESS = re.compile(r"\S+ inttoptr \(i64 ([0-9]+) to [^)]*\)")

T = TypeVar("T")


def parse(text: str) -> Any:
    """Parse LLVM text, and return a verified ``pyqir.Module``.

    Raises:
        UnsupportedQirError: the text is not a valid LLVM module.
    """
    import pyqir

    try:
        module = pyqir.Module.from_ir(pyqir.Context(), text)
        problem = module.verify()
    except (ValueError, OverflowError) as error:
        problem = str(error)
    if problem is not None:
        raise UnsupportedQirError(f"malformed QIR: {' '.join(problem.split())}")
    return module


def entry_point(module: Any) -> Any:
    """Return the ``pyqir.Function`` that is the module's only entry point.

    Raises:
        UnsupportedQirError: the module has none, or several.
    """
    import pyqir

    found = [function for function in module.functions if pyqir.is_entry_point(function)]
    if len(found) != 1 or not found[0].basic_blocks:
        raise UnsupportedQirError(
            f"malformed QIR: {len(found)} entry points where one is needed",
            advice='mark one function with a body with the attribute "entry_point"',
        )
    return found[0]


def constant_number(value: Any) -> int | None:
    """Return the number of a constant qubit or result; None for any other value."""
    import pyqir

    if not isinstance(value, pyqir.Constant):
        return None
    if value.is_null:
        return 0
    # Not pyqir.ptr_id, which crashes on undef, and returns wrong numbers for other constants.
    found = _ADDRESS.fullmatch(str(value))
    return None if found is None or isinstance(value, pyqir.GlobalVariable | pyqir.Function) else int(found[1])


def check_constant(value: Any) -> None:
    """Check that ``value``, if it is a constant, is one that qdk can read: others crash pyqir 0.12, which qdk uses.

    Raises:
        UnsupportedQirError: the constant is another one.
    """
    import pyqir

    if isinstance(value, pyqir.ArrayConstant):
        for element in value.elements:
            check_constant(element)
        return
    known = (pyqir.IntConstant, pyqir.FloatConstant, pyqir.GlobalVariable, pyqir.Function)
    if (
        isinstance(value, pyqir.Constant)
        and not isinstance(value, known)
        and not value.is_null
        and not _ADDRESS.fullmatch(str(value))
        and not isinstance(value.type, pyqir.ArrayType)
    ):
        raise UnsupportedQirError(f"unknown constant {str(value).strip()}")


def contained(kind: type[SimulationError], what: str, work: Callable[..., T], *arguments: Any) -> T:
    """Return ``work(*arguments)``; raise a panic of a Rust library as ``kind``.

    ``pyo3_runtime.PanicException`` is a BaseException: no ``except Exception`` sees it, and it would end a worker.
    The error has none of the frames below it: pyqir's objects must be freed by the thread that made them, and an
    error may be taken to another thread.

    >>> contained(SimulationError, "qdk panicked", abs, -1)
    1
    """
    problem: BridgeError
    try:
        return work(*arguments)
    except BridgeError as error:
        problem = error.with_traceback(None)
        problem.__cause__ = problem.__context__ = None
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":
            raise
        problem = kind(f"{what}: {panic}")
    raise problem  # outside of the handler, so that the panic is not its context
