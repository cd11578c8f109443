"""Options of the jobs in a sweep file and on the command line."""

import json

BASE = """
operation = "Turn"
program.source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
workspace = "local"
target = "ionq.qpu.aria-1"
parameters.theta = { values = [0.0, 1.0] }
tags = ["week 7"]
priority = "High"
job_name = "R {theta}"
"""


def test_they_are_keys_and_options(cli, folder):
    path = folder / "s.toml"
    path.write_text(BASE + "input_params.error-mitigation.debias = false\n")
    plan = json.loads(cli("plan", path, "--json").out)
    assert "error mitigation off" in plan["cost"]["why"]
    ended = cli("plan", path, "--json", "--input-params", '{"error-mitigation": {"debias": true}}', "--tags", "a")
    assert "error mitigation on" in json.loads(ended.out)["cost"]["why"]
    ended = cli("plan", path, "--job-name", "{thta}")
    assert (ended.code, "there is no parameter 'thta'" in ended.err) == (2, True)
    ended = cli("plan", path, "--input-params", "{debias}")
    assert (ended.code, "not JSON" in ended.err) == (2, True)
    assert cli("plan", path, "--input-params", '{"count": 3}').code == 2
