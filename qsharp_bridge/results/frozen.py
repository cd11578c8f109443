"""Dicts and lists that cannot be changed."""

from __future__ import annotations

from typing import Any, Generic, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V], Generic[K, V]):
    """A dict that cannot be changed. JSON, pickle and ``|`` take it as any dict.

    >>> FrozenDict(a=1)["a"], dict(FrozenDict(a=1)) | {"b": 2}
    (1, {'a': 1, 'b': 2})
    """

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("results cannot be changed; take a copy: dict(...)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __copy__(self) -> dict[K, V]:
        return dict(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


class FrozenList(list[V], Generic[V]):
    """A list that cannot be changed. JSON and ``+`` take it as any list; a copy or a pickle of it is a plain list.

    >>> import json
    >>> json.dumps(FrozenList([1, 2])), FrozenList([1]) + [2]
    ('[1, 2]', [1, 2])
    """

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("results cannot be changed; take a copy: list(...)")

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __copy__(self) -> list[V]:
        return list(self)

    def __reduce_ex__(self, _: Any) -> tuple[Any, ...]:
        return list, (list(self),)
