"""Parser of the ``filter`` and ``orderby`` of lists, and their translation into SQL.

The grammar is that of the client's filters::

    filter  = term *( " and " term )
    term    = startswith(Name, 'text') | equal | "(" equal *( " or " equal ) ")" | CreationTime (ge|gt|le|lt) time
    equal   = property " eq '" text "'"

The client does not escape quotes: it sends ``startswith(Name, 'it's')``. So a text ends at the first quote after which
the rest is a filter again; the parser tries the quotes in order, and remembers the places at which it failed.

    >>> [term.values for term in parse_filter("startswith(Name, 'it's') and (State eq 'A' or State eq 'B')")]
    [("it's",), ('A', 'B')]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from qsharp_bridge.emulator.errors import BadRequest
from qsharp_bridge.emulator.state.clock import SECOND

_PROPERTIES: Final = ("Name", "ItemType", "JobType", "ProviderId", "Target", "State", "CreationTime")
"""The properties that lists are filtered and ordered by."""

LONGEST: Final = 2048
"""Characters of a filter at most."""

_STARTSWITH: Final = re.compile(r"startswith\((Name), ?'")
_EQUAL: Final = re.compile(r"(\w+) eq '")
_TEXTS: Final = (("startswith", _STARTSWITH, "')"), ("eq", _EQUAL, "'"))
"""The terms with a text: the operator, the pattern before the text, and the mark after it."""
_TIME: Final = re.compile(r"CreationTime (ge|gt|le|lt) ([0-9T:.Z+-]{10,40})")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    Attributes:
        values: the text of startswith, the alternatives of eq, or the time of a comparison.
    """

    property: str
    operator: str
    values: tuple[str, ...]


def parse_filter(text: str | None) -> list[Term]:
    """Return the conditions of a filter, all of which must hold.

    Raises:
        BadRequest: the text is not a filter, or names an unknown property.
    """
    if not text:
        return []
    if len(text) > LONGEST:
        raise _invalid_filter(f"it has more than {LONGEST} characters")
    terms = _Parser(text).parse(0)
    if terms is None:
        raise _invalid_filter(f"cannot understand {text!r}")
    for term in terms:
        if term.property not in _PROPERTIES or (term.property == "CreationTime") != (term.operator in _COMPARE):
            raise _invalid_filter(f"'{term.property}' cannot be compared with {term.operator}")
    return terms


def parse_orderby(text: str | None) -> tuple[str, bool] | None:
    """Return the property to order by, and whether the order is descending; None for no order.

    Raises:
        BadRequest: the text is not ``<property> asc`` or ``<property> desc``.
    """
    if not text:
        return None
    name, _, direction = text.strip().partition(" ")
    if name not in _PROPERTIES or direction not in ("", "asc", "desc"):
        raise BadRequest("InvalidQueryParameterValue", f"orderby: cannot understand {text[:200]!r}")
    return name, direction == "desc"


class _Parser:
    """Recursive descent parser that does not try a rule again at a place where it has failed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._failed: set[tuple[str, int]] = set()

    def parse(self, at: int) -> list[Term] | None:
        """Parse a filter from this place to the end; return None if there is none."""
        if ("filter", at) in self._failed:
            return None
        found = self._with_text(at) or self._group(at) or self._time(at)
        if found is None:
            self._failed.add(("filter", at))
        return found

    def _rest(self, at: int) -> list[Term] | None:
        """Parse the text after a term: nothing, or " and " and a filter."""
        if at == len(self._text):
            return []
        return self.parse(at + 5) if self._text.startswith(" and ", at) else None

    def _with_text(self, at: int) -> list[Term] | None:
        for operator, start, mark in _TEXTS:
            if (match := start.match(self._text, at)) is None:
                continue
            for end in self._places(mark, match.end()):
                rest = self._rest(end + len(mark))
                if rest is not None:
                    return [Term(match[1], operator, (self._text[match.end() : end],)), *rest]
        return None

    def _group(self, at: int) -> list[Term] | None:
        if not self._text.startswith("(", at):
            return None
        found = self._alternatives(at + 1, None)
        if found is None:
            return None
        name, values, rest = found
        return [Term(name, "eq", values), *rest]

    def _alternatives(self, at: int, name: str | None) -> tuple[str, tuple[str, ...], list[Term]] | None:
        """Parse the alternatives of one property up to the closing parenthesis, and the filter after it."""
        match = _EQUAL.match(self._text, at)
        if match is None or (name is not None and match[1] != name) or (f"or {name}", at) in self._failed:
            return None
        for end in self._places("'", match.end()):
            value = self._text[match.end() : end]
            if self._text.startswith(")", end + 1):
                rest = self._rest(end + 2)
                if rest is not None:
                    return match[1], (value,), rest
            elif self._text.startswith(" or ", end + 1):
                more = self._alternatives(end + 5, match[1])
                if more is not None:
                    return match[1], (value, *more[1]), more[2]
        self._failed.add((f"or {name}", at))
        return None

    def _time(self, at: int) -> list[Term] | None:
        match = _TIME.match(self._text, at)
        if match is None:
            return None
        rest = self._rest(match.end())
        return None if rest is None else [Term("CreationTime", match[1], (match[2],)), *rest]

    def _places(self, mark: str, start: int) -> list[int]:
        return [match.start() for match in re.compile(re.escape(mark)).finditer(self._text, start)]


_COMPARE: Final = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}

_COLUMNS: Final = {
    "Name": "name",
    "ItemType": "item_type",
    "JobType": "job_type",
    "ProviderId": "provider",
    "Target": "target",
    "State": "status",
    "CreationTime": "created",
}


def to_sql(terms: Sequence[Term], columns: dict[str, str]) -> tuple[str, list[Any]]:
    """Return the SQL condition of a filter, and its values; ``columns`` has SQL for columns that the table lacks."""
    conditions: list[str] = ["1"]
    values: list[Any] = []
    for term in terms:
        column = columns.get(_COLUMNS[term.property], _COLUMNS[term.property])
        if term.operator == "startswith":
            conditions.append(f"substr({column}, 1, ?) = ?")
            values += [len(term.values[0]), term.values[0]]
        elif term.operator == "eq":
            # Case is ignored, as recorded: the client's own tests send "job" for Job.
            marks = ", ".join(["lower(?)"] * len(term.values))
            conditions.append(f"lower({column}) IN ({marks})")
            values += term.values
        else:
            conditions.append(f"{column} {_COMPARE[term.operator]} ?")
            values.append(_instant(term.values[0], whole_day=term.operator in ("le", "gt")))
    return " AND ".join(conditions), values


def order_sql(orderby: tuple[str, bool] | None, default: str, columns: dict[str, str]) -> str:
    """Return the ORDER BY clause; equal items are ordered by their creation."""
    if orderby is None:
        return f"ORDER BY {default}"
    name, down = orderby
    column = columns.get(_COLUMNS[name], _COLUMNS[name])
    way = "DESC" if down else "ASC"
    return f"ORDER BY {column} {way}, created {way}, seq {way}"


def _instant(text: str, *, whole_day: bool) -> int:
    """Return the instant of a date or a time. A date is a whole day: ``le`` includes all of it."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if whole_day and _DAY.fullmatch(text):
            return round((moment + timedelta(days=1)).timestamp() * SECOND) - 1
        return round(moment.timestamp() * SECOND)
    except (ValueError, OverflowError):
        raise _invalid_filter(f"{text!r} is not a time") from None


def _invalid_filter(problem: str) -> BadRequest:
    return BadRequest("InvalidQueryParameterValue", f"filter: {problem}")
