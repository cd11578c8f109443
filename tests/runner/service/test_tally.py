"""Points are counted, not jobs: with packs, and with shots that several jobs share."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.journal.job_rows import JobRow
from qsharp_bridge.runner.progress import Progress
from qsharp_bridge.runner.service.tally import PointTally

SOURCE = "operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }"


def row(number: int, first: int, size: int) -> JobRow:
    return JobRow(number, 1, f"job {number}", first, size, 10, None, "planned", None)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3)), min_size=1, max_size=6), st.data())
def test_a_point_is_sent_and_ends_with_the_last_of_its_jobs(groups: list[tuple[int, int]], data: Any) -> None:
    rows = []
    for place, (size, parts) in enumerate(groups):
        first = sum(size for size, _ in groups[:place])
        rows += [row(len(rows) + part, first, size) for part in range(parts)]
    tally, stages = PointTally(), [["waiting"] for _ in rows]
    tally.waiting(rows)
    while left := [number for number, stage in enumerate(stages) if stage[-1] in ("waiting", "sent")]:
        number = data.draw(st.sampled_from(left))
        if stages[number][-1] == "waiting":
            tally.sent(rows[number])
            stages[number].append("sent")
        else:
            stages[number].append(data.draw(st.sampled_from(["Succeeded", "Failed"])))
            tally.ended(rows[number], stages[number][-1])
        of_points: dict[int, tuple[int, list[str]]] = {}
        for one, stage in zip(rows, stages, strict=True):
            of_points.setdefault(one.first, (one.size, []))[1].append(stage[-1])
        ended = [(size, states) for size, states in of_points.values() if not {"waiting", "sent"} & {*states}]
        assert tally.progress == Progress(
            total=sum(size for size, _ in groups),
            sent=sum(size for size, states in of_points.values() if "waiting" not in states),
            done=sum(size for size, states in ended if "Failed" not in states),
            failed=sum(size for size, states in ended if "Failed" in states),
        )


def test_a_job_that_is_sent_again_is_counted_once() -> None:
    tally = PointTally()
    tally.ended(row(0, 0, 3), "Failed")
    assert tally.progress == Progress(3, 3, 0, 3)
    tally.waiting([row(0, 0, 3)])
    assert tally.progress == Progress(3, 0, 0, 0)


@pytest.mark.parametrize(
    ("shots", "jobs", "seen"),
    [(10, 3, {0, 3, 6, 7}), ([20_001] + [1] * 6, 5, {0, *range(1, 8)})],
    ids=["packs", "split shots"],
)
def test_a_run_reports_points(aria: Any, shots: Any, jobs: int, seen: set[int]) -> None:
    op = qb.Program.from_source(SOURCE).operation("Flip")
    heard: list[Progress] = []
    qb.run_sweep(
        op, qb.Sweep.grid(n=list(range(7))), aria, shots, points_per_job=3, progress=heard.append, max_in_flight=1
    )
    assert len(list(aria.workspace.list_jobs())) == jobs
    assert {one.total for one in heard} == {7}
    assert {one.sent for one in heard} <= seen
    assert heard[-1] == Progress(7, 7, 7, 0)
    assert [one.done for one in heard] == sorted(one.done for one in heard)
