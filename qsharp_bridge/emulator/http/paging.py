"""Pages of lists: up to 100 items, and the link to the next page.

The link is absolute, and the client follows it unchanged. Source: recorded lists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urlencode

from starlette.responses import Response

from qsharp_bridge.emulator.errors import BadRequest
from qsharp_bridge.emulator.state.models import Job, Session

from .odata import Term, order_sql, parse_filter, parse_orderby, to_sql
from .request import Call
from .responses import json_reply

_LARGEST: Final = 100
"""Items of a page at most; a larger ``top`` is reduced to it."""

_KNOWN: Final = frozenset({"filter", "orderby", "top", "skip", "api-version"})
_COLUMNS: Final[dict[type[Any], dict[str, str]]] = {
    Job: {"item_type": "'Job'"},
    Session: {"item_type": "'Session'", "job_type": "''"},
}
_DEFAULT: Final = "created, seq"

_Record = TypeVar("_Record", Job, Session)
_Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Listing:
    """The query of a list: conditions, order, first item, and number of items."""

    terms: list[Term]
    orderby: tuple[str, bool] | None
    skip: int
    top: int

    @classmethod
    def of(cls, call: Call) -> _Listing:
        """Read the query of a call."""
        unknown = set(call.query) - _KNOWN
        if unknown:
            raise BadRequest("InvalidQueryParameter", f"Unknown query parameter '{min(unknown)}'.")
        return cls(
            parse_filter(call.query.get("filter")),
            parse_orderby(call.query.get("orderby")),
            _whole_number(call, "skip", 0, 0),
            min(_whole_number(call, "top", _LARGEST, 1), _LARGEST),
        )

    def limit(self) -> str:
        """Return the SQL for the page and one item more, which shows whether there is a next page."""
        return f"LIMIT {self.top + 1} OFFSET {self.skip}"


def page_of_records(
    call: Call,
    kind: type[_Record],
    where: str,
    values: list[Any],
    write: Callable[[_Record], _Json],
    *,
    default: str = _DEFAULT,
) -> Response:
    """Return a page of jobs, or of sessions."""
    listing = _Listing.of(call)
    call.engine.settle()
    columns = _COLUMNS[kind]
    condition: tuple[str, list[Any]] = to_sql(listing.terms, columns)
    order = order_sql(listing.orderby, default, columns)
    # The page is found in an index alone, then its records are read: skipped records are not read.
    place = f"SELECT seq FROM {kind.__name__.lower()}s WHERE {where} AND {condition[0]} {order} {listing.limit()}"
    found = call.engine.store.find(kind, f"seq IN ({place})", [*values, *condition[1]], then=order)
    return _page(call, listing, found, write)


def page_of_items(call: Call, write_job: Callable[[Job], _Json], write_session: Callable[[Session], _Json]) -> Response:
    """Return a page of sessions, and of jobs that belong to none."""
    listing = _Listing.of(call)
    engine = call.engine
    engine.settle()
    jobs, job_values = to_sql(listing.terms, _COLUMNS[Job])
    sessions, session_values = to_sql(listing.terms, _COLUMNS[Session])
    shared = "seq, name, provider, target, status, created"
    rows = engine.store.execute(
        f"SELECT kind, seq FROM ("
        f"SELECT 'Job' AS kind, 'Job' AS item_type, job_type, {shared} FROM jobs"
        f" WHERE workspace = ? AND session IS NULL AND {jobs} UNION ALL "
        f"SELECT 'Session', 'Session', '', {shared} FROM sessions WHERE workspace = ? AND {sessions}"
        f") {order_sql(listing.orderby, _DEFAULT, {})} {listing.limit()}",
        [call.workspace, *job_values, call.workspace, *session_values],
    )

    def written(
        kind: type[_Record], write: Callable[[_Record], dict[str, Any]]
    ) -> dict[tuple[str, int], dict[str, Any]]:
        chosen = ", ".join(str(seq) for name, seq in rows[: listing.top] if name == kind.__name__)
        return {(kind.__name__, one.seq): write(one) for one in engine.store.find(kind, f"seq IN ({chosen})")}

    found = written(Job, write_job) | written(Session, write_session)
    return _page(call, listing, rows, lambda row: found[tuple(row)])


def _page(call: Call, listing: _Listing, found: list[Any], write: Callable[[Any], _Json]) -> Response:
    more = len(found) > listing.top
    return json_reply(
        {
            "value": [write(item) for item in found[: listing.top]],
            "nextLink": _next_link(call, listing) if more else None,
        }
    )


def _next_link(call: Call, listing: _Listing) -> str:
    asked = call.query
    query = {name: asked[name] for name in ("filter", "orderby") if asked.get(name)}
    query |= {"top": str(listing.top), "skip": str(listing.skip + listing.top)}
    if "api-version" in asked:
        query["api-version"] = asked["api-version"]
    return f"{call.base}{call.path}?{urlencode(query)}"


def _whole_number(call: Call, name: str, default: int, least: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not least <= int(text[:20]) < 2**31:
        raise BadRequest("InvalidQueryParameterValue", f"{name} must be a whole number from {least}.")
    return int(text)
