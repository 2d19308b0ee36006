"""What a run left behind against what was planned, and what running takes; all by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from convcalc.arrays.ops import Array
from convcalc.core.shapes import Shape
from convcalc.features.verify import real_size
from convcalc.features.verify.measure import Data, Run
from convcalc.features.verify.report import Check
from convcalc.features.verify.work import Budget, steps_of, steps_of_copy, steps_of_law
from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.conv import Conv
from convcalc.kinds.norm_family import BatchNorm
from tests.each import each

MAP: Shape = (2, 8, 8)
# 4 maps of windows of 3 x 3 x 2, and a bias each: 4 * 18 + 4 weights, 18 * 256 products.
CONV = Conv(out_channels=4, kernel_size=3, padding=1)
FACTS = CONV.facts((MAP,))
WEIGHTS = {"weight": np.zeros((4, 2, 3, 3)), "bias": np.zeros(4)}


def run(shape: Sequence[int] | None = (1, 8, 8, 4), macs: int = 4608, *read: str) -> Run:
    output = None if shape is None else np.zeros(shape)
    return Run(output, macs, frozenset(read), "ValueError: no" if shape is None else "")


@each(("shape", "check"), [
    ((1, 8, 8, 4), Check("shape", "4x8x8", "4x8x8", True)),
    ((1, 8, 4, 8), Check("shape", "4x8x8", "8x8x4", False)),
    (None, Check("shape", "4x8x8", "nothing", False, "ValueError: no")),
])  # fmt: skip
def test_the_shape_that_came_out(shape: Sequence[int] | None, check: Check) -> None:
    assert real_size.shape(FACTS, run(shape)) == check


@each(("weights", "read", "check"), [
    (WEIGHTS, ("weight", "bias"), Check("params", "76", "76", True)),
    (WEIGHTS, ("weight",), Check("params", "76", "72", False, "bias (4) was not read")),
    (WEIGHTS, (), Check("params", "76", "0", False,
                        "bias (4) was not read; weight (72) was not read")),
    ({**WEIGHTS, "more": np.zeros(3)}, ("weight", "bias"),
     Check("params", "76", "76", False, "more (3) was not read")),
    ({**WEIGHTS, "more": np.zeros(3)}, ("weight", "bias", "more"),
     Check("params", "76", "79", False)),
    ({"weight": np.zeros(60)}, ("weight",), Check("params", "76", "60", False)),
    # What was asked for and is not there is no weight.
    (WEIGHTS, ("weight", "bias", "gamma"), Check("params", "76", "76", True)),
])  # fmt: skip
def test_the_weights_that_were_read(
    weights: Mapping[str, Array],
    read: Sequence[str],
    check: Check,
) -> None:
    data = Data((), {**weights})
    assert real_size.params(FACTS, data, run(None, 0, *read)) == check


def test_buffers_are_read_and_not_learnt() -> None:
    facts = BatchNorm().facts((MAP,))
    arrays = {name: np.zeros(2) for name in ("weight", "bias", "running_mean", "running_var")}
    found = real_size.params(facts, Data((), arrays), run(None, 0, *arrays))
    assert found == Check("params", "4", "4", True)


def test_what_has_no_weights_or_products_is_not_compared() -> None:
    relu = find_kind("relu")
    assert relu is not None
    facts = relu().facts((MAP,))
    assert real_size.params(facts, Data((), {}), run()) is None
    assert real_size.macs(facts, run((1, 8, 8, 2), 0), 1) is None
    assert real_size.macs(facts, run((1, 8, 8, 2), 1), 1) == Check("macs", "0", "1", False)


@each(("macs", "batch", "check"), [
    (4608, 1, Check("macs", "4,608", "4,608", True)),
    (4608, 2, Check("macs", "9,216", "4,608", False)),
    (9216, 2, Check("macs", "9,216", "9,216", True)),
    (4609, 1, Check("macs", "4,608", "4,609", False)),
    (0, 1, Check("macs", "4,608", "0", False)),
])  # fmt: skip
def test_the_products_that_were_counted(macs: int, batch: int, check: Check) -> None:
    assert real_size.macs(FACTS, run((1, 8, 8, 4), macs), batch) == check


@each(("values", "check"), [
    ([0.0, 1.0, -2.0], Check("finite", "all", "all 3", True)),
    ([0.0, np.inf, 1.0], Check("finite", "all", "1 are not", False)),
    ([np.nan, -np.inf, 1.0], Check("finite", "all", "2 are not", False)),
])  # fmt: skip
def test_numbers_that_are_none(values: Sequence[float], check: Check) -> None:
    done = Run(np.array(values), 0, frozenset())
    assert real_size.finite(CONV, (MAP,), done) == check


def test_nothing_is_not_finite() -> None:
    wanted = Check("finite", "all", "nothing", False, "ValueError: no")
    assert real_size.finite(CONV, (MAP,), run(None)) == wanted


@each(
    ("layer", "batch", "steps"),
    [
        # 128 numbers in, 256 out, a bias for each; 4,608 products, sixteen at once; 76 weights.
        pytest.param(CONV, 1, 128 + 256 + 256 + 288 + 76, id="conv"),
        pytest.param(CONV, 3, (128 + 256 + 256 + 288) * 3 + 76, id="conv of three samples"),
        # 128 in, 128 out, each worked on twice; two learnt numbers and two buffers a channel.
        pytest.param(BatchNorm(), 2, (128 + 128 + 2 * 128) * 2 + 4 + 4, id="batch norm of two"),
    ],
)
def test_steps_of_a_run(layer: Kind, batch: int, steps: int) -> None:
    copy = Copy(layer, (MAP,))
    assert steps_of(layer.facts(copy.inputs), copy, batch) == steps


def test_steps_of_a_law_are_those_of_its_runs_and_its_taps() -> None:
    copy = Copy(CONV, (MAP,))
    assert steps_of_copy(copy) == 1004
    assert steps_of_law(copy, 5) == 200_000 + 5 * 1004 + 100_000 * 9
    # A kernel of 3 does not fit: what is drawn is all that a run takes.
    small = Copy(Conv(out_channels=1, kernel_size=3), ((2, 2, 2),))
    assert steps_of_copy(small) == 8


def test_what_is_left_of_a_budget_is_taken_whole() -> None:
    budget = Budget(10)
    assert [budget.takes(n) for n in (4, 7, 6, 1)] == [True, False, True, False]
    assert budget.left_out("flip", 12_345) == Check(
        "flip",
        "12,345 steps",
        "left out",
        None,
        "more work than is left of 10 steps; raise --max-steps, or choose layers by --layer",
    )
