"""Read the compiler's error reports.

The compiler reports for a terminal: wrapped to lines, with the whole source line quoted, thousands of
characters when the line holds an array. Errors of this package keep the message and the place:

    type error: expected Int, found Double, at line 3, column 7: Foo(1.5)
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from qsharp_bridge.syntax.declarations import CallableDeclaration, declarations

NOT_FOUND, NOT_AVAILABLE = "Qdk.Qsc.Resolve.NotFound", "Qdk.Qsc.Resolve.NotAvailable"
"""Codes of a name that is not declared, or not for the profile: in a namespace, the latter is not found either."""
TYPE_MISMATCH = "Qdk.Qsc.TypeCk.TyMismatch"
"""Code of an expression of another type than the one that is needed."""
EVALUATION_FAILED = "Qdk.Qsc.PartialEval.EvaluationFailed"
"""Code of a program that fails while it is compiled."""

LEFT_OUT = "its declaration has a @Config that leaves this profile out"

_WIDTH = 72  # characters of text on a wrapped line
_CODE = re.compile(r"^Qdk\.[\w.]+", re.MULTILINE)
_PLACE = re.compile(r"^ +,-\[(?P<file>.*):(?P<line>\d+):(?P<column>\d+)\]$")
_SHOWN = 70  # characters of a source line that an error quotes
_ADVICE = {
    NOT_AVAILABLE: LEFT_OUT,
    "Qdk.Qasm.Lowerer.ExprMustBeConst": "a function of an input, such as sin(a), can be an input itself",
    "Qdk.Qsc.EntryPoint.Args": "the compiler takes an operation called Main for the entry point, which has no "
    "parameters: give it another name",
    "Qdk.Qsc.Project.GitHub": "the compiler fetches dependencies on GitHub each time that it loads the project, "
    "from raw.githubusercontent.com; without a network, depend on a copy of them by its path",
}
_DECLARED = re.compile(r"\b(?:operation|function)\s+(\w+)")
_TRACEBACK = "Traceback (most recent call last):"  # of a Python function that qdk called, such as its fetch from GitHub
_MOST = 3  # diagnostics that an error quotes


@dataclass(frozen=True)
class Diagnostic:
    """One error or warning of the compiler.

    Attributes:
        code: such as "Qdk.Qsc.TypeCk.TyMismatch".
        kind: such as "type error".
        message: such as "expected Unit, found Int"; may be "".
        file: the name that the compiler gives the source, or "".
        line, column: from 1; 0 when unknown.
        quoted: the source line, or "".
        help: the compiler's advice, or "".
    """

    code: str
    kind: str
    message: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    quoted: str = ""
    help: str = ""

    def __str__(self) -> str:
        text = ": ".join(part for part in (self.kind, self.message) if part)
        if self.file == "<entry>":
            return text  # the entry expression is ours: its columns do not help
        if self.line:
            where = "" if self.file.startswith("line_") else f"{self.file}, "
            text += f", at {where}line {self.line}, column {self.column}"
        return f"{text}: {_cut(self.quoted, self.column)}" if self.quoted.strip() else text


def diagnostics(report: str) -> list[Diagnostic]:
    """Return the diagnostics of a report, in order; none when the text is not a report."""
    starts = [match.start() for match in _CODE.finditer(report)]
    return [_parse(report[start:end]) for start, end in itertools.pairwise([*starts, len(report)])]


def summary(report: str) -> tuple[str, str | None]:
    """Return a report in one line, and advice if there is any."""
    found = diagnostics(report)
    if not found:
        return _cut(" ".join(report.split()), 1, 300), None
    texts = list(dict.fromkeys(str(one) for one in found))  # the compiler often repeats a diagnostic
    text = " | ".join(texts[:_MOST])
    if len(texts) > _MOST:
        text += f" | and {len(texts) - _MOST} more"
    return text, _ADVICE.get(found[0].code) or next((one.help for one in found if one.help), None)


def declaration_at(report: str, text: str) -> str | None:
    """Return the name of the operation or function that the first diagnostic of a report is in, or None.

    Args:
        report: of the compiler.
        text: the source that it is about.
    """
    first = next((one for one in diagnostics(report) if one.line), None)
    lines = text.split("\n")
    if first is None or first.line > len(lines) or lines[first.line - 1].strip() != first.quoted.strip():
        return None
    place = sum(len(line) + 1 for line in lines[: first.line - 1]) + first.column - 1
    names = [one.name.rpartition(".")[2] for one in declarations(text) if isinstance(one, CallableDeclaration)]
    before = [match[1] for match in _DECLARED.finditer(text, 0, place) if match[1] in names]
    return before[-1] if before else None


def _parse(block: str) -> Diagnostic:
    lines = block.split("\n")
    code = lines[0].split()[0]
    kind = message = help_text = quoted = ""
    file, row, column = "", 0, 0
    part: list[str] = []  # the wrapped lines of what is being read
    reading = ""

    def finish() -> None:
        nonlocal kind, message, help_text
        text = _unwrap(part)
        if reading == "kind":
            kind = text.partition(_TRACEBACK)[0].strip()
        elif reading == "message":
            message = f"{message}: {text}" if message else text
        elif reading == "help":
            help_text = text
        part.clear()

    for line in lines[1:]:
        if line.startswith(("  x ", "  × ")):
            finish()
            reading, start = "kind", line[4:]
            part.append(start)
        elif line.startswith(("  `-> ", "  |-> ", "  ╰─▶ ", "  ├─▶ ")):
            finish()
            reading = "message"
            part.append(line[6:])
        elif line.startswith("  help: "):
            finish()
            reading = "help"
            part.append(line[8:])
        elif place := _PLACE.match(line.replace("╭─", ",-")):
            finish()
            reading = ""
            if not row:
                file, row, column = place["file"], int(place["line"]), int(place["column"])
        elif reading and line.startswith("  ") and line.strip():
            part.append(line.strip().removeprefix("| ").strip())
        else:
            number, bar, rest = line.partition(" | ")
            if bar and row and number.strip() == str(row) and not quoted:
                quoted = rest
            finish()
            reading = ""
    finish()
    return Diagnostic(code, kind, message, file, row, column, quoted, help_text)


def _unwrap(lines: list[str]) -> str:
    """Join wrapped lines. They break not at spaces only: a long word is cut, and ``(Int, Int)[]`` may be too."""
    text = ""
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else ""
        full = len(before) == _WIDTH and " " not in before and not before.endswith(",")
        text += line if not index or full or line.startswith(("[", "]", ",", ")")) else " " + line
    return text


def _cut(line: str, column: int, shown: int = _SHOWN) -> str:
    """Return the part of a source line around a column (from 1)."""
    text = line.strip()
    if len(text) <= shown:
        return text
    at = max(0, column - 1 - (len(line) - len(line.lstrip())))
    start = max(0, min(at - shown // 3, len(text) - shown))
    end = start + shown
    return ("..." if start else "") + text[start:end] + ("..." if end < len(text) else "")
