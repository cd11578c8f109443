"""How fast the literal layer is, as ratios against its peers in one run.

    python benchmarks/literals.py [--json PATH] [--elements 1000000]

Each figure is the best of several runs; a ratio below its goal is met whatever the machine. Memory is the peak that
tracemalloc sees above what was there before, numpy's and orjson's buffers included.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import orjson

from qsharp_bridge import parse_type, to_qsharp


@dataclass
class Row:
    """One measurement: seconds of ours and of the peer, and the goal for their ratio."""

    what: str
    ours: float
    peer: float
    ratio: float
    goal: str
    met: bool


def best(*runs: Callable[[], Any], times: int = 9) -> list[float]:
    """The best time of each, run in turn so that what else the machine does hits all of them alike."""
    found = [float("inf")] * len(runs)
    for _ in range(times):
        for index, run in enumerate(runs):
            start = time.perf_counter()
            run()
            found[index] = min(found[index], time.perf_counter() - start)
    return found


def row(what: str, ours: float, peer: float, at_most: float | None = None, at_least: float | None = None) -> Row:
    if at_least is not None:
        ratio = peer / ours
        return Row(what, ours, peer, ratio, f">= {at_least:g}" if at_least else "none", ratio >= at_least)
    assert at_most is not None
    return Row(what, ours, peer, ours / peer, f"<= {at_most:g}", ours / peer <= at_most)


def arrays(elements: int) -> list[Row]:
    random = np.random.default_rng(2024)
    samples = {
        "float64, normal": random.normal(size=elements),
        "float64, angles of a grid": np.round(random.uniform(0, 6.3, elements), 2),
        "int64, any": random.integers(-(2**63), 2**63 - 1, elements),
        "int64, below 10,000": random.integers(0, 10_000, elements),
    }
    rows = []
    for name, values in samples.items():
        ours, peer, slow = best(
            lambda values=values: to_qsharp(values),  # type: ignore[misc]
            lambda values=values: orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY),  # type: ignore[misc]
            lambda values=values: repr(values.tolist()),  # type: ignore[misc]
        )
        rows.append(row(f"{name}: ours / orjson", ours, peer, at_most=2))
        # Not to be met where orjson itself, whose texts these are, is less than ten times faster than repr.
        rows.append(row(f"{name}: repr(a.tolist()) / ours", ours, slow, at_least=10))
    bools = random.integers(0, 2, elements).astype(bool)
    ints = random.integers(0, 10_000, elements)
    rows.append(row("bool array / int array", *best(lambda: to_qsharp(bools), lambda: to_qsharp(ints)), at_most=1))
    floats = random.normal(size=elements).tolist()
    ours, typed, peer = best(
        lambda: to_qsharp(floats), lambda: to_qsharp(floats, "Double[]"), lambda: orjson.dumps(floats)
    )
    rows.append(row("list of floats: ours / orjson", ours, peer, at_most=3))
    rows.append(row('list of floats as "Double[]": ours / orjson', typed, peer, at_most=3))
    return rows


def siblings(elements: int) -> list[Row]:
    """Each kind of list beside its nearest one that is written at once; an element, and per number in it."""
    from qdk.qsharp import Pauli

    structs = {"N.Pt": {"X": "Int", "Y": "Double"}}
    count = min(elements, 100_000)
    floats = np.random.default_rng(2024).normal(size=count).tolist()
    pairs = list(enumerate(floats))
    record = np.array(pairs, dtype=[("X", int), ("Y", float)])
    dicts = [{"X": place, "Y": number} for place, number in pairs]
    cases: list[tuple[str, Any, str, int]] = [  # what, value, type, numbers in an element
        ("list of np.float64", list(np.array(floats)), "Double[]", 1),
        ("list of np.float32", list(np.array(floats, "f4")), "Double[]", 1),
        ("list of np.int64", list(np.arange(count)), "Int[]", 1),
        ("ints and floats", [place if place % 2 else number for place, number in pairs], "Double[]", 1),
        ("ints as Double", list(range(count)), "Double[]", 1),
        ("lists of two floats", [[number, number] for number in floats], "Double[][]", 2),
        ("tuples (Int, Double)", pairs, "(Int, Double)[]", 2),
        ("structured array", record, "(Int, Double)[]", 2),
        ("complex", [complex(number, 1) for number in floats], "Complex[]", 2),
        ("dicts as structs", dicts, "N.Pt[]", 2),
        ("Paulis", [Pauli.X] * count, "Pauli[]", 1),
        ("texts", [f"text{place}" for place in range(count)], "String[]", 1),
        ("BigInts", [2**70 + place for place in range(count)], "BigInt[]", 1),
    ]
    rows = []
    for what, value, kind, numbers in cases:
        ours, peer = best(
            lambda value=value, kind=kind: to_qsharp(value, kind, structs=structs),  # type: ignore[misc]
            lambda: to_qsharp(floats, "Double[]"),
            times=3,
        )
        rows.append(row(f"{what}: a number / of a list of floats", ours / numbers, peer, at_most=10))
    both = best(
        lambda: to_qsharp(record, "N.Pt[]", structs=structs), lambda: to_qsharp(dicts, "N.Pt[]", structs=structs)
    )
    rows.append(row("structured array as structs / dicts as structs", *both, at_most=3))
    return rows


def memory(elements: int) -> list[Row]:
    random = np.random.default_rng(2024)
    rows = []
    for name, values in {
        "float64": random.normal(size=elements),
        "int64": random.integers(0, 100, elements),
        "list of floats": random.normal(size=elements).tolist(),
    }.items():
        tracemalloc.start()
        size = len(to_qsharp(values))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        rows.append(row(f"{name}: peak memory / text (bytes)", peak, size, at_most=4))
    return rows


def small() -> list[Row]:
    angle, int_type, array_type = [0.0, 1.0], parse_type("Int"), parse_type("Double[]")
    count = 20_000

    def two_arguments() -> None:
        for _ in range(count):
            to_qsharp(2, int_type)
            to_qsharp(angle, array_type)

    ours = best(two_arguments)[0] / count
    return [row("two arguments, Int and Double[] of 2 (peer: 15 us)", ours, 15e-6, at_most=1)]


def imports() -> list[Row]:
    def importing(name: str) -> float:
        code = f"import time; s = time.perf_counter(); import {name}; print(time.perf_counter() - s)"
        return min(
            float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
            for _ in range(5)
        )

    peer = importing("numpy")
    return [
        row("import qsharp_bridge / import numpy", importing("qsharp_bridge"), peer, at_most=1),
        row("import qsharp_bridge.literals / import numpy", importing("qsharp_bridge.literals"), peer, at_most=1),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=1_000_000)
    parser.add_argument("--json", metavar="PATH", help="also write the table as JSON")
    options = parser.parse_args()
    rows = [*arrays(options.elements), *siblings(options.elements), *memory(options.elements), *small(), *imports()]
    width = max(len(found.what) for found in rows)
    for found in rows:
        print(f"{found.what:{width}}  {found.ratio:8.2f}  goal {found.goal:6} {'' if found.met else 'NOT MET'}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump([asdict(found) for found in rows], file, indent=2)
    return 0 if all(found.met for found in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
