from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.literals.writers.size import count_elements

nested = st.recursive(
    st.integers(), lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner)
)


def plainly(value):
    if isinstance(value, dict):
        value = list(value.values())
    return len(value) + sum(map(plainly, value)) if isinstance(value, (list, tuple)) else 0


@given(nested)
def test_elements_are_those_of_all_levels(value):
    assert count_elements(value) == plainly(value)
    assert count_elements([value, value]) == 2 + 2 * plainly(value)


def test_one_that_contains_itself_is_counted_to_an_end():
    value = [1]
    value.append(value)
    assert count_elements(value) == 2


def test_shared_lists_are_counted_often_and_visited_once():
    value = []
    for _ in range(80):
        value = [value, value]
    assert count_elements(value) == 2**81 - 2
