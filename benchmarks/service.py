"""What the local service costs: CPU a job, a page of many jobs, memory.

1,000 jobs of 2 qubits and 100 shots, submitted and fetched by the real client with 8 threads; then 20,000 stored
jobs and the time for a page of 100. The service runs in a process of its own; its CPU time is read from /proc.

    python benchmarks/service.py [--jobs 1000] [--stored 20000] [--json PATH]
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid
from importlib.metadata import version

os.environ["QDK_PYTHON_TELEMETRY"] = "none"

from azure.core.credentials import AzureKeyCredential
from azure.quantum import Workspace
from qdk import TargetProfile, qsharp

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
SOURCE = """operation Bell() : Result[] {
    use q = Qubit[2]; H(q[0]); CNOT(q[0], q[1]); let r = [M(q[0]), M(q[1])]; ResetAll(q); r }"""


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process so far."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """The most memory a process held."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


def connect(url: str, key: str) -> Workspace:
    """A workspace of the service."""
    return Workspace(
        subscription_id=SUBSCRIPTION, resource_group="local", name="local", location="eastus",
        credential=AzureKeyCredential(key), _quantum_endpoint=url,
    )  # fmt: skip


def run_jobs(url: str, key: str, jobs: int, threads: int) -> float:
    """Seconds for that many jobs, submitted and fetched."""
    qsharp.init(target_profile=TargetProfile.Base)
    qsharp.eval(SOURCE)
    program = qsharp.compile("Bell()")

    def work(share: int) -> None:
        target = connect(url, key).get_targets("ionq.simulator")
        for index in range(share):
            shots = target.submit(program, name=f"job {index}", shots=100).get_results_shots()
            assert len(shots) == 100

    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(work, jobs // threads) for _ in range(threads)]:
            future.result()
    return time.perf_counter() - began


def request(url: str, key: str, method: str = "GET", body: object = None) -> dict[str, object]:
    """One plain request with the key."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"x-ms-quantum-api-key": key}, method=method)
    with urllib.request.urlopen(asked) as answer:
        content: dict[str, object] = json.loads(answer.read())
    return content


def store_jobs(url: str, key: str, count: int) -> list[float]:
    """CPU-heavy part of a real listing: seconds for each of 30 pages of 100 among many stored jobs."""
    base = f"{url}/subscriptions/{SUBSCRIPTION}/resourceGroups/local/providers/Microsoft.Quantum/workspaces/many"
    version = "api-version=2026-01-15-preview"
    for _ in range(count):
        job = str(uuid.uuid4())
        request(f"{base}/jobs/{job}?{version}", key, "PUT", {
            "name": "stored", "providerId": "ionq", "target": "ionq.simulator", "itemType": "Job",
            "containerUri": f"{url}/job-{job}", "inputParams": {"shots": 100},
            "outputDataFormat": "microsoft.quantum-results.v2",
        })  # fmt: skip
    times = []
    for page in range(30):
        began = time.perf_counter()
        found = request(f"{base}/jobs?{version}&top=100&skip={page * (count - 100) // 29}", key)
        times.append(time.perf_counter() - began)
        assert len(found["value"]) == 100  # type: ignore[arg-type]
    return times


def main() -> None:
    """Measure, and print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--stored", type=int, default=20000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--json", metavar="PATH", help="keep the figures there, with the versions")
    asked = parser.parse_args()
    rows: list[dict[str, object]] = []

    def tell(what: str, value: float, unit: str, digits: int) -> None:
        rows.append({"what": what, "ratio": value, "unit": unit, "goal": "none"})
        print(f"{what}: {value:.{digits}f} {unit}")

    key = uuid.uuid4().hex
    code = f"from qsharp_bridge.emulator import serve; serve(0, api_key={key!r})"
    service = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert service.stdout is not None
    try:
        url = service.stdout.readline().split()[-1]
        run_jobs(url, key, asked.threads, asked.threads)
        before = cpu_seconds(service.pid)
        seconds = run_jobs(url, key, asked.jobs, asked.threads)
        spent = cpu_seconds(service.pid) - before
        tell(f"{asked.jobs} jobs, {asked.threads} threads", seconds, "s", 1)
        tell("CPU of the service a job", 1000 * spent / asked.jobs, "ms", 2)
        tell("memory after them", resident_mib(service.pid), "MiB", 0)
        times = store_jobs(url, key, asked.stored)
        tell(f"a page of 100 of {asked.stored} jobs, median", 1000 * statistics.median(times), "ms", 1)
        tell("memory at most", resident_mib(service.pid), "MiB", 0)
    finally:
        service.terminate()
        service.wait(30)
    if asked.json:
        packages = ("qsharp-bridge", "azure-quantum", "qdk", "starlette", "uvicorn")
        versions = {"python": platform.python_version(), **{name: version(name) for name in packages}}
        with open(asked.json, "w", encoding="utf-8") as file:
            json.dump({"benchmark": "service", "versions": versions, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
