"""The marker of trusted Q# code."""

from __future__ import annotations

from typing import Any

from qsharp_bridge.errors import QsharpTypeError

__all__ = ["QsharpCode", "UntrustedCode"]


class QsharpCode:
    """A piece of trusted Q# code, which goes into an expression unchanged.

    Everything else that reaches the literal layer is data and cannot change what an expression does. No str
    becomes code by accident: this is no subclass of str, and it is made only by calling it.

    Args:
        code: one Q# expression, such as ``"Rx(0.5, _)"`` or ``"Std.Math.PI()"``. It is not checked here; the
            compiler does that.

    Raises:
        QsharpTypeError: ``code`` is not a str.

    >>> from qsharp_bridge import to_qsharp
    >>> to_qsharp([QsharpCode("Std.Math.PI()"), 1.0])
    '[Std.Math.PI(), 1.0]'
    """

    __slots__ = ("code",)
    code: str

    def __init__(self, code: str) -> None:
        if not isinstance(code, str):
            raise QsharpTypeError(f"Q# code is a str, not {type(code).__name__}")
        object.__setattr__(self, "code", str(code))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("QsharpCode cannot be changed")

    def __qsharp__(self) -> str:
        return self.code

    def __str__(self) -> str:
        return self.code

    def __repr__(self) -> str:
        return f"QsharpCode({self.code!r})"

    def __eq__(self, other: object) -> bool:
        return self.code == other.code if isinstance(other, QsharpCode) else NotImplemented

    def __hash__(self) -> int:
        return hash((QsharpCode, self.code))

    def __reduce__(self) -> tuple[Any, ...]:
        return QsharpCode, (self.code,)


class UntrustedCode:
    """Q# code that was read from a file, a journal or a service: data, which no expression takes.

    Args:
        code: the text.

    >>> UntrustedCode("Evil()")
    UntrustedCode('Evil()')
    """

    __slots__ = ("code",)
    code: str

    def __init__(self, code: str) -> None:
        object.__setattr__(self, "code", code)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("UntrustedCode is immutable")

    def __repr__(self) -> str:
        return f"UntrustedCode({self.code!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntrustedCode) and self.code == other.code

    def __hash__(self) -> int:
        return hash(("untrusted", self.code))

    def __reduce__(self) -> tuple[Any, ...]:
        return UntrustedCode, (self.code,)
