"""The examples in the docstrings do what they say."""

import doctest
import importlib
import pkgutil

import pytest

import qsharp_bridge.literals
import qsharp_bridge.syntax

MODULES = [
    f"{package.__name__}.{module.name}"
    for package in (qsharp_bridge.literals, qsharp_bridge.syntax)
    for module in pkgutil.iter_modules(package.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    names = {"to_qsharp": qsharp_bridge.literals.to_qsharp}
    assert doctest.testmod(module, extraglobs=names).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) >= 10
