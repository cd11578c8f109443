"""The base class of the printer, which the writers share. The printer itself is in ``dispatch``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeAlias

from qsharp_bridge.errors import BridgeError, QsharpValueError
from qsharp_bridge.syntax import QsharpType

from . import limits
from .structs import Structs


class Printer(ABC):
    """The state of writing one literal: the known structs, and the number of elements that are still allowed.

    Attributes:
        structs: definitions of structs and newtypes.
        empty_array: whether an empty array was written, which has no type of its own.
        inferred: the type of the whole value, where none was given.
        left: elements that are still allowed.
    """

    __slots__ = ("empty_array", "inferred", "left", "structs")

    def __init__(self, structs: Structs) -> None:
        self.structs = structs
        self.empty_array = False
        self.inferred: QsharpType | None = None
        self.left = limits.MAX_ELEMENTS

    def enter(self, level: int) -> None:
        """Enter an array, tuple or struct that is ``level`` levels deep.

        Raises:
            QsharpValueError: the level is too deep.
        """
        if level >= limits.MAX_LEVELS:
            raise QsharpValueError(
                f"nested more than {limits.MAX_LEVELS} levels deep, or containing itself",
                advice="Q# has no deeper types",
            )

    def spend(self, count: int) -> None:
        """Count elements, so that a small value with a huge literal ends in an error.

        Raises:
            QsharpValueError: there are too many.
        """
        self.left -= count
        if self.left < 0:
            raise limits.too_many()

    @abstractmethod
    def print(self, value: Any, target: QsharpType, level: int = 0) -> str:
        """Return the literal of ``value`` as ``target``, ``level`` levels deep.

        Raises:
            QsharpValueError, QsharpTypeError: the value does not fit, or its own code raised an exception; the error
                has the path below ``value``.
        """

    def print_part(self, step: str, value: Any, target: QsharpType, level: int) -> str:
        """Return the literal of a part of a value; its errors have ``step``, such as ``[0]``, in their path."""
        try:
            return self.print(value, target, level)
        except BridgeError as error:
            raise error.under(step) from error.__cause__


Writer: TypeAlias = Callable[[Printer, Any, QsharpType, int], str]
"""The writer of one kind of type: it writes a value as a type, at a level."""
