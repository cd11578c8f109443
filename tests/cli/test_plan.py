"""qsharp-bridge plan."""

import json


def test_says_what_a_run_would_do(cli, folder):
    ended = cli("plan", folder / "sweep.toml")
    assert (ended.code, ended.err) == (0, "")
    assert "points             4, 20 shots each, 80 in all" in ended.out
    assert "Turn(theta : Double, flip : Bool) : Result" in ended.out


def test_json(cli, folder, service):
    where = ["--target", "ionq.qpu.aria-1", "--workspace", service.url]
    told = json.loads(cli("plan", folder / "sweep.toml", *where, "--shots", "1000", "--json").out)
    assert (told["points"], told["shots"], told["total_shots"]) == (4, 1000, 4000)
    assert told["target"] == "ionq.qpu.aria-1"
    assert sum(told["methods"].values()) == 4
    assert told["cost"]["unit"] == "AQT"
    # 97.5 AQT is the least for a job with error mitigation.
    assert sum(told["job_costs"]) == told["cost"]["amount"] >= 4 * 97.5


def test_sends_nothing(cli, folder, service):
    assert cli("plan", folder / "sweep.toml", "--target", "ionq.simulator", "--workspace", service.url).code == 0
    with service.workspace() as workspace:
        assert workspace.list_sessions() == []
        assert workspace.list_jobs() == []


def test_leaves_no_folder(cli, folder):
    before = sorted(folder.iterdir())
    (folder / "j.toml").write_text('journal = "run.journal"\n' + (folder / "sweep.toml").read_text())
    assert cli("plan", folder / "j.toml", "--target", "ionq.simulator", "--workspace", "local").code == 0
    assert sorted(folder.iterdir()) == sorted([*before, folder / "j.toml"])


def test_over_the_budget(cli, folder):
    argv = ["--target", "ionq.qpu.aria-1", "--workspace", "local"]
    ended = cli("plan", folder / "sweep.toml", *argv, "--budget", "389.9")
    assert ended.code == 3
    assert "over the budget of 389.9 AQT" in ended.err
    assert cli("plan", folder / "sweep.toml", *argv, "--budget", "400").code == 0


def test_unknown_cost_with_a_budget(cli, folder):
    argv = ["--target", "rigetti.qpu.ankaa-3", "--workspace", "local"]
    assert cli("plan", folder / "sweep.toml", *argv).code == 0
    ended = cli("plan", folder / "sweep.toml", *argv, "--budget", "10")
    assert ended.code == 3
    assert "a budget cannot be kept" in ended.err


def test_a_wrong_value(refused, folder):
    assert "Turn, point 0: flip: " in refused("plan", folder / "sweep.toml", "--set", "flip=3")


def test_json_names_the_engine_of_what_no_profile_expresses(cli, tmp_path):
    (tmp_path / "Draw.qs").write_text("operation Draw(n : Int) : Int { Std.Random.DrawRandomInt(0, n) }")
    file = tmp_path / "draw.toml"
    lines = ['program = "Draw.qs"', 'operation = "Draw"', "shots = 5", 'target = "local.simulator"', "[parameters]"]
    file.write_text("\n".join([*lines, "n = { values = [1, 2] }"]))
    ended = cli("plan", file, "--json")
    assert ended.code == 0, ended.err
    planned = json.loads(ended.out)
    assert planned["engine"] == "qsharp"
    assert planned["why"]
