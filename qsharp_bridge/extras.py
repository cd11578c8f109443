"""Optional packages: there, or an error that says how to get them."""

from __future__ import annotations

import importlib
from typing import Any

from .errors import MissingExtraError


def needs(module: str, extra: str) -> Any:
    """Return the imported module.

    Raises:
        MissingExtraError: it is not installed; the advice is the install line.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingExtraError(
            f"this needs {module.partition('.')[0]}", advice=f'pip install "qsharp-bridge[{extra}]"'
        ) from None
