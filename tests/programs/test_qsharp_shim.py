"""Scripts that use qsharp or qdk.qsharp, with their one global interpreter, go on as if we were not there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("qsharp")

SCRIPT = """
import gc, warnings
warnings.simplefilter("ignore")  # qsharp says that it is deprecated
import qsharp
import qsharp_bridge as qb

source = "operation Turn(a : Double) : Result { use q = Qubit(); Rx(a, q); MResetZ(q) }"
qsharp.init(target_profile=qsharp.TargetProfile.Base)
qsharp.eval("operation Mine(a : Double) : Result { use q = Qubit(); Ry(a, q); MResetZ(q) } struct Pt { X : Int }")
before = str(qsharp.compile("Mine(0.5)"))

program = qb.Program.from_source(source)
turn = program.operation("Turn")
ours = str(turn.compile(0.5, profile="Adaptive_RI"))

assert str(qsharp.compile("Mine(0.5)")) == before          # their program and profile are untouched
try:
    qsharp.eval("Turn(0.5)")
except qsharp.QSharpError as error:
    assert "`Turn` not found" in str(error)                # ours is not in their interpreter
else:
    raise AssertionError
assert qsharp.eval("Mine(0.0)") == qsharp.Result.Zero
try:
    program.operation("Mine")
except qb.BridgeError:
    pass                                                   # nor theirs in ours
else:
    raise AssertionError
assert qsharp.run("Mine(3.141592653589793)", 3) == [qsharp.Result.One] * 3
assert qsharp.code.Mine(0.0) == qsharp.Result.Zero

for _ in range(3):                                         # starting over is theirs to decide too
    qsharp.init(target_profile=qsharp.TargetProfile.Base)
    qsharp.eval(source)
    assert str(turn.compile(0.5, profile="Adaptive_RI")) == ours
    assert str(qsharp.compile(turn.expression(0.5))) == str(turn.compile(0.5))
gc.collect()
print("done")
"""


@pytest.mark.parametrize("folder", ["elsewhere", "repository"])
def test_interleaved(folder, tmp_path):
    """Also where the repository's own folder ``qsharp`` lies in the way of the import."""
    repository = Path(__file__).parents[2]
    environment = {**os.environ, "QDK_PYTHON_TELEMETRY": "none", "QSHARP_BRIDGE_CACHE": "off"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=repository if folder == "repository" else tmp_path,
        env={**environment, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("done\n", "")
