"""Each law of running against a kind that is broken on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from convcalc.arrays.ops import Ops
from convcalc.kinds import find_kind
from convcalc.kinds.activation_family import Activation
from convcalc.kinds.axes_family import Permute
from convcalc.kinds.base import Kind
from convcalc.kinds.conv import Conv
from convcalc.kinds.linear import Linear
from convcalc.kinds.norm_family import BatchNorm
from convcalc.kinds.pool_family import AvgPool, MaxPool
from convcalc.kinds.upsample import Upsample
from tests import laws_of_running as laws
from tests.each import each

Array = NDArray[Any]


def one_row_short(self: Conv, ops: Ops, x: Array, w: Any) -> Array:
    return Conv.forward(self, ops, x, w)[:, 1:]


def in_double(self: Activation, ops: Ops, x: Array, w: Any) -> Array:
    return np.maximum(x, np.zeros(1))


def without_bias(self: Conv, ops: Ops, x: Array, w: Any) -> Array:
    windows, groups = self.windows(ops.shape(x)), self.group_count(ops.shape(x))
    return ops.convolve(x, w["weight"], windows, groups)


def another_array(self: Activation, ops: Ops, x: Array, w: Any) -> Array:
    found: Array = x * w["slope"]
    return found


def never_the_mean(self: BatchNorm, ops: Ops, x: Array, w: Any) -> Array:
    found: Array = x * ops.inverse_deviation(w["running_var"], 1e-5)
    return found


def uncounted(self: Linear, ops: Ops, x: Array, w: Any) -> Array:
    y: Array = x @ w["weight"].T
    return y + w["bias"] if self.bias else y


def twice(self: Conv, ops: Ops, x: Array, w: Any) -> Array:
    Conv.forward(self, ops, x, w)
    return Conv.forward(self, ops, x, w)


def echoes(self: Conv, ops: Ops, x: Array, w: Any) -> Array:
    """The planned shape, whatever was computed."""
    y = Conv.forward(self, ops, x, w)
    channels, *sizes = self.output(ops.shape(x))
    return y.reshape(len(x), *sizes, channels)


def swallows(self: Activation, ops: Ops, x: Array, w: Any) -> Array:
    found: Array = np.fmax(x, x.dtype.type(0))
    return found


def late(self: Activation, ops: Ops, x: Array, w: Any) -> Array:
    found: Array = np.maximum(x, x.dtype.type(-0.25))
    return found


def leaks(self: Activation, ops: Ops, x: Array, w: Any) -> Array:
    found: Array = np.maximum(x, 0) + 0 * x.mean()
    return found


def padded_before(self: MaxPool, ops: Ops, x: Array, w: Any) -> Array:
    """All the padding before the input, none after it."""
    windows = [
        axis._replace(before=axis.before + axis.after, after=0)
        for axis in self.windows(ops.shape(x))
    ]
    return ops.max_pool(x, windows, self.ceil_mode)


def times_zero(self: Upsample, ops: Ops, x: Array, w: Any) -> Array:
    """Every pixel of a row is read, most of them with weight 0."""
    y = Upsample.forward(self, ops, x, w)
    found: Array = y + 0 * x.sum(axis=tuple(range(1, x.ndim - 1)), keepdims=True)
    return found


def backwards(self: Permute, ops: Ops, x: Array, w: Any) -> Array:
    """The right shape, and an axis backwards."""
    moved = ops.arranged(x, self.arrangement(ops.shape(x)))
    return np.flip(moved, axis=-1) if moved.shape[-1] > 1 else np.flip(moved, axis=1)


def straight(self: Activation, ops: Ops, grad: Array, x: Array, y: Array, w: Any) -> Any:
    return grad, {}


def unflipped(self: Conv, ops: Ops, grad: Array, x: Array, y: Array, w: Any) -> Any:
    """The gradient with the kernel turned around."""
    turned = np.flip(w["weight"], axis=tuple(range(2, w["weight"].ndim)))
    _, learnt = Conv.backward(self, ops, grad, x, y, w)
    return Conv.backward(self, ops, grad, x, y, {**w, "weight": turned})[0], learnt


def forgets_the_bias(self: Conv, ops: Ops, grad: Array, x: Array, y: Array, w: Any) -> Any:
    to_x, learnt = Conv.backward(self, ops, grad, x, y, w)
    return to_x, {"weight": learnt["weight"]}


def sums(self: AvgPool, ops: Ops, grad: Array, x: Array, y: Array, w: Any) -> Any:
    """The gradient of a sum, not of a mean."""
    return AvgPool.backward(self, ops, grad * 2, x, y, w)


BROKEN = [
    pytest.param(laws.runs_to_its_shape, "conv", "forward", one_row_short, id="one row short"),
    pytest.param(laws.runs_to_its_shape, "relu", "forward", in_double, id="double precision"),
    pytest.param(laws.gives_its_numbers, "relu", "forward", late, id="bent late"),
    pytest.param(laws.gives_its_numbers, "batch_norm", "forward", never_the_mean, id="mean left"),
    pytest.param(laws.reads_its_weights, "conv", "forward", without_bias, id="no bias"),
    pytest.param(laws.reads_its_weights, "relu", "forward", another_array, id="another array"),
    pytest.param(laws.reads_its_weights, "batch_norm", "forward", never_the_mean, id="no mean"),
    pytest.param(laws.makes_its_multiplies, "linear", "forward", uncounted, id="not counted"),
    pytest.param(laws.makes_its_multiplies, "conv", "forward", twice, id="twice"),
    pytest.param(laws.runs_without_its_formulas, "conv", "forward", echoes, id="an echo"),
    pytest.param(laws.moves_as_it_says, "permute", "forward", backwards, id="backwards"),
    pytest.param(laws.reaches_what_it_says, "relu", "forward", swallows, id="swallows NaN"),
    pytest.param(laws.reaches_what_it_says, "relu", "forward", leaks, id="sees all"),
    pytest.param(laws.reaches_what_it_says, "max_pool", "forward", padded_before, id="one side"),
    pytest.param(laws.reaches_what_it_says, "upsample", "forward", times_zero, id="times zero"),
    pytest.param(laws.follows_its_gradient, "relu", "backward", straight, id="no mask"),
    pytest.param(laws.follows_its_gradient, "conv", "backward", unflipped, id="wrong flip"),
    pytest.param(laws.follows_its_gradient, "conv", "backward", forgets_the_bias, id="bias"),
    pytest.param(laws.follows_its_gradient, "avg_pool", "backward", sums, id="sum for mean"),
]  # fmt: skip


@each(("law", "name", "method", "wrong"), BROKEN)
def test_a_kind_that_runs_wrongly_is_caught(law: Any, name: str, method: str, wrong: Any) -> None:
    kind = find_kind(name)
    assert kind is not None
    law(kind, name)
    broken: type[Kind] = type("Broken", (kind,), {"__doc__": kind.__doc__, method: wrong})
    broken.kind = name
    with pytest.raises((AssertionError, LookupError)):
        law(broken, name)


def test_every_law_of_running_is_broken_once() -> None:
    assert {param.values[0] for param in BROKEN} == set(laws.RUNNING_LAWS)
