"""docs/cli.md is what scripts/make-cli-reference makes."""

import subprocess
import sys
from pathlib import Path

from qsharp_bridge.cli.main import build_parser
from qsharp_bridge.cli.parser import leaves
from qsharp_bridge.sweepfile.file import KEYS

ROOT = Path(__file__).parents[2]


def test_up_to_date():
    script = ROOT / "scripts" / "make-cli-reference"
    ended = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_every_verb_and_key_is_there():
    page = (ROOT / "docs" / "cli.md").read_text()
    for parser in leaves(build_parser()):
        assert f"### {parser.prog.removeprefix('qsharp-bridge ')}\n" in page
        options = (option for action in parser._actions for option in action.option_strings)
        for option in set(options) - {"-h", "--help", "--traceback"}:
            assert f"`{option}" in page
    assert all(f"| `{key}` |" in page for key in KEYS)
