"""Estimates as JSON and CSV."""

import json

import numpy as np
import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import ResultFormatError


def estimates(shots=(10, 20), single=False):
    sums = {"energy": qb.PauliSum("1 + 0.5 Z0 + 0.25 X1")} | ({} if single else {"spin": qb.PauliSum("Z0", qubits=2)})
    points = qb.Sweep.grid(value=[0.5], kind=["a", "b, c"])
    values = np.array([[0.1, 0.2], [np.nan, np.nan]])[:, : len(sums)]
    return qb.Estimates(
        points, sums, values, values / 3, operation="Op", target="t", shots=shots, single=single, notes=["short"]
    )


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("shots", [None, [10, 20]])
def test_json_is_read_back(tmp_path, shots, single):
    given = estimates(shots, single)
    text = given.to_json(tmp_path / "e.json")
    assert "NaN" not in text
    for source in (text, tmp_path / "e.json", str(tmp_path / "e.json")):
        found = qb.Estimates.from_json(source)
        np.testing.assert_array_equal(found.values, given.values)
        np.testing.assert_array_equal(found.errors, given.errors)
        assert (found.shots, found.notes, found.points, found.observables, found.target, found.operation) == (
            given.shots, given.notes, given.points, given.observables, "t", "Op"
        )  # fmt: skip
        assert found.to_json() == text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"qsharp_bridge.estimates": 2}, 'not estimates: expected "qsharp_bridge.estimates": 1'),
        ({"rows": []}, "the rows of the estimates are not those of the sweep"),
        ({"rows": None}, "not estimates"),
        ({"observables": {"energy": {"qubits": 1, "terms": {"Q": 1}}}}, "not estimates"),
        ({"sweep": {}}, "not estimates"),
        ({"single": True}, "the rows of the estimates are not those of the sweep"),
    ],
)
def test_refuses_what_is_something_else(change, told):
    with pytest.raises(ResultFormatError, match=told):
        qb.Estimates.from_json(json.dumps(json.loads(estimates().to_json()) | change))


def test_no_file(tmp_path):
    with pytest.raises(ResultFormatError, match="cannot read"):
        qb.Estimates.from_json(tmp_path / "no.json")


def test_csv_has_the_columns_of_the_table(tmp_path):
    text = estimates().to_csv(tmp_path / "e.csv")
    assert (tmp_path / "e.csv").read_bytes().decode() == text
    head, first, second = text.splitlines()
    # a parameter named as a column of the table has another name, as in to_pandas
    assert head.split(",") == list(estimates().to_pandas().columns)
    assert first.startswith("0,0.5,a,0.1,")
    assert second == '1,0.5,"b, c",,,,,20'
