"""``qsharp-bridge plan``: the jobs and the cost of a run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.options import run_options, set_option, with_changes
from qsharp_bridge.cli.verb import Verb
from qsharp_bridge.sweepfile.file import load_sweep_file
from qsharp_bridge.sweepfile.model import RUN_OPTIONS
from qsharp_bridge.sweepfile.observables import OF_ESTIMATES

if TYPE_CHECKING:
    from qsharp_bridge.runner.estimation.plan import EstimatePlan
    from qsharp_bridge.runner.planning.sweep_plan import SweepPlan

_OPTIONS = tuple(name for name, option in RUN_OPTIONS.items() if "plan" in option.taken_by)


@click.command(cls=Verb)
@click.argument("file", metavar="SWEEP.toml", type=click.Path(path_type=Path))
@run_options("target", "workspace", "data", "observable", *OF_ESTIMATES, "exact", *_OPTIONS)
@set_option
def plan(file: Path, changes: dict[str, Any], assignments: tuple[str, ...], as_json: bool) -> int:
    """Print what `run`, or `estimate`, would do and cost, without sending anything.

    Compiles and checks every point. Ends with 3 when the cost is over the budget, or unknown. For a file with an
    observable it also prints the bases and the shots of each.
    """
    from qsharp_bridge.runner.estimation.plan import EstimatePlan, plan_estimate
    from qsharp_bridge.runner.planning.prepare import plan_sweep

    sweep_file = with_changes(load_sweep_file(file), changes, assignments, estimates=None).without("journal")
    options = {key: value for key, value in sweep_file.options.items() if key in ("shots", *_OPTIONS, *OF_ESTIMATES)}
    operation, sweep = sweep_file.operation, sweep_file.sweep
    planned: SweepPlan | EstimatePlan
    with sweep_file.open_target() as target:
        if sweep_file.observable is None:
            planned = plan_sweep(operation, sweep, target, **options)
        else:
            planned = plan_estimate(operation, sweep, sweep_file.observable, target, **options)
    print(
        json.dumps(_estimate_json(planned) if isinstance(planned, EstimatePlan) else _run_json(planned))
        if as_json
        else planned
    )
    for note in sweep_file.notes():
        print(f"note: {note}", file=sys.stderr if as_json else sys.stdout)
    return OK


def _estimate_json(plan: EstimatePlan) -> dict[str, Any]:
    return {
        "points": plan.points,
        "bases": plan.shots,
        "precision": plan.precision,
        "max_shots": plan.max_shots,
        "run": None if plan.jobs is None else _run_json(plan.jobs),
    }


def _run_json(plan: SweepPlan) -> dict[str, Any]:
    return {
        "operation": plan.operation,
        "signature": plan.signature,
        "target": plan.target,
        "profile": plan.profile,
        "engine": plan.engine,
        "why": plan.why,
        "points": plan.points,
        "jobs": plan.jobs,
        "shots": plan.shots,
        "total_shots": plan.total_shots,
        "distinct_programs": plan.distinct_programs,
        "methods": plan.methods,
        "qubits": plan.qubits,
        "gates": plan.gates,
        "cost": {"amount": plan.cost.amount, "unit": plan.cost.unit, "why": plan.cost.why},
        "job_costs": plan.job_costs,
        "job_spans": [span._asdict() for span in plan.job_spans],
        "unpacked_cost": {"amount": plan.unpacked_cost.amount, "unit": plan.unpacked_cost.unit},
    }
