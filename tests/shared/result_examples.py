"""Results to test with, made by hand or at random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from qsharp_bridge import Sweep
from qsharp_bridge.results.formats import Output
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.results.results import SweepResults

from .sweep_examples import sweeps


def results_over(sweep: Sweep, ones: Any = None, shots: int = 100, **about: Any) -> SweepResults:
    """One qubit measured: ``ones(point)`` of the shots are 1; None for a job that failed."""
    rows = []
    for index, point in enumerate(sweep):
        count = shots // 4 if ones is None else ones(point)
        if count is None:
            rows.append(PointResult(index, point, "Failed", f"job-{index}", error="Broken: it broke"))
            continue
        counts = {display: n for display, n in (("[0]", shots - count), ("[1]", count)) if n}
        outcomes = {display: [int(display[1])] for display in counts}
        rows.append(PointResult(index, point, "Succeeded", f"job-{index}", Output(counts, outcomes), raw=b"{}"))
    told: dict[str, Any] = {"operation": "Turn", "target": "somewhere", "shots": shots, "session_ids": ["s1"], **about}
    return SweepResults(rows, sweep=sweep, **told)


_outcomes = st.recursive(
    st.one_of(st.integers(0, 1), st.booleans(), st.floats(), st.integers(-(2**63), 2**63 - 1), st.just("-")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=5,
)
_texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)


@st.composite
def _output(draw: st.DrawFn) -> Output:
    counts = draw(st.dictionaries(_texts, st.integers(1, 10**12), max_size=3))
    outcomes = {display: draw(_outcomes) for display in counts if draw(st.integers(0, 3))}
    return Output(counts, outcomes, draw(st.booleans()), draw(st.sampled_from([0, 0, 8])))


@st.composite
def any_results(draw: st.DrawFn) -> SweepResults:
    """Results of any sweep, with any outputs, errors and names."""
    sweep = draw(sweeps("a", "count"))
    optional = st.none() | _texts
    rows = [
        PointResult(i, point, draw(st.sampled_from(["Succeeded", "Failed", "planned"])), draw(optional),
                    draw(st.none() | _output()), draw(optional), draw(st.none() | st.binary(max_size=5)), "a format")
        for i, point in enumerate(sweep)
    ]  # fmt: skip
    most = max((row.shots + row.missing_shots for row in rows), default=0)
    return SweepResults(
        rows, operation=draw(_texts), target=draw(_texts), shots=draw(st.integers(most or 1, most + 10**6)),
        session_ids=draw(st.lists(_texts, max_size=2)), sweep=sweep,
    )  # fmt: skip
