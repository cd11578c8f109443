"""The sweeps layer: which points, what they cost, how they run, what came back.

- ``sweep``, ``values``: the algebra of points; pure
- ``plan``, ``prices``: everything compiled, checked and priced before a session is opened
- ``journal``: which job stands for which point, on disk before anything is sent
- ``run``, ``sweep_run``: the doors; ``running``, ``session_keeper``, ``poll_clock``, ``limits``, ``tasks``: a plan against
  a service; ``local``: on this machine; ``about``, ``stored``: a run and its results as the journal has them
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
    from .run import resume_sweep, run_sweep, run_sweep_async, start_sweep
    from .sweep import Sweep
    from .sweep_run import SweepRun

__all__ = [
    "HybridSession",
    "PointResult",
    "Sweep",
    "SweepPlan",
    "SweepResults",
    "SweepRun",
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
        "HybridSession": "hybrid",
        "PointResult": "results",
        "Sweep": "sweep",
        "SweepPlan": "plan",
        "SweepResults": "results",
        "SweepRun": "sweep_run",
        "plan_sweep": "plan",
        "recover_sweep": "recover",
        "resume_sweep": "run",
        "run_sweep": "run",
        "run_sweep_async": "run",
        "start_sweep": "run",
    },
)
