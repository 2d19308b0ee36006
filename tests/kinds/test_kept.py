"""What a layer keeps for its gradient and works in, by hand: figures of memory, not of arrays."""

from __future__ import annotations

import pytest

from convcalc.kinds import find_kind
from tests.each import each

Shape = tuple[int, ...]

CASES = [
    # 4 gates and a cell of 3 numbers, both ways, at 5 steps of 2 layers; 6 numbers a step go from
    # the first layer to the second: 5 * 2 * (2 * 15 + 3).
    pytest.param(
        "lstm",
        {"hidden_size": 3, "num_layers": 2, "bidirectional": True},
        [(4, 5)],
        330,
        id="lstm",
    ),
    # Its last step alone: what the second layer hands on is nobody's input either.
    pytest.param(
        "lstm",
        {"hidden_size": 3, "num_layers": 2, "bidirectional": True, "returns": "last"},
        [(4, 5)],
        360,
        id="lstm, the last step",
    ),
    # Three layers: the first two hand on 6 numbers a step, 5 * 2 * (3 * 15 + 2 * 3).
    pytest.param(
        "lstm",
        {"hidden_size": 3, "num_layers": 3, "bidirectional": True},
        [(4, 5)],
        510,
        id="lstm of three layers",
    ),
    # Queries and what was gathered, 2 * 5 * 8; keys and values, 2 * 7 * 8; a logarithm for each
    # of 2 heads and 5 rows.
    pytest.param(
        "cross_attention",
        {"inputs": ("q", "m"), "heads": 2, "materialize": False},
        [(8, 5), (8, 7)],
        80 + 112 + 10,
        id="cross attention",
    ),
    # With the shares written down, 2 * 5 * 7.
    pytest.param(
        "cross_attention",
        {"inputs": ("q", "m"), "heads": 2},
        [(8, 5), (8, 7)],
        80 + 112 + 70,
        id="cross attention with its shares",
    ),
    # The squares with 2 channels of padding before and 3 behind, the energy and its power.
    pytest.param("local_response_norm", {"size": 6}, [(5, 8, 6)], (10 + 2 * 5) * 48, id="lrn"),
]


@each(("kind", "fields", "inputs", "values"), CASES)
def test_numbers_that_are_kept(
    kind: str, fields: dict[str, object], inputs: list[Shape], values: int
) -> None:
    found = find_kind(kind)
    assert found is not None
    layer = found.model_validate(fields)
    facts = layer.facts(tuple(inputs))
    assert facts.kept.values == values
