"""Sweeps of programs that no QIR profile can express, run by qdk's own ``run``."""

import asyncio

import pytest
from scipy.stats import chisquare

import qsharp_bridge as qb
from qsharp_bridge.errors import CompileError, SimulationError, SweepError

SOURCE = """
import Std.Random.*;
struct Throw { Sides : Int, Face : Int, Name : String }
operation Roll(sides : Int) : Int { DrawRandomInt(1, sides) }
operation Share(low : Double) : Bool { DrawRandomDouble(low, 1.0) < 0.5 }
operation Named(n : Int) : String { use q = Qubit(); X(q); MResetZ(q) == One ? "one\\"" | "zero" }
operation Thrown(sides : Int) : Throw {
    let face = DrawRandomInt(1, sides);
    Message("not printed");
    new Throw { Sides = sides, Face = face, Name = face == sides ? "highest, é" | "other" }
}
operation Fails(n : Int) : Int {
    if n == 2 { fail "boom"; }
    DrawRandomInt(0, n)
}
"""
TEXTS = 'operation Named(n : Int) : (String, Result) { use q = Qubit(); X(q); ("it", MResetZ(q)) }'
POINTS = [{"sides": 2}, {"sides": 6}]


@pytest.fixture(scope="module")
def program():
    return qb.Program.from_source(SOURCE)


@pytest.fixture(scope="module")
def texts():
    return qb.Program.from_source(TEXTS).operation("Named")


def test_random_numbers_have_their_distribution(program):
    roll = program.operation("Roll")
    results = qb.run_sweep(roll, POINTS, qb.LocalSimulator(seed=1), 3000)
    for sides, point in zip((2, 6), results, strict=True):
        assert sorted(point.output.outcomes.values()) == list(range(1, sides + 1))
        assert chisquare(list(point.counts.values())).pvalue > 1e-3
        assert b'"engine": "qsharp", "why": "no QIR profile can run it' in point.raw
    assert qb.run_sweep(roll, POINTS, qb.LocalSimulator(seed=2), 3000).counts != results.counts
    share = qb.run_sweep(program.operation("Share"), [{"low": 0.0}, {"low": 0.25}], qb.LocalSimulator(seed=1), 2000)
    for point, chance in zip(share, (1 / 2, 1 / 3), strict=True):
        found = [point.counts["true"], point.counts["false"]]
        assert chisquare(found, [2000 * chance, 2000 * (1 - chance)]).pvalue > 1e-3


def test_strings_and_structs_are_outcomes(program, capfd):
    named = qb.run_sweep(program.operation("Named"), [{"n": 1}], qb.LocalSimulator(), 5)
    assert (named[0].counts, named[0].output.outcomes) == ({'one"': 5}, {'one"': 'one"'})
    thrown = qb.run_sweep(program.operation("Thrown"), POINTS[:1], qb.LocalSimulator(seed=1), 50)[0]
    assert thrown.output.outcomes == {'(2, 1, "other")': (2, 1, "other"), '(2, 2, "highest, é")': (2, 2, "highest, é")}
    assert sum(thrown.counts.values()) == 50
    assert capfd.readouterr().out == ""


def test_each_door_takes_it_with_the_same_counts_for_a_seed_and_the_plan_says_so(program):
    roll, target = program.operation("Roll"), qb.LocalSimulator(seed=4)
    plan = qb.plan_sweep(roll, POINTS, target, 100)
    assert (plan.engine, plan.methods, plan.distinct_programs, plan.cost.amount) == ("qsharp", {"qsharp": 2}, 2, 0.0)
    assert "DrawRandomInt" in plan.why
    assert "engine qsharp" in str(plan)
    counts = qb.run_sweep(roll, POINTS, target, 100).counts
    with qb.start_sweep(roll, POINTS, target, 100) as run:
        assert [point.counts for point in run.as_completed()] == counts
    assert asyncio.run(qb.run_sweep_async(roll, POINTS, target, 100)).counts == counts


def test_an_error_of_the_program_has_its_point_and_a_journal_goes_on(program, tmp_path):
    fails, journal, target = program.operation("Fails"), tmp_path / "run.db", qb.LocalSimulator(seed=4)
    with pytest.raises(SimulationError, match=r"^\w*\.?Fails, point 1: .*boom.*line 1[0-9]") as caught:
        qb.run_sweep(fails, [{"n": 5}, {"n": 2}], target, 20, journal=journal)
    assert caught.value.point == 1
    before = qb.SweepResults.from_journal(journal)
    assert before.states == ["Succeeded", "planned"]
    with pytest.raises(SimulationError, match=r"point 1: .*boom"):
        qb.resume_sweep(journal, target)
    whole, cut = qb.run_sweep(program.operation("Roll"), POINTS, target, 50), tmp_path / "cut.db"
    with qb.start_sweep(program.operation("Roll"), POINTS, target, 50, journal=cut) as run:
        run.stop()
    assert qb.resume_sweep(cut, target).counts == whole.counts
    with pytest.raises(qb.BridgeError, match="engine qsharp"):
        qb.resume_sweep(cut, qb.LocalSimulator(seed=4, engine="qsharp"))


def test_noise_reaches_it(texts):
    for noise, found in (({"bitflip": 1.0}, 0), ({"x": {"loss": 1.0}}, 2)):
        assert qb.run_sweep(texts, [{"n": 1}], qb.LocalSimulator(noise=noise), 9)[0].counts == {f'("it", {found})': 9}


def test_what_it_cannot_do_is_an_error_that_says_so(texts):
    for target, options, message in (
        (qb.LocalSimulator(executor=2), {}, "Named: .*engine qsharp, which can, runs in this process only; leave the"),
        (qb.LocalSimulator(), {"points_per_job": 2}, "Named: .*runs each point by itself; leave points_per_job out"),
        (qb.LocalSimulator(noise={"measurement": 0.1}), {}, "Named: .*no wrong measurements; leave measurement out"),
        (qb.LocalSimulator(engine="qsharp", executor=2), {}, "Named: the engine qsharp runs in this process only"),
    ):
        with pytest.raises(SimulationError, match=message):
            qb.plan_sweep(texts, [{"n": 1}, {"n": 2}], target, 10, **options)
    with pytest.raises(SweepError, match="the engine qsharp has no exact values"):
        qb.run_sweep(texts, [{"n": 1}], qb.LocalSimulator(engine="qsharp"), None)
    with pytest.raises(CompileError, match=r"point 0: .*profile Adaptive_RIF"):  # forced: no other engine
        qb.run_sweep(texts, [{"n": 1}], qb.LocalSimulator(engine="cpu"), 10)
    for source, message in (
        ("newtype P = (Int, String); operation Op() : P { P(1, \"\") }", "Op, point 0: qdk gives no value"),
        ("operation Op() : (Int -> Int) { x -> x + 1 }", "Op, point 0: an outcome holds a"),
    ):  # fmt: skip
        with pytest.raises(SimulationError, match=message):
            qb.run_sweep(qb.Program.from_source(source).operation("Op"), [{}], qb.LocalSimulator(), 1)


def test_it_is_not_chosen_where_a_profile_runs_the_program_or_the_program_is_wrong():
    repeat = (
        "operation Op() : Int { use q = Qubit(); mutable k = 0; repeat { H(q); k += 1; } until MResetZ(q) == One; k }"
    )
    divides = "operation Op() : Result { let k = 1 / 0; use q = Qubit(); MResetZ(q) }"
    for source, message in ((repeat, 'profile="Adaptive"'), (divides, "division by zero")):
        with pytest.raises(CompileError, match=message):
            qb.run_sweep(qb.Program.from_source(source).operation("Op"), [{}], qb.LocalSimulator(), 10)
    op = qb.Program.from_source(repeat).operation("Op")
    assert qb.plan_sweep(op, [{}], qb.LocalSimulator(), 10, profile="Adaptive").engine is None
    forced = qb.run_sweep(op, [{}], qb.LocalSimulator(seed=1, engine="qsharp"), 200)[0]
    assert min(forced.output.outcomes.values()) == 1
    assert b'"why": "it was asked for"' in forced.raw


def test_a_service_says_what_runs_it(texts, target):
    with pytest.raises(CompileError, match=r"no service can; LocalSimulator\(\) runs it with the engine qsharp"):
        qb.plan_sweep(texts, [{"n": 1}], target, 10)
