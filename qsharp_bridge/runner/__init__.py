"""The runner: a sweep as jobs in one session, or simulated on this machine.

- ``api``: ``run_sweep``, ``start_sweep``, ``run_sweep_async``, ``resume_sweep``
- ``options``, ``option_checks``, ``job_options``: the options of a run, each defined once
- ``planning``: the jobs and the cost of a run, before anything is sent
- ``run``, ``thread``, ``wait``, ``termination``, ``progress``: a sweep under way
- ``service``, ``local``: the two kinds of runner; ``runners`` chooses one
- ``estimation``: expectation values at the points of a sweep
- ``hybrid``: one session for a loop that chooses its next point
- ``manifest``, ``recover``: a run found again, in its journal or from its session
"""

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .api import resume_sweep, run_sweep, run_sweep_async, start_sweep
    from .estimation import estimate
    from .estimation.plan import EstimatePlan, plan_estimate
    from .hybrid.session import HybridSession
    from .planning.prepare import plan_sweep
    from .planning.sweep_plan import SweepPlan
    from .recover import recover_sweep
    from .run import SweepRun

__all__ = [
    "EstimatePlan",
    "HybridSession",
    "SweepPlan",
    "SweepRun",
    "estimate",
    "plan_estimate",
    "plan_sweep",
    "recover_sweep",
    "resume_sweep",
    "run_sweep",
    "run_sweep_async",
    "start_sweep",
]

__getattr__ = loads(
    __name__,
    {
        "EstimatePlan": "estimation.plan",
        "HybridSession": "hybrid.session",
        "SweepPlan": "planning.sweep_plan",
        "SweepRun": "run",
        "estimate": "estimation",
        "plan_estimate": "estimation.plan",
        "plan_sweep": "planning.prepare",
        "recover_sweep": "recover",
        "resume_sweep": "api",
        "run_sweep": "api",
        "run_sweep_async": "api",
        "start_sweep": "api",
    },
)
