"""The filter and orderby parser: what the client builds is understood; what it cannot build is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from azure.quantum import Workspace
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.emulator.errors import BadRequest
from qsharp_bridge.emulator.http.odata import LONGEST, Term, parse_filter, parse_orderby, to_sql

plain = st.text(st.characters(exclude_characters="'"), min_size=1, max_size=12)
tricky = st.lists(
    st.sampled_from(["'", "')", " and ", " or ", "(", ")", ",", " ", "a", "Z", "eq", "é", "State eq 'x'"]),
    min_size=1,
    max_size=6,
).map("".join)


def built(**options: Any) -> str | None:
    """The filter that the real client builds."""
    return Workspace._create_filter(Workspace.__new__(Workspace), **options)


@given(
    name=st.none() | plain,
    kinds=st.lists(plain, max_size=3),
    providers=st.lists(plain, max_size=3),
    states=st.lists(plain, max_size=3),
)
def test_what_the_client_builds_is_read_back(
    name: str | None, kinds: list[str], providers: list[str], states: list[str]
) -> None:
    text = built(job_name=name, item_type=kinds, provider_ids=providers, status=states)
    expected = [Term("Name", "startswith", (name,))] if name else []
    for property_, values in (("ItemType", kinds), ("ProviderId", providers), ("State", states)):
        if values:
            expected.append(Term(property_, "eq", tuple(values)))
    assert parse_filter(text) == expected


@given(name=tricky)
def test_a_name_with_quotes_alone_is_read_back(name: str) -> None:
    assume_ends = built(job_name=name)
    terms = parse_filter(assume_ends)
    # Where the name itself reads like the end of the text and a further term, the shorter reading wins.
    if "') and " not in name:
        assert terms == [Term("Name", "startswith", (name,))]


@given(values=st.lists(tricky, min_size=1, max_size=3))
def test_tricky_values_never_break_the_parser(values: list[str]) -> None:
    text = built(provider_ids=values)
    try:
        terms = parse_filter(text)
    except BadRequest:
        return
    sql, operands = to_sql(terms, {})
    assert sql.count("?") == len(operands)


@given(text=st.text(max_size=300) | st.text("() '=,andoreqStateNme", max_size=300))
def test_any_text_is_understood_or_refused(text: str) -> None:
    with contextlib.suppress(BadRequest):
        to_sql(parse_filter(text), {})


@pytest.mark.parametrize(
    "text",
    [
        "(" * LONGEST,
        "(Name eq '" + "' or Name eq '" * 140,
        "startswith(Name, '" + "')" * 1000,
        "startswith(Name, '" + "') and " * 280,
        " and ".join(["Name eq ''"] * 130),
        "'" * LONGEST,
        "(Name eq 'a" + "') and (Name eq 'a" * 110,
        "x" * (LONGEST + 1),
    ],
)
def test_hostile_filters_end(text: str) -> None:
    with contextlib.suppress(BadRequest):
        parse_filter(text)


@pytest.mark.parametrize(
    "text",
    [
        "Secret eq 'x'",
        "Name eq x",
        "CreationTime eq '2024-01-01'",
        "CreationTime ge 2024-13-01",
        "State eq 'x' and",
        "endswith(Name, 'x')",
        "CreationTime ge 99999999999",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        to_sql(parse_filter(text), {})


def test_dates_are_whole_days() -> None:
    day = 24 * 3600 * 1_000_000
    (_, low) = to_sql(parse_filter("CreationTime ge 1970-01-02"), {})
    (_, high) = to_sql(parse_filter("CreationTime le 1970-01-02"), {})
    assert low == [day]
    assert high == [2 * day - 1]
    with pytest.raises(BadRequest):
        to_sql(parse_filter("CreationTime le 9999-12-31"), {})


def test_orderby() -> None:
    assert parse_orderby("CreationTime desc") == ("CreationTime", True)
    assert parse_orderby("Name asc") == ("Name", False)
    assert parse_orderby(None) is None
    for text in ("Name; DROP TABLE jobs", "Secret asc", "Name up", "Name asc, Id"):
        with pytest.raises(BadRequest):
            parse_orderby(text)
