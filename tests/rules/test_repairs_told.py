"""Notes and repairs that depend on the numbers: what they advise is done, and has to help."""

import pytest

from convcalc.features.check.rules.base import Subject
from convcalc.features.check.rules.checkerboard_risk import CheckerboardRisk
from convcalc.features.check.rules.unused_layer import UnusedLayer
from convcalc.network import loads
from convcalc.planning import plan
from tests.each import each


def subject_of(body: str) -> Subject:
    network = loads(f"convcalc: 1\ninput: [8, 10, 10]\nlayers:\n{body}\n")
    return Subject(network, plan(network))


@each(
    ("fields", "told", "better"),
    [
        pytest.param(
            "k: 3, s: 2, p: 1, a: 1",
            "use `kernel_size: 4` with `output_padding: 0`, which leaves the size, or",
            "k: 4, s: 2, p: 1, a: 0",
            id="the-kernel-takes-the-output-padding's-place",
        ),
        pytest.param(
            "k: 4, s: 3, p: 1, a: 1",
            "use `kernel_size: 3` with `output_padding: 2`, which leaves the size, or",
            "k: 3, s: 3, p: 1, a: 2",
            id="a-smaller-kernel-wants-more",
        ),
        pytest.param(
            "k: 3, s: 2, p: 1", "use `kernel_size: 4`, or", "", id="no-room-for-the-same-size"
        ),
        pytest.param(
            "k: [3, 2], s: 2, p: [1, 0], a: [1, 0]",
            "use `kernel_size: [4, 2]`, or",
            "",
            id="axes-that-differ",
        ),
    ],
)
def test_kernel_without_a_checkerboard(fields: str, told: str, better: str) -> None:
    before = subject_of(f"  - conv_transpose: {{out: 4, {fields}}}")
    (found,) = CheckerboardRisk.find(before)
    assert found.help.startswith(told)
    if better:
        after = subject_of(f"  - conv_transpose: {{out: 4, {better}}}")
        assert list(CheckerboardRisk.find(after)) == []
        assert after.rows[-1].output == before.rows[-1].output


RESIDUAL = """\
  - wide: {{c: 16}}
blocks:
  wide:
    args: [c]
    layers:
      - {{conv: {{out: =c, k: 1}}, name: main}}
      - {{add: [{inputs}], if: =cin==c}}
"""


def test_branch_that_a_false_if_throws_away() -> None:
    (found,) = UnusedLayer.find(subject_of(RESIDUAL.format(inputs="in, main")))
    assert found.message == "no output depends on `wide_1`"
    assert found.note == (
        "for nothing: 1 layer, 144 parameters, 12,800 MACs; "
        "its last layer, `add_1`, is left out, and so hands on its first input, `in`"
    )
    assert found.help == "name the layer that it should hand on first in the merge"
