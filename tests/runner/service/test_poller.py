"""When the jobs that were accepted are asked about."""

import itertools

from qsharp_bridge.runner.service.poller import PollClock


class Time:
    """Seconds that pass when told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def polls(clock, time, until):
    """Wait as the loop does; return when the polls were."""
    found = []
    while time.now < until:
        time.now += clock.until_due()
        if clock.due(1):
            found.append(time.now)
    return found


def test_a_day_of_waiting_costs_few_polls():
    time = Time()
    found = polls(PollClock(clock=time), time, 86_400)
    assert len(found) < 86_400 / 30 + 40
    assert all(late - early <= max(0.1, 0.25 * late) + 0.01 for early, late in itertools.pairwise(found))


def test_what_an_outage_took_was_no_waiting_for_jobs():
    """A job may have ended long ago when the service is back: the next look comes soon."""
    time = Time()
    clock = PollClock(clock=time)
    time.now = 0.2
    assert clock.due(1)
    asked, time.now = time.now, 60.0  # the answer came after a minute
    clock.answered(asked)
    assert clock.due(1)
    assert clock.until_due() < 0.5


def test_a_slow_answer_is_no_outage():
    time = Time()
    clock = PollClock(clock=time)
    time.now = 8.0
    assert clock.due(1)
    time.now += 0.9
    clock.answered(8.0)
    assert clock.until_due() > 1.0
