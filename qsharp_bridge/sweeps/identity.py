"""Identity of points: canonical texts, which are equal exactly for the same values in Q#."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError

from .columns import is_finite
from .value_json import to_json

if TYPE_CHECKING:
    from .columns import Array
    from .leaves import Node

_CHUNK = 4096  # points that are written together
_FEW = 256  # points: for fewer it is not worth importing numpy


def canonical(values: Mapping[str, Any]) -> str:
    """Return the canonical text of a point: two points have the same text exactly if Q# gets the same values.

    So 1, 1.0 and True differ, 0.0 and -0.0 differ, nan is nan, and the order of the names does not matter.
    A value without a JSON form equals only itself.
    """
    data = {name: _json_or_identity(value) for name, value in values.items()}
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def _json_or_identity(value: Any) -> Any:
    try:
        return to_json(value)
    except BridgeError:
        return {"$object": id(value)}


def canonical_texts(node: Node) -> Iterator[list[str]]:
    """Yield the canonical texts of the points in their order, some at a time."""
    names = sorted(node.keys)
    pattern = ",".join(f"{json.dumps(name).replace('%', '%%')}:%s" for name in names)
    for start in range(0, len(node), _CHUNK):
        stop = min(start + _CHUNK, len(node))
        if names and len(node) >= _FEW:
            import numpy as np

            try:
                columns = node.columns(np.arange(start, stop, dtype=np.intp))
                rows = zip(*(_json_texts(columns[name]) for name in names), strict=True)
                yield [f"{{{row}}}" for row in map(pattern.__mod__, rows)]
                continue
            except BridgeError:  # a value without a JSON form
                pass
        yield [canonical(node.at(index)) for index in range(start, stop)]


def _json_texts(values: Array | list[Any]) -> list[str]:
    """Return the canonical JSON text of each value of a parameter, as in :func:`canonical`.

    Raises:
        BridgeError: a value has no JSON form.
    """
    if not isinstance(values, list):
        items = values.tolist()
        if is_finite(values) and values.dtype.kind != "b":
            if values.ndim == 1:
                return list(map(repr, items))
            return [repr(item).replace(" ", "") for item in items]
        values = items
    known = {id(value): value for value in values}  # one object may be the value of many points
    texts = {place: json.dumps(to_json(value), sort_keys=True, separators=(",", ":")) for place, value in known.items()}
    return [texts[id(value)] for value in values]
