"""The marker of trusted Q# code."""

from __future__ import annotations

from dataclasses import dataclass

from qsharp_bridge.errors import QsharpTypeError


@dataclass(frozen=True, slots=True, repr=False)
class QsharpCode:
    """A piece of trusted Q# code, which goes into an expression unchanged.

    Everything else in the literal layer is data and cannot change what an expression does. A str does not become
    code by accident: this is not a subclass of str.

    Args:
        code: one Q# expression, such as ``"Rx(0.5, _)"`` or ``"Std.Math.PI()"``. Only the compiler checks it.

    Raises:
        QsharpTypeError: ``code`` is not a str.

    >>> from qsharp_bridge import to_qsharp
    >>> to_qsharp([QsharpCode("Std.Math.PI()"), 1.0])
    '[Std.Math.PI(), 1.0]'
    """

    code: str

    def __post_init__(self) -> None:
        if not isinstance(self.code, str):
            raise QsharpTypeError(f"Q# code is a str, not {type(self.code).__name__}")
        object.__setattr__(self, "code", str(self.code))

    def __qsharp__(self) -> str:
        return self.code

    def __str__(self) -> str:
        return self.code

    def __repr__(self) -> str:
        return f"QsharpCode({self.code!r})"


@dataclass(frozen=True, slots=True, repr=False)
class UntrustedCode:
    """Q# code that was read from a file, a journal or a service. It is data, and cannot be written as a literal.

    >>> UntrustedCode("Evil()")
    UntrustedCode('Evil()')
    """

    code: str

    def __repr__(self) -> str:
        return f"UntrustedCode({self.code!r})"
