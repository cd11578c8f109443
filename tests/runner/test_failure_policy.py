"""The failure policy of a run, as a word or as the Azure client's."""

import pytest
from azure.quantum.job.session import SessionJobFailurePolicy

from qsharp_bridge.errors import SweepError
from qsharp_bridge.runner.options import RunOptions, complete


@pytest.mark.parametrize(
    ("given", "policy"),
    [
        ("abort", "abort"),
        (SessionJobFailurePolicy.ABORT, "abort"),
        (SessionJobFailurePolicy.CONTINUE, "continue"),
    ],
)
def test_a_word_or_the_clients_own(given, policy):
    assert complete(RunOptions, {"failure_policy": given}, "run_sweep")["failure_policy"] == policy


@pytest.mark.parametrize("given", ["Abort", "stop", None, 1])
def test_refuses_all_else(given):
    with pytest.raises(SweepError, match="failure_policy is"):
        complete(RunOptions, {"failure_policy": given}, "run_sweep")
