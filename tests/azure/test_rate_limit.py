"""Throttle: what it makes of services that stand so many requests a second, and of refusals that mean nothing."""

import heapq
import itertools
import random
import threading
from collections import deque
from dataclasses import dataclass

import pytest

from qsharp_bridge.azure.client import Service
from qsharp_bridge.azure.rate_limit import Throttle
from qsharp_bridge.azure.retry import RetryPolicy
from qsharp_bridge.emulator import LocalService


@dataclass
class Outcome:
    seconds: float
    refused: int
    throttle: Throttle


def simulate(
    requests: int,
    *,
    limit: float | None = None,
    chance: float = 0.0,
    first: int = 0,
    retry_after: float | None = None,
    seed: int = 0,
) -> Outcome:
    """Sixteen threads ask a service, each one request after the other, in simulated time.

    Args:
        limit: requests a second that the service stands: a bucket that holds what comes in a tenth of a second.
        chance: that the service refuses for no reason.
        first: so many requests it refuses at the start.
        retry_after: what a refusal asks for, in seconds; as :class:`Patience` does, all threads keep to it.
    """
    now, not_before, draw = 0.0, 0.0, random.Random(seed)
    throttle = Throttle(lambda: now)
    tokens, filled, refused, asked = 1.0, 0.0, 0, 0
    order = itertools.count()
    line: deque[float] = deque()  # the back-off of each thread that waits for its turn
    events: list[tuple[float, int, str, float, float]] = []

    def later(when: float, what: str, wait: float = 0.1, sent: float = 0.0) -> None:
        heapq.heappush(events, (when, next(order), what, wait, sent))

    waiting = max(0, requests - 16)
    for _ in range(min(16, requests)):
        later(0.0, "ready")
    end = 0.0
    while events:
        now, _, what, wait, sent = heapq.heappop(events)
        if what == "ready" and now < not_before:
            later(not_before, "ready", wait)
        elif what == "ready":
            line.append(wait)
            later(now, "turn")
        elif what == "turn" and line:
            if throttle.due() > now:
                later(min(throttle.due(), now + 0.1), "turn")
                continue
            throttle.record_sent()
            later(now + 0.022 * draw.uniform(0.7, 1.3), "asked", line.popleft(), now)
        elif what == "asked":
            asked += 1
            stands = asked > first and draw.random() >= chance
            if stands and limit is not None:
                tokens, filled = min(max(1.0, limit / 10), tokens + (now - filled) * limit), now
                stands = tokens >= 1
                tokens -= stands
            later(now + 0.022 * draw.uniform(0.7, 1.3), "good" if stands else "refused", wait, sent)
        elif what == "good":
            throttle.record_success(sent)
            end = now
            if waiting:
                waiting -= 1
                later(now, "ready")
        elif what == "refused":
            throttle.record_refusal(sent)
            refused += 1
            if retry_after is not None:
                not_before = max(not_before, now + retry_after)
            later(now + (retry_after or wait * draw.uniform(0.5, 1)), "ready", min(2 * wait, 20))
    return Outcome(end, refused, throttle)


FREELY = simulate(310).seconds


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("limit", "requests", "longer", "refusals"),
    # Up to 16 of the refusals are those of the first moment, when all threads ask and nothing is known yet.
    [(2, 60, 1.4, 92), (5, 100, 1.3, 55), (30, 310, 1.16, 26), (30, 1500, 1.06, 37), (200, 1500, 1.2, 45)],
)
def test_a_limit_is_nearly_used_and_seldom_exceeded(limit, requests, longer, refusals, seed):
    found = simulate(requests, limit=limit, seed=seed)
    assert requests / limit - 0.2 < found.seconds < longer * requests / limit
    assert found.refused <= refusals


@pytest.mark.parametrize(("limit", "refusals"), [(5, 45), (30, 30)])
def test_retry_after_does_not_change_that(limit, refusals):
    found = simulate(10 * limit, limit=limit, retry_after=0.2)
    assert found.seconds < 1.5 * 10
    assert found.refused <= refusals


def serve(stands: float, seconds: float, seed: int) -> tuple[int, int]:
    """One client that is never idle, without a back-off; good and refused answers."""
    clock, draw = Clock(), random.Random(seed)
    throttle = Throttle(clock)
    end = clock.now + seconds
    tokens, filled, good, refused = 1.0, clock.now, 0, 0
    while clock.now < end:
        clock.now = max(clock.now, throttle.due())
        throttle.record_sent()
        sent = clock.now
        clock.now += 0.002 * draw.uniform(0.5, 1.5)
        tokens, filled = min(max(1.0, stands / 10), tokens + (clock.now - filled) * stands), clock.now
        if tokens >= 1:
            tokens -= 1
            good += 1
            throttle.record_success(sent)
        else:
            refused += 1
            throttle.record_refusal(sent)
    return good, refused


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("stands", "uses", "refusals"),
    [(2, 0.45, 0.85), (10, 0.7, 0.1), (30, 0.9, 0.025), (100, 0.85, 0.006)],
)
def test_it_uses_most_of_what_the_service_accepts_and_is_seldom_refused(stands, uses, refusals, seed):
    good, refused = serve(stands, 60, seed)
    assert good > uses * stands * 60
    assert refused < refusals * good


@pytest.mark.parametrize("first", [1, 2])
def test_lone_refusals_cost_one_back_off(first):
    found = simulate(310, first=first)
    assert found.refused == first
    assert found.seconds < FREELY + 0.2
    assert found.throttle.rate == float("inf")


def test_a_lone_refusal_with_retry_after_costs_that_time():
    assert FREELY + 1 - 0.05 < simulate(310, first=1, retry_after=1.0).seconds < FREELY + 1.1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("chance", "longer"), [(0.01, 1.3), (0.05, 2.0)])
def test_a_few_refusals_that_mean_nothing_cost_little(chance, longer, seed):
    assert simulate(310, chance=chance, seed=seed).seconds < longer * FREELY
    assert simulate(3100, chance=chance, seed=seed).seconds < longer * 10 * FREELY


@pytest.mark.parametrize("seed", range(5))
def test_one_in_five_is_taken_for_a_limit_and_still_leaves_some_requests_a_second(seed):
    """So many refusals cannot be told from those of a limit: it slows down, but not to a standstill."""
    assert simulate(300, chance=0.2, seed=seed).seconds < 300 / 5


def test_a_limit_and_refusals_that_mean_nothing():
    assert simulate(300, limit=30, chance=0.05).seconds < 2 * 10


def test_nothing_is_held_back_before_the_service_complains():
    assert simulate(1000).throttle.rate == float("inf")
    assert Throttle().due() == float("-inf")


def test_it_comes_back_after_a_breakdown():
    """Two hundred refusals in a row, which takes a minute of waiting: then soon as fast as before."""
    found = simulate(2000, first=200)
    assert found.refused == 200
    assert found.throttle.rate > 100


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def cut(clock: Clock) -> Throttle:
    """A throttle after 20 good and 20 refused answers in a second."""
    throttle = Throttle(clock)
    for _ in range(20):
        clock.now += 0.05
        throttle.record_success(clock.now - 0.05)
    for _ in range(20):
        throttle.record_refusal(clock.now - 0.05)
    return throttle


def test_a_cut_leads_to_a_little_below_what_went_well():
    assert 0.8 * 20 <= cut(Clock()).rate < 20


def test_what_was_sent_before_a_cut_tells_nothing():
    clock = Clock()
    throttle = cut(clock)
    rate, sent = throttle.rate, clock.now - 0.05
    for _ in range(20):
        clock.now += 0.1
        throttle.record_refusal(sent)
        throttle.record_success(sent)
    assert throttle.rate == rate


def test_it_never_stops():
    clock = Clock()
    throttle = cut(clock)
    for _ in range(500):
        clock.now += 0.01
        throttle.record_refusal(clock.now)
    assert throttle.rate == 0.5


def test_an_idle_time_neither_slows_down_nor_speeds_up():
    clock = Clock()
    throttle = cut(clock)
    rate = throttle.rate
    for _ in range(30):
        clock.now += 10
        throttle.record_success(clock.now)
        assert rate <= throttle.rate < 40.01, "at most twice what was used"


def test_stopping_ends_the_waiting():
    throttle = cut(Clock())
    throttle.wait(threading.Event())
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    throttle.rate = 1e-6  # eleven days
    throttle.wait(stop)


def test_against_the_local_service():
    """Twelve threads, thirty requests a second: most of the answers are good ones."""
    with LocalService() as local, local.workspace() as workspace:
        local.faults.add("jobs.get", "status", status=429, allowed=30, times=None)
        service = Service(workspace, RetryPolicy(first_wait=0.05))
        threads = [threading.Thread(target=lambda: [service.job("none") for _ in range(8)]) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        service.close()
        asked = local.requests.count("jobs.get", status=404)
        refused = local.requests.count("jobs.get", status=429)
    assert asked == 96
    assert refused < asked / 2
