"""Errors collect where something went wrong on their way up, and never change one that somebody else holds."""

from __future__ import annotations

import pickle
from concurrent.futures import Future

import pytest

from qsharp_bridge import errors
from qsharp_bridge.errors import BridgeError, QsharpValueError, SweepFileError

KINDS = [
    kind for kind in map(vars(errors).get, errors.__all__) if isinstance(kind, type) and kind is not SweepFileError
]


@pytest.mark.parametrize("kind", KINDS)
def test_more_of_the_place_is_a_new_error(kind: type[BridgeError]) -> None:
    first = kind("too large", path="[1]", advice="use a smaller one")
    second = first.under("angle").at(operation="Main", point=3)
    assert type(second) is kind
    assert str(second) == "Main, point 3: angle[1]: too large; use a smaller one"
    assert str(first) == "[1]: too large; use a smaller one"
    assert second.args == first.args


def test_other_advice_is_a_new_error() -> None:
    first = BridgeError("too large", path="n", point=2, advice="use a smaller one")
    assert str(first.with_advice(first.advice, None, "or another target")) == (
        "point 2: n: too large; use a smaller one; or another target"
    )
    assert str(first.with_advice()) == "point 2: n: too large"
    assert str(first) == "point 2: n: too large; use a smaller one"


def test_what_is_known_already_stays() -> None:
    error = BridgeError("too large", operation="Inner", point=0)
    assert str(error.at(operation="Outer", point=7)) == "Inner, point 0: too large"


def _broken(text: str) -> int:
    try:
        return int(text)
    except ValueError as cause:
        raise QsharpValueError("no number") from cause


def test_cause_and_traceback_go_along() -> None:
    with pytest.raises(QsharpValueError) as caught:
        _broken("x")
    placed = caught.value.under("n")
    assert placed.__cause__ is caught.value.__cause__ is not None
    assert placed.__traceback__ is caught.value.__traceback__ is not None


def _at(future: Future[None], point: int) -> None:
    try:
        future.result()
    except BridgeError as error:
        raise error.at(point=point) from None


def test_two_points_that_share_one_failure_each_name_their_own() -> None:
    """A future gives the same error object to everyone who asks."""
    future: Future[None] = Future()
    future.set_exception(BridgeError("broken"))
    with pytest.raises(BridgeError, match=r"^point 1: broken$"):
        _at(future, 1)
    with pytest.raises(BridgeError, match=r"^point 2: broken$"):
        _at(future, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_errors_cross_processes_whole(kind: type[BridgeError]) -> None:
    error = kind("too large", path="n", operation="Main", point=3, advice="use a smaller n")
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.__dict__) == (kind, str(error), error.__dict__)
