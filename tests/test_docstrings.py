"""The docstrings of every public name: types, parameters, units, errors, and examples that run.

Public is what ``qb.__all__`` and the ``__all__`` of its modules name, what the pages in docs/reference show, and the
public members of those classes. Docstrings are read with griffe, which also reads them for the site: what is checked
here is what is shown there. (ruff's DOC rules and pydoclint look at files, private helpers included, and know nothing
of what is public, of units or of examples.)
"""

import ast
import builtins
import doctest
import importlib
import inspect
import logging
import re
import textwrap
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe
import pytest

import qsharp_bridge as qb

ROOT = Path(__file__).parent.parent
PACKAGE = Path(qb.__file__).parent
MODULES = sorted(
    ".".join(("qsharp_bridge", *file.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for file in PACKAGE.rglob("*.py")
    if re.search(r"^\s*>>> ", file.read_text(), re.MULTILINE)
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

# A parameter or attribute with such a name is a quantity: what is said of it must name the unit, or what it counts.
UNITS = {
    r"timeout|seconds|retry_after|_lag$|idle|^pace$": r"\bseconds?\b",
    r"^(total_)?shots$": r"each|point|evaluation|job|in all|how often",
    r"budget|^(job_)?costs?$": r"\bunit\b",
    r"angle|theta|phase": r"radian",
    r"bytes|memory": r"\bbytes?\b|MiB",
}

logging.getLogger("griffe").setLevel(logging.ERROR)  # "a, b: ..." documents two parameters in one line


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


# ---- what is public


def _at(path: str) -> Any:
    """What a dotted path of the reference names."""
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            value = getattr(value, part)
        return value
    raise AssertionError(f"docs/reference names {path}, which does not exist")


def _public() -> dict[str, Any]:
    """The public modules, classes and functions by name; a union of classes counts as its classes."""
    found: dict[str, Any] = {}

    def add(value: Any) -> None:
        if isinstance(value, types.ModuleType):
            found[value.__name__] = value
            for name in getattr(value, "__all__", ()):
                add(getattr(value, name))
            return
        members = () if inspect.isclass(value) else typing.get_args(value)
        for one in members or (value,):
            if inspect.isclass(one) or inspect.isfunction(one):
                found[f"{one.__module__}.{one.__qualname__}"] = one

    for name in qb.__all__:
        add(getattr(qb, name))
    for page in (ROOT / "docs" / "reference").glob("*.md"):
        for path in re.findall(r"^::: ([\w.]+)", page.read_text(), re.MULTILINE):
            add(_at(path))
    return found


PUBLIC = _public()
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}


def _functions() -> Iterator[tuple[str, types.FunctionType]]:
    """The public functions, methods and properties, each once: an inherited one where it is defined."""
    seen = set()
    for name, value in PUBLIC.items():
        if inspect.isfunction(value):
            yield name, value
        if not inspect.isclass(value):
            continue
        for base in value.__mro__:
            if not base.__module__.startswith("qsharp_bridge"):
                continue
            for member, kept in vars(base).items():
                function = kept.fget if isinstance(kept, property) else getattr(kept, "__func__", kept)
                if inspect.isfunction(function) and (member == "__call__" or not member.startswith("_")):
                    if function not in seen:
                        yield f"{base.__module__}.{base.__qualname__}.{member}", function
                    seen.add(function)


FUNCTIONS = dict(_functions())


# ---- what a docstring says


def _said(text: str, *kinds: str) -> dict[str, str]:
    """The names of sections such as "parameters", with what is said of each."""
    found: dict[str, str] = {}
    for section in griffe.Docstring(text).parse("google", warn_unknown_params=False, warnings=False):
        if section.kind.value in kinds:
            for item in section.value:
                for name in str(getattr(item, "name", None) or item.annotation).split(","):
                    found[name.strip().lstrip("*")] = " ".join(item.description.split())
    return found


def _parameters(value: Any) -> list[inspect.Parameter]:
    return [one for one in inspect.signature(value).parameters.values() if one.name not in ("self", "cls")]


def _without_unit(said: dict[str, str]) -> list[str]:
    return [
        name
        for name, text in said.items()
        for names, unit in UNITS.items()
        if re.search(names, name) and not re.search(unit, text) and "as for" not in text
    ]


def _kind(name: str, function: types.FunctionType) -> Any:
    """The exception of that name, as the function sees it, or None."""
    found = function.__globals__.get(name) or getattr(qb.errors, name, None) or getattr(builtins, name, None)
    return found if inspect.isclass(found) and issubclass(found, BaseException) else None


def _raised(function: types.FunctionType) -> set[type]:
    """The errors of this package that the body of a function raises itself."""
    found = set()
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Raise) and node.exc is not None:
            found |= {_kind(one.id, function) for one in ast.walk(node.exc) if isinstance(one, ast.Name)}
    return {kind for kind in found if kind is not None and issubclass(kind, qb.BridgeError)}


# ---- the rules


@pytest.mark.parametrize("name", [*PUBLIC, *FUNCTIONS])
def test_every_public_name_is_explained(name):
    text = inspect.getdoc(PUBLIC.get(name, FUNCTIONS.get(name))) or ""
    assert len(text.split("\n\n")[0]) > 10, f"{name} has no docstring"


@pytest.mark.parametrize("name", [name for name, value in PUBLIC.items() if not isinstance(value, types.ModuleType)])
def test_every_class_and_function_has_an_example(name):
    """That it runs, the first test shows."""
    assert ">>> " in (inspect.getdoc(PUBLIC[name]) or ""), f"{name} has no example"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_types_are_in_the_signature(name):
    for parameter in _parameters(FUNCTIONS[name]):
        assert parameter.annotation is not inspect.Parameter.empty, f"{name}({parameter.name}) has no type"
    assert inspect.signature(FUNCTIONS[name]).return_annotation is not inspect.Signature.empty, name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_is_explained_with_its_unit(name):
    said = _said(inspect.getdoc(FUNCTIONS[name]) or "", "parameters", "other parameters")
    assert sorted(said) == sorted(one.name for one in _parameters(FUNCTIONS[name]))
    assert _without_unit(said) == [], f"{name}: no unit"


@pytest.mark.parametrize("name", CLASSES)
def test_every_parameter_of_a_constructor_is_explained_with_its_unit(name):
    """But for errors, which share one constructor, and what the package makes for its users and says so."""
    text = inspect.getdoc(CLASSES[name]) or ""
    said = _said(text, "parameters", "attributes")
    assert _without_unit(said) == [], f"{name}: no unit"
    if (issubclass(CLASSES[name], qb.BridgeError) and CLASSES[name] is not qb.BridgeError) or "Made by " in text:
        return
    assert [one.name for one in _parameters(CLASSES[name]) if one.name not in said] == [], f"{name}: not explained"


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_errors_are_documented(name):
    """Each error that the body raises itself, by its own name or that of a class above it; and no other names."""
    value = FUNCTIONS.get(name, CLASSES.get(name))
    body = value if name in FUNCTIONS else getattr(value, "__post_init__", value.__init__)
    if not inspect.isfunction(body) or body.__code__.co_filename == "<string>":
        return  # a constructor that nobody wrote
    told = {error: _kind(error, body) for error in _said(inspect.getdoc(value) or "", "raises")}
    assert [error for error, kind in told.items() if kind is None] == [], f"{name} tells of errors that do not exist"
    for error in _raised(body):
        assert issubclass(error, tuple(told.values())), f"{name} does not tell of {error.__name__}"


def _examples() -> str:
    """All that runs: examples of docstrings, blocks of the documentation and the README, samples."""
    found = [
        line for file in PACKAGE.rglob("*.py") for line in re.findall(r"^ *(?:>>>|\.\.\.) .*", file.read_text(), re.M)
    ]
    for page in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]:
        found += re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    return "\n".join([*found, *(file.read_text() for file in (ROOT / "samples").glob("*.py"))])


EXAMPLES = _examples()


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in PUBLIC and not name.endswith("__call__")])
def test_every_member_is_used_in_an_example(name):
    """Of its own docstring, of its class, or of a page."""
    assert re.search(rf"\.{name.rsplit('.')[-1]}\b", EXAMPLES), f"{name} is used in no example"
