"""Gradients as textbooks state them, worked by hand or by an explicit matrix.

Finite differences hold for every kind in `tests/laws_of_running.py`, torch's autograd in
`tests/crosscheck/test_torch_values.py`.
"""

from __future__ import annotations

from math import inf, log, nan, tanh
from typing import Any

import numpy as np
import pytest

from convcalc.kinds.base import Kind
from tests.each import each
from tests.kinds.running import Array, gradients, layer, run


def matrix_of(made: Kind, shape: tuple[int, ...], **weights: Any) -> Array:
    """The matrix C of a linear layer without bias: one column for each element of the input."""
    columns = []
    for element in range(int(np.prod(shape))):
        one = np.zeros(shape)
        one.flat[element] = 1
        columns.append(run(made, one, **weights).ravel())
    return np.array(columns).T


# fields of a convolution, the input's shape, and the shape of its weight
CONVOLUTIONS = [
    pytest.param({"kernel_size": 3}, (1, 4, 4), (1, 1, 3, 3), id="guide, figure 2.1"),
    pytest.param(
        {"kernel_size": 3, "stride": 2, "padding": 1}, (2, 6, 5), (3, 2, 3, 3), id="strided"
    ),
    pytest.param({"kernel_size": 2, "dilation": 3}, (2, 7), (3, 2, 2), id="dilated"),
    pytest.param({"kernel_size": 2, "groups": 2}, (4, 3, 3), (6, 2, 2, 2), id="grouped"),
    pytest.param({"kernel_size": 2, "stride": 2}, (1, 2, 3, 4), (2, 1, 2, 2, 2), id="3-D"),
]


@each(("fields", "shape", "kernel"), CONVOLUTIONS)
def test_the_gradient_of_a_convolution_is_its_transpose(
    fields: dict[str, Any], shape: tuple[int, ...], kernel: tuple[int, ...]
) -> None:
    # Source: Dumoulin & Visin, chapter 4: the backward pass multiplies by the transposed C.
    rng = np.random.default_rng(1)
    weight = rng.integers(-4, 5, kernel)
    conv = layer("conv", out_channels=kernel[0], bias=False, **fields)
    x = rng.integers(-4, 5, shape)
    y = run(conv, x, weight=weight)
    grad = rng.integers(-4, 5, y.shape)
    matrix = matrix_of(conv, shape, weight=weight)
    (found,), _ = gradients(conv, grad, x, weight=weight)
    assert (found.ravel() == matrix.T @ grad.ravel()).all()
    # The layer that is called transposed convolution is this gradient, with the same weight.
    back = layer(
        "conv_transpose", out_channels=shape[0], bias=False, output_size=list(shape[1:]), **fields
    )
    assert (run(back, grad, weight=weight) == found).all()
    # And the gradient of that is the convolution again.
    (again,), _ = gradients(back, x, grad, weight=weight)
    assert (again == y).all()


def test_the_gradient_of_a_kernel_correlates_input_and_gradient() -> None:
    conv = layer("conv", out_channels=1, kernel_size=2, bias=True)
    _, learnt = gradients(conv, [[10, 100]], [[1, 2, 3]], weight=[[[7, 7]]], bias=[0])
    assert learnt["weight"].tolist() == [[[1 * 10 + 2 * 100, 2 * 10 + 3 * 100]]]
    assert learnt["bias"].tolist() == [110]


def test_the_gradient_of_a_dense_layer() -> None:
    dense = layer("linear", out_features=2)
    weight = [[3, 4], [5, 6]]
    (to_x,), learnt = gradients(dense, [1, 10], [7, 8], weight=weight, bias=[0, 0])
    assert to_x.tolist() == [53, 64]
    assert learnt["weight"].tolist() == [[7, 8], [70, 80]]
    assert learnt["bias"].tolist() == [1, 10]


@each(
    ("fields", "x", "grad", "expected"),
    [
        pytest.param({"kernel_size": 2}, [1, 3, 5, 4], [10, 20], [0, 10, 20, 0], id="the winner"),
        pytest.param({"kernel_size": 3}, [2, 2, 2], [10], [10, 0, 0], id="ties: the first"),
        pytest.param(
            {"kernel_size": 3, "stride": 1}, [1, 9, 1, 1], [10, 20], [0, 30, 0, 0],
            id="a winner of two windows",
        ),
        pytest.param(
            {"kernel_size": 3, "stride": 2, "padding": 1}, [-5, -6, -7], [10, 20], [10, 20, 0],
            id="padding wins nothing",
        ),
        pytest.param(
            {"kernel_size": 2, "stride": 2, "ceil_mode": True}, [1, 2, 3], [10, 20], [0, 10, 20],
            id="a partial window",
        ),
    ],
)  # fmt: skip
def test_max_pooling_passes_the_gradient_to_the_winner(
    fields: Any, x: list[float], grad: list[float], expected: list[float]
) -> None:
    (found,), _ = gradients(layer("max_pool", **fields), [grad], [x])
    assert found.tolist() == [expected]


_POINTS = np.array([-4.0, -2.0, -0.75, -0.25, 0.25, 0.75, 2.0, 7.0])
_SHARE = 1 / (1 + np.exp(-_POINTS))
_SELU = np.where(_POINTS > 0, 1, 1.6732632423543772 * np.exp(_POINTS))


@each(
    ("name", "slope"),
    [
        ("relu", _POINTS > 0),
        ("relu6", (_POINTS > 0) & (_POINTS < 6)),
        ("abs", np.sign(_POINTS)),
        ("sign", _POINTS * 0),
        ("square", 2 * _POINTS),
        ("hardtanh", abs(_POINTS) < 1),
        ("hardsigmoid", (abs(_POINTS) < 3) / 6),
        # x (x + 3) / 6 between -3 and 3.
        ("hardswish", np.where(abs(_POINTS) < 3, _POINTS / 3 + 0.5, _POINTS > 0)),
        ("hardshrink", abs(_POINTS) > 0.5),
        ("softshrink", abs(_POINTS) > 0.5),
        ("leaky_relu", np.where(_POINTS > 0, 1, 0.01)),
        ("elu", np.where(_POINTS > 0, 1, np.exp(_POINTS))),
        ("celu", np.where(_POINTS > 0, 1, np.exp(_POINTS))),
        # Klambauer et al. 2017: scale 1.0507, alpha 1.67326.
        ("selu", 1.0507009873554805 * _SELU),
        ("softsign", 1 / (1 + abs(_POINTS)) ** 2),
        ("tanh", 1 - np.tanh(_POINTS) ** 2),
        ("tanhshrink", np.tanh(_POINTS) ** 2),
        ("sigmoid", _SHARE * (1 - _SHARE)),
        ("log_sigmoid", 1 - _SHARE),
        ("softplus", _SHARE),
        ("silu", _SHARE * (1 + _POINTS * (1 - _SHARE))),
        ("exp", np.exp(_POINTS)),
        ("sin", np.cos(_POINTS)),
        ("cos", -np.sin(_POINTS)),
        ("reciprocal", -1 / _POINTS**2),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_slopes_of_functions(name: str, slope: Any) -> None:
    """Of each the derivative, between its corners and beyond them."""
    (found,), _ = gradients(layer(name), [np.full(8, 3.0)], [_POINTS])
    np.testing.assert_allclose(found[0], 3.0 * slope, rtol=1e-6, atol=1e-9)


@each(
    ("x", "grad", "expected"),
    [
        # (x / y)^(p - 1) of the norm y = 5; of a norm of 1; of nothing, where it is 0.
        ([3, 4], [10], [6, 8]), ([0, 1], [10], [0, 10]), ([0, 0], [10], [0, 0]),
        # A window of 6 alone counts twice: the root of 2 * 36, whose slope is the root of 2.
        ([3, 4, 6], [10, 10], [6, 8, 10 * 2**0.5]),
    ],
)  # fmt: skip
def test_the_slope_of_a_norm(x: list[float], grad: list[float], expected: list[float]) -> None:
    made = layer("lp_pool", kernel_size=2, ceil_mode=True)
    (found,), _ = gradients(made, [grad], [x])
    np.testing.assert_allclose(found, [expected])


def test_the_slope_of_a_choice_is_that_of_what_was_chosen() -> None:
    """Whatever is not 0 chooses the first."""
    found, _ = gradients(
        layer("where", inputs=["c", "a", "b"]), [[10, 20, 30]], [[2, 0, 1]], [[1, 1, 1]],
        [[5, 5, 5]],
    )  # fmt: skip
    assert [one.tolist() for one in found] == [[[0, 0, 0]], [[10, 0, 30]], [[0, 20, 0]]]


def test_of_equal_pixels_the_first_row_wins() -> None:
    made = layer("max_pool", kernel_size=2)
    (found,), _ = gradients(made, [[[1]]], [[[0, 5], [5, 5]]])
    assert found.tolist() == [[[0, 1], [0, 0]]]


@pytest.mark.parametrize("kind", ["global_max_pool", "adaptive_max_pool"])
def test_global_max_pooling_has_one_winner(kind: str) -> None:
    made = layer(kind, **({"keepdim": True} if kind[0] == "g" else {"output_size": 1}))
    (found,), _ = gradients(made, [[[6]]], [[[1, 4], [4, 2]]])
    assert found.tolist() == [[[0, 6], [0, 0]]]


def test_mean_pooling_spreads_the_gradient_and_keeps_its_sum() -> None:
    grad = [[8.0, 4.0]]
    (found,), _ = gradients(layer("avg_pool", kernel_size=4), grad, [[1, 2, 3, 4, 5, 6, 7, 8]])
    assert found.tolist() == [[2, 2, 2, 2, 1, 1, 1, 1]]
    assert found.sum() == np.sum(grad)


def test_means_of_areas_spread_the_gradient() -> None:
    made = layer("upsample", output_size=2, mode="area")
    (found,), _ = gradients(made, [[8.0, 4.0]], [[1, 2, 3, 4, 5, 6, 7, 8]])
    assert found.tolist() == [[2, 2, 2, 2, 1, 1, 1, 1]]


def test_places_have_no_slope() -> None:
    made = layer("reduce", pattern="c t -> c", op="argmax")
    (found,), _ = gradients(made, [5], [[1, 3, 2]])
    assert found.tolist() == [[0, 0, 0]]


def test_a_mean_of_real_pixels_keeps_the_sum_at_the_border_too() -> None:
    fields = {"kernel_size": 3, "stride": 2, "padding": 1}
    for counted, total in ((False, 12.0), (True, 8.0)):
        made = layer("avg_pool", count_include_pad=counted, **fields)
        (found,), _ = gradients(made, [[6, 6]], [[1, 2, 3]])
        # With the padding counted, a third of each border window's gradient is lost in it.
        assert found.sum() == pytest.approx(total)


def test_global_average_pooling_shares_equally() -> None:
    (found,), _ = gradients(layer("global_avg_pool"), [8], [[[1, 2], [3, 4]]])
    assert found.tolist() == [[[2, 2], [2, 2]]]


def test_overlapping_bins_share_their_pixels() -> None:
    (found,), _ = gradients(layer("adaptive_avg_pool", output_size=3), [[2, 4, 6]], [[1, 2, 3, 4]])
    assert found.tolist() == [[1, 1 + 2, 2 + 3, 3]]


# kind, fields, gradient of the output, inputs, gradients of the inputs
MOVES: list[Any] = [
    pytest.param("relu", {}, [5, 5, 5], [[-1, 0, 2]], [[0, 0, 5]], id="relu: 0 at 0, as PyTorch"),
    pytest.param("relu6", {}, [5, 5, 5], [[-1, 3, 6]], [[0, 5, 0]], id="relu6"),
    pytest.param("hardtanh", {}, [5, 5, 5], [[-1, 0, 1]], [[0, 5, 0]], id="hardtanh"),
    pytest.param("leaky_relu", {}, [100, 100], [[-1, 1]], [[1, 100]], id="leaky_relu"),
    pytest.param("leaky_relu", {"negative_slope": 0.25}, [8, 8, 8], [[-1, 0, 1]], [[2, 2, 8]],
                 id="leaky_relu: a quarter, at 0 too, as PyTorch"),
    pytest.param("sigmoid", {}, [4], [[0]], [[1]], id="sigmoid: a quarter at 0"),
    pytest.param("tanh", {}, [4], [[0]], [[4]], id="tanh: 1 at 0"),
    pytest.param("add", {}, [1, 2], [[5, 5], [6, 6]], [[1, 2], [1, 2]], id="add copies"),
    pytest.param("sub", {}, [1, 2], [[5, 5], [6, 6]], [[1, 2], [-1, -2]], id="sub turns"),
    pytest.param("mul", {}, [1, 2], [[3, 4], [5, 6]], [[5, 12], [3, 8]], id="mul swaps"),
    pytest.param("max", {}, [4, 4, 4], [[1, 2, 3], [3, 2, 1]], [[0, 2, 4], [4, 2, 0]],
                 id="max: equal ones share"),
    pytest.param(
        "mul", {"inputs": ["a", "b", "c"]}, [1], [[2], [3], [5]], [[15], [10], [6]],
        id="mul of three",
    ),
    pytest.param(
        "mul", {}, [[1, 2]], [[10], [[3, 4]]], [[1 * 3 + 2 * 4], [[10, 20]]],
        id="mul: a gate sums over the map",
    ),
    pytest.param(
        "concat", {"align": "crop"}, [[1], [2]], [[[7, 8, 9]], [[5]]], [[[0, 1, 0]], [[2]]],
        id="concat splits, what was cut gets nothing",
    ),
    pytest.param("flatten", {}, [1, 2, 3, 4], [[[0, 0], [0, 0]]], [[[1, 2], [3, 4]]], id="flatten"),
    pytest.param(
        "pad", {"padding": [[2, 0]], "mode": "reflect"}, [[1, 10, 100, 1000, 10000]],
        [[[0, 0, 0]]], [[[100, 1010, 10001]]], id="pad: a mirrored pixel counts again",
    ),
    pytest.param("crop", {"padding": [[1, 0]]}, [[5]], [[[1, 2]]], [[[0, 5]]], id="crop"),
    pytest.param("slice", {"channels": [1, 2]}, [5], [[1, 2, 3]], [[0, 5, 0]], id="slice"),
    pytest.param(
        "upsample", {"scale_factor": [2]}, [[1, 10, 100, 1000]], [[[0, 0]]], [[[11, 1100]]],
        id="nearest sums its copies",
    ),
    pytest.param(
        "upsample", {"scale_factor": [2], "mode": "linear"}, [[4, 4, 4, 4]], [[[0, 0]]],
        [[[8, 8]]], id="linear shares",
    ),
    pytest.param(
        "unfold", {"kernel_size": 2}, [[1, 10], [100, 1000]], [[[0, 0, 0]]], [[[1, 110, 1000]]],
        id="unfold: the columns folded back",
    ),
    pytest.param(
        "reduce", {"pattern": "c h w -> w c", "op": "sum"}, [[1, 2], [3, 4], [5, 6]],
        [[[[0] * 3] * 2] * 2], [[[[1, 3, 5]] * 2, [[2, 4, 6]] * 2]],
        id="reduce: a sum of turned axes hands on to all of its numbers",
    ),
    pytest.param(
        "global_mean_std_pool", {}, [8, 5], [[[3, 3, 3, 3]]], [[[2, 2, 2, 2]]],
        id="global_mean_std_pool: equal numbers have no slope",
    ),
    pytest.param(
        "channel_shuffle", {"groups": 2}, [1, 2, 3, 4, 5, 6], [[0] * 6], [[1, 3, 5, 2, 4, 6]],
        id="channel_shuffle sorts back",
    ),
    pytest.param(
        "pixel_shuffle", {"factor": 2}, [[[1, 2], [3, 4]]], [[[[0]]] * 4],
        [[[[1]], [[2]], [[3]], [[4]]]], id="pixel_shuffle",
    ),
]  # fmt: skip


@each(("kind", "fields", "grad", "inputs", "expected"), MOVES)
def test_gradients_by_hand(kind: str, fields: Any, grad: Any, inputs: Any, expected: Any) -> None:
    found, learnt = gradients(layer(kind, **fields), grad, *inputs)
    assert [one.tolist() for one in found] == expected
    assert not learnt


def test_a_clipped_cell_hands_nothing_on() -> None:
    """The cells tanh(1)/2 and 0.57, of which 0.5 are left, behind gates of a half."""
    made = layer("lstm", hidden_size=1, bias=False, cell_clip=0.5)
    weights = {"weight_ih_l0": [[0], [0], [1], [0]], "weight_hh_l0": [[0]] * 4}
    (found,), _ = gradients(made, [[1, 9]], [[1, 1]], **weights)
    slope = (1 - tanh(tanh(1) / 2) ** 2) / 2 * (1 - tanh(1) ** 2) / 2
    assert found.tolist() == [[pytest.approx(slope), 0]]


def test_a_learnt_slope_collects_what_is_negative() -> None:
    made = layer("prelu")
    (to_x,), learnt = gradients(made, [1, 10, 100], [-2, 3, -4], weight=[0.5])
    assert to_x.tolist() == [0.5, 10, 50]
    assert learnt["weight"].tolist() == [-2 * 1 - 4 * 100]


def test_batch_norm_passes_on_neither_a_shift_nor_a_scale() -> None:
    # With the batch's own statistics a constant, and the input itself, have no effect on the
    # output; so the gradient is at right angles to both. Source: Ioffe & Szegedy 2015.
    from convcalc.arrays.ops import Ops

    rng = np.random.default_rng(3)
    x, grad = rng.standard_normal((2, 8, 5, 3))
    learnt = {name: np.ones(3) for name in ("weight", "bias", "running_mean", "running_var")}
    made, ops = layer("batch_norm"), Ops(batch_statistics=True)
    y = made.run(ops, (x,), learnt)
    ((to_x,), to_learnt) = made.gradients(ops, grad, (x,), y, learnt)
    np.testing.assert_allclose(to_x.sum(axis=(0, 1)), 0, atol=1e-13)
    # Not quite, since 1e-5 is added to the variance.
    np.testing.assert_allclose((to_x * x).sum(axis=(0, 1)), 0, atol=1e-3)
    np.testing.assert_allclose(to_learnt["bias"], grad.sum(axis=(0, 1)))


def test_batch_norm_with_running_statistics_is_a_scale() -> None:
    given: dict[str, Any] = {"weight": [3], "bias": [0], "running_mean": [1]}
    given["running_var"] = [4 - 1e-5]
    (to_x,), learnt = gradients(layer("batch_norm"), [[2, 4]], [[5, 1]], **given)
    np.testing.assert_allclose(to_x, [[3, 6]])
    np.testing.assert_allclose(learnt["weight"], [2 * (5 - 1) / 2])
    assert set(learnt) == {"weight", "bias"}


def test_softmax_moves_shares_without_making_any() -> None:
    (found,), _ = gradients(layer("softmax"), [1, 0, 0], [0, 0, 0])
    np.testing.assert_allclose(found, [2 / 9, -1 / 9, -1 / 9])
    assert found.sum() == pytest.approx(0, abs=1e-16)


@each(
    ("op", "x", "slopes"),
    [
        ("sum", [1, 3], [1, 1]),
        ("mean", [1, 3], [0.5, 0.5]),
        # Equal ones share, as in PyTorch's amax.
        ("max", [1, 3, 3], [0, 0.5, 0.5]),
        ("min", [1, 3, 3], [1, 0, 0]),
        ("l2", [3, 4], [0.6, 0.8]),
        # (x - mean) / (deviation * (count - 1)), of a variance of (1 + 1 + 4) / 2.
        ("std", [0, 0, 3], [-1 / (2 * 3**0.5), -1 / (2 * 3**0.5), 2 / (2 * 3**0.5)]),
        ("std", [5, 5], [0, 0]),
        ("prod", [2, 3, -4], [-12, -8, 6]),
        # Of one zero the others' product is left, of two nothing.
        ("prod", [2, 0, 5], [0, 10, 0]),
        ("prod", [0, 0, 5], [0, 0, 0]),
        # exp(x) over the sum of exponentials: 3 and 1 of 4.
        ("logsumexp", [log(3), 0], [0.75, 0.25]),
        ("logsumexp", [1000, 1000], [0.5, 0.5]),
    ],
)
def test_the_gradient_of_a_figure(op: str, x: list[float], slopes: list[float]) -> None:
    made = layer("reduce", pattern="c p -> c", op=op)
    (found,), _ = gradients(made, [10], [x])
    assert found.ravel().tolist() == pytest.approx([10 * slope for slope in slopes])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@each(
    ("base", "exponent", "slopes"),
    [
        (2, 3, (12, 8 * log(2))),
        (-2, 3, (12, nan)),
        (0, 2, (0, 0)),
        (0, 0, (0, 0)),
        # 1 / x of 0 has no slope but an infinite one, and log(0) is below all numbers.
        (0, -1, (-inf, -inf)),
    ],
)
def test_the_gradients_of_a_power(
    base: float, exponent: float, slopes: tuple[float, float]
) -> None:
    # Torch 2.13 gives the same.
    found, _ = gradients(layer("pow"), [1], [base], [exponent])
    assert [one.item() for one in found] == pytest.approx(slopes, nan_ok=True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@each(
    ("x", "slopes"),
    [
        # exp(1 - inf) is nothing, exp(inf - inf) no number, as in torch 2.13: it was exp(1).
        ([inf, 1], [nan, 0]),
        ([-inf, 1], [0, 1]),
        # Of nothing each has nothing.
        ([-inf, -inf], [0, 0]),
    ],
)
def test_shares_of_infinities(x: list[float], slopes: list[float]) -> None:
    (found,), _ = gradients(layer("reduce", pattern="c p -> c", op="logsumexp"), [1], [x])
    assert found.ravel().tolist() == pytest.approx(slopes, nan_ok=True)
