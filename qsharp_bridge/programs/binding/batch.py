"""Programs of a sweep for other processes: pickled as templates and numbers, not as texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .template import Template

Part: TypeAlias = tuple[Template, tuple[str, ...]] | str
"""One program: a template with its numbers, or, where it was compiled directly, the text."""


@dataclass(frozen=True)
class ProgramBatch(Sequence[str]):
    """A sequence of programs of a sweep, as texts. Small when pickled: each template is in it once.

    Attributes:
        templates: those in use.
        parts: for each program (index of its template, its numbers), or the text.
    """

    templates: tuple[Template, ...]
    parts: tuple[tuple[int, tuple[str, ...]] | str, ...]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> ProgramBatch:
        """Pack programs."""
        places: dict[int, int] = {}  # by identity: a template is large, and one object for all of its points
        templates: list[Template] = []
        packed: list[tuple[int, tuple[str, ...]] | str] = []
        for part in parts:
            if isinstance(part, str):
                packed.append(part)
                continue
            template, numbers = part
            place = places.setdefault(id(template), len(templates))
            if place == len(templates):
                templates.append(template)
            packed.append((place, numbers))
        return cls(tuple(templates), tuple(packed))

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        part = self.parts[index]
        return part if isinstance(part, str) else self.templates[part[0]].render(part[1])

    def __iter__(self) -> Iterator[str]:
        return (self[index] for index in range(len(self)))
