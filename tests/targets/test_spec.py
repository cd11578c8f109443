"""What is known of a target, against what the client itself sends for it."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import TargetError
from qsharp_bridge.targets.spec import TargetSpec


def test_every_target_with_qir_sends_what_the_client_sends(service):
    """The client's own submission of a Q# program is the measure, for every target that it knows."""
    flip = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
    program, compared = flip.compile(profile="Base"), 0
    with service.workspace() as workspace:
        for target in workspace.get_targets():
            try:
                job = target.submit(program, name="by the client", shots=3)
            except Exception:
                continue  # a target that takes no QIR
            spec, sent = TargetSpec.of(target), job.details
            assert (spec.name, spec.provider_id.lower()) == (sent.target, sent.provider_id.lower())
            assert spec.output_format == sent.output_data_format, target.name
            ours, theirs = spec.input_params(3), dict(sent.input_params)
            assert ours[spec.shots_key] == theirs[spec.shots_key] == 3
            assert {key: ours.get(key) for key in theirs if key in ours} == {
                k: v for k, v in theirs.items() if k in ours
            }
            compared += 1
    assert compared >= 10


@pytest.mark.parametrize("value", ["ionq.simulator", None, 3, object()])
def test_what_is_no_target(value):
    with pytest.raises(TargetError, match=r"is not a target; use workspace\.get_targets"):
        TargetSpec.of(value)
