"""Throttle: what it makes of a service that stands so many requests a second."""

import random
import threading

import pytest

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.workspace import Patience, Service
from qsharp_bridge.workspace.throttle import Throttle


class Clock:
    """A time that stands still until somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> None:
        self.now += seconds


def serve(stands: float, seconds: float, seed: int) -> tuple[int, int]:
    """One client against a service that stands so many requests a second; good and refused answers."""
    clock, draw = Clock(), random.Random(seed)
    throttle = Throttle(clock)
    end = clock.now + seconds
    tokens, filled, good, refused = 1.0, clock.now, 0, 0
    while clock.now < end:
        throttle.wait(clock)  # type: ignore[arg-type]
        sent = clock.now
        clock.now += 0.002 * draw.uniform(0.5, 1.5)
        tokens, filled = min(max(1.0, stands / 10), tokens + (clock.now - filled) * stands), clock.now
        if tokens >= 1:
            tokens -= 1
            good += 1
            throttle.answered()
        else:
            refused += 1
            throttle.too_many(sent)
    return good, refused


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("stands", "uses", "refusals"),
    [(2, 0.45, 0.85), (10, 0.7, 0.1), (30, 0.9, 0.025), (100, 0.85, 0.006)],
)
def test_it_uses_most_of_what_the_service_stands_and_is_seldom_refused(stands, uses, refusals, seed) -> None:
    good, refused = serve(stands, 60, seed)
    assert good > uses * stands * 60
    assert refused < refusals * good


def test_nothing_is_held_back_before_the_service_complains() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(1000):
        throttle.wait(clock)  # type: ignore[arg-type]
        throttle.answered()
    assert clock.now == 100.0


def test_what_was_sent_before_a_cut_does_not_cut_again() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(20):
        clock.now += 0.05
        throttle.answered()
    sent = clock.now
    clock.now += 0.01
    throttle.too_many(sent)
    rate = throttle.rate
    throttle.too_many(sent)  # sent side by side with the first
    assert throttle.rate == rate


def test_the_rate_never_falls_to_nothing_and_comes_back() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(50):
        clock.now += 0.01
        throttle.too_many(clock.now)
    assert throttle.rate == 0.5
    began = clock.now
    while throttle.rate < 50:
        throttle.wait(clock)  # type: ignore[arg-type]
        throttle.answered()
    assert clock.now - began < 30


def test_stopping_ends_the_waiting() -> None:
    throttle = Throttle()
    throttle.too_many(sent=1e12)
    throttle.wait(threading.Event())
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    throttle.rate = 1e-6  # eleven days
    throttle.wait(stop)


def test_against_the_local_service() -> None:
    """Twelve threads, thirty requests a second: most of the answers are good ones."""
    with LocalService() as local, local.workspace() as workspace:
        local.faults.add("jobs.get", "status", status=429, allowed=30, times=None)
        service = Service(workspace, Patience(first_wait=0.05))
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
