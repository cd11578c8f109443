"""Values for ``Std.Core.ConfigValue``: part of a program wherever it goes."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import qdk
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.errors import JournalError, SourceError
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.programs.compiler.cache import QirCache, compile_cached
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.runner.manifest import operation_of
from tests.shared.journals import manifest

TEXT = """
operation Turn(a : Double) : Result {
    use q = Qubit();
    for _ in 1..Std.Core.ConfigValue("times", 1) { Rx(a * Std.Core.ConfigValue("scale", 1.0), q); }
    if Std.Core.ConfigValue("flip", false) { X(q); }
    if Std.Core.ConfigValue("axis", "x") == "y" { Y(q); }
    MResetZ(q)
}
"""
CONFIGS = [
    ({"scale": -0.5, "times": 2}, "Base"),
    ({"flip": True, "axis": "y", "never asked for": 1}, "Adaptive_RI"),
]


def expected(config: dict[str, Any], expression: str, profile: str) -> str:
    """Return what qdk's own compile gives."""
    context = qdk.Context(target_profile=getattr(qdk.TargetProfile, profile), qdk_config=config)
    context.eval(TEXT)
    return str(context.compile(expression))


@pytest.mark.parametrize(("config", "profile"), CONFIGS, ids=str)
def test_compiled_and_bound_as_qdk_compiles(config: dict[str, Any], profile: str) -> None:
    operation = qb.Program.from_source(TEXT, qdk_config=config).operation("Turn")
    sweep = qb.Sweep.linspace("a", 0.1, 0.7, 6)
    bound = operation.bind(sweep, profile=profile)
    assert set(bound.methods) == {"template"}
    for place in (0, 4):
        right = expected(config, f"Turn({sweep[place]['a']!r})", profile)
        assert str(bound[place]) == str(operation.compile(**sweep[place], profile=profile)) == right


def test_of_files_and_projects(tmp_path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "qsharp.json").write_text("{}")
    (tmp_path / "src" / "Main.qs").write_text(TEXT)
    for program in (
        qb.Program.from_file(tmp_path / "src" / "Main.qs", qdk_config={"times": 3}),
        qb.Program.from_project(tmp_path, qdk_config={"times": 3}),
    ):
        assert str(program.operation("Turn").compile(0.5, profile="Base")).count("rx__body(double 0.5") == 3


def test_with_openqasm_angles() -> None:
    text = 'include "stdgates.inc"; input float a; qubit q; rx(a) q; output bit r; r = measure q;'
    (made,) = qb.Program.from_openqasm(text, name="Go").sources.texts
    changed = made.replace("DoubleAsAngle(a, 53)", 'DoubleAsAngle(a * Std.Core.ConfigValue("scale", 1.0), 53)')
    assert changed != made
    operation = qb.Program.from_source(changed, qdk_config={"scale": 3.0}).operation("Go")
    points = [{"a": 0.25 * n} for n in range(1, 7)]
    bound = operation.bind(points, profile="Base")
    assert set(bound.methods) == {"template"}
    assert [str(one) for one in bound] == [str(operation.compile(**point, profile="Base")) for point in points]


def test_values_that_python_calls_equal_are_other_programs() -> None:
    values: list[Any] = [1, 1.0, True, "1", 0.0, -0.0]
    programs = {qb.Program.from_source(TEXT, qdk_config={"unused": value}) for value in values}
    assert len(programs) == len({program.source_digest for program in programs}) == len(values)
    assert qb.Program.from_source(TEXT, qdk_config={}) == qb.Program.from_source(TEXT)


def test_the_order_does_not_matter_and_a_pickle_keeps_them() -> None:
    one = qb.Program.from_source(TEXT, qdk_config={"times": 2, "flip": True})
    other = qb.Program.from_source(TEXT, qdk_config={"flip": np.bool_(True), "times": np.int64(2)})
    assert one == other == pickle.loads(pickle.dumps(one))
    assert one.source_digest == other.source_digest


def test_the_cache_tells_them_apart(tmp_path) -> None:
    cache = QirCache(tmp_path)
    sources = Sources.from_text(TEXT)
    for times in (1, 2, 1, 2):
        qir = compile_cached(sources.with_config({"times": times}), "Base", "Turn(0.5)", cache=cache)
        assert qir.count("rx__body(double 0.5") == times


_VALUES = (
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)


@given(st.dictionaries(st.text(), _VALUES, max_size=4))
def test_they_come_back_as_they_were(config: dict[str, Any]) -> None:
    found = Sources.from_text("").with_config(config).qdk_config
    assert {name: repr(value) for name, value in found.items()} == {name: repr(config[name]) for name in config}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ([("times", 2)], "must be a mapping"),
        ({3: 2}, "the key"),
        ({"times": None}, r"qdk_config\['times'\] is None"),
        ({"times": [1]}, "a list"),
        ({"times": 2**63}, "give a bool, an int of 64 bits"),
        ({"scale": float("nan")}, "nan"),
        ({"scale": 1j}, "1j"),
        ({"axis": "\ud800"}, "lone surrogate"),
    ],
    ids=str,
)
def test_what_is_refused(config: Any, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        qb.Program.from_source(TEXT, qdk_config=config)


def test_a_value_of_another_type_than_the_default() -> None:
    with pytest.raises(SourceError, match="type does not match ConfigValue default value type, at line 4"):
        qb.Program.from_source(TEXT, qdk_config={"times": 2.0})


def test_a_resumed_sweep_has_them(tmp_path) -> None:
    simulator = qb.LocalSimulator(seed=1)
    operation = qb.Program.from_source(TEXT, qdk_config={"flip": True}).operation("Turn")
    path = tmp_path / "run.db"
    results = qb.run_sweep(operation, qb.Sweep.points([{"a": 0.0}]), simulator, shots=10, journal=path)
    assert results.counts == [{"1": 10}]
    with Journal.open(path) as journal:
        again = operation_of(journal.manifest)
    assert again.sources.qdk_config == {"flip": True}
    assert again.sources.digest == operation.sources.digest
    other = qb.Program.from_source(TEXT).operation("Turn")
    with pytest.raises(JournalError, match="the program's source changed"):
        qb.run_sweep(other, qb.Sweep.points([{"a": 0.0}]), simulator, shots=10, journal=path)


@pytest.mark.parametrize("config", ["{", "[" * 100_000, '{"times": null}', "[1]", '"x"'], ids=len)
def test_a_forged_journal(config: str) -> None:
    sources = replace(Sources.from_text(TEXT), config=config)
    made = manifest(operation="Turn", source_digest=sources.digest)
    record = replace(made.sources, name="x", files=sources.files, project=None, config=config)
    with pytest.raises(JournalError, match="does not compile any more"):
        operation_of(replace(made, sources=record))


def test_a_manifest_without_them_is_read() -> None:
    entries = json.loads(json.dumps(manifest().entries()))
    del entries["sources"]["config"]
    assert type(manifest()).from_entries(entries).sources.config == ""
