"""Sweep files to begin with."""

import tomllib

import pytest

import qsharp_bridge as qb
from qsharp_bridge.sweepfile.model import KEYS
from qsharp_bridge.sweepfile.observables import OF_ESTIMATES
from qsharp_bridge.sweepfile.starter import starter

TYPES = [
    "Int", "BigInt", "Double", "Bool", "String", "Pauli", "Result", "Range", "Unit", "Int[]", "Double[]", "Double[][]",
    "Pauli[]", "(Int, Double)", "(Bool, (Pauli, Int[]))", "Pair", "Pair[]", "Wrapped",
]  # fmt: skip
DECLARED = "struct Pair { X : Int, Y : Double } newtype Wrapped = Double;"
OPERATION = "operation {}({}) : Result {{ use q = Qubit(); Rx(0.5, q); MResetZ(q) }}"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """One program with an operation for each type."""
    file = tmp_path_factory.mktemp("starter") / "p.qs"
    operations = [
        OPERATION.format(f"Run{number}", f"value : {type_}, turn : Double") for number, type_ in enumerate(TYPES)
    ]
    file.write_text("\n".join([DECLARED, *operations]))
    return file


@pytest.mark.parametrize("type_", TYPES)
def test_it_runs_as_it_is(program, type_):
    text = starter(qb.Program.from_file(program).operation(f"Run{TYPES.index(type_)}"), "p.qs")
    (program.parent / "s.toml").write_text(text)
    file = qb.load_sweep_file(program.parent / "s.toml")
    with file.open_target() as target:
        assert len(qb.run_sweep(file.operation, file.sweep, target, 5).counts) == len(file.sweep) > 1


def test_every_key_is_there_and_right(tmp_path):
    prepare = "operation Prepare(qubits : Qubit[], turn : Double) : Unit { Rx(turn, qubits[0]); }"
    (tmp_path / "p.qs").write_text("\n".join([OPERATION.format("Run", "turn : Double"), prepare]))
    program = qb.Program.from_file(tmp_path / "p.qs")
    run, estimate = (starter(program.operation(name), "p.qs").splitlines() for name in ("Run", "Prepare"))
    found = set()
    for line in [*run, *(line for line in estimate if line not in run)]:
        key = line.removeprefix("# ").partition(" = ")[0]
        if line.startswith("# ") and key in KEYS:
            base = 'target = "local.simulator"\n' if key in ("noise", "seed", "workers") else ""
            base += 'observable = "Z0"\n' if key in OF_ESTIMATES and key != "observable" else ""
            (tmp_path / "s.toml").write_text(f'program = "p.qs"\noperation = "Run"\n{base}{line[2:]}\n')
            assert key in qb.load_sweep_file(tmp_path / "s.toml").keys
            found.add(key)
    assert found | {"program", "operation", "parameters", "points"} == set(KEYS)
    assert not any(line.startswith(("# observable", "# precision")) for line in run)


def test_an_observable_of_as_many_qubits_as_the_operation_uses(tmp_path):
    source = """operation Prepare(qubits : Qubit[], n : Int, turn : Double) : Unit {
        for i in 0..n { Ry(turn, qubits[i]); }
        CNOT(qubits[1], qubits[2]);
    }"""
    (tmp_path / "p.qs").write_text(source)
    text = starter(qb.Program.from_file(tmp_path / "p.qs").operation("Prepare"), "p.qs")
    assert 'observable = { text = "0.5 Z0 + 0.25 X0", qubits = 5 }' in text  # n is 1 to 4, the largest of which needs 5
    (tmp_path / "s.toml").write_text(text)
    file = qb.load_sweep_file(tmp_path / "s.toml")
    with file.open_target() as target:
        assert len(qb.estimate(file.operation, file.sweep, file.observable, target, 10).values) == len(file.sweep)


def test_what_cannot_be_written_is_a_comment(tmp_path):
    source = "operation Run(f : (Qubit => Unit), turn : Double) : Result { use q = Qubit(); f(q); MResetZ(q) }"
    text = starter(qb.Program.from_source(source).operation("Run"), "p.qs")
    assert "# f = ...     # (Qubit => Unit): write a value" in text
    assert tomllib.loads(text)["parameters"].keys() == {"turn"}


def test_an_operation_without_parameters():
    source = "operation Run() : Result { use q = Qubit(); MResetZ(q) }"
    assert "parameters" not in tomllib.loads(starter(qb.Program.from_source(source).operation("Run"), "p.qs"))
