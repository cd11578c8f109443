"""The example of docs/binding.md runs."""

import pathlib
import re

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "binding.md"


def test_the_example_runs(capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    scope = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), scope)
    assert set(scope["bound"].methods) == {"template"}
    assert "1000 of 1000 points bound by template" in capsys.readouterr().out
