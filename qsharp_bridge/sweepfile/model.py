"""The keys of a sweep file, as one model: what reads a file, its JSON Schema and the command line's options use it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .checks import keys_of
from .parameters import KINDS

_VISIBLE = r"^[^\0]*[^\s\0][^\0]*$"
"""A text with at least one visible character and without NUL.

Only for the schema: a ``Meta(pattern=...)`` beside an array in a union crashes msgspec up to 0.22.0 (its issue 717).
"""

Text = Annotated[str, Meta(min_length=1, extra_json_schema={"pattern": _VISIBLE})]
Count = Annotated[int, Meta(ge=1)]
Amount = Annotated[float, Meta(ge=0)]


Profile = Literal["Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive"]


class ProgramTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly one of the three."""

    file: Annotated[Text, Meta(description="A .qs file.")] | UnsetType = UNSET
    project: Annotated[Text, Meta(description="A folder with a qsharp.json.")] | UnsetType = UNSET
    source: Annotated[Text, Meta(description="Q# source text.")] | UnsetType = UNSET

    def count(self) -> int:
        """Return how many are given."""
        return sum(isinstance(each, str) for each in (self.file, self.project, self.source))


class SweepKeys(TypedDict, total=False):
    """A parameter sweep of a Q# operation, run with `qsharp-bridge run`. Paths are relative to the file."""

    program: Annotated[
        Text | ProgramTable,
        Meta(
            description="The Q# program: the path of a .qs file or of a project's folder, or a table with one of "
            "file, project and source.",
            extra={"expected": "a path, or a table with file, project or source"},
        ),
    ]
    operation: Annotated[Text, Meta(description="The operation, by its name in the program.")]
    parameters: Annotated[
        dict[str, Any],
        Meta(
            description="The parameters of the operation. The points are every combination of their values; the "
            "parameter named last varies fastest.",
            extra_json_schema={
                "additionalProperties": {"$ref": "#/$defs/parameter"},
                "propertyNames": {"pattern": r"^[^\W\d]\w*$"},
            },
        ),
    ]
    points: Annotated[
        Annotated[str, Meta(min_length=1, extra_json_schema={"pattern": r"\.[cC][sS][vV]$"})]
        | Annotated[list[dict[str, Any]], Meta(min_length=1)],
        Meta(
            description="Points written out: the path of a CSV file, or an array of tables. Each is combined with "
            "every combination of parameters.",
            extra={"expected": "the path of a CSV file, or an array of tables"},
        ),
    ]
    target: Annotated[
        Text,
        Meta(
            description="A target of the workspace such as ionq.simulator, or local.simulator, which needs none.",
            extra_json_schema={"default": "local.simulator"},
        ),
    ]
    workspace: Annotated[
        str,
        Meta(
            description="local, the address of an emulator, a resource id or a workspace's name; by default what the "
            "environment names. Never a connection string: it holds a key.",
            extra_json_schema={"pattern": r"^(?![Ss][Uu][Bb][Ss][Cc][Rr][Ii][Pp][Tt][Ii][Oo][Nn][Ii][Dd]=)\s*\S"},
        ),
    ]
    data: Annotated[
        Text,
        Meta(description="The folder of the local service; by default beside the journal, or in memory without one."),
    ]
    shots: Annotated[Count, Meta(description="Shots for each point.", extra_json_schema={"default": 100})]
    profile: Annotated[
        Profile,
        Meta(description="The QIR target profile; by default the target's own."),
    ]
    failure_policy: Annotated[
        Literal["continue", "abort"],
        Meta(
            description="What the service does with the other jobs when one fails.",
            extra_json_schema={"default": "continue"},
        ),
    ]
    max_failures: Annotated[Count, Meta(description="Send nothing more when so many jobs have failed.")]
    budget: Annotated[Amount, Meta(description="The most that the run may cost, in the unit of the target's price.")]
    journal: Annotated[Text, Meta(description="The file that makes the run safe against any crash.")]
    session_name: Annotated[Text, Meta(description="The name of the session on the service.")]
    max_in_flight: Annotated[Count, Meta(description="How many requests at a time.", extra_json_schema={"default": 16})]
    link_sessions: Annotated[
        bool,
        Meta(
            description="Whether to go on in another session when the first one has timed out with points left.",
            extra_json_schema={"default": True},
        ),
    ]
    timeout: Annotated[
        Amount,
        Meta(description="Wait no longer than so many seconds; what was sent is on record, and a resume goes on."),
    ]
    on_interrupt: Annotated[
        Literal["ask", "leave", "cancel"],
        Meta(
            description="What becomes of jobs that have not ended when Ctrl-C ends the run. Without a terminal to "
            "ask on they are left to run.",
            extra_json_schema={"default": "ask"},
        ),
    ]
    noise: Annotated[
        dict[str, Any],
        Meta(
            description="The noise of local.simulator: channels such as depolarizing, or gates with channels, to "
            "probabilities."
        ),
    ]
    seed: Annotated[Annotated[int, Meta(ge=0)], Meta(description="The seed of local.simulator.")]
    workers: Annotated[
        Count, Meta(description="How many processes simulate for local.simulator; by default the run's own alone.")
    ]
    output: Annotated[
        Text | list[Text],
        Meta(
            description="Files to write the results to: .json, .csv, .parquet, .png, .svg or .pdf. Their folders are "
            "made.",
            extra={"expected": "a path, or an array of paths"},
        ),
    ]


KEYS: dict[str, Any] = keys_of(SweepKeys)
"""The keys of a sweep file, with their types."""

NEEDED = ("program", "operation")
"""The keys that every file has."""

OF_LOCAL_SIMULATOR = ("noise", "seed", "workers")
"""The keys that only the simulator on this machine takes."""

PATHS = ("data", "journal", "output")
"""The keys that hold paths, relative to the folder of the file."""

RUN_OPTIONS = (
    "shots",
    "profile",
    "failure_policy",
    "max_failures",
    "budget",
    "journal",
    "session_name",
    "max_in_flight",
    "link_sessions",
    "timeout",
    "on_interrupt",
)
"""The keys that are options of ``run_sweep``."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of sweep files."""
    (_,), parts = msgspec.json.schema_components([SweepKeys], ref_template="#/$defs/{name}")
    model = parts.pop("SweepKeys")
    parts["ProgramTable"] |= {"minProperties": 1, "maxProperties": 1}
    _, kinds = msgspec.json.schema_components(tuple(KINDS.values()), ref_template="#/$defs/{name}")
    for kind in KINDS.values():
        kinds[kind.__name__]["examples"] = [kind.EXAMPLE]
    scalar = {"type": ["string", "number", "boolean", "array"], "description": "One value, at every point."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Sweep file of qsharp-bridge",
        "description": model["description"],
        "type": "object",
        "required": list(NEEDED),
        "additionalProperties": False,
        "properties": {key: model["properties"][key] for key in KEYS},
        "if": {"anyOf": [{"required": [key]} for key in OF_LOCAL_SIMULATOR]},
        "then": {"properties": {"target": {"const": "local.simulator"}}},
        "$defs": {
            **parts,
            "parameter": {
                "description": "A value, or a table that says how to make the values.",
                "oneOf": [scalar, *({"$ref": f"#/$defs/{kind.__name__}"} for kind in KINDS.values())],
            },
            **kinds,
        },
    }
