"""Python values to Q# literals, and back."""

from .callables import callable_path
from .code import QsharpCode
from .layout import enclose
from .printer import MAX_LEVELS, to_qsharp
from .reading import from_qsharp
from .structs import Newtype, Struct, Structs

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
