"""Noise models against the arithmetic of their channels, on both engines that know noise."""

import pytest
from scipy import stats

from qsharp_bridge.errors import SimulationError
from qsharp_bridge.simulators import simulate
from qsharp_bridge.simulators.noise import NoiseModel, noise_model

SHOTS = 6000
X = [("x", 0), ("m", 0, 0)]
CX = [("cx", 0, 1), ("m", 0, 0), ("m", 1, 1)]
FLIP = [("x", 0), ("mresetz", 0, 0), ("m", 0, 1)]


@pytest.mark.parametrize("engine", ["cpu", "clifford"])
@pytest.mark.parametrize(
    ("steps", "noise", "expected"),
    [
        # A depolarizing error is X, Y or Z with a third of the chance each; X and Y flip the result.
        (X, {"depolarizing": 0.3}, {"[0]": 0.2, "[1]": 0.8}),
        (X, {"bitflip": 0.3}, {"[0]": 0.3, "[1]": 0.7}),
        (X, {"phaseflip": 0.3}, {"[1]": 1.0}),
        ([("h", 0), ("z", 0), ("h", 0), ("m", 0, 0)], {"z": {"phaseflip": 0.3}}, {"[0]": 0.3, "[1]": 0.7}),
        (X, {"loss": 0.3}, {"[2]": 0.3, "[1]": 0.7}),
        (X, {"measurement": 0.3}, {"[0]": 0.3, "[1]": 0.7}),
        (FLIP, {"measurement": 0.3}, {"[0, 0]": 0.21, "[0, 1]": 0.09, "[1, 0]": 0.49, "[1, 1]": 0.21}),
        (X, {"y": {"bitflip": 0.3}}, {"[1]": 1.0}),
        (X, {"bitflip": 0.3, "x": {"bitflip": 0.0}}, {"[1]": 1.0}),
        (X, {"bitflip": 0.2, "measurement": 0.5}, {"[0]": 0.5, "[1]": 0.5}),
        (CX, {"cx": {"bitflip": 0.0}}, {"[0, 0]": 1.0}),
        (CX, {"bitflip": 0.2}, {"[0, 0]": 0.64, "[0, 1]": 0.16, "[1, 0]": 0.16, "[1, 1]": 0.04}),
        (CX, {"loss": 0.2}, {"[0, 0]": 0.64, "[0, 2]": 0.16, "[2, 0]": 0.16, "[2, 2]": 0.04}),
        # Of the 15 errors, 3 leave both results as they are, and 4 make each of the other pairs.
        (CX, {"depolarizing": 0.3}, {"[0, 0]": 0.76, "[0, 1]": 0.08, "[1, 0]": 0.08, "[1, 1]": 0.08}),
        # 0.2 * 0.7 + 0.8 * 0.3: an odd number of flips.
        (X, {"depolarizing": 0.3, "bitflip": 0.3}, {"[0]": 0.38, "[1]": 0.62}),
        (X, {"bitflip": 0.3, "loss": 0.5}, {"[0]": 0.15, "[1]": 0.35, "[2]": 0.5}),
    ],
)
def test_channels(tools, engine, steps, noise, expected):
    results = 1 + max(step[2] for step in steps if step[0].startswith("m"))
    outcomes = simulate(tools.qir(steps, 2, results), SHOTS, seed=1, noise=noise, engine=engine)
    counts = outcomes.counts()
    assert set(counts) <= set(expected)
    if len(expected) > 1:
        seen = [counts.get(key, 0) for key in expected]
        assert stats.chisquare(seen, [SHOTS * chance for chance in expected.values()]).pvalue > tools.false_alarm


def test_a_noise_config_of_qdk_is_taken_as_it_is(tools):
    from qdk.simulation import NoiseConfig

    config = NoiseConfig()
    config.x.set_bitflip(1.0)
    assert noise_model(config) == NoiseModel(config)
    assert simulate(tools.qir(X, 1, 1), 50, noise=config).counts() == {"[0]": 50}


def test_no_noise_is_no_model():
    assert noise_model({}) == noise_model({"depolarizing": 0, "x": {"loss": 0.0}}) == NoiseModel()


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        ({"depolarising": 0.1}, "noise: unknown name 'depolarising'; channels are depolarizing, bitflip"),
        ({"x": {"foo": 0.1}}, "noise of x: unknown channel 'foo'"),
        ({"depolarizing": 1.1}, "noise: depolarizing is 1.1; a probability is from 0 to 1"),
        ({"depolarizing": float("nan")}, "noise: depolarizing is nan"),
        ({"x": {"loss": -0.1}}, "noise: x.loss is -0.1"),
        ({"measurement": "much"}, "noise: measurement is 'much'"),
        (0.1, "noise is a float; give a mapping"),
        ({"cx": 0.1}, 'noise of cx is 0.1; give its channels, such as {"cx": {"depolarizing": 0.01}}'),
    ],
)
def test_noise_that_makes_no_sense(tools, noise, message):
    with pytest.raises(SimulationError, match=message):
        simulate(tools.qir(X, 1, 1), 1, noise=noise)


def test_a_missing_noise_intrinsic_is_an_error(tools):
    text = tools.qir(X, 1, 1).replace("attributes #0", 'attributes #5 = { "qdk_noise" }\nattributes #0')
    text = text.replace(
        "  call void @__quantum__qis__m__body",
        "  call void @shake(%Qubit* null)\n" + "  call void @__quantum__qis__m__body",
    )
    text = text.replace("declare", "declare void @shake(%Qubit*) #5\ndeclare", 1)
    assert simulate(text, 5).counts() == {"[1]": 5}
    with pytest.raises(SimulationError, match="Missing noise intrinsic: shake"):
        simulate(text, 5, noise={"x": {"bitflip": 0.1}})
