"""docs/cli.md and the JSON Schema of sweep files are what their scripts make."""

import subprocess
import sys
from pathlib import Path

import pytest

from qsharp_bridge.sweepfile.model import KEYS
from tests.shared.command_line import verbs

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("script", ["make-cli-reference", "make-sweep-schema"])
def test_up_to_date(script):
    ended = subprocess.run([sys.executable, ROOT / "scripts" / script, "--check"], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_every_verb_and_key_is_there():
    page = (ROOT / "docs" / "cli.md").read_text()
    for name, verb in verbs().items():
        assert f"### {name}\n" in page
        for param in verb.params:
            if not getattr(param, "hidden", False):
                assert all(f"`{option}" in page for option in param.opts if option.startswith("--"))
    assert all(f"| `{key}` |" in page for key in KEYS)
