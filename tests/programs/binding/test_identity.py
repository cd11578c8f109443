"""Every bound program is, byte for byte, what the compiler gives at its point."""

import itertools
import os

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def test_a_slice(one_profile, comparing, checking_methods):
    """Of each operation some points for one profile; the plain ones among them by template wherever there is one."""

    examples = itertools.count()

    @seed(20)
    @settings(max_examples=2, deadline=None, suppress_health_check=QUIET, database=None, phases=[Phase.generate])
    @given(data=st.data())
    def check(data):
        points = data.draw(one_profile.points())
        if next(examples):  # hypothesis begins with its simplest values: those after tell more
            plain = one_profile.plain_points()
            bound = comparing(one_profile.operation, plain + points[:2], one_profile.profile)
            checking_methods(one_profile, bound.methods[: len(plain)])

    check()


EXAMPLES = int(os.environ.get("BINDING_EXAMPLES", "10"))  # about 7 points each, of 1 s or so


@pytest.mark.long
def test_all(case, comparing):
    """Of each operation many points for every profile."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=QUIET, database=None)
    @given(data=st.data())
    def check(data):
        comparing(case.operation, data.draw(case.points()), case.profile)

    check()
