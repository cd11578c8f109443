"""How much memory each way takes: the peak of a process of its own that does one thing and ends.

    python benchmarks/memory.py [--quick] [--json PATH]

Three tasks: a text of many Doubles; the programs of a sweep, each made and let go; 1,000 shots of 16 qubits. The peak
is the resident set that the operating system accounts to the finished child (ru_maxrss), its imports included, and the
first row of each task is what the imports alone take.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

ARRAY = "import numpy as np; a = np.random.default_rng(1).uniform(-3, 3, {elements}); "
BIND = "import sys; sys.argv = ['binding']; import binding as b, random; r = random.Random(1); "
BIND += "v = [[r.uniform(-3, 3) for _ in range(b.ANGLES)] for _ in range({points})]; "
RUN = "import simulation as s; n = 16; v = s.angles(n); "

TASKS: dict[str, list[tuple[str, str, str]]] = {
    "{elements} Doubles": [
        ("numpy alone", "numpy", ARRAY),
        ("qsharp_bridge", "numpy", ARRAY + "import qsharp_bridge as qb; len(qb.to_qsharp(a, 'Double[]'))"),
        ("orjson", "orjson", ARRAY + "import orjson; len(orjson.dumps(a, option=orjson.OPT_SERIALIZE_NUMPY))"),
        ("json", "json", ARRAY + "import json; len(json.dumps(a.tolist()))"),
        ("repr", "numpy", ARRAY + "len(repr(a.tolist()))"),
    ],
    "{points} programs": [
        ("qdk alone", "qdk", "import qdk"),
        ("qsharp_bridge", "qdk", BIND + "b.ours(v)"),
        ("qdk", "qdk", BIND + "b.qdk(v)"),
        ("Qiskit", "qiskit", BIND + "b.qiskit(v)"),
        ("Cirq", "cirq", BIND + "b.cirq(v)"),
        ("Braket", "braket", BIND + "b.braket(v)"),
    ],
    "16 qubits": [
        ("qulacs alone", "qulacs", "import numpy, qulacs"),
        ("qsharp_bridge", "qulacs", RUN + "s.ours(open({qir!r}).read())()"),
        ("bare qulacs", "qulacs", RUN + "s.bare_qulacs(n, v)()"),
        ("Aer", "qiskit_aer", RUN + "s.bare_aer(n, v)()"),
    ],
}


def peak(code: str) -> float:
    """The peak memory of a Python that runs ``code``, in MB (10**6 bytes)."""
    environment = {**os.environ, "QDK_PYTHON_TELEMETRY": "none", "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen([sys.executable, "-c", code], cwd=HERE, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"this failed: {code}")
    return usage.ru_maxrss * 1024 / 1e6


def measured(quick: bool, qir: Path) -> list[dict[str, Any]]:
    sizes = {"elements": 200_000 if quick else 1_000_000, "points": 100 if quick else 1000, "qir": str(qir)}
    prepare = f"import simulation as s; open({str(qir)!r}, 'w').write(s.Programs().qir('Base', 16, s.angles(16)))"
    peak(prepare)
    rows = []
    for task, ways in TASKS.items():
        for who, module, code in ways:
            if importlib.util.find_spec(module) is None:
                print(f"{who} is not installed")
                continue
            what = f"{task.format(**sizes)}: {who}"
            rows.append({"what": what, "ratio": peak(code.format(**sizes)), "goal": "none", "unit": "MB"})
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes")
    parser.add_argument("--json", type=Path, metavar="PATH")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(asked.quick, Path(folder) / "ansatz.ll")
    for one in rows:
        print(f"{one['what']:40} {one['ratio']:8.1f} MB")
    if asked.json:
        asked.json.write_text(json.dumps({"rows": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
