import orjson
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.literals.layout import WIDTH, enclose, pack

pieces = st.text("ab\n", max_size=30).map(lambda text: text * 50)


@given(st.lists(pieces, max_size=60))
def test_items_are_joined_by_commas_and_lines_stay_short(items):
    text = enclose("[", items, "]")
    rest = text[1:-1]
    for index, item in enumerate(items):
        if index:
            assert rest[:2] in (", ", ",\n")
            rest = rest[2:]
        assert rest.startswith(item)
        rest = rest[len(item) :]
    assert rest == ""
    assert max(map(len, text.split("\n"))) <= WIDTH + 2


def test_one_line_where_it_fits():
    assert enclose("f(", ["1", "2"], ")") == "f(1, 2)"
    assert enclose("[", [], "]") == "[]"


@given(st.lists(st.lists(st.integers(), max_size=500), min_size=1, max_size=30))
def test_blocks_become_one_array(blocks):
    values = [value for block in blocks for value in block]
    full = [block for block in blocks if block]
    text = pack([orjson.dumps([str(value) for value in block]).replace(b'"', b"") for block in full] or [b"[]"])
    assert text.replace(" ", "").replace("\n", "") == str(values).replace(" ", "")
    assert max(map(len, text.split("\n"))) <= WIDTH + 2
    assert len(values) > 100 or "\n" not in text
