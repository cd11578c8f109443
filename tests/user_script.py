"""What a user writes, with types: scripts/newcomer-path checks it with mypy --strict against the installed wheel."""

from collections.abc import Mapping

import qsharp_bridge as qb

SOURCE = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"


def share_of_ones(counts: Mapping[str, int]) -> float:
    return counts.get("1", 0) / sum(counts.values())


def main() -> None:
    program: qb.Program = qb.Program.from_source(SOURCE)
    operation: qb.Operation = program.operation("Turn")
    sweep: qb.Sweep = qb.Sweep.linspace("theta", 0.0, 3.0, 4) + qb.Sweep.points([{"theta": 0.5}])
    plan: qb.SweepPlan = qb.plan_sweep(operation, sweep, qb.LocalSimulator(seed=1), shots=50)
    results: qb.SweepResults = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=1), shots=50)
    shares: list[float] = [share_of_ones(counts) for counts in results.counts]
    means: list[float] = [found.value for found in results.expectation("Z")]
    text: str = qb.to_qsharp([0.0, 1.0], "Double[]")
    with qb.connect("local") as workspace:
        target = workspace.get_targets("ionq.simulator")
        with qb.HybridSession(operation, target, shots=50, name="typed") as session:
            counts: dict[str, int] = session(0.5)
        sessions = [session.id for session in qb.sessions.list_sessions(workspace)]
        with qb.start_sweep(operation, sweep, target, shots=10, session_name="typed too") as run:
            ones: list[int] = [point.counts.get("1", 0) for point in run.as_completed(timeout=60.0)]
    depth: int | None = operation.resources(sweep, logical=False)[0].depth
    journal: qb.SweepResults = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=1), shots=10, journal="typed.db")
    assert qb.resume_sweep("typed.db", qb.LocalSimulator(seed=1)) == journal
    try:
        operation.expression(float("nan"))
    except qb.QsharpValueError as error:
        where: str = error.path
    print(plan.points, len(results), shares, means, text, counts, where, len(sessions), ones, depth)


if __name__ == "__main__":
    main()
