"""``qsharp-bridge plan``: what a run would do and cost."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from qsharp_bridge.cli import workspaces as places
from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.options import add_flags, add_set, data_folder, overridden
from qsharp_bridge.cli.parser import add_verb
from qsharp_bridge.sweepfile.file import SweepFile

if TYPE_CHECKING:
    from qsharp_bridge.cli.parser import Verbs
    from qsharp_bridge.runner.plan import SweepPlan


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "plan",
        run,
        told="say what `run` would do and cost, without sending anything",
        more="Compiles and checks every point. Ends with 3 when the cost is over the budget, or unknown.",
    )
    parser.add_argument("file", metavar="SWEEP.toml", help="the sweep file")
    add_flags(parser, "target", "workspace", "data", "shots", "profile", "budget")
    add_set(parser)


def run(args: argparse.Namespace) -> int:
    from qsharp_bridge.runner.plan import plan_sweep

    file = overridden(SweepFile.read(args.file), args)
    operation, sweep = file.load_operation(), file.sweep()
    data = data_folder(file.workspace, file.data, None)
    with places.target(file.target, file.workspace, data=data, noise=file.noise, seed=file.seed) as target:
        plan = plan_sweep(operation, sweep, target, file.shots, profile=file.profile, budget=file.budget)
    print(_json(plan) if args.json else plan)
    return OK


def _json(plan: SweepPlan) -> str:
    return json.dumps(
        {
            "operation": plan.operation,
            "signature": plan.signature,
            "target": plan.target,
            "profile": plan.profile,
            "points": plan.points,
            "shots": plan.shots,
            "total_shots": plan.total_shots,
            "distinct_programs": plan.distinct_programs,
            "methods": plan.methods,
            "qubits": plan.qubits,
            "gates": plan.gates,
            "cost": {"amount": plan.cost.amount, "unit": plan.cost.unit, "why": plan.cost.why},
            "job_costs": plan.job_costs,
        }
    )
