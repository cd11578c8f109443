"""Fuzz targets: every parser of what others wrote gives a result or its own error, whatever the bytes.

Each text begins as a good one, of which pieces are removed, repeated, replaced and moved; ``FUZZ_EXAMPLES`` sets how
many there are of each target.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.errors import Problem
from qsharp_bridge.emulator.http.odata import parse_filter, parse_orderby
from qsharp_bridge.emulator.jobs.inputs.circuit import Circuit
from qsharp_bridge.emulator.jobs.runner import JobError, Runner
from qsharp_bridge.emulator.state.sas import Signer
from qsharp_bridge.errors import BridgeError, ResultFormatError
from qsharp_bridge.programs.compiler.cache import QirCache
from qsharp_bridge.results.formats import read_output

pytestmark = pytest.mark.long

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
QASM = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q -> c;'
QUIL = "DECLARE ro BIT[2]\nDECLARE t REAL[1]\nH 0\nRX(t[0]) 1\nCNOT 0 1\nMEASURE 0 ro[0]\nMEASURE 1 ro[1]\n"
IONQ = b'{"qubits": 2, "circuit": [{"gate": "h", "target": 0}, {"gate": "ry", "rotation": 0.5, "target": 1}]}'
TOML = """program = "turn.qs"
operation = "Turn"
shots = 10
local = { seed = 1, noise = { depolarizing = 0.1 } }
[parameters]
theta = { linspace = [0, "2*pi", 3] }
"""
Target = Callable[[bytes], object]


def circuit() -> bytes:
    gates = Circuit(2)
    gates.add("h", 0)
    gates.add("cx", 0, 1)
    gates.measure(0)
    gates.measure(1)
    return gates.to_qir().encode()


@st.composite
def changed(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A good text with some changes."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 20)))
        piece = data[start:end]
        match draw(st.sampled_from(["remove", "repeat", "replace", "move", "flip"])):
            case "remove":
                data = data[:start] + data[end:]
            case "repeat":
                data = data[:start] + piece * draw(st.integers(2, 300)) + data[end:]
            case "replace":
                data = data[:start] + draw(st.binary(max_size=8)) + data[end:]
            case "move":
                other = draw(st.sampled_from(seeds))
                data = data[:start] + other[draw(st.integers(0, len(other))) :][:40] + data[end:]
            case "flip" if piece:
                data = data[:start] + bytes([piece[0] ^ 1 << draw(st.integers(0, 7))]) + data[start + 1 :]
    return data


def fuzz(target: Target, seeds: list[bytes], *allowed: type[Exception], examples: int = EXAMPLES) -> None:
    """Give the target many texts; what it raises must be its own error."""

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(changed(seeds))
    def run(data: bytes) -> None:
        try:
            target(data)
        except allowed:
            return

    run()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of one sweep: results in all formats, and its journal."""
    folder = tmp_path_factory.mktemp("good")
    source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    turn = qb.Program.from_source(source).operation("Turn")
    target = qb.LocalSimulator(seed=1)
    results = qb.run_sweep(turn, qb.Sweep.grid(theta=[0.0, 0.5]), target, shots=10, journal=folder / "run.db")
    results.to_json(folder / "json")
    results.to_csv(folder / "csv")
    results.to_parquet(folder / "parquet")
    journal = sqlite3.connect(folder / "run.db")
    journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    journal.close()
    found = {name: (folder / name).read_bytes() for name in ("json", "csv", "parquet", "run.db")}
    return {**found, "sweep.json": results.points.to_json().encode()}


def on_file(path: Path, read: Callable[[Path], object]) -> Target:
    def target(data: bytes) -> None:
        path.write_bytes(data)
        read(path)

    return target


@pytest.mark.parametrize("kind", ["json", "csv", "parquet", "run.db"])
def test_files_of_results(good: dict[str, bytes], tmp_path: Path, kind: str) -> None:
    fuzz(on_file(tmp_path / kind, qb.SweepResults.read), [good[kind]], BridgeError)


def test_sweeps(good: dict[str, bytes], tmp_path: Path) -> None:
    fuzz(lambda data: qb.Sweep.from_json(data.decode(errors="replace")), [good["sweep.json"]], BridgeError)
    rows = [b'theta,label,n\n0.5,"a b",1\n"[0.1, 2]",x,9223372036854775808\n']
    fuzz(on_file(tmp_path / "points.csv", qb.Sweep.from_csv), rows, BridgeError)


def test_sweep_files(tmp_path: Path) -> None:
    (tmp_path / "turn.qs").write_text("operation Turn(theta : Double) : Result { use q = Qubit(); MResetZ(q) }")
    fuzz(on_file(tmp_path / "sweep.toml", qb.load_sweep_file), [TOML.encode()], BridgeError)


@pytest.mark.parametrize(
    ("output_format", "data"),
    [
        (
            "microsoft.quantum-results.v2",
            {"DataFormat": "microsoft.quantum-results.v2", "Results": [
                {"Histogram": [{"Outcome": [0], "Display": "[0]", "Count": 2}], "Shots": [[0], [0]]}]},
        ),
        ("microsoft.quantum-results.v1", {"Histogram": ["[0]", 0.5, "[1]", 0.5]}),
        ("ionq.quantum-results.v1", {"histogram": {"0": 0.5, "3": 0.5}}),
        ("honeywell.quantum-results.v1", {"c": ["00", "11"]}),
        ("rigetti.quil-results.v1", {"ro": [[0, 1], [1, 1]]}),
    ],
)  # fmt: skip
def test_outputs(output_format: str, data: Any) -> None:
    fuzz(lambda text: read_output(text, output_format, 4), [orjson.dumps(data)], ResultFormatError)


@pytest.mark.parametrize(
    ("provider", "target", "kind", "seeds"),
    [
        ("ionq", "ionq.simulator", "qir.v1", [circuit()]),
        ("ionq", "ionq.simulator", "ionq.circuit.v1", [IONQ]),
        ("quantinuum", "quantinuum.sim.h2-1e", "honeywell.openqasm.v1", [QASM.encode()]),
        ("rigetti", "rigetti.sim.qvm", "rigetti.quil.v1", [QUIL.encode()]),
    ],
)
def test_programs_of_jobs(provider: str, target: str, kind: str, seeds: list[bytes]) -> None:
    """Also as bitcode; where a process dies of it, the job has failed."""
    if kind == "qir.v1":
        from pyqir import Context, Module

        seeds = [*seeds, Module.from_ir(Context(), seeds[0].decode()).bitcode]
    runner = Runner(seconds=10)
    formats = {"inputDataFormat": kind, "outputDataFormat": "microsoft.quantum-results.v1"}
    body = {**formats, "inputParams": {"shots": 3, "count": 3}}
    try:
        fuzz(lambda data: runner.run(provider, target, body, data, 1), seeds, JobError, examples=EXAMPLES // 3)
    finally:
        runner.close()


def test_filters_and_signatures() -> None:
    filters = [b"startswith(Name, 'it''s') and (State eq 'A' or State eq 'B') and CreationTime ge 2024-01-01"]
    fuzz(lambda data: parse_filter(data.decode(errors="replace")), filters, Problem)
    fuzz(lambda data: parse_orderby(data.decode(errors="replace")), [b"CreationTime desc"], Problem)
    signer, now = Signer(b"secret"), 1_800_000_000_000_000
    query = signer.sign("qb" + "0" * 22, "box", "b", permissions="r", now=now, filename="a b")

    def check(data: bytes) -> None:
        signer.check(dict(parse_qsl(data.decode(errors="replace"))), "box", "b", account=None, needs="r", now=now)

    fuzz(check, [query.encode()], Problem)


def test_types_and_observables() -> None:
    fuzz(
        lambda data: qb.parse_type(data.decode(errors="replace")),
        [b"((Int, Double[])[], Qubit => Unit is Adj)"],
        BridgeError,
    )
    fuzz(lambda data: qb.PauliSum(data.decode(errors="replace")), [b"0.3435 Z0 + 0.091 X0 X1 - 2"], BridgeError)


def test_the_cache_of_programs(tmp_path: Path) -> None:
    cache = QirCache(tmp_path / "cache")
    cache.put("ab" * 32, "text")
    (path,) = (file for file in (tmp_path / "cache").rglob("*") if file.is_file())
    whole = path.read_bytes()

    def target(data: bytes) -> None:
        path.write_bytes(data)
        assert cache.get("ab" * 32) in (None, "text")

    fuzz(target, [whole])


def test_bodies_of_requests() -> None:
    with LocalService() as service, requests.Session() as session:
        session.headers["x-ms-quantum-api-key"] = service.api_key
        place = f"{service.url}/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/"
        workspace, version = f"{place}Microsoft.Quantum/workspaces/local", "?api-version=2026-01-15-preview"
        uri = session.post(f"{workspace}/storage/sasUri{version}", json={"containerName": "box-1"}).json()["sasUri"]
        base, _, query = uri.partition("?")
        job = {
            "name": "a", "providerId": "ionq", "target": "ionq.simulator", "containerUri": base,
            "inputParams": {"shots": 1}, "outputDataFormat": "microsoft.quantum-results.v2",
            "metadata": {"a": 1}, "tags": ["a"],
        }  # fmt: skip
        for method, url, good in (
            ("PUT", f"{workspace}/jobs/one{version}", orjson.dumps(job)),
            ("PUT", f"{workspace}/sessions/one{version}", b'{"providerId": "ionq", "target": "ionq.simulator"}'),
            ("POST", f"{service.url}/_admin/faults", b'{"point": "nothing.*", "kind": "status", "times": 1}'),
            ("POST", f"{service.url}/_admin/pace", b'{"pace": "reads:2", "queue": {"ionq.simulator": 1}}'),
            (
                "PUT",
                f"{base}/b?comp=blocklist&{query}",
                b"<?xml version='1.0'?><BlockList><Latest>YQ==</Latest></BlockList>",
            ),
            ("POST", f"{service.url}/_ui/login", b"key=abc&next=/_ui/items.json"),
        ):

            def send(data: bytes, method: str = method, url: str = url) -> None:
                answer = session.request(method, url, data=data, timeout=30, allow_redirects=False)
                assert answer.status_code < 500, answer.text

            fuzz(send, [good])
