"""Q# code that was read from a file, a journal or a service is data, which no expression takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import QsharpTypeError, SweepError
from qsharp_bridge.literals import UntrustedCode
from qsharp_bridge.sweeps.value_json import from_json

SOURCE = """
operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }
function Evil() : Double { 1.0 }
"""
EVIL = qb.QsharpCode("Evil()")


@pytest.fixture(scope="module")
def turn() -> qb.Operation:
    return qb.Program.from_source(SOURCE).operation("Turn")


@pytest.fixture(scope="module")
def results(turn: qb.Operation, tmp_path_factory: pytest.TempPathFactory) -> qb.SweepResults:
    journal = tmp_path_factory.mktemp("run") / "run.db"
    return qb.run_sweep(turn, qb.Sweep.grid(theta=[EVIL, 0.5]), qb.LocalSimulator(seed=1), shots=10, journal=journal)


@pytest.fixture(scope="module")
def files(results: qb.SweepResults, turn: qb.Operation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    found = {name: folder / f"results.{name}" for name in ("json", "csv", "parquet", "db")}
    results.to_json(found["json"])
    results.to_csv(found["csv"])
    results.to_parquet(found["parquet"])
    target = qb.LocalSimulator(seed=1)
    qb.run_sweep(turn, qb.Sweep.grid(theta=[EVIL, 0.5]), target, shots=10, journal=found["db"])
    return found


@pytest.mark.parametrize("name", ["json", "csv", "parquet", "db"])
def test_code_in_a_file_is_no_code(name: str, files: dict[str, Path], turn: qb.Operation) -> None:
    read = qb.SweepResults.read(files[name])
    assert read[0].point["theta"] == UntrustedCode("Evil()")
    with pytest.raises(QsharpTypeError, match="Turn: theta: Q# code that was read from a file is not trusted"):
        turn.expression(**read[0].point)
    with pytest.raises(QsharpTypeError, match="not trusted"):
        turn.bind(read.points)
    with pytest.raises(QsharpTypeError, match=r"value\[0\]: .*not trusted"):
        qb.to_qsharp([read[0].point["theta"]])
    assert turn.expression(**read[1].point) == "Turn(0.5)"


@pytest.mark.parametrize("name", ["json", "csv", "parquet", "db"])
def test_a_user_may_trust_a_file(name: str, files: dict[str, Path], turn: qb.Operation) -> None:
    read = qb.SweepResults.read(files[name], trusted=True)
    assert turn.expression(**read[0].point) == "Turn(Evil())"


def test_results_are_equal_and_written_again_the_same(results: qb.SweepResults, files: dict[str, Path]) -> None:
    read = qb.SweepResults.read(files["json"])
    assert read == results
    assert read.to_json() == results.to_json()


def test_a_resumed_run_gives_no_code_out_of_its_journal(files: dict[str, Path], turn: qb.Operation) -> None:
    """The program in a journal runs as it is; what comes back are values for other programs, too."""
    resumed = qb.resume_sweep(files["db"], qb.LocalSimulator(seed=1))
    assert resumed[0].counts == qb.SweepResults.read(files["db"])[0].counts
    with pytest.raises(QsharpTypeError, match="not trusted"):
        turn.expression(**resumed[0].point)


def test_a_session_of_a_service_gives_no_code(turn: qb.Operation) -> None:
    with qb.connect("local", seed=1) as workspace:
        target = workspace.get_targets("ionq.simulator")
        ran = qb.run_sweep(turn, qb.Sweep.grid(theta=[EVIL]), target, shots=10)
        recovered = qb.recover_sweep(workspace, ran.session_ids[0])
    assert turn.expression(**ran[0].point) == "Turn(Evil())"  # it never left this process
    with pytest.raises(QsharpTypeError, match="not trusted"):
        turn.expression(**recovered[0].point)


def test_a_sweep_of_points_from_a_file(tmp_path: Path, turn: qb.Operation) -> None:
    (tmp_path / "points.csv").write_text('theta\n"{""$code"": ""Evil()""}"\n')
    sweep = qb.Sweep.from_csv(tmp_path / "points.csv")
    with pytest.raises(QsharpTypeError, match="not trusted"):
        turn.expression(**sweep[0])
    text = qb.Sweep.grid(theta=[EVIL]).to_json()
    with pytest.raises(QsharpTypeError, match="not trusted"):
        turn.expression(**qb.Sweep.from_json(text)[0])
    assert turn.expression(**qb.Sweep.from_json(text, trusted=True)[0]) == "Turn(Evil())"
    assert eval(repr(qb.Sweep.from_json(text)), {"Sweep": qb.Sweep})[0]["theta"] == UntrustedCode("Evil()")


@pytest.mark.parametrize("text", ["Evil", "Evil()", "x -> x", "PauliX; Evil()", "new Evil {}", "1"])
def test_no_other_notation_brings_code(text: str) -> None:
    with pytest.raises(SweepError, match="expected a Pauli or a Result"):
        from_json({"$qsharp": text})


def test_code_is_found_at_any_depth(turn: qb.Operation) -> None:
    hidden: list[Callable[[Any], Any]] = [
        lambda code: [code], lambda code: {"$tuple": [1, code]}, lambda code: {"$mapping": {"X": [code]}},
        lambda code: {"$record": ["Pt", {"X": code}]},
    ]  # fmt: skip
    for hide in hidden:
        value = from_json(json.loads(json.dumps(hide({"$code": "Evil()"}))))
        for kind in (None, "Double[]", "(Int, Double)", "N.Pt"):
            with pytest.raises(QsharpTypeError):
                qb.to_qsharp(value, kind, structs={"N.Pt": {"X": "Double"}})
