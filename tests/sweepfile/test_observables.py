"""Observables in sweep files."""

import tomllib

import jsonschema
import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import SweepError, SweepFileError
from qsharp_bridge.sweepfile.model import schema
from qsharp_bridge.sweepfile.observables import OF_ESTIMATES

BASE = """\
operation = "Prepare"
program.source = "operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
parameters.theta = 0.5
"""
ENERGY = qb.PauliSum("0.5 Z0 + 0.25 X0 X1")
SPIN = qb.PauliSum("Z0", qubits=2)


@pytest.fixture
def read(tmp_path):
    def read(text: str):
        (tmp_path / "s.toml").write_text(BASE + text)
        return qb.load_sweep_file(tmp_path / "s.toml")

    return read


@pytest.mark.parametrize(
    ("text", "observable"),
    [
        ('observable = "0.5 Z0 + 0.25 X0 X1"', ENERGY),
        ('observable = "ZI"', SPIN),
        ('[observable]\nZI = 0.5\n"XX" = "1/4"', ENERGY),
        ('[observable]\ntext = "0.5 Z0 + 0.25 X0 X1"', ENERGY),
        ('[observable]\ntext = "Z0"\nqubits = 2', SPIN),
        ('[observable]\nenergy = { ZI = 0.5, XX = 0.25 }\nspin = "ZI"', {"energy": ENERGY, "spin": SPIN}),
        ('[observable.spin]\ntext = "Z0"\nqubits = 2', {"spin": SPIN}),
    ],
)
def test_forms(read, text, observable):
    assert read(text).observable == observable
    jsonschema.Draft202012Validator(schema()).validate(tomllib.loads(BASE + text))


# (text, part of the message); all of them are against the schema, too
WRONG = [
    ("observable = 3", "observable: expected a text, or a table of Pauli strings to numbers, found 3"),
    ('observable = " "', "observable: expected a string, found ' '"),
    ("[observable]", "observable: expected an observable, found nothing"),
    ("[observable]\nZI = true", "observable.ZI: expected a number, found True"),
    ("[observable]\nZI = 0.5\nenergy = 0.5", "observable: 'energy' is not a Pauli string"),
    ('[observable]\nZI = 0.5\nenergy = "Z0"', "observable: 'energy' is not a Pauli string"),
    ("[observable]\nZQ = 0.5", "observable: 'ZQ' is not a Pauli string"),
    ('[observable]\ntext = "Z0"\nqubit = 2', "observable: unknown key 'qubit' beside text; did you mean qubits?"),
    ('[observable]\ntext = "Z0"\nqubits = 0', "observable.qubits: expected a whole number from 1, found 0"),
    ("[observable]\ntext = 3", "observable.text: expected a string, found 3"),
    ("[observable]\nspin = []", "observable.spin: expected an observable, found nothing"),
    ("[observable.spin]\nZ = [1]", "observable.spin.Z: expected a number, found [1]"),
    ('precision = 0\nobservable = "Z"', "precision: expected a number above 0, found 0"),
    ('allocation = "wight"\nobservable = "Z"', "allocation: unknown allocation 'wight'; did you mean weight?"),
    *((f"{key} = {value}", f"{key}: only an observable takes {key}; add [observable]")
      for key, value in zip(OF_ESTIMATES, ("0.1", "5", '"equal"', '"basis"'), strict=True)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_refuses_with_the_place(read, text, told):
    with pytest.raises(SweepError) as caught:
        read(text)
    assert told in str(caught.value)
    assert not jsonschema.Draft202012Validator(schema()).is_valid(tomllib.loads(BASE + text))


# (text, part of the message); the schema cannot refuse these
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('observable = "Z0 + Q1"', "observable: not a Pauli sum"),
        ("[observable]\nZI = 0.5\nX = 0.5", "observable: "),
        ('[observable]\nZI = "half"', "observable.ZI: 'half' is not a number"),
        ('[observable]\na = "Z0"\nb = "ZZ"', "act on different numbers of qubits (a: 1, b: 2)"),
        ('shots = [1, 2]\nobservable = "Z"', "shots: with an observable, shots is one number for all points"),
        ('shots = 5\nprecision = 0.1\nobservable = "Z"', "precision and shots exclude each other"),
        ('exact = true\nprecision = 0.1\nobservable = "Z"', "exact and precision exclude each other"),
    ],
)
def test_refuses_what_the_schema_cannot_say(read, text, told):
    with pytest.raises(SweepError) as caught:
        read(text)
    assert told in str(caught.value)


def test_all_faults_at_once(read):
    with pytest.raises(SweepFileError) as caught:
        read('shot = 3\n[observable]\na = { Z = true }\nb = { text = "Z0", qubits = "2" }')
    assert [fault.path for fault in caught.value.faults] == ["", "observable.a.Z", "observable.b.qubits"]


def test_options_are_those_of_estimate(read):
    file = read('shots = 50\nallocation = "equal"\nobservable = "0.5 Z0"')
    assert file.options == {"shots": 50, "allocation": "equal"}
    assert file.with_keys({"precision": 0.1}).options == {"precision": 0.1, "allocation": "equal"}
    exact = file.with_keys({"exact": True})
    assert exact.options == {"shots": None, "allocation": "equal"}
    assert exact.with_keys({"exact": False}).options == {"allocation": "equal"}
    with exact.open_target() as target:
        found = qb.estimate(exact.operation, exact.sweep, exact.observable, target, **exact.options)
    assert found.values == pytest.approx([0.5 * 0.8775825618903728])
