"""The README's code runs as it stands, and its commands and links exist."""

import re
from pathlib import Path

import matplotlib
import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_code_blocks_run(block, tmp_path, monkeypatch):
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(block, names)
    results = names["results"]
    assert len(results) == 25
    # The service gives proportions, rounded down: at most one shot of two outcomes is missing.
    assert all(sum(row.counts.values()) == 200 - row.missing_shots >= 199 for row in results)
    assert (tmp_path / "rabi.png").read_bytes().startswith(b"\x89PNG")


def test_commands_samples_and_links_exist():
    for path in re.findall(r"`((?:scripts|samples)/[\w./-]+)`", README) + re.findall(r"\]\(([\w./-]+)\)", README):
        assert (ROOT / path).exists(), path
