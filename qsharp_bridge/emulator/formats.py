"""How outcomes are written for the client: the result formats of the service and of its providers.

Shapes as recorded; see section 8 of the wire notes.
"""

from __future__ import annotations

from typing import Any

import orjson

from ..simulators import LOST, Outcomes, display

__all__ = ["results_v1", "results_v2"]


def results_v2(batch: list[Outcomes]) -> bytes:
    """microsoft.quantum-results.v2: the histogram and every shot, one element an entry point."""
    return orjson.dumps(
        {
            "DataFormat": "microsoft.quantum-results.v2",
            "Results": [
                {
                    "Histogram": [
                        {"Outcome": _plain(outcome), "Display": text, "Count": count}
                        for outcome, text, count in outcomes.histogram()
                    ],
                    "Shots": [_plain(shot) for shot in outcomes.shots],
                }
                for outcomes in batch
            ],
        }
    )


def results_v1(batch: list[Outcomes]) -> bytes:
    """microsoft.quantum-results.v1: display and share, alternating."""
    outcomes = batch[0]
    total = max(len(outcomes), 1)
    flat: list[Any] = []
    for _, text, count in outcomes.histogram():
        flat += [text, count / total]
    return orjson.dumps({"Histogram": flat})


def _plain(outcome: Any) -> Any:
    """Tuples become objects with the keys Item1, Item2 ...; lists stay lists."""
    if isinstance(outcome, tuple):
        return {f"Item{i}": _plain(item) for i, item in enumerate(outcome, 1)}
    if isinstance(outcome, list):
        return [_plain(item) for item in outcome]
    return outcome


_ = (LOST, display)
