"""Jobs that wait: whatever is refused, they go in the order of their points."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.journal.job_rows import JobRow
from qsharp_bridge.runner.run_limits import Limits
from qsharp_bridge.runner.service.queue import SubmitQueue
from qsharp_bridge.states import JobState


def rows(*points):
    return [JobRow(point, 1, str(uuid.uuid4()), point, 1, 5, None, JobState.PLANNED, None) for point in points]


def points_of(jobs):
    return [row.first for row in jobs]


def test_several_refusals_at_once_come_back_in_their_places():
    queue = SubmitQueue(Limits(max_in_flight=4), cost=lambda row: 1.0)
    queue.add(rows(*range(8)))
    batch = queue.take(0, 0, "a session")
    for place in (2, 0, 3, 1):  # as the answers happen to come
        queue.put_back(batch[place])
    assert points_of(queue.jobs) == list(range(8))
    assert points_of(queue.take(0, 0, "another")) == [0, 1, 2, 3]


def test_jobs_that_join_later_stand_in_their_places():
    queue = SubmitQueue(Limits(), cost=lambda row: 0.0)
    queue.add(rows(5, 7))
    queue.add(rows(6, 2))
    assert points_of(queue.jobs) == [2, 5, 6, 7]


@given(st.data(), st.integers(1, 12), st.integers(1, 5))
def test_what_goes_next_is_always_the_first_of_what_waits_and_refusals_cost_nothing(data, count, in_flight):
    queue = SubmitQueue(Limits(max_in_flight=in_flight, budget=float(count)), cost=lambda row: 1.0)
    queue.add(data.draw(st.permutations(rows(*range(count)))))
    accepted, under_way = [], []
    for _ in range(4):
        waiting = points_of(queue.jobs)
        batch = queue.take(len(under_way), 0, "a session")
        assert points_of(batch) == sorted(waiting)[: max(0, in_flight - len(under_way))]
        assert all((row.state, row.session_id) == (JobState.SENDING, "a session") for row in batch)
        under_way += batch
        for row in data.draw(st.lists(st.sampled_from(under_way), unique=True) if under_way else st.just([])):
            under_way.remove(row)
            if data.draw(st.booleans()):
                queue.put_back(row)
            else:
                accepted.append(row)
    everything = points_of(queue.jobs) + points_of(accepted) + points_of(under_way)
    assert sorted(everything) == list(range(count))  # never refused for the budget, which is just enough
    assert all(row.state == JobState.PLANNED for row in queue.jobs)


def test_a_budget_of_exactly_the_price_is_enough_also_where_floats_add_up_to_more():
    queue = SubmitQueue(Limits(budget=0.3), cost=lambda row: 0.1)
    queue.add(rows(0, 1, 2, 3))
    assert points_of(queue.take(0, 0, "a session")) == [0, 1, 2]  # 0.1 + 0.1 + 0.1 > 0.3
    assert not queue.may_go(3, 3)
