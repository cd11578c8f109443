"""Jobs that strangers send: each runs in a child process with limits, and none ends, stops or delays the service."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.jobs.execution import JobInput, execute
from qsharp_bridge.emulator.jobs.inputs.circuit import Circuit
from qsharp_bridge.emulator.jobs.noise_pickling import dumps
from qsharp_bridge.emulator.jobs.runner import JobError, Runner
from qsharp_bridge.emulator.state.models import Job
from qsharp_bridge.simulators import simulate
from qsharp_bridge.targets.known import known_target

QASM = "OPENQASM 2.0;\n{}\nqreg q[1];\ncreg c[1];\n{}\nh q[0];\nmeasure q[0] -> c[0];\n"
ENDLESS = QASM.format('include "qelib1.inc";', "while (true) { h q[0]; }")
"""The compiler unrolls this for ever, in native code that holds Python's lock."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and signals of POSIX")


def circuit(qubits: int, shots: int = 100) -> bytes:
    made = Circuit(qubits)
    for qubit in range(qubits):
        made.add("rx", qubit, angle=0.3)
    for qubit in range(qubits - 1):
        made.add("cx", qubit, qubit + 1)
    for qubit in range(qubits):
        made.measure(qubit)
    return made.to_qir().encode()


def children_of(process: int) -> list[int]:
    """Return the process ids of the children that run jobs."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == process and b"qsharp_bridge.emulator.jobs.child" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def alive(process: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def eventually(what: Any, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(what())


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    made = Runner(seconds=60)
    yield made
    made.close()


def run(runner: Runner, data: bytes | str, kind: str = "qir.v1", **params: Any) -> str:
    """Return the code and message of the job's error, or ""."""
    qasm = kind == "honeywell.openqasm.v1"
    place = ("quantinuum", "quantinuum.sim.h2-1e") if qasm else ("ionq", "ionq.simulator")
    body = {"inputDataFormat": kind, "inputParams": {"shots": 10, **params}}
    try:
        runner.run(*place, body, data if isinstance(data, bytes) else data.encode(), 1)
    except JobError as error:
        return str(error)
    return ""


# -- files of the server -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "include",
    [
        "include '{}';",
        'include "{}";',
        "bit b = \"//\"; include '{}';",
        '/* " */ include "{}"; // "',
        "include/**/'{}';",
        "pragma \"//\n\" include '{}';",
    ],
)
def test_openqasm_reads_no_file(runner: Runner, include: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_VARIABLE", "of-the-environment")
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "secret.inc"
    secret.write_text("of-the-file 1 2 3")
    for path in (str(secret), "secret.inc", "./secret.inc", f"../{tmp_path.name}/secret.inc", "/proc/self/environ"):
        error = run(runner, QASM.format(include.format(path), ""), "honeywell.openqasm.v1")
        assert error.startswith("CompilationError")
        assert "of-the-" not in error


@pytest.mark.parametrize("name", ["qelib1.inc", "hqslib1.inc"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_openqasm_has_the_libraries(runner: Runner, name: str, quote: str) -> None:
    assert run(runner, QASM.format(f"include {quote}{name}{quote};", ""), "honeywell.openqasm.v1") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_environment_of_a_child_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_VARIABLE", "secret")
    with LocalService() as service:
        job = service.workspace().get_targets("ionq.simulator").submit(circuit(2), shots=10, input_data_format="qir.v1")
        job.wait_until_completed()
        children = children_of(os.getpid())
        assert children
        for child in children:
            assert b"SECRET" not in Path(f"/proc/{child}/environ").read_bytes()
            assert service.api_key.encode() not in Path(f"/proc/{child}/cmdline").read_bytes()
        assert not any(os.listdir(f"/proc/{child}/cwd") for child in children)


# -- jobs that crash ---------------------------------------------------------------------------------------


def nested() -> bytes:
    kind = "{" * 50_000 + "i8" + "}" * 50_000
    return f"%Result = type opaque\n%Qubit = type opaque\n@a = external global {kind}\n".encode() + circuit(2)


def test_a_job_that_kills_its_process_twice_has_failed(runner: Runner) -> None:
    error = run(runner, nested())
    assert error.startswith("RuntimeError: The process that ran the job died 2 times (SIGSEGV)")
    assert run(runner, circuit(2)) == ""


def test_damaged_bitcode(runner: Runner) -> None:
    from pyqir import Context, Module

    whole = Module.from_ir(Context(), circuit(2).decode()).bitcode
    assert run(runner, whole) == ""
    chosen = random.Random(5)
    for _ in range(12):
        damaged = bytearray(whole)
        for _ in range(chosen.choice((1, 3, 30))):
            damaged[chosen.randrange(4, len(damaged))] = chosen.randrange(256)
        error = run(runner, bytes(damaged))
        assert error == "" or error.startswith(("CompilationError", "RuntimeError", "InvalidInputData"))
    assert run(runner, circuit(2)) == ""


def test_a_process_that_lacks_memory() -> None:
    """The limit is on the address space, so that other programs keep theirs."""
    if sys.platform != "linux":
        pytest.skip("the limit holds on Linux")
    from qsharp_bridge.emulator.jobs.child import _limit

    code = (
        "import qsharp_bridge.emulator.jobs.child as child\n"
        "child.available_memory = lambda: 2**28\n"
        "child._limit(60)\n"
        "try: bytearray(2**31)\n"
        "except MemoryError: print('limited')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "limited\n", done.stderr
    assert callable(_limit)


def test_jobs_that_crash_end_neither_the_service_nor_its_next_start(tmp_path: Path, bell: Any) -> None:
    """What is still unfinished is run again when the service starts again: it fails then."""
    with LocalService(data=tmp_path, api_key="mine", job_timeout=20) as service:
        target = service.workspace().get_targets("ionq.simulator")
        crashing = target.submit(nested(), shots=10, input_data_format="qir.v1")
        crashing.wait_until_completed()
        assert "died 2 times" in crashing.details.error_data.message
        url = f"{service.url}/_ui/{_page(crashing)}"
        assert requests.get(url, headers={"x-ms-quantum-api-key": "mine"}, timeout=30).status_code == 200
        endless = (
            service.workspace()
            .get_targets("quantinuum.sim.h2-1e")
            .submit(ENDLESS, shots=10, input_data_format="honeywell.openqasm.v1")
        )
        second = target.submit(nested(), shots=10, input_data_format="qir.v1")  # it waits: there is one worker
        for job in service.store.find(Job, "id IN (?, ?)", (crashing.id, second.id)):
            assert job.deaths == (2 if job.id == crashing.id else 0)
            job.deaths = 2
            service.store.save(job)
    with LocalService(service.port, data=tmp_path, api_key="mine", job_timeout=1) as again:
        endless.wait_until_completed()
        assert endless.details.error_data.message.startswith("The job was ended after 1 s")
        second.wait_until_completed()
        assert "died 2 times: the program" in second.details.error_data.message  # without another try
        assert len(again.workspace().get_targets("ionq.simulator").submit(bell, shots=10).get_results_shots()) == 10


def _page(job: Any) -> str:
    return f"{job.workspace.subscription_id}/local/local/jobs/{job.id}"


def test_the_page_of_bitcode_shows_its_text(bell: Any, service: LocalService) -> None:
    """The text is made where the job runs; the page itself never asks LLVM."""
    from pyqir import Context, Module

    bitcode = Module.from_ir(Context(), bell.text).bitcode
    target = service.workspace().get_targets("ionq.simulator")
    for data, text in ((bitcode, "__quantum__qis__h__body"), (bitcode[:50], None)):
        job = target.submit(data, shots=10, input_data_format="qir.v1")
        job.wait_until_completed()
        answer = requests.get(
            f"{service.url}/_ui/{_page(job)}.json", headers={"x-ms-quantum-api-key": service.api_key}, timeout=30
        )
        program = answer.json()["program"]
        assert (text in program) if text else program is None


# -- jobs that never end -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("honeywell.openqasm.v1", ENDLESS),
        (
            "honeywell.openqasm.v1",
            QASM.format('include "qelib1.inc";', "int i = 0; for int k in [0:2000000000] { i += k; }"),
        ),
        (
            "qir.v1",
            circuit(2).decode().replace("block_0:\n", "block_0:\n  call void @f()\n")
            + "\ndefine void @f() {\n  call void @f()\n  ret void\n}\n",
        ),
        ("qir.v1", circuit(29)),
    ],
    ids=["while true", "2e9 turns", "calls itself", "29 qubits"],
)
def test_a_job_that_takes_too_long_is_ended(kind: str, data: bytes | str) -> None:
    runner = Runner(seconds=1)
    try:
        error = run(runner, data, kind)
        assert "ended after 1 s" in error or "of memory" in error or error.startswith("CompilationError")
    finally:
        runner.close()


def test_cancel_and_stop_kill_the_process(service: LocalService) -> None:
    workspace = service.workspace()
    target = workspace.get_targets("quantinuum.sim.h2-1e")
    others = set(children_of(os.getpid()))

    def endless() -> Any:
        before = set(children_of(os.getpid()))
        job = target.submit(ENDLESS, shots=10, input_data_format="honeywell.openqasm.v1")
        assert eventually(lambda: set(children_of(os.getpid())) - before)
        return job

    first = endless()
    assert workspace.cancel_job(first).details.status == "Cancelled"
    assert service.wait_idle(10)
    endless()
    began = time.monotonic()
    service.stop()
    assert set(children_of(os.getpid())) <= others
    assert time.monotonic() - began < 5  # not the 600 s that the job may take


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_dies_with_the_service(number: signal.Signals, tmp_path: Path) -> None:
    """Also while its job holds Python's lock in native code."""
    code = (
        "import sys\n"
        "from qsharp_bridge.emulator.serving import serve\n"
        "serve(0, api_key='mine', ready=lambda service: print(service.url, flush=True))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        from qsharp_bridge import connect

        with connect(url, api_key="mine") as workspace:
            workspace.get_targets("quantinuum.sim.h2-1e").submit(
                ENDLESS, shots=10, input_data_format="honeywell.openqasm.v1"
            )
        assert eventually(lambda: children_of(process.pid))
        (child,) = children_of(process.pid)
        process.send_signal(number)
        process.wait(20)
        assert eventually(lambda: not alive(child), 20)


# -- the service answers meanwhile -------------------------------------------------------------------------


def test_http_does_not_wait_for_a_wide_simulation(service: LocalService) -> None:
    """While 21 qubits are simulated, requests are answered: more of them than if each had waited for the job."""
    target = service.workspace().get_targets("ionq.simulator")
    job = target.submit(circuit(21), shots=1000, input_data_format="qir.v1")
    answered, longest, done = 0, 0.0, threading.Event()
    threading.Thread(target=lambda: (service.wait_idle(120), done.set()), daemon=True).start()
    began = time.monotonic()
    while not done.is_set():
        asked = time.monotonic()
        assert requests.get(f"{service.url}/_ui/style.css", timeout=30).ok
        longest = max(longest, time.monotonic() - asked)
        answered += 1
    took = time.monotonic() - began
    job.refresh()
    assert job.details.status == "Succeeded"
    assert answered > 5
    assert longest < took / 2


# -- the same outcomes wherever ----------------------------------------------------------------------------


def test_small_jobs_run_here_and_give_what_a_child_gives(bell: Any) -> None:
    runner = Runner()
    body = {"inputParams": {"shots": 500}}
    before = children_of(os.getpid())
    here = runner.run("ionq", "ionq.simulator", body, bell.text.encode(), 3)
    assert children_of(os.getpid()) == before
    there = runner.run("ionq", "ionq.simulator", body, bell.text.encode() + b"; a comment\n", 3)
    assert here.data == there.data
    assert here.cost == there.cost
    runner.close()


def test_noise_models_of_qdk_reach_the_child(bell: Any) -> None:
    import pickle

    from qdk._native import LossPolicy
    from qdk.simulation import NoiseConfig

    noise = NoiseConfig()
    noise.h.set_depolarizing(0.2)
    noise.cx.set_pauli_noise([("XI", 0.1), ("LZ", 0.05)])
    noise.cx.on_loss = LossPolicy.PROPAGATE
    noise.ccx.set_pauli_noise([("XYZ", 0.3)])
    again = pickle.loads(dumps({"noise": [noise]}))["noise"][0]
    for gate, faults in {"h": "xyzl", "cx": ("xi", "lz", "zz"), "ccx": ("xyz", "zyx")}.items():
        for fault in faults:
            assert getattr(getattr(again, gate), fault) == getattr(getattr(noise, gate), fault)
    assert str(again.cx.on_loss) == str(noise.cx.on_loss)
    direct = simulate(bell.text, 300, seed=5, noise=noise)
    given = JobInput(
        known_target("ionq.simulator"),
        "qir.v1",
        "microsoft.quantum-results.v2",
        {"shots": 300},
        bell.text.encode(),
        5,
    )
    runner = Runner({"ionq.simulator": noise})
    sent = runner.run("ionq", "ionq.simulator", {"inputParams": {"shots": 300}}, bell.text.encode(), 5)
    assert sent.data == execute(given, noise).data
    assert len(direct.counts()) > 2
    runner.close()
