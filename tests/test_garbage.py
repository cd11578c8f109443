"""Contexts of the user's are collected before threads start, and nothing is where there are none."""

from __future__ import annotations

import gc
import sys
import weakref
from types import ModuleType

import pytest
import qdk

import qsharp_bridge as qb
from qsharp_bridge import _garbage


@pytest.fixture
def no_contexts() -> None:
    qdk.Context()
    _garbage.collect_contexts()
    _garbage.collect_contexts()


def full_collections() -> int:
    return gc.get_stats()[2]["collections"]


def test_a_context_that_was_dropped_is_collected(no_contexts: None) -> None:
    context = qdk.Context()
    context.eval("operation Op() : Unit {}")
    _garbage.collect_contexts()  # it is old now
    found = weakref.ref(context)
    context.itself = context
    del context
    _garbage.collect_contexts()
    assert found() is None


@pytest.mark.skipif(gc.get_threshold()[0] == 0, reason="the collector is off")
def test_a_global_context_costs_one_collection_and_is_collected_when_it_is_dropped(no_contexts: None) -> None:
    if _garbage._clean_since is None:
        pytest.skip("another test holds a context")
    module = ModuleType("module_of_a_user")
    sys.modules[module.__name__] = module
    try:
        module.context = qdk.Context()  # type: ignore[attr-defined]
        found = weakref.ref(module.context)
        module.context.itself = module.context
        _garbage.collect_contexts()
        before = full_collections()
        _garbage.collect_contexts()
        assert full_collections() == before
        module.context = None  # type: ignore[attr-defined]
        _garbage.collect_contexts()
        assert found() is None
    finally:
        del sys.modules[module.__name__]


@pytest.mark.skipif(gc.get_threshold()[0] == 0, reason="the collector is off")
def test_without_a_context_of_the_users_nothing_is_collected(no_contexts: None) -> None:
    if _garbage._clean_since is None:
        pytest.skip("another test holds a context")
    qb.Program.from_source("operation Op() : Unit {}").operation("Op")  # a context of our own
    before = full_collections()
    _garbage.collect_contexts()
    assert full_collections() == before
