"""Reading of TOML files and of the programs that sweep files name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import SweepError

if TYPE_CHECKING:
    from qsharp_bridge.programs import Program

_DEEP_KEY = re.compile(r"""^[ \t]*(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){100}""", re.MULTILINE)
"""A dotted key of more than 100 parts."""


def read_toml(path: Path) -> Mapping[str, Any]:
    """Return the content of a TOML file.

    Raises:
        SweepError: it cannot be read, or is not TOML.
    """
    import tomllib  # takes 50 ms, which help does not need

    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors write a byte-order mark
        if _DEEP_KEY.search(text):  # tomllib takes quadratic time: 10,000 parts take 1.4 s
            raise SweepError("not TOML: nested too deep", path=str(path))
        return tomllib.loads(text)
    except OSError as error:
        raise SweepError(f"cannot read {path}: {error.strerror}") from None
    except RecursionError:
        raise SweepError("not TOML: nested too deep", path=str(path)) from None
    except ValueError as error:
        advice = None
        if path.suffix == ".qs":
            advice = "this is a Q# program: give a sweep file, with the program under its key 'program'"
        raise SweepError(f"not TOML: {error}", path=str(path), advice=advice) from None


def load_program(
    path: Path, where: str, *, project: bool | None = None, qdk_config: Mapping[str, Any] | None = None
) -> Program:
    """Return the program of a ``.qs`` file or of a project.

    Args:
        path: the ``.qs`` file, the folder of the project, or its ``qsharp.json``.
        where: the path of the value in errors.
        project: whether it is a project; None if a folder is one and a file is not.
        qdk_config: values for ``Std.Core.ConfigValue``, by name.

    Raises:
        SweepError: there is no such file, or it is not a Q# file. The error never shows its content: a sweep file from
            somebody else may name any file.
        SourceError: it cannot be read, or does not compile.
    """
    from qsharp_bridge.programs import Program

    if path.name == "qsharp.json":
        path, project = path.parent, True
    if not path.exists():
        raise SweepError(f"there is no {path}", path=where)
    if path.is_dir() if project is None else project:
        for source in path.glob("src/**/*.qs"):
            _check_suffix(source, where)
        return Program.from_project(path, qdk_config=qdk_config)
    _check_suffix(path, where)
    return Program.from_file(path, qdk_config=qdk_config)


def _check_suffix(path: Path, where: str) -> None:
    if path.resolve().suffix != ".qs":  # links are followed
        raise SweepError(f"{path} is not a Q# file", path=where, advice="name a file that ends with .qs")
