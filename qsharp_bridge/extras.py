"""Imports of optional packages, with an error that says how to install them."""

from __future__ import annotations

import importlib
from typing import Any

from .errors import MissingExtraError


def needs(module: str, extra: str) -> Any:
    """Import and return a module of an optional package.

    Args:
        module: the name of the module.
        extra: the extra of this package that installs it.

    Raises:
        MissingExtraError: the module is not installed; the advice is the line that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingExtraError(
            f"this needs {module.partition('.')[0]}", advice=f'pip install "qsharp-bridge[{extra}]"'
        ) from None
