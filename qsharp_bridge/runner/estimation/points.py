"""``estimate``: expectation values of observables at every point of a sweep, with standard errors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from qsharp_bridge.errors import BridgeError, CompileError, QsharpTypeError, QsharpValueError, SweepError
from qsharp_bridge.estimator.estimates import Estimates
from qsharp_bridge.estimator.exact import exact_values
from qsharp_bridge.estimator.observables import Observables
from qsharp_bridge.estimator.shares import share_out
from qsharp_bridge.estimator.width import check_width, with_width
from qsharp_bridge.runner.jobs import SharedSession
from qsharp_bridge.runner.local.exact import check_exact
from qsharp_bridge.runner.options import RunOptions, accepts, complete
from qsharp_bridge.runner.termination import termination_as_exit
from qsharp_bridge.sweeps.shots import whole_number
from qsharp_bridge.sweeps.sweep import Sweep

from .precision import FIRST_ROUND, positive
from .request import EstimateRequest, estimate_request
from .rounds import Rounds

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation


@accepts(RunOptions)
def estimate(
    operation: Operation | Any,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    observable: Any,
    target: Any,
    shots: int | None = 1000,
    *,
    precision: float | None = None,
    max_shots: int = 1_000_000,
    bases: str | None = None,
    allocation: str | None = None,
    **options: Unpack[RunOptions],
) -> Estimates:
    """Estimate the expectation value of an observable at every point of a sweep.

    Terms that commute qubit by qubit are measured in one basis, in as few bases as are found. All bases of all points
    are jobs of one session, as for :func:`run_sweep`, with its plan, budget, journal and resume; so are the rounds of a
    ``precision``, unless the service ends the session between two of them.

    Args:
        operation: one that prepares a state on a parameter of type ``Qubit[]`` and returns Unit; the toolkit allocates,
            rotates, measures and resets the qubits. Or one with a parameter of type ``Pauli[]``, the basis of each
            qubit, which returns ``Result[]``.
        sweep: the points, with the other parameters of the operation.
        observable: a :class:`PauliSum`, or what makes one, such as ``{"ZI": 0.3, "XX": 0.1}``, or an operator of
            Qiskit, Cirq or OpenFermion. Several, measured together: a mapping of names to them.
        target: ``workspace.get_targets(...)``, or ``LocalSimulator()``.
        shots: for each point, shared out among the bases. None, on ``LocalSimulator()`` without noise: exact values
            from the state vector. Not used with ``precision``.
        precision: the standard error to reach for every value. A first round of 100 shots a basis measures the
            variances; up to three more rounds add the shots that are needed. Their journals are beside the first one,
            with ``.2``, ``.3``, ``.4`` behind the name. ``notes`` has the points where it was not reached.
        max_shots: with ``precision``, the most shots of a point.
        bases: the name of the parameter that takes the bases; None: the only one of type ``Pauli[]``.
        allocation: how the shots of a point are shared out. "weight": in proportion to the root of the sum of squared
            coefficients of each basis. "equal": evenly, rounded up. None: "weight" where each basis is a job of its
            own; "equal" with ``points_per_job``, as the points of one job have equal shots. With ``precision`` the
            measured variances decide.
        options: see :class:`~qsharp_bridge.runner.options.RunOptions`.

    Returns:
        :class:`Estimates`: values and standard errors, one row a point; nan where a job failed. The counts are in its
        ``results``.

    Raises:
        QsharpTypeError: the operation has neither form, or this is no observable.
        SweepError: shots, sweep or allocation make no sense.
        BridgeError: as :func:`run_sweep`.

    >>> import qsharp_bridge as qb
    >>> source = "operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
    >>> op = qb.Program.from_source(source).operation("Prepare")
    >>> energy = qb.PauliSum("0.5 Z0 - 0.25 X0")
    >>> found = qb.estimate(op, [{"theta": 0.0}], energy, qb.LocalSimulator(seed=1), shots=2000)
    >>> bool(abs(found.values[0] - 0.5) < 4 * found.errors[0])
    True
    """
    chosen = complete(RunOptions, options, "estimate")
    request = estimate_request(operation, sweep, observable, target, bases, chosen["profile"])
    asked, wanted, profile = request.operation, request.wanted, request.profile
    exact = shots is None and precision is None
    try:
        if exact:
            return _exact(request)
        if len(request.points) and wanted.bases:
            check_width(asked, wanted.qubits, request.first, profile)
        packed = chosen["points_per_job"] != 1
        first = first_shots(wanted, shots, precision, max_shots, allocation, packed=packed)
        return _sampled(request, chosen, first, precision, max_shots)
    except CompileError as error:
        raise with_width(error, asked, wanted.qubits, request.first, profile) from None
    except (QsharpTypeError, QsharpValueError) as error:  # a value that cannot be bound: name the user's own point
        each = 1 if asked.wrapped and exact else max(len(wanted.bases), 1)
        raise asked.own(error, None if error.point is None else error.point // each) from None


def first_shots(
    wanted: Observables,
    shots: int | None,
    precision: float | None,
    max_shots: int,
    allocation: str | None,
    *,
    packed: bool,
) -> list[int]:
    """Return the shots of each basis at a point: all of them, or those of the first round of a precision.

    Raises:
        SweepError: they make no sense.
    """
    if precision is not None:
        positive(precision)
        least = FIRST_ROUND * len(wanted.bases)
        if (most := whole_number("max_shots", max_shots)) < least:
            raise SweepError(
                f"max_shots is {most}, and the first round takes {FIRST_ROUND} shots of {len(wanted.bases)} bases",
                advice=f"give {least} at least, or shots= instead of precision=",
            )
        return [FIRST_ROUND] * len(wanted.bases)
    shares = share_out(whole_number("shots", shots), wanted.weights, allocation or ("equal" if packed else "weight"))
    if packed or allocation == "equal":  # the points of one job have equal shots
        shares = [max(shares, default=0)] * len(shares)
    return shares


def _sampled(
    request: EstimateRequest, options: RunOptions, shots: list[int], precision: float | None, max_shots: int
) -> Estimates:
    """Return the estimates from a first round with these shots of each basis, and from those of a precision."""
    wanted, session = request.wanted, SharedSession()
    shared = session if precision is not None and options["session"] is None else None
    rounds = Rounds(request, options, shared)
    notes: list[str] = []
    with termination_as_exit(), contextlib.closing(session):
        rounds.run([shots] * len(request.points))
        if precision is not None:
            packed = options["points_per_job"] != 1
            notes = rounds.refine(positive(precision), whole_number("max_shots", max_shots), packed=packed)
    values, errors, _ = rounds.values()
    return Estimates(
        request.points, wanted.sums, values, errors, operation=request.operation.name, target=request.backend.name,
        shots=[sum(row) for row in rounds.shots], single=wanted.single, results=rounds.results, notes=notes,
    )  # fmt: skip


def _exact(request: EstimateRequest) -> Estimates:
    asked, wanted = request.operation, request.wanted
    try:
        check_exact(request.backend)
    except BridgeError as error:
        raise error.at(operation=asked.name) from None
    values = exact_values(
        asked, len(request.points), wanted,
        lambda bases: asked.operation.bind(request.in_bases(bases), profile=request.profile),
    )  # fmt: skip
    return Estimates(
        request.points, wanted.sums, values, np.zeros_like(values), operation=asked.name, target=request.backend.name,
        shots=None, single=wanted.single,
    )  # fmt: skip
