"""Python values to Q# literals, and back."""

from .code import QsharpCode, UntrustedCode
from .dispatch import to_qsharp
from .layout import enclose
from .limits import MAX_LEVELS
from .reader import from_qsharp
from .structs import Newtype, Struct, Structs
from .writers.callables import callable_path

__all__ = [
    "MAX_LEVELS",
    "Newtype",
    "QsharpCode",
    "Struct",
    "Structs",
    "UntrustedCode",
    "callable_path",
    "enclose",
    "from_qsharp",
    "to_qsharp",
]
