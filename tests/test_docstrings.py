"""The docstrings: every public name has one, with types and an example, and every example of the package runs."""

import doctest
import importlib
import inspect
import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

import qsharp_bridge as qb

PACKAGE = Path(qb.__file__).parent
MODULES = sorted(
    ".".join(("qsharp_bridge", *file.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for file in PACKAGE.rglob("*.py")
    if re.search(r"^\s*>>> ", file.read_text(), re.MULTILINE)
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", MODULES)
def test_every_example_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    said: list[str] = []
    for test in doctest.DocTestFinder().find(module, name):
        test.globs["qb"] = qb
        runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)


def _public() -> list[tuple[str, object]]:
    """The public names; a union of classes counts as its classes."""
    found: list[tuple[str, object]] = []
    for name in qb.__all__:
        value = getattr(qb, name)
        members = typing.get_args(value) if not inspect.isclass(value) else ()
        found += [(member.__name__, member) for member in members] or [(name, value)]
    return found


@pytest.mark.parametrize(("name", "value"), list(_public()))
def test_every_public_name_is_explained_with_an_example(name, value):
    text = inspect.getdoc(value) or ""
    assert len(text.split(".")[0]) > 10, f"{name} has no docstring"
    if isinstance(value, types.ModuleType):
        return  # its names have examples of their own: test_every_example_runs
    assert ">>> " in text, f"{name} has no example"


def _functions() -> Iterator[tuple[str, types.FunctionType]]:
    """Public functions, and the public methods of public classes."""
    for name, value in _public():
        if inspect.isfunction(value):
            yield name, value
        if inspect.isclass(value):
            for method, found in vars(value).items():
                function = getattr(found, "__func__", found)  # of a static or class method
                if inspect.isfunction(function) and not method.startswith("_"):
                    yield f"{name}.{method}", function


@pytest.mark.parametrize(("name", "function"), list(_functions()))
def test_every_public_function_has_types_and_says_what_its_parameters_are(name, function):
    text = inspect.getdoc(function) or ""
    assert text, f"{name} has no docstring"
    parameters = [one for one in inspect.signature(function).parameters.values() if one.name not in ("self", "cls")]
    for parameter in parameters:
        assert parameter.annotation is not inspect.Parameter.empty, f"{name}({parameter.name}) has no type"
        if len(parameters) > 3:  # what fewer mean, the sentence above says
            known = re.search(rf"\b{parameter.name}\b", text) or "as for" in text or "with the same arguments" in text
            assert known, f"{name} does not say what {parameter.name} is"
    assert inspect.signature(function).return_annotation is not inspect.Signature.empty
