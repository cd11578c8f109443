"""Shots in a sweep file: a number, an array, or a column."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import SweepError

BASE = """
operation = "Turn"
program.source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
"""
BESIDE = """
shots = "n"
parameters.theta = { values = [0.0, 0.5, 1.0] }
parameters.n = { values = [5, 5, 7], zip = "theta" }
"""


@pytest.fixture
def read(folder):
    def read(text):
        (folder / "s.toml").write_text(text)
        return qb.load_sweep_file(folder / "s.toml")

    return read


def test_a_column_beside_a_parameter(read):
    file = read(BASE + BESIDE)
    assert (file.sweep, file.options) == (qb.Sweep.grid(theta=[0.0, 0.5, 1.0]), {"shots": [5, 5, 7]})
    results = qb.run_sweep(file.operation, file.sweep, qb.LocalSimulator(), **file.options)
    assert [row.shots for row in results] == [5, 5, 7]


def test_an_option_in_the_place_of_a_column(read):
    """As `run --shots 9` gives it: the column is no parameter then, either."""
    file = read(BASE + BESIDE).with_keys({"shots": 9}).with_keys({"target": "local.simulator"})
    assert (file.sweep, file.options) == (qb.Sweep.grid(theta=[0.0, 0.5, 1.0]), {"shots": 9})


def test_a_column_of_a_csv_file_and_an_array(read, folder):
    (folder / "points.csv").write_text("theta,n\n0.0,5\n1.0,7\n")
    file = read(BASE + 'shots = "n"\npoints = "points.csv"')
    assert (file.sweep, file.options["shots"]) == (qb.Sweep.grid(theta=[0.0, 1.0]), [5, 7])
    file = read(BASE + "shots = [5, 7]\nparameters.theta = { values = [0.0, 1.0] }")
    assert file.options["shots"] == [5, 7]


@pytest.mark.parametrize(
    ("shots", "told"),
    [
        ('shots = "thet"', "shots: there is no column 'thet'; did you mean theta?"),
        ('shots = "theta"', "theta must be a whole number from 1 up, not 0.5"),
    ],
)
def test_a_column_that_has_no_shots(read, shots, told):
    file = read(f"{BASE}{shots}\nparameters.theta = {{ values = [0.5, 1.0] }}")
    with pytest.raises(SweepError) as caught:
        file.options  # noqa: B018
    assert told in str(caught.value)
