"""qsharp-bridge results."""

import csv
import io
import json
import math

import pytest

import qsharp_bridge as qb
from qsharp_bridge.journal.journal import Journal
from tests.shared.command_line import CERTAIN


@pytest.fixture
def files(cli, folder):
    """The journal of a run, and its results in every format."""
    saved = [folder / f"r{suffix}" for suffix in (".json", ".csv", ".parquet")]
    argv = ["--journal", folder / "run.journal", "--quiet", *(word for path in saved for word in ("--output", path))]
    assert cli("run", folder / "sweep.toml", *argv).code == 0
    return folder / "run.journal", *saved


def test_a_journal_and_its_results_show_the_same(cli, files):
    journal, *others = files
    for argv in ([], ["--json"], ["--csv"]):
        assert {cli("results", saved, *argv).out for saved in others} == {cli("results", journal, *argv).out}
    assert qb.SweepResults.from_json(cli("results", journal, "--json").out).counts == CERTAIN
    assert cli("results", journal).out.count("Succeeded") == 4


def not_ended(journal, points: list[int]) -> None:
    """Let the jobs of these points be on their way."""
    with Journal.open(journal) as record:
        record.set_states([(record.job(point).id, "sent") for point in points])


def test_points_that_have_not_ended_are_named_on_stderr(cli, files):
    journal = files[0]
    assert cli("results", journal).err == ""
    not_ended(journal, [0, 2, 3])
    ended = cli("results", journal)
    assert (ended.code, ended.err) == (0, "3 of 4 points have not ended: 0, 2-3\n")


def test_while_a_run_holds_the_journal(cli, files):
    with Journal.open(files[0]):
        assert cli("results", files[0]).out.count("Succeeded") == 4


def test_csv(cli, files):
    rows = list(csv.DictReader(io.StringIO(cli("results", files[0], "--csv").out)))
    assert [row["outcome"] for row in rows] == ["0", "1", "1", "0"]
    assert [row["flip"] for row in rows] == ["false", "true", "false", "true"]
    assert {row["count"] for row in rows} == {"20"}


def test_the_mean_of_an_observable(cli, files):
    table = cli("results", files[0], "--observable", "Z").out.splitlines()
    assert table[0].split() == ["point", "theta", "flip", "<Z>", "error"]
    # All of 20 shots agree: Wilson's interval of one standard deviation is half as wide as 2 / 21.
    assert [line.split()[3:] for line in table[1:]] == [[f"{sign}1.0000", "0.0476"] for sign in ("", "-", "-", "")]
    rows = json.loads(cli("results", files[0], "--observable", "parity", "--json", "--where", "flip=true").out)
    assert rows == [
        {"point": 1, "parameters": {"theta": 0.0, "flip": True}, "mean": -1.0, "error": pytest.approx(1 / 21)},
        {"point": 3, "parameters": {"theta": math.pi, "flip": True}, "mean": 1.0, "error": pytest.approx(1 / 21)},
    ]
    lines = list(csv.DictReader(io.StringIO(cli("results", files[0], "--observable", "Z", "--csv").out)))
    assert [(line["flip"], float(line["mean"])) for line in lines] == [
        ("false", 1.0), ("true", -1.0), ("false", -1.0), ("true", 1.0)
    ]  # fmt: skip


def test_the_mean_where_there_is_no_result(cli, files):
    not_ended(files[0], [0])
    assert json.loads(cli("results", files[0], "--observable", "Z", "--json").out)[0]["mean"] is None
    assert cli("results", files[0], "--observable", "Z").out.splitlines()[1].split()[-2:] == ["-", "-"]


def test_where_nothing_is(cli, files):
    ended = cli("results", files[0], "--where", "theta=3.14", "--json")
    assert (ended.code, ended.err) == (0, "no point has theta=3.14\n")
    assert len(qb.SweepResults.from_json(ended.out)) == 0


def test_an_outcome_that_never_occurred_is_an_error(cli, files, tmp_path):
    ended = cli("results", files[0], "--output", tmp_path / "a.png", "--outcome", "[1]")
    assert ended.code == 0
    assert "warning: no point has the outcome '[1]'; there are 0, 1" in ended.err


def test_what_does_not_go_together(refused, files, tmp_path):
    assert "--csv and --json exclude each other" in refused("results", files[0], "--csv", "--json")
    assert "--outcome is for a picture; name one with --output" in refused("results", files[0], "--outcome", "1")
    assert "--over is for a picture" in refused("results", files[0], "--over", "theta", "--output", tmp_path / "a.csv")
    picture = ["--output", tmp_path / "a.png"]
    assert "exclude each other" in refused("results", files[0], *picture, "--outcome", "1", "--observable", "Z")


def test_where(cli, files):
    ended = cli("results", files[0], "--where", "flip=true", "--where", "theta=0.0", "--json")
    assert qb.SweepResults.from_json(ended.out).counts == [{"1": 20}]


@pytest.mark.parametrize("options", [[], ["--observable", "parity"], ["--outcome", "1"]])
def test_plot(cli, files, tmp_path, options):
    out = tmp_path / "plot.png"
    ended = cli("results", files[0], "--where", "flip=true", "--output", out, *options)
    assert (ended.code, ended.out) == (0, "")
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def loop(turn, folder):
    """The journal of a hybrid session of five evaluations."""
    with qb.HybridSession(turn, qb.LocalSimulator(seed=1), shots=50, journal=folder / "loop.db") as session:
        for theta in (0.0, 3.0, 1.0, 2.0, 1.5):
            session(theta, False)
    return folder / "loop.db"


@pytest.fixture
def turn(folder):
    return qb.Program.from_file(folder / "turn.qs").operation("Turn")


def test_a_hybrid_session_shows_its_log(cli, loop, tmp_path):
    table = cli("results", loop).out.splitlines()
    assert [line.split()[1] for line in table[2:7]] == ["0", "3", "1", "2", "1.5"]
    log = qb.SweepResults.from_json(cli("results", loop, "--json").out)
    assert log == qb.SweepResults.from_journal(loop)
    rows = list(csv.DictReader(io.StringIO(cli("results", loop, "--csv").out)))
    assert sum(int(row["count"]) for row in rows) == 250
    for options in ([], ["--observable", "Z"], ["--over", "theta"]):
        ended = cli("results", loop, "--output", tmp_path / "p.svg", *options)
        assert (ended.code, ended.out) == (0, "")
        assert ("theta" in (tmp_path / "p.svg").read_text()) == ("--over" in options)


def test_over_a_parameter(cli, files, tmp_path, refused):
    assert cli("results", files[0], "--over", "theta", "--output", tmp_path / "p.png").code == 0
    assert "no parameter 'thta' varies; give one of theta, flip, point" in refused(
        "results", files[0], "--over", "thta", "--output", tmp_path / "p.png"
    )


def test_refuses(refused, files, folder):
    journal = files[0]
    assert "no parameter 'flop'" in refused("results", journal, "--where", "flop=1")
    assert "did you mean .png" in refused("results", journal, "--output", "a.pgn")
    assert "No such file" in refused("results", folder / "no.json")
    assert "sweep.toml: " in refused("results", folder / "sweep.toml")
    assert "'' is no observable" in refused("results", journal, "--observable", "")
    for text, told in (("[]", "expected an object"), ("{}", "there is no 'qsharp_bridge.results'")):
        (folder / "r.json").write_text(text)
        assert told in refused("results", folder / "r.json")
    (folder / "bytes").write_bytes(b"\xff\xfe\x00")
    assert "bytes" in refused("results", folder / "bytes")
    assert "'ZZ' has 2 letters, but an outcome has 1 bit" in refused(
        "results", journal, "--output", folder / "a.png", "--observable", "ZZ"
    )


def test_a_damaged_journal(cli, files, folder):
    (folder / "half").write_bytes(files[0].read_bytes()[:5000])
    ended = cli("results", folder / "half")
    assert ended.code == 3
    assert ended.err.count("\n") == 1
