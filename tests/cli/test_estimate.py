"""qsharp-bridge estimate: the observable of a sweep file."""

import csv
import json
import math

import pytest

import qsharp_bridge as qb

SOURCE = """\
operation Tilt(qubits : Qubit[], theta : Double) : Unit {
    Ry(theta, qubits[0]);
    CNOT(qubits[0], qubits[1]);
}
"""
SWEEP = """\
program = "tilt.qs"
operation = "Tilt"
shots = 400
seed = 1

[observable]
ZI = "1/2"
XX = 0.8

[parameters]
theta = { values = [0.0, 1.0] }
"""
EXACT = [0.5, 0.5 * math.cos(1) + 0.8 * math.sin(1)]


@pytest.fixture
def file(tmp_path):
    (tmp_path / "tilt.qs").write_text(SOURCE)
    (tmp_path / "tilt.toml").write_text(SWEEP)
    return tmp_path / "tilt.toml"


def test_values_in_a_table_and_in_files(cli, file):
    outputs = [file.parent / name for name in ("sub/e.json", "e.csv", "e.svg")]
    ended = cli("estimate", file, "--quiet", *(word for path in outputs for word in ("--output", path)))
    assert ended.code == 0
    assert ended.err.splitlines() == [f"wrote {path}" for path in outputs]
    assert ended.out.splitlines()[0].split() == ["point", "theta", "value", "error", "shots"]
    found = qb.Estimates.from_json(outputs[0])
    assert abs(found.values - EXACT).max() < 5 * found.errors.max() < 0.5
    with outputs[1].open(newline="") as stream:
        assert [float(row["value"]) for row in csv.DictReader(stream)] == found.values.tolist()
    assert "<svg" in outputs[2].read_text()


def test_exact_values_as_json(cli, file):
    ended = cli("estimate", file, "--exact", "--json")
    assert ended.code == 0
    found = qb.Estimates.from_json(ended.out)
    assert found.values == pytest.approx(EXACT, abs=1e-12)
    assert found.shots is None
    assert [row["values"]["value"] for row in json.loads(ended.out)["rows"]] == found.values.tolist()


def test_a_precision_in_place_of_the_shots_of_the_file(cli, file):
    ended = cli("estimate", file, "--precision", "0.05", "--set", "theta=1", "--json")
    assert qb.Estimates.from_json(ended.out).errors.max() <= 0.05
    short = cli("estimate", file, "--precision", "0.0001", "--max-shots", "300", "--json", "--quiet")
    assert short.code == 0
    assert short.err.startswith("note: the precision of 0.0001 was not reached at 2 points")


def test_the_same_command_again_continues(cli, file, service):
    argv = ["estimate", file, "--target", "ionq.simulator", "--workspace", service.url, "--journal", "run.db", "--json"]
    text = file.read_text().replace("seed = 1\n", "")
    file.write_text(text)
    argv[argv.index("run.db")] = file.parent / "run.db"
    first, second = cli(*argv), cli(*argv)
    assert first.code == 0
    assert first.out == second.out
    with service.workspace() as workspace:
        assert len(workspace.list_sessions()) == 1
        assert len(workspace.list_jobs()) == 4  # two bases at two points


def test_a_failed_job_is_exit_code_1(cli, file, service):
    service.faults.add("jobs.run", "fail_job", name="* 1*", message="no luck")
    ended = cli("estimate", file, "--target", "ionq.simulator", "--workspace", service.url, "--json")
    assert ended.code == 1
    assert [row["values"]["value"] is None for row in json.loads(ended.out)["rows"]].count(True) == 1


@pytest.mark.parametrize("verb", ["run", "resume"])
def test_other_verbs_name_this_one(refused, file, verb):
    assert "tilt.toml has an observable; `qsharp-bridge estimate " in refused(verb, file)


def test_the_plan_has_jobs_bases_shots_and_cost(cli, file, service):
    where = ["--target", "ionq.qpu.aria-1", "--workspace", service.url]
    file.write_text(file.read_text().replace("seed = 1\n", ""))
    ended = cli("plan", file, *where)
    assert (ended.code, ended.err) == (0, "")
    assert "bases              2, with shots a point: " in ended.out
    assert "measurements       4, " in ended.out
    plan = json.loads(cli("plan", file, *where, "--json").out)
    assert sum(plan["bases"].values()) == 400
    assert (plan["points"], plan["run"]["jobs"], plan["run"]["total_shots"]) == (2, 4, 800)
    assert plan["run"]["cost"]["amount"] == sum(plan["run"]["job_costs"]) > 0
    assert cli("plan", file, *where, "--budget", "1").code == 3
    first = cli("plan", file, *where, "--precision", "0.02", "--max-shots", "5000")
    assert "first round; more follow, 5000 shots a point at most" in first.out
    assert json.loads(cli("plan", file, "--exact", "--json").out)["run"] is None
    assert "none: the values are exact" in cli("plan", file, "--exact").out
    assert cli("estimate", file, *where, "--json").code == 0
    with service.workspace() as workspace:
        assert len(workspace.list_jobs()) == plan["run"]["jobs"]


def test_a_file_without_an_observable(cli, refused, file):
    file.write_text(SWEEP.replace('[observable]\nZI = "1/2"\nXX = 0.8\n', ""))
    assert refused("estimate", file).endswith("has no observable; add [observable] to it, or give --observable")
    ended = cli("estimate", file, "--observable", "0.5 Z0 + 0.8 X0 X1", "--exact", "--json")
    assert qb.Estimates.from_json(ended.out).values == pytest.approx(EXACT, abs=1e-12)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--precision", "0"], "--precision: expected a number above 0, found 0.0"),
        (["--precision", "0.1", "--shots", "5"], "precision and shots exclude each other; give one of them"),
        (["--observable", "Z0 + Q1"], "--observable: not a Pauli sum: "),
        (["--allocation", "wight"], "did you mean weight?"),
        (["--output", "a.parquet"], "results cannot be written as .parquet"),
        (
            ["--exact", "--workspace", "local", "--target", "ionq.simulator"],
            "Tilt: shots: there are no exact values on a service",
        ),
        (["--bases", "axes"], "it has no parameter 'axes'"),
        (["--set", "phi=1"], "parameters.phi: Tilt has no such parameter"),
    ],
)
def test_refuses_before_anything_is_sent(refused, file, argv, told):
    assert told in refused("estimate", file, *argv)


def test_init_writes_a_file_that_runs(cli, file):
    (file.parent / "one.qs").write_text(SOURCE.replace("    CNOT(qubits[0], qubits[1]);\n", ""))
    assert cli("init", file.parent / "one.qs", "--output", file.parent / "one.toml").code == 0
    assert cli("estimate", file.parent / "one.toml", "--shots", "10").code == 0
