"""A dict that nobody can change, for what results hand out."""

from __future__ import annotations

from typing import Any, Generic, NoReturn, TypeVar

__all__ = ["FrozenDict"]

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V], Generic[K, V]):
    """A dict in every way, JSON and pickle included, except that changing it is a TypeError.

    >>> FrozenDict(a=1)["a"], dict(FrozenDict(a=1)) | {"b": 2}
    (1, {'a': 1, 'b': 2})
    """

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("results cannot be changed; take a copy: dict(...)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __copy__(self) -> dict[K, V]:
        return dict(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)
