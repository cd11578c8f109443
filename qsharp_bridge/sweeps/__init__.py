"""The sweeps layer: which points, what they cost, how they run, what came back.

- the algebra of points, pure: ``sweep``, ``leaves``, ``nodes``, ``inputs``, ``values``, ``value_json``
- before a session is opened: ``plan``, ``target``
- running: ``run`` has the doors, ``sweep_run`` is a run; ``running``, ``waiting_line``, ``lookout``, ``request_pool``,
  ``session_keeper``, ``poll_clock``, ``limits``, ``tasks``, ``endings`` carry a plan through a service, ``local``
  through this machine; ``interrupts`` and ``termination`` end one in order
- what survives a crash: ``journal``, ``journal_file``, ``checksums``, ``file_lock``, ``about``, ``stored``, ``recover``
- what came back, pure: ``outputs``, ``point_result``, ``results``, ``observables``, ``tables``, ``files``, ``parquet``,
  ``plots``, ``html``
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
