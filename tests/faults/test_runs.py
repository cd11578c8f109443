"""Random runs through the fault proxy: nothing lost, doubled, wrong, above the budget or left open."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.runs import Runs


def carry(folder, numbers, kills):
    runs = Runs(folder, seed=1, kills=kills)
    try:
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(runs.run, numbers))
    finally:
        runs.close()
    assert runs.found.good, str(runs.found)
    assert sum(runs.found.faults.values()) > len(numbers)


def test_runs_with_faults(tmp_path):
    carry(tmp_path, range(28), kills=0)


def test_runs_with_faults_and_kills(tmp_path):
    carry(tmp_path, range(100, 112), kills=0.5)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_five_hundred_runs(tmp_path):
    carry(tmp_path, range(1000, 1500), kills=0.3)
