"""Exact probabilities of a sweep: ``run_sweep`` with ``shots=None`` on the local simulator."""

import asyncio
import math
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import BridgeError, JournalError, ResultFormatError, SweepError
from qsharp_bridge.qir.reader import read
from qsharp_bridge.results.formats.readers import PROBABILITIES_FORMAT
from qsharp_bridge.results.from_journal import open_for_reading
from qsharp_bridge.simulators.exact import probabilities

SOURCE = """
operation Turn(a : Double, b : Double) : Result[] {
    use q = Qubit[2];
    Ry(a, q[0]);
    Ry(b, q[1]);
    MResetEachZ(q)
}
operation Count(a : Double) : (Int, Bool) {
    use q = Qubit[2];
    Ry(a, q[0]);
    CNOT(q[0], q[1]);
    let found = MResetEachZ(q);
    (found[0] == One ? 1 | 0, found[0] == found[1])
}
operation Again(a : Double) : Result[] {
    use q = Qubit();
    Ry(a, q);
    let first = MResetZ(q);
    H(q);
    [first, MResetZ(q)]
}
operation Decides(a : Double) : Result {
    use (q, other) = (Qubit(), Qubit());
    Ry(a, q);
    if MResetZ(q) == One { X(other); }
    MResetZ(other)
}
"""
LOOPS = """
operation Loops(a : Double) : Result {
    use q = Qubit();
    mutable found = [];
    repeat { Ry(a, q); set found += [MResetZ(q)]; } until Length(found) > 3 or found[Length(found) - 1] == One;
    found[Length(found) - 1]
}
"""


@pytest.fixture(scope="module")
def program():
    return qb.Program.from_source(SOURCE)


@pytest.fixture(scope="module")
def found(program):
    sweep = qb.Sweep.grid(a=[0.0, 1.0, 2.5], b=[0.25, math.pi])
    return qb.run_sweep(program.operation("Turn"), sweep, qb.LocalSimulator(), shots=None)


def test_probabilities_are_those_of_the_state(found):
    assert found.exact
    for row in found:
        one, other = np.sin(row.point["a"] / 2) ** 2, np.sin(row.point["b"] / 2) ** 2
        expected = {
            f"[{i}, {j}]": (one if i else 1 - one) * (other if j else 1 - other) for i in (0, 1) for j in (0, 1)
        }
        assert {name: row.probabilities.get(name, 0.0) for name in expected} == pytest.approx(expected, abs=1e-12)
        assert row.counts == {}
        assert row.shots == 0


def test_the_mean_of_an_observable_is_exact(found):
    expected = [-math.cos(row.point["a"]) * -math.cos(row.point["b"]) for row in found]
    assert found.expectation("ZZ").values == pytest.approx(expected, abs=1e-12)
    assert not found.expectation("ZZ").errors.any()
    assert found.expectation(sum).values == pytest.approx(
        [np.sin(row.point["a"] / 2) ** 2 + np.sin(row.point["b"] / 2) ** 2 for row in found]
    )


def test_files_give_the_results_back(found, tmp_path):
    assert qb.SweepResults.from_json(found.to_json()) == found
    found.to_csv(tmp_path / "found.csv")
    found.to_parquet(tmp_path / "found.parquet")
    assert qb.SweepResults.read(tmp_path / "found.csv") == found
    assert qb.SweepResults.read(tmp_path / "found.parquet").probabilities == found.probabilities
    damaged = found.to_json().replace('"exact":{"[0, 0]":', '"exact":{"[0, 2]":', 1)
    with pytest.raises(ResultFormatError):
        qb.SweepResults.from_json(damaged)


def test_tables_and_pictures(found):
    frame = found.to_pandas()
    assert "count" not in frame
    assert frame.groupby("point").probability.sum().tolist() == pytest.approx([1.0] * len(found))
    data = found.to_xarray(observable="ZI")
    assert "counts" not in data
    assert data.probability.sel(a=0.0, b=math.pi, outcome="[0, 1]") == pytest.approx(1.0)
    assert data.value.values[:, 0] == pytest.approx([math.cos(a) for a in (0.0, 1.0, 2.5)])
    assert "probabilities" in found.table()
    assert "exact" in found._repr_html_()
    assert "exact" in repr(found)
    axes = found.where(b=0.25).plot()
    assert len(axes.lines) or axes.containers
    assert found[:1].plot() is not None
    assert found.where(a=1.0).probabilities == found.probabilities[2:4]
    with pytest.raises(SweepError, match="no counts to add up"):
        found.merge(found)


def test_values_computed_from_results_and_measurements_in_the_middle(program):
    (row,) = qb.run_sweep(program.operation("Count"), [{"a": 1.0}], qb.LocalSimulator(), shots=None)
    assert row.probabilities == pytest.approx({"(0, true)": math.cos(0.5) ** 2, "(1, true)": math.sin(0.5) ** 2})
    (row,) = qb.run_sweep(program.operation("Again"), [{"a": math.pi / 2}], qb.LocalSimulator(), shots=None)
    assert list(row.probabilities.values()) == pytest.approx([0.25] * 4)


def test_exact_probabilities_are_what_samples_tend_to(program):
    sweep, op = [{"a": 1.0}], program.operation("Again")
    (exact,) = qb.run_sweep(op, sweep, qb.LocalSimulator(), shots=None)
    (sampled,) = qb.run_sweep(op, sweep, qb.LocalSimulator(seed=1), shots=20_000)
    assert sampled.probabilities == pytest.approx(exact.probabilities, abs=0.02)


def test_points_are_listed_as_for_samples(program):
    seen = []
    found = qb.run_sweep(
        program.operation("Turn"), [{"a": 0.0, "b": 0.0}], qb.LocalSimulator(), shots=None, on_point=seen.append
    )
    assert seen == list(found)


@pytest.mark.parametrize(
    ("name", "target", "message"),
    [
        ("Decides", qb.LocalSimulator(), "Decides, point 0: .* give shots"),
        ("Again", qb.LocalSimulator(noise={"depolarizing": 0.1}), "no exact values with noise"),
    ],
)
def test_where_nothing_is_exact_an_error_says_to_sample(program, name, target, message):
    with pytest.raises(BridgeError, match=message):
        qb.run_sweep(program.operation(name), [{"a": 1.0}], target, shots=None)


def test_every_door_gives_the_same(program, tmp_path):
    op, sweep, here = program.operation("Turn"), qb.Sweep.grid(a=[0.0, 1.0, 2.5], b=[0.25]), qb.LocalSimulator()
    plan = qb.plan_sweep(op, sweep, here, None)
    assert (plan.shots, plan.total_shots, plan.jobs) == (0, 0, 3)
    assert "points             3, exact\n" in str(plan)
    found = qb.run_sweep(op, sweep, here, None, journal=tmp_path / "exact.db")
    assert found.exact
    assert qb.resume_sweep(tmp_path / "exact.db", here) == found
    assert qb.SweepResults.read(tmp_path / "exact.db") == found
    with qb.start_sweep(op, sweep, here, None) as run:
        assert sorted(row.index for row in run.as_completed()) == [0, 1, 2]
    assert run.results().probabilities == found.probabilities
    assert asyncio.run(qb.run_sweep_async(op, sweep, here, None)).probabilities == found.probabilities
    with ThreadPoolExecutor(2) as pool:
        assert qb.run_sweep(op, sweep, qb.LocalSimulator(executor=pool), None).probabilities == found.probabilities


def test_a_journal_is_of_exact_values_or_of_shots(program, tmp_path):
    op, sweep, here = program.operation("Turn"), [{"a": 1.0, "b": 0.25}], qb.LocalSimulator()
    qb.run_sweep(op, sweep, here, None, journal=tmp_path / "exact.db")
    with pytest.raises(JournalError, match="the number of shots changed"):
        qb.run_sweep(op, sweep, here, 10, journal=tmp_path / "exact.db")


def test_what_has_no_exact_values_is_refused_in_the_plan(program, target):
    op, sweep = program.operation("Turn"), [{"a": 1.0, "b": 0.25}]
    for where, message in [
        (target, "Turn: shots: there are no exact values on a service"),
        (qb.LocalSimulator(noise={"depolarizing": 0.1}), "Turn: shots: there are no exact values with noise"),
        (qb.LocalSimulator(engine="qsharp"), "Turn: shots: the engine qsharp has no exact values"),
    ]:
        with pytest.raises(SweepError, match=message):
            qb.plan_sweep(op, sweep, where, None)
    with pytest.raises(SweepError, match="points_per_job: exact values are computed for each point by itself"):
        qb.plan_sweep(op, sweep, qb.LocalSimulator(), None, points_per_job=2)
    loops = qb.Program.from_source(LOOPS).operation("Loops")  # what no profile can run is run by qdk's own engine
    with pytest.raises(SweepError, match=r"Loops: shots: the engine qsharp has no exact values \(no QIR profile"):
        qb.plan_sweep(loops, [{"a": 1.0}], qb.LocalSimulator(), None)


def test_points_of_a_template_share_a_job_and_have_the_numbers_that_each_has_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("qsharp_bridge.runner.local.batch._AMPLITUDES", 40 * 2**3)  # jobs of 40 points, and 13 of one
    monkeypatch.setattr("qsharp_bridge.runner.local.simulate._LITTLE", 0.0)
    op = qb.Program.from_source(
        """operation Mixed(a : Double, b : Double) : (Result, Result[]) { use q = Qubit[3]; Ry(a, q[0]);
        CNOT(q[0], q[2]); let first = MResetZ(q[0]); Rx(b, q[1]); H(q[0]); (first, MResetEachZ(q[0..1])) }"""
    ).operation("Mixed")
    rng = np.random.default_rng(1)
    sweep, here = qb.Sweep.zip(a=rng.uniform(0, 3, 93), b=[0.0, *rng.uniform(0, 3, 92)]), qb.LocalSimulator()
    whole = qb.run_sweep(op, sweep, here, None)
    programs = op.bind(sweep, profile=here.profile)
    for row, program in zip(whole, programs, strict=True):
        alone = probabilities(read(str(program)))
        assert list(row.output.exact.items()) == [(text, chance) for _, text, chance in alone]
        assert list(row.output.outcomes.values()) == [outcome for outcome, _, _ in alone]
    assert len(whole[0].probabilities) == 4  # b is 0: what is impossible at one point is left out there
    assert {row.raw_format for row in whole} == {PROBABILITIES_FORMAT}

    def interrupt(progress):
        if progress.done >= 40:
            raise ZeroDivisionError

    path, copy = tmp_path / "run.db", tmp_path / "copy.db"
    with pytest.raises(ZeroDivisionError):
        qb.run_sweep(op, sweep, here, None, journal=path, progress=interrupt)
    with open_for_reading(path) as record:
        assert [row.size for row in record.jobs()] == [40, 40, *[1] * 13]
    shutil.copy(path, copy)
    assert qb.SweepResults.from_journal(path).states == ["Succeeded"] * 40 + ["planned"] * 53
    assert qb.resume_sweep(path, here) == whole == qb.SweepResults.read(path)
    assert qb.resume_sweep(copy, qb.LocalSimulator(executor=1)) == whole
    assert qb.SweepResults.from_json(whole.to_json()) == whole


def test_values_computed_from_results_of_many_points(program):
    sweep = qb.Sweep.linspace("a", 0, 3, 9)
    found = qb.run_sweep(program.operation("Count"), sweep, qb.LocalSimulator(), shots=None)
    for row in found:
        one = math.sin(row.point["a"] / 2) ** 2
        expected = {"(0, true)": 1 - one, "(1, true)": one}
        assert {name: row.probabilities.get(name, 0.0) for name in expected} == pytest.approx(expected, abs=1e-12)
