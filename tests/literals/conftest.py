import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from interpreter import Interpreter


@pytest.fixture(scope="session")
def qsharp() -> Interpreter:
    """The Q# interpreter. Contexts live and die in the thread of the tests."""
    return Interpreter()
