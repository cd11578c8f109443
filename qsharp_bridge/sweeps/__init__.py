"""The sweeps layer: which points, what they cost, how they run, what came back.

- ``sweep``, ``values``: the algebra of points; pure
- ``plan``, ``prices``: everything compiled, checked and priced before a session is opened
- ``journal``: which job stands for which point, on disk before anything is sent
- ``run``, ``running``, ``session_keeper``, ``local``: running a plan against a service, or on this machine
- ``outputs``, ``results``, ``observables``, ``tables``, ``plots``, ``html``: what came back; pure
- ``recover``: the results of a sweep from its session alone
- ``hybrid``: one session for a loop that chooses its next point
"""

from typing import TYPE_CHECKING

from .._lazy import loads

if TYPE_CHECKING:
    from .hybrid import HybridSession
    from .plan import SweepPlan, plan_sweep
    from .recover import recover_sweep
    from .results import PointResult, SweepResults
    from .run import resume_sweep, run_sweep
    from .sweep import Sweep

__all__ = [
    "HybridSession",
    "PointResult",
    "Sweep",
    "SweepPlan",
    "SweepResults",
    "plan_sweep",
    "recover_sweep",
    "resume_sweep",
    "run_sweep",
]

__getattr__ = loads(
    __name__,
    {
        "HybridSession": "hybrid",
        "PointResult": "results",
        "Sweep": "sweep",
        "SweepPlan": "plan",
        "SweepResults": "results",
        "plan_sweep": "plan",
        "recover_sweep": "recover",
        "resume_sweep": "run",
        "run_sweep": "run",
    },
)
