"""Slips of newcomers in files: what each is told to write."""

from __future__ import annotations

import pytest

import convcalc
from tests.each import each

HEAD = "convcalc: 1\ninput: [3, 8, 8]\nvars: {w: 4}\n"


@each(
    ("layers", "help"),
    [
        pytest.param(
            "layers:\n  conv: {out: 16, k: 3}\n  relu:\n  conv: {out: 32, k: 3}\n",
            "layers are a list: begin each with a dash, `- conv`",
            id="layers as a map",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 16, k: 3, k: 3}\n", "keep one of the two", id="a field twice"
        ),
        pytest.param(
            "layers:\n  - repeat: 2\n    layers: [relu]\n",
            "layers in a layer are a block: write them below `blocks` and use it by its name",
            id="layers in a layer",
        ),
        pytest.param(
            "layers:\n  - conv: {out: =2w, k: 3}\n",
            "write digits alone, as in `1000`; a product is `2*w`",
            id="a product without its sign",
        ),
        pytest.param(
            "layers:\n  - conv: {out: $w, k: 3}\n",
            "write `=w` for the value of `w`",
            id="a shell's",
        ),
        pytest.param(
            'layers:\n  - conv: {out: "${w}", k: 3}\n',
            "write `=w` for the value of `w`",
            id="a shell's, in braces",
        ),
        pytest.param(
            "layers:\n  - gru: {inputs: [x, h], hidden: 12}\n",
            "write `gru_with_state: {hidden: 128, inputs: [x, state]}`",
            id="a state for what begins with none",
        ),
        pytest.param("layers:\n  - pow: 2\n", "write `pow_number: 2`", id="a power by a number"),
        pytest.param("layers:\n  - add: -0.5\n", "write `add_number: -0.5`", id="a number added"),
        # No number: a quotient by 0, and a power that reads nothing.
        pytest.param("layers:\n  - div: 0\n", "name layers, as in [main, shortcut]", id="by 0"),
        pytest.param("layers:\n  - prod\n", "write `reduce` with `op: prod`", id="a product"),
        pytest.param(
            "layers:\n  - lstm: {initial_cell: c, hidden: 12}\n",
            "write `lstm_with_state: {hidden: 128, inputs: [x, state]}`",
            id="a cell for what begins with none",
        ),
    ],
)
def test_a_slip_is_told_what_to_write(layers: str, help: str) -> None:
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(HEAD + layers))
    assert help in [problem.help for problem in caught.value.problems]


def test_expectations_are_checked_where_the_input_is_the_files_own() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [3, 8, 8]\nlayers: [relu]\nexpect: {params: 1}\n")
    own, other = (convcalc.plan(network, input=shape) for shape in ([3, 8, 8], [3, 9, 9]))
    assert own.failures is not None
    assert [problem.slug for problem in own.failures] == ["expected-params"]
    assert other.failures is None
