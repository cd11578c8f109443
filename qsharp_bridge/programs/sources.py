"""The sources of a Q# program: a snapshot of text, or of all files of a project.

It is a snapshot because a program is compiled many times, in several processes and perhaps on several machines, and
must be the same each time, even if the files change.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import os
import posixpath
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from qsharp_bridge.errors import BridgeError, SourceError
from qsharp_bridge.literals.kinds import Kind, describe, plain

MANIFEST = "qsharp.json"


@dataclass(frozen=True)
class Sources:
    """The texts of a program. Immutable, hashable, picklable.

    Attributes:
        name: the name in messages: that of a file or folder, or "source".
        files: path relative to a common root, with "/", and contents of each file, sorted by path. A program from one
            text or file has a single entry, a program from cells one entry for each cell, in order.
        project: the path of the project's folder relative to the root, or None if this is not a project.
        config: the values of `with_config` as JSON text, or "". It is a text because 1, 1.0 and True are equal in
            Python.
    """

    name: str = field(compare=False)
    files: tuple[tuple[str, str], ...]
    project: str | None = None
    config: str = ""

    @classmethod
    def from_text(cls, text: str, name: str = "source") -> Sources:
        """Return the sources of a program from one text."""
        if not isinstance(text, str):
            raise SourceError(
                f"Q# source must be a string, not {type(text).__name__}",
                advice="read the file with Program.from_file(path)",
            )
        _encode(text, name)
        return cls(name, (("", text),))

    @classmethod
    def from_cells(cls, texts: Sequence[str]) -> Sources:
        """Return the sources of texts that are evaluated in order: a later one may declare a name again."""
        for place, text in enumerate(texts, 1):
            _encode(text, f"cell {place}")
        return cls("notebook", tuple((f"cell {place}", text) for place, text in enumerate(texts, 1)))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Sources:
        """Return the sources of a program from one file."""
        file = Path(path)
        if file.is_dir():
            raise SourceError(f"{file} is a folder", advice="open it with Program.from_project(folder)")
        return cls.from_text(_read(file), name=file.name)

    @classmethod
    def from_project(cls, folder: str | os.PathLike[str]) -> Sources:
        """Return the sources of a project, and of the local projects that it depends on, as qdk reads them.

        Raises:
            SourceError: a file cannot be read, or a manifest is wrong.
        """
        home = Path(folder)
        if home.name == MANIFEST and home.is_file():
            home = home.parent
        if not (home / MANIFEST).is_file():
            project = project_of(home)
            raise SourceError(
                f"{home} has no {MANIFEST}",
                advice=f"its project is Program.from_project({str(project)!r})"
                if project
                else "give the folder of a Q# project, or use Program.from_file for a single file",
            )
        home = home.resolve()
        files: dict[Path, str] = {}
        _collect(home, files)
        root = Path(os.path.commonpath([home, *(file.parent for file in files)]))
        return cls(
            str(folder),
            tuple(sorted((file.relative_to(root).as_posix(), text) for file, text in files.items())),
            home.relative_to(root).as_posix(),
        )

    def with_config(self, values: Mapping[str, bool | int | float | str] | None) -> Sources:
        """Return the same program with values for ``Std.Core.ConfigValue``.

        Raises:
            SourceError: a name is not a string, or a value is not a bool, 64-bit int, finite float or string.

        >>> Sources.from_text("").with_config({"layers": 3}).qdk_config
        {'layers': 3}
        """
        if not values:
            return dataclasses.replace(self, config="")
        if not isinstance(values, Mapping):
            raise SourceError(f"qdk_config must be a mapping of names to values, not {describe(values)}")
        checked = {_config_name(name): _config_value(name, value) for name, value in values.items()}
        return dataclasses.replace(self, config=json.dumps(checked, sort_keys=True))

    @property
    def qdk_config(self) -> dict[str, Any]:
        """Return the values of `with_config`, as ``qdk.Context`` takes them."""
        return json.loads(self.config) if self.config else {}

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 over the sources, as 64 hexadecimal digits. The place of the files is not part of it."""
        content = json.dumps([self.project, self.files, *filter(None, [self.config])], ensure_ascii=True)
        return hashlib.sha256(content.encode("ascii")).hexdigest()

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the texts of a program that is not a project, to be evaluated in order."""
        return tuple(text for _, text in self.files) if self.project is None else ()

    @property
    def text(self) -> str | None:
        """Return the text of a program that has one text, or None."""
        return self.texts[0] if len(self.texts) == 1 else None

    @cached_property
    def self_contained(self) -> bool:
        """Check whether the digest covers the whole program: it does not cover dependencies on GitHub."""
        return self.project is None or not any(
            path.rpartition("/")[2] == MANIFEST and '"github"' in text for path, text in self.files
        )

    def units(self, project: str | None = None) -> Iterator[tuple[str, str]]:
        """Yield the namespace and the text of each Q# text of the program, or of one of its projects.

        Args:
            project: the path of a project's folder relative to the root; None for the program itself.

        A file ``src/A/B.qs`` of a project has the namespace ``A.B`` unless it declares another. The names are qdk's:
        relative to the common folder of the project's files, often ``src``, and with ``_`` for each ``-``. The text of
        a circuit ``.qsc`` is the one that qdk generates.
        """
        if self.project is None:
            yield from (("", text) for text in self.texts)
            return
        source = posixpath.normpath(f"{project or self.project}/src") + "/"
        found = [
            (path, text) for path, text in self.files if path.startswith(source) and path.endswith((".qs", ".qsc"))
        ]
        folder = posixpath.commonpath([posixpath.dirname(path) for path, _ in found]) if found else ""
        for path, text in found:
            parts = posixpath.relpath(path, folder or ".").replace("-", "_").split("/")
            namespace = ".".join(posixpath.splitext(part)[0] for part in parts)
            yield namespace, text if path.endswith(".qs") else _circuits(text, namespace.rpartition(".")[2])

    def dependencies(self, project: str | None = None) -> Iterator[tuple[str, str]]:
        """Yield the name and the folder, relative to the root, of each local project that a project depends on.

        Args:
            project: the path of its folder relative to the root; None for the program itself.
        """
        folder = project or self.project
        if folder is None:
            return
        manifest = dict(self.files)[posixpath.normpath(f"{folder}/{MANIFEST}")]
        for name, path in _local_dependencies(json.loads(manifest)):
            yield name, posixpath.normpath(f"{folder}/{path}")

    @contextlib.contextmanager
    def unpacked(self) -> Iterator[tuple[str, str]]:
        """Write the files to a temporary folder, for the compiler to read, and yield it and the project's folder."""
        assert self.project is not None
        with tempfile.TemporaryDirectory(prefix="qsharp-bridge-") as root:
            for path, text in self.files:
                file = Path(root, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="")
            yield root, os.path.join(root, self.project) if self.project != "." else root


def _circuits(text: str, name: str) -> str:
    """Return the Q# text that qdk generates for a circuit file, or "" for a wrong one, which the compiler reports."""
    from qdk._native import ProgramType, QSharpError, compile_visual_circuit_to_qsharp

    try:
        made: str = compile_visual_circuit_to_qsharp(name, text, 0, ProgramType.Operation)[1]
    except QSharpError:
        return ""
    return made


def project_of(path: str | os.PathLike[str]) -> Path | None:
    """Return the folder of the project that a file or folder belongs to, or None."""
    above = Path(path).absolute().parents
    return next((folder for folder in above if (folder / MANIFEST).is_file()), None)


def _collect(folder: Path, files: dict[Path, str], above: tuple[Path, ...] = ()) -> None:
    """Read the files of one project, then those of the projects that it depends on."""
    if folder in above:
        cycle = [*above[above.index(folder) :], folder]
        raise SourceError(
            f"projects depend on each other in a circle: {' -> '.join(map(str, cycle))}",
            advice=f"take one of these dependencies out of its {MANIFEST}",
        )
    manifest = folder / MANIFEST
    if manifest in files:
        return
    files[manifest] = _read(manifest)
    try:
        content = json.loads(files[manifest])
    except json.JSONDecodeError as error:
        raise SourceError(f"{manifest} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise SourceError(f"{manifest} must be a JSON object")
    for file in _source_files(folder / "src"):
        files[file] = _read(file)
    for name, path in _local_dependencies(content):  # the others are on GitHub: the compiler fetches them
        other = Path(os.path.normpath(folder / path))
        if not (other / MANIFEST).is_file():
            raise SourceError(f"{manifest} depends on {path!r}, which has no {MANIFEST}")
        if os.path.isabs(path):  # a snapshot must not depend on a folder of this machine
            content["dependencies"][name]["path"] = os.path.relpath(other, folder)
            files[manifest] = json.dumps(content)
        _collect(other, files, (*above, folder))


def _local_dependencies(manifest: object) -> list[tuple[str, str]]:
    """Return the name and the path of each dependency of a manifest that has a path."""
    found = manifest.get("dependencies") if isinstance(manifest, dict) else None
    return [
        (name, one["path"])
        for name, one in (found.items() if isinstance(found, dict) else ())
        if isinstance(one, dict) and isinstance(one.get("path"), str)
    ]


def _source_files(folder: Path, above: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield the files below a project's ``src`` that qdk reads: no hidden ones, and links are followed."""
    real = os.path.realpath(folder)
    if real in above:
        raise SourceError(f"{folder} links to a folder that contains it")
    try:
        entries = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return  # the compiler reports a missing src
    except OSError as error:
        raise SourceError(f"cannot read {folder}: {error.strerror or error}") from None
    for name in entries:
        path = folder / name
        if name.startswith("."):  # .ipynb_checkpoints, ._Main.qs of macOS, .#Main.qs of Emacs
            continue
        if path.is_dir():
            yield from _source_files(path, (*above, real))
        elif path.suffix in (".qs", ".qsc"):
            yield path


def _read(file: Path) -> str:
    try:
        # As in qdk, a byte order mark is dropped, and newlines are kept for positions and strings.
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SourceError(f"cannot read {file}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{file} is not UTF-8 text (byte {error.start})") from None
    return text


def _config_name(name: object) -> str:
    if not isinstance(name, str):
        raise SourceError(f"qdk_config has the key {describe(name)}", advice="its keys are the names of values")
    _encode(name, "a name in qdk_config")
    return name


def _config_value(name: str, value: object) -> bool | int | float | str:
    """Return a value that qdk accepts. qdk would turn an int of more than 64 bits into a float."""
    try:
        kind, found = plain(value)
    except BridgeError as error:
        raise SourceError(f"qdk_config[{name!r}]: {error.problem}") from None
    if kind is Kind.STR:
        _encode(found, f"qdk_config[{name!r}]")
    if not (
        kind in (Kind.BOOL, Kind.STR)
        or (kind is Kind.INT and -(2**63) <= found < 2**63)
        or (kind is Kind.FLOAT and math.isfinite(found))
    ):
        raise SourceError(
            f"qdk_config[{name!r}] is {describe(value)}",
            advice="give a bool, an int of 64 bits, a finite float or a string",
        )
    return found  # type: ignore[no-any-return]


def _encode(text: str, name: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise SourceError(f"{name} has a lone surrogate at character {error.start}") from None
