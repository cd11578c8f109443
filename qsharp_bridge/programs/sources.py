"""The sources of a Q# program: a snapshot of text, or of all files of a project.

A snapshot, because a program is compiled many times, in this process and in others, perhaps on another
machine, and must be the same program each time whatever happens to the files meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import posixpath
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from qsharp_bridge.errors import SourceError

__all__ = ["Sources"]

MANIFEST = "qsharp.json"


@dataclass(frozen=True)
class Sources:
    """What a program is made of. Immutable, hashable, picklable.

    Attributes:
        name: what to call it in messages: a file name, a folder, or "source".
        files: (path relative to a common root, with "/"; contents) of each file, sorted by path. A program
            made from text or from one file has a single entry, one made from cells an entry for each, in order.
        project: the path of the project's folder relative to the root, or None when this is no project.
    """

    name: str = field(compare=False)
    files: tuple[tuple[str, str], ...]
    project: str | None = None

    @classmethod
    def from_text(cls, text: str, name: str = "source") -> Sources:
        if not isinstance(text, str):
            raise SourceError(
                f"Q# source must be a string, not {type(text).__name__}",
                advice="read the file with Program.from_file(path)",
            )
        _encode(text, name)
        return cls(name, (("", text),))

    @classmethod
    def from_cells(cls, texts: Sequence[str]) -> Sources:
        """Texts that are evaluated one after the other, as in a notebook: a later one may declare a name anew."""
        for place, text in enumerate(texts, 1):
            _encode(text, f"cell {place}")
        return cls("notebook", tuple((f"cell {place}", text) for place, text in enumerate(texts, 1)))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Sources:
        file = Path(path)
        if file.is_dir():
            raise SourceError(f"{file} is a folder", advice="open it with Program.from_project(folder)")
        return cls.from_text(_read(file), name=file.name)

    @classmethod
    def from_project(cls, folder: str | os.PathLike[str]) -> Sources:
        """The project in a folder with a ``qsharp.json``, and the local projects that it depends on."""
        home = Path(folder)
        if home.name == MANIFEST and home.is_file():
            home = home.parent
        if not (home / MANIFEST).is_file():
            raise SourceError(
                f"{home} has no {MANIFEST}",
                advice="give the folder of a Q# project, or use Program.from_file for a single file",
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

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the sources, as 64 hexadecimal digits. It does not depend on where the files lie."""
        content = json.dumps([self.project, self.files], ensure_ascii=True)
        return hashlib.sha256(content.encode("ascii")).hexdigest()

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of a program that is no project, to be evaluated one after the other."""
        return tuple(text for _, text in self.files) if self.project is None else ()

    @property
    def text(self) -> str | None:
        """The text of a program made of one, or None."""
        return self.texts[0] if len(self.texts) == 1 else None

    @cached_property
    def self_contained(self) -> bool:
        """Whether the digest covers all of the program: not with dependencies on GitHub."""
        return self.project is None or not any(
            path.rpartition("/")[2] == MANIFEST and '"github"' in text for path, text in self.files
        )

    def units(self, dependencies: bool = True) -> Iterator[tuple[str, str]]:
        """(namespace that the file stands for, text) of each Q# text whose names an entry expression can use.

        A file ``src/A/B.qs`` of a project is namespace ``A.B`` unless it says otherwise; that of a dependency
        begins with the name that the manifest gives the dependency, and its ``src/Main.qs`` is that name itself.
        """
        if self.project is None:
            yield from (("", text) for text in self.texts)
            return
        yield from self._units_of(self.project, "")
        if not dependencies:
            return
        content = json.loads(dict(self.files)[posixpath.normpath(f"{self.project}/{MANIFEST}")])
        for alias, dependency in (content.get("dependencies") or {}).items():
            if isinstance(dependency, dict) and isinstance(dependency.get("path"), str):
                yield from self._units_of(posixpath.normpath(f"{self.project}/{dependency['path']}"), alias)

    def _units_of(self, project: str, alias: str) -> Iterator[tuple[str, str]]:
        folder = posixpath.normpath(f"{project}/src") + "/"
        for path, text in self.files:
            if path.startswith(folder) and path.endswith(".qs"):
                names = path[len(folder) : -len(".qs")].split("/")
                if alias:
                    names = [alias] if names == ["Main"] else [alias, *names]
                yield ".".join(names), text

    @contextlib.contextmanager
    def unpacked(self) -> Iterator[str]:
        """A temporary folder with the project's files, as the compiler wants to read them."""
        assert self.project is not None
        with tempfile.TemporaryDirectory(prefix="qsharp-bridge-") as root:
            for path, text in self.files:
                file = Path(root, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="")
            yield os.path.join(root, self.project) if self.project != "." else root


def _collect(folder: Path, files: dict[Path, str]) -> None:
    """The files of one project, then of the projects it names by path."""
    manifest = folder / MANIFEST
    if manifest in files:
        return
    files[manifest] = _read(manifest)
    try:
        content = json.loads(files[manifest])
    except json.JSONDecodeError as error:
        raise SourceError(f"{manifest} is no JSON: {error}") from None
    for file in sorted((folder / "src").rglob("*.qs")):
        files[file] = _read(file)
    dependencies = content.get("dependencies") if isinstance(content, dict) else None
    for dependency in (dependencies or {}).values():
        path = dependency.get("path") if isinstance(dependency, dict) else None
        if isinstance(path, str):  # the others are on GitHub: the compiler fetches them, at a fixed version
            other = Path(os.path.normpath(folder / path))
            if not (other / MANIFEST).is_file():
                raise SourceError(f"{manifest} depends on {path!r}, which has no {MANIFEST}")
            _collect(other, files)


def _read(file: Path) -> str:
    try:
        # As qdk reads: a byte order mark is dropped; newlines are left alone, for positions and for strings.
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SourceError(f"cannot read {file}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{file} is no UTF-8 text (byte {error.start})") from None
    return text


def _encode(text: str, name: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise SourceError(f"{name} has a lone surrogate at character {error.start}") from None
