"""Python values to Q# literals, and back."""

from .code import QsharpCode
from .dispatch import MAX_LEVELS, to_qsharp
from .layout import enclose
from .reader import from_qsharp
from .structs import Newtype, Struct, Structs
from .writers.callables import callable_path

__all__ = [
    "MAX_LEVELS",
    "Newtype",
    "QsharpCode",
    "Struct",
    "Structs",
    "callable_path",
    "enclose",
    "from_qsharp",
    "to_qsharp",
]
