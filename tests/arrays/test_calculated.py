"""What programs calculate of constants, by hand: the examples are like those of PyTorch's pages."""

from __future__ import annotations

from math import erf, pi
from typing import Any

import numpy as np
import pytest

from convcalc.arrays.calculated import calculated
from convcalc.network.held import Nth
from tests.arrays.calculating import TRUTHS, A, B, X, Y, worked
from tests.each import each


@each(
    "word, arrays, given, wanted",
    [
        ("add", [A, B], {"x": X, "other": Y}, [[11, 22, 33], [4, 4, 8]]),
        ("add", [A, B], {"x": X, "other": Y, "alpha": 2}, [[21, 42, 63], [4, 3, 10]]),
        ("sub", [A, B], {"x": X, "other": Y, "alpha": 3}, [[-29, -58, -87], [4, 8, 0]]),
        ("mul", [A, B], {"x": X, "other": Y}, [[10, 40, 90], [0, -5, 12]]),
        ("div", [A], {"x": X, "other": 2}, [[0.5, 1, 1.5], [2, 2.5, 3]]),
        ("div", [B], {"x": X, "other": 4, "rounding_mode": "floor"}, [[2, 5, 7], [0, -1, 0]]),
        ("div", [B], {"x": X, "other": 4, "rounding_mode": "trunc"}, [[2, 5, 7], [0, 0, 0]]),
        ("floor_divide", [B], {"x": X, "other": 4}, [[2, 5, 7], [0, -1, 0]]),
        ("remainder", [B], {"x": X, "other": 4}, [[2, 0, 2], [0, 3, 2]]),
        ("pow", [[[1, 2, 4]]], {"x": X, "exponent": -1}, [[1, 0.5, 0.25]]),
        ("reciprocal", [[2.0, 4.0]], {"x": X}, [0.5, 0.25]),
        ("rsqrt", [[4.0, 16.0]], {"x": X}, [0.5, 0.25]),
        ("clamp", [A], {"x": X, "min": 2, "max": 5}, [[2, 2, 3], [4, 5, 5]]),
        ("clamp_min", [A], {"x": X, "min": 3}, [[3, 3, 3], [4, 5, 6]]),
        ("clamp_max", [A], {"x": X, "max": 3}, [[1, 2, 3], [3, 3, 3]]),
        ("maximum", [A, B], {"x": X, "other": Y}, [[10, 20, 30], [4, 5, 6]]),
        ("max", [A, B], {"x": X, "other": Y}, [[10, 20, 30], [4, 5, 6]]),
        ("min", [A, B], {"x": X, "other": Y}, [[1, 2, 3], [0, -1, 2]]),
        ("max", [B], {"x": X, "dim": 1, "nth": 0}, [30, 2]),
        ("max", [B], {"x": X, "dim": 1, "nth": 1}, [2, 2]),
        ("min", [B], {"x": X, "dim": 1, "nth": 1}, [0, 1]),
        (
            "where", [TRUTHS, A, B], {"condition": X, "x": Y, "other": Nth(2)},
            [[1, 20, 3], [0, -1, 6]],
        ),
        ("softmax", [[0.0, 0.0, -np.inf]], {"x": X, "dim": 0}, [0.5, 0.5, 0]),
        ("softmax", [[[-1e9, -1e9], [3.0, 3.0]]], {"x": X, "dim": 1}, [[0.5, 0.5], [0.5, 0.5]]),
        ("softmax", [[[1.0, 2.0]]], {"x": X, "dim": 0}, [[1, 1]]),
        ("log_softmax", [[5.0, -np.inf]], {"x": X, "dim": -1}, [0, -np.inf]),
        ("linear", [A, B], {"x": X, "weight": Y}, [[140, 4], [320, 7]]),
        ("linear", [A, B, [1.0, -1.0]], {"x": X, "weight": Y, "bias": Nth(2)},
         [[141, 3], [321, 6]]),
        ("var", [A], {"x": X, "dim": (1,)}, [1, 1]),
        ("var", [A], {"x": X, "dim": 0, "correction": 0}, [2.25, 2.25, 2.25]),
        ("std", [[3.0, 5.0]], {"x": X, "correction": 0}, 1),
        ("layer_norm", [[[1.0, 3.0], [5.0, 9.0]]], {"x": X, "normalized_shape": (2,), "eps": 0.0},
         [[-1, 1], [-1, 1]]),
        ("linalg_vector_norm", [[[3.0, 4.0], [0.0, 2.0]]], {"x": X, "dim": (1,)}, [5, 2]),
        ("linalg_vector_norm", [[[3.0, -4.0]]], {"x": X, "p": 1}, 7),
        ("relu", [[-1.0, 2.0]], {"x": X}, [0, 2]),
        ("leaky_relu", [[-4.0, 2.0]], {"x": X, "negative_slope": 0.25}, [-1, 2]),
        ("leaky_relu", [[-0.5, 0.5]], {"x": X, "negative_slope": 0.5}, [-0.25, 0.5]),
        ("softplus", [[30.0]], {"x": X}, [30]),
        ("sigmoid", [[0.0]], {"x": X}, [0.5]),
        ("silu", [[0.0]], {"x": X}, [0]),
        ("gelu", [[0.0]], {"x": X}, [0]),
        ("einsum", [A, B], {"equation": "ij,kj->ik", "tensors": (X, Y)}, [[140, 4], [320, 7]]),
        ("rsub", [A], {"x": X, "other": 1}, [[0, -1, -2], [-3, -4, -5]]),
        ("masked_fill", [A, TRUTHS], {"x": X, "mask": Y, "value": 9}, [[9, 2, 9], [4, 5, 9]]),
        (
            "bitwise_and", [TRUTHS, [1, 1, 0]], {"x": X, "other": Y},
            [[True, False, False], [False, False, False]],
        ),
        ("bitwise_or", [[5, 2]], {"x": X, "other": 3}, [7, 3]),
        ("bitwise_xor", [[5, 2]], {"x": X, "other": 3}, [6, 1]),
        ("expand", [[[1], [2]]], {"x": X, "size": (2, 3)}, [[1, 1, 1], [2, 2, 2]]),
        ("roll", [A], {"x": X, "shifts": 1, "dim": 1}, [[3, 1, 2], [6, 4, 5]]),
        ("roll", [A], {"x": X, "shifts": 1}, [[6, 1, 2], [3, 4, 5]]),
        ("flip", [A], {"x": X, "dim": (0, 1)}, [[6, 5, 4], [3, 2, 1]]),
        ("cumsum", [A], {"x": X, "dim": 0}, [[1, 2, 3], [5, 7, 9]]),
        ("tril", [A], {"x": X}, [[1, 0, 0], [4, 5, 0]]),
        ("triu", [A], {"x": X, "diagonal": 1}, [[0, 2, 3], [0, 0, 6]]),
        ("tril", [A], {"x": X, "diagonal": -1}, [[0, 0, 0], [4, 0, 0]]),
        ("one_hot", [[2, 0]], {"x": X, "num_classes": 3}, [[0, 0, 1], [1, 0, 0]]),
        # Rows of lengths 5 and 10, columns of 5 and 10, and all of sqrt(9 + 16 + 144 + 7056) = 85.
        (
            "_weight_norm", [[[3.0, 4.0], [6.0, 8.0]], [[10.0], [5.0]]], {"x": X, "g": Y},
            [[6, 8], [3, 4]],
        ),
        (
            "_weight_norm", [[[3.0, 8.0], [4.0, 6.0]], [[10.0, 5.0]]],
            {"x": X, "g": Y, "dim": 1}, [[6, 4], [8, 3]],
        ),
        (
            "_weight_norm", [[[3.0, 4.0], [12.0, 84.0]], 170.0], {"x": X, "g": Y, "dim": -1},
            [[6, 8], [24, 168]],
        ),
        ("outer", [[1, 2], [3, 4, 5]], {"x": X, "other": Y}, [[3, 4, 5], [6, 8, 10]]),
        ("matmul", [A, [[1.0], [0.0], [2.0]]], {"x": X, "other": Y}, [[7], [16]]),
    ],
    ids=str,
)  # fmt: skip
def test_of_elements(word: str, arrays: list[Any], given: dict[str, Any], wanted: Any) -> None:
    assert worked(word, arrays, np.shape(wanted), **given).tolist() == wanted


@each(
    "word, given, wanted",
    [
        ("sum", {}, 21),
        ("sum", {"dim": 0}, [5, 7, 9]),
        ("sum", {"dim": (1,), "keepdim": True}, [[6], [15]]),
        ("mean", {"dim": 1}, [2, 5]),
        ("amax", {"dim": 0}, [4, 5, 6]),
        ("amin", {"dim": (0, 1)}, 1),
        ("max", {}, 6),
        ("min", {"dim": 1}, [1, 4]),
        ("prod", {"dim": 0}, [4, 10, 18]),
        ("argmax", {"dim": 1}, [2, 2]),
        ("argmin", {}, 0),
    ],
    ids=str,
)
def test_figures_over_axes(word: str, given: dict[str, Any], wanted: Any) -> None:
    assert worked(word, [A], np.shape(wanted), x=X, **given).tolist() == wanted


@each(
    "word, arrays, given, wanted",
    [
        ("arange", [], {"end": 9, "start": 1, "step": 3}, [1, 4, 7]),
        ("arange", [], {"end": 3}, [0, 1, 2]),
        ("linspace", [], {"start": 3, "end": 10, "steps": 5}, [3, 4.75, 6.5, 8.25, 10]),
        ("eye", [], {"n": 2}, [[1, 0], [0, 1]]),
        ("eye", [], {"n": 2, "m": 3}, [[1, 0, 0], [0, 1, 0]]),
        ("tril_indices", [], {"row": 3, "col": 3}, [[0, 1, 1, 2, 2, 2], [0, 0, 1, 0, 1, 2]]),
        (
            "tril_indices", [], {"row": 3, "col": 2, "offset": -1, "dtype": 4},
            [[1, 2, 2], [0, 0, 1]],
        ),
        ("triu_indices", [], {"row": 2, "col": 3, "offset": 1}, [[0, 0, 1], [1, 2, 2]]),
        # Of a thousand million rows the last, and the first.
        (
            "tril_indices", [], {"row": 10**9, "col": 3, "offset": 1 - 10**9},
            [[10**9 - 1], [0]],
        ),
        ("triu_indices", [], {"row": 10**9, "col": 3, "offset": 1}, [[0, 0, 1], [1, 2, 2]]),
        ("tril_indices", [], {"row": 2, "col": 2, "offset": 9}, [[0, 0, 1, 1], [0, 1, 0, 1]]),
        ("triu_indices", [], {"row": 2, "col": 2, "offset": -9}, [[0, 0, 1, 1], [0, 1, 0, 1]]),
        (
            "cat", [A, B], {"tensors": (X, Y), "dim": 1},
            [[1, 2, 3, 10, 20, 30], [4, 5, 6, 0, -1, 2]],
        ),
        ("cat", [[], [1, 2]], {"tensors": (X, Y)}, [1, 2]),
        ("stack", [[1, 2], [3, 4]], {"tensors": (X, Y), "dim": 1}, [[1, 3], [2, 4]]),
        ("stack", [[1, 2], [3, 4]], {"tensors": (X, Y)}, [[1, 2], [3, 4]]),
        ("meshgrid", [[1, 2], [3, 4, 5]], {"tensors": (X, Y)}, [[1, 1, 1], [2, 2, 2]]),
        ("meshgrid", [[1, 2], [3, 4, 5]], {"tensors": (X, Y), "nth": 1}, [[3, 4, 5], [3, 4, 5]]),
        (
            "meshgrid", [[1, 2], [3, 4, 5]], {"tensors": (X, Y), "indexing": "xy"},
            [[1, 2], [1, 2], [1, 2]],
        ),
        ("index", [A, [1.0, 0.0]], {"x": X, "indices": (None, Y)}, [[2, 1], [5, 4]]),
        ("index", [A, TRUTHS], {"x": X, "indices": (Y,)}, [1, 3, 6]),
        ("index_select", [A, [2, 2]], {"x": X, "dim": 1, "index": Y}, [[3, 3], [6, 6]]),
        ("gather", [A, [[2], [0]]], {"x": X, "dim": 1, "index": Y}, [[3], [4]]),
        ("repeat_interleave", [[1, 2]], {"x": X, "repeats": 2}, [1, 1, 2, 2]),
        ("repeat_interleave", [[[1, 2]]], {"x": X, "repeats": 2, "dim": 0}, [[1, 2], [1, 2]]),
        ("repeat", [[1, 2]], {"x": X, "repeats": (2, 2)}, [[1, 2, 1, 2], [1, 2, 1, 2]]),
        ("diff", [[1, 4, 9]], {"x": X}, [3, 5]),
        ("diff", [[1, 4, 9]], {"x": X, "n": 2}, [2]),
        ("diff", [[1, 4, 9]], {"x": X, "n": 10**12}, []),
        ("diff", [[1, 4], [0, 3]], {"x": X, "n": 3, "append": Y}, [14]),
        ("diff", [[[1, 4], [9, 1]]], {"x": X, "dim": 0}, [[8, -3]]),
        ("diff", [[1, 4], [0]], {"x": X, "prepend": Y}, [1, 3]),
        ("diff", [[True, False]], {"x": X}, [-1]),
        (
            "slice_scatter", [A, [[0.0], [0.0]]],
            {"x": X, "src": Y, "dim": -1, "start": 1, "end": 2},
            [[1, 0, 3], [4, 0, 6]],
        ),
        (
            "slice_scatter", [A, [[7.0, 8.0, 9.0]]], {"x": X, "src": Y, "start": 1},
            [[1, 2, 3], [7, 8, 9]],
        ),
        (
            "select_scatter", [A, [7.0, 8.0]], {"x": X, "src": Y, "dim": 1, "index": 2},
            [[1, 2, 7], [4, 5, 8]],
        ),
        ("upsample_nearest1d", [[[[1, 2, 3]]]], {"x": X}, [[[1, 1, 2, 2, 3]]]),
        (
            "upsample_nearest2d", [[[[[1, 2], [3, 4], [5, 6]]]]], {"x": X},
            [[[[1, 1, 2], [3, 3, 4]]]],
        ),
    ],
    ids=str,
)  # fmt: skip
def test_of_places(word: str, arrays: list[Any], given: dict[str, Any], wanted: Any) -> None:
    assert worked(word, arrays, np.shape(wanted), **given).tolist() == wanted


@each(
    "word, given, wanted",
    [
        # PyTorch's numbers of [ln 1, ln 3], shares of 1 and 3.
        ("softmax", {"dim": -1}, [0.25, 0.75]),
        ("_softmax", {"dim": 0, "half_to_float": False}, [0.25, 0.75]),
        ("log_softmax", {"dim": 0}, [-np.log(4), np.log(0.75)]),
        ("logsumexp", {"dim": (0,), "keepdim": True}, [np.log(4)]),
        ("dropout", {"p": 0.5, "train": False}, [0, np.log(3)]),
        ("sigmoid", {}, [0.5, 0.75]),
        ("silu", {}, [0, 0.75 * np.log(3)]),
        ("softplus", {}, [np.log(2), np.log(4)]),
        ("expm1", {}, [0, 2]),
        ("constant_pad_nd", {"pad": (1, -1), "value": 7}, [7, 0]),
        ("layer_norm", {"normalized_shape": (2,), "eps": 0}, [-1, 1]),
        ("std", {"unbiased": False}, np.log(3) / 2),
        ("var", {}, np.log(3) ** 2 / 2),
        ("linalg_vector_norm", {"p": np.inf}, np.log(3)),
    ],
    ids=str,
)
def test_functions_that_layers_are_made_of(word: str, given: dict[str, Any], wanted: Any) -> None:
    found = worked(word, [[0.0, np.log(3.0)]], np.shape(wanted), x=X, **given)
    assert found == pytest.approx(wanted)


M, N = [[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 2.0]]


@each(
    "word, arrays, given, wanted",
    [
        # The product of M and N is [[1, 4], [3, 8]].
        ("addmm", [[1.0, 1.0], M, N], {"x": X, "mat1": Y, "other": Nth(2)}, [[2, 5], [4, 9]]),
        (
            "addmm", [[1.0, 1.0], M, N],
            {"x": X, "mat1": Y, "other": Nth(2), "beta": 10, "alpha": 3}, [[13, 22], [19, 34]],
        ),
        (
            "addmm", [[np.inf, np.nan], M, N], {"x": X, "mat1": Y, "other": Nth(2), "beta": 0},
            [[1, 4], [3, 8]],
        ),
        (
            "baddbmm", [[[[1.0]]], [M], [N]], {"x": X, "batch1": Y, "batch2": Nth(2), "alpha": 2},
            [[[3, 9], [7, 17]]],
        ),
        ("mm", [M, N], {"x": X, "other": Y}, [[1, 4], [3, 8]]),
        ("mv", [M, [1.0, -1.0]], {"x": X, "vec": Y}, [-1, -1]),
        (
            "addcmul", [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
            {"x": X, "tensor1": Y, "tensor2": Nth(2)}, [16, 26],
        ),
        (
            "addcmul", [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
            {"x": X, "tensor1": Y, "tensor2": Nth(2), "value": 2}, [31, 50],
        ),
        (
            "addcdiv", [[1.0, 2.0], [6.0, 8.0], [3.0, 2.0]],
            {"x": X, "tensor1": Y, "tensor2": Nth(2)}, [3, 6],
        ),
        (
            "addcdiv", [[1.0, 2.0], [6.0, 8.0], [3.0, 2.0]],
            {"x": X, "tensor1": Y, "tensor2": Nth(2), "value": 3}, [7, 14],
        ),
        ("lerp", [[1.0, 2.0], [5.0, 10.0]], {"x": X, "end": Y, "weight": 0.25}, [2, 4]),
        (
            "lerp", [[1.0, 2.0], [5.0, 10.0], [0.5, 0.25]], {"x": X, "end": Y, "weight": Nth(2)},
            [3, 4],
        ),
        ("rsub", [[1.0, 2.0]], {"x": X, "other": 10, "alpha": 3}, [7, 4]),
        ("cumprod", [A], {"x": X, "dim": 1}, [[1, 2, 6], [4, 20, 120]]),
        ("cumprod", [A], {"x": X, "dim": 0}, [[1, 2, 3], [4, 10, 18]]),
        ("embedding", [M, [1.0, 0.0, 1.0]], {"weight": X, "indices": Y}, [[3, 4], [1, 2], [3, 4]]),
        ("sort", [[3, 1, 2]], {"x": X}, [1, 2, 3]),
        ("sort", [[3, 1, 2]], {"x": X, "nth": 1}, [1, 2, 0]),
        ("sort", [[2, 3, 2]], {"x": X, "descending": True, "nth": 1}, [1, 0, 2]),
        ("sort", [[2, 3, 2]], {"x": X, "descending": True}, [3, 2, 2]),
        ("sort", [[[3, 1], [2, 5]]], {"x": X, "dim": 0}, [[2, 1], [3, 5]]),
        ("argsort", [[[3, 1], [2, 5]]], {"x": X, "dim": 0}, [[1, 0], [0, 1]]),
        ("argsort", [[[3, 1], [2, 5]]], {"x": X, "descending": True}, [[0, 1], [1, 0]]),
        ("pad", [[[1, 2, 3]]], {"x": X, "pad": (1, 2), "mode": "reflect"}, [[2, 1, 2, 3, 2, 1]]),
        ("pad", [[[1, 2, 3]]], {"x": X, "pad": (2, 1), "mode": "replicate"}, [[1, 1, 1, 2, 3, 3]]),
        ("pad", [[[1, 2, 3]]], {"x": X, "pad": (1, 2), "mode": "circular"}, [[3, 1, 2, 3, 1, 2]]),
        ("pad", [[[1, 2, 3]]], {"x": X, "pad": (-1, 1), "mode": "replicate"}, [[2, 3, 3]]),
        ("constant_pad_nd", [[1, 2, 3]], {"x": X, "pad": (1, 0), "mode": 7}, [7, 1, 2, 3]),
        ("pad", [[1, 2, 3]], {"x": X, "pad": (-2, -1)}, []),
        ("pad", [A], {"x": X, "pad": (1, 0, 0, 1)}, [[0, 1, 2, 3], [0, 4, 5, 6], [0, 0, 0, 0]]),
        ("fmod", [[-7, 7], [3, -3]], {"x": X, "other": Y}, [-1, 1]),
        ("hypot", [[3.0], [4.0]], {"x": X, "other": Y}, [5]),
        ("kron", [[1, 2], [1, 10]], {"x": X, "other": Y}, [1, 10, 2, 20]),
        ("linalg_vector_norm", [[3.0, -4.0]], {"x": X, "p": -np.inf}, 3),
        ("linalg_vector_norm", [[0.0, 5.0, 0.0, -2.0]], {"x": X, "p": 0}, 2),
        ("norm", [[[3.0, 4.0], [0.0, 0.0]]], {"x": X, "p": None}, 5),
        (
            "layer_norm", [[[1.0, 3.0], [5.0, 9.0]], [2.0, 3.0], [10.0, 20.0]],
            {"x": X, "normalized_shape": (2,), "weight": Y, "bias": Nth(2), "eps": 0.0},
            [[8, 23], [8, 23]],
        ),
        # The variance is 1: 1 / sqrt(1 + 3).
        ("layer_norm", [[0.0, 2.0]], {"x": X, "normalized_shape": (2,), "eps": 3}, [-0.5, 0.5]),
        ("logsumexp", [[-np.inf, -np.inf]], {"x": X, "dim": 0}, -np.inf),
        ("hardtanh", [[-3.0, 0.5, 3.0]], {"x": X}, [-1, 0.5, 1]),
        ("hardtanh", [[-3.0, 0.5, 3.0]], {"x": X, "min_val": 0, "max_val": 2}, [0, 0.5, 2]),
        ("relu6", [[-1.0, 3.0, 8.0]], {"x": X}, [0, 3, 6]),
        ("hardsigmoid", [[-4.0, 0.0, 1.5, 4.0]], {"x": X}, [0, 0.5, 0.75, 1]),
        ("hardswish", [[-4.0, -1.5, 3.0, 4.0]], {"x": X}, [0, -0.375, 3, 4]),
        ("frac", [[1.75, -1.75]], {"x": X}, [0.75, -0.75]),
        ("isfinite", [[np.inf, np.nan, 1.0]], {"x": X}, [False, False, True]),
        ("dropout", [[1.0, 2.0]], {"x": X, "p": 0.0, "train": True}, [1, 2]),
    ],
    ids=str,
)  # fmt: skip
def test_of_several_arrays(
    word: str, arrays: list[Any], given: dict[str, Any], wanted: Any
) -> None:
    assert worked(word, arrays, np.shape(wanted), **given).tolist() == wanted


HALF, LN3 = np.log(0.5), np.log(3.0)


@each(
    "word, x, given, wanted",
    [
        # PyTorch's, in double precision.
        ("gelu", [-1, 1, 2], {}, [-0.15865525393145702, 0.841344746068543, 1.9544997361036416]),
        (
            "gelu", [-1, 1, 2], {"approximate": "tanh"},
            [-0.15880800939172324, 0.8411919906082768, 1.954597694087775],
        ),
        ("mish", [-1, 1, 2], {}, [-0.30340146137410895, 0.8650983882673103, 1.9439589595339946]),
        ("log_sigmoid", [0, -LN3], {}, [HALF, -np.log(4)]),
        ("silu", [LN3, -LN3], {}, [0.75 * LN3, -0.25 * LN3]),
        # exp(2 ln 3) = 9.
        ("softplus", [LN3, 30], {"beta": 2}, [np.log(10) / 2, 30]),
        ("softplus", [LN3, 30], {"threshold": 1}, [LN3, 30]),
        ("elu", [HALF, 2], {}, [-0.5, 2]),
        ("elu", [HALF, 2], {"alpha": 2, "scale": 3, "input_scale": 2}, [-4.5, 6]),
        ("celu", [2 * HALF, 3], {"alpha": 2}, [-1, 3]),
        ("celu", [HALF, 3], {}, [-0.5, 3]),
        ("elu", [HALF, 3], {"alpha": 2}, [-1, 3]),
        # Where it is steep enough it is the identity: 2 x is more than 5.
        ("softplus", [2, 3], {"beta": 2, "threshold": 5}, [np.log(1 + np.exp(4)) / 2, 3]),
        ("leaky_relu", [-100, 3], {}, [-1, 3]),
        ("sigmoid", [LN3, -LN3], {}, [0.75, 0.25]),
        # tanh(ln 2) is (4 - 1) / (4 + 1).
        ("tanhshrink", [-HALF, HALF], {}, [-HALF - 0.6, 0.6 + HALF]),
        ("softsign", [-1, 3], {}, [-0.5, 0.75]),
        ("erf", [1, -0.5], {}, [erf(1), -erf(0.5)]),
        ("expm1", [-HALF], {}, [1]), ("exp2", [3, -1], {}, [8, 0.5]), ("square", [-3], {}, [9]),
        ("sinh", [-HALF], {}, [0.75]), ("cosh", [HALF], {}, [1.25]), ("tan", [pi / 4], {}, [1]),
        ("asinh", [0.75], {}, [-HALF]), ("acosh", [1.25], {}, [-HALF]),
        ("atanh", [0.6], {}, [-HALF]), ("asin", [1], {}, [pi / 2]), ("acos", [0], {}, [pi / 2]),
        ("atan", [1], {}, [pi / 4]), ("log10", [1000, 0.1], {}, [3, -1]),
        ("sgn", [-2, 0, 5], {}, [-1, 0, 1]), ("sinc", [0, 0.5], {}, [1, 2 / pi]),
        ("deg2rad", [180], {}, [pi]), ("rad2deg", [pi / 2], {}, [90]),
        ("isnan", [np.nan, np.inf, 1], {}, [1, 0, 0]),
        ("isinf", [np.nan, -np.inf, 1], {}, [0, 1, 0]),
        ("linalg_vector_norm", [3, -4, 5], {"p": 3}, 6),
        ("logsumexp", [LN3, 0], {"dim": 0}, np.log(4)),
        ("logsumexp", [LN3, 0], {"dim": ()}, np.log(4)),
    ],
    ids=str,
)  # fmt: skip
def test_curves(word: str, x: list[float], given: dict[str, Any], wanted: Any) -> None:
    found = worked(word, [np.array(x, float)], np.shape(wanted), x=X, **given)
    assert found == pytest.approx(wanted)


ROWS = [[3.0, 1.0, 2.0, 4.0]]


@each(
    ("word", "given", "wanted"),
    [
        ("flip", {"dims": (1,)}, [[4, 2, 1, 3]]),
        ("topk", {"k": 2}, [[4, 3]]),
        ("topk", {"k": 2, "largest": False, "nth": 1}, [[1, 2]]),
        ("median", {}, 2),
        ("kthvalue", {"k": 3}, [3]),
        ("diagonal", {"offset": 2}, [2]),
        ("avg_pool1d", {"kernel_size": (2,)}, [[2, 3]]),
        ("max_pool1d", {"kernel_size": (2,), "stride": (1,), "padding": (1,)}, [[3, 3, 2, 4, 4]]),
        # Taps of 1 and 1 at two places each second one apart.
        ("conv1d", {"weight": np.ones((1, 1, 2)), "dilation": (2,)}, [[5, 5]]),
        # The mean of the squares is 7.5.
        ("rms_norm", {"normalized_shape": (4,), "eps": 2.5}, np.array(ROWS) / 10**0.5),
    ],
    ids=str,
)
def test_windows_norms_and_places(word: str, given: dict[str, Any], wanted: Any) -> None:
    found = worked(word, [ROWS], np.shape(wanted), x=X, **given)
    np.testing.assert_allclose(found, wanted)


def test_vectors_and_what_lies_between_them() -> None:
    """3, 4 and 0, 0: of length 5 and 0, and 5 apart."""
    both = [[3.0, 4.0], [0.0, 0.0]]
    found = calculated(
        [np.array(both)],
        (2, 2),
        {"op": "pieces.l2_normalize", "arguments": {"x": X, "axis": 1, "eps": 0.1}},
    )
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.0, 0.0]])
    apart = worked("cdist", [both, both], (2, 2), x1=X, x2=Nth(1))
    np.testing.assert_allclose(apart, [[0, 5], [5, 0]])


@pytest.mark.parametrize(
    ("word", "given", "said"),
    [
        ("conv1d", {"weight": np.ones((1, 1, 2)), "padding": 1 << 40}, "so wide a border"),
        ("max_pool1d", {"kernel_size": 2, "ceil_mode": True}, "over their ends"),
    ],
    ids=["a border", "ends"],
)
def test_what_would_take_any_room_is_refused(word: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(FileNotFoundError, match=said):
        worked(word, [[[1.0, 2.0]]], (1, 2), x=X, **given)


def test_dropout_in_training_is_not_worked_out() -> None:
    with pytest.raises(FileNotFoundError, match="in training"):
        worked("dropout", [A], (2, 3), x=X, p=0.5, train=True)


def test_what_is_not_known_is_not_there() -> None:
    with pytest.raises(FileNotFoundError, match=r"aten\.erfinv is not worked out here"):
        worked("erfinv", [A], (2, 3), x=X)


@each(
    ("word", "array", "given", "dims"),
    [
        ("pad", [1.0, 2.0], {"pad": (0, 10**13)}, (2,)),
        ("constant_pad_nd", [[1.0, 2.0]], {"pad": (-1, 0, 10**13, 0)}, (1, 2)),
        ("repeat", [1.0], {"repeats": (10**13,)}, (3,)),
        ("repeat_interleave", [1.0, 2.0], {"repeats": 10**13}, (4,)),
        ("repeat_interleave", [[1.0, 2.0]], {"repeats": np.array([1, 10**13]), "dim": 1}, (1, 2)),
        ("bincount", [1, 10**13], {}, (2,)),
        ("bincount", [1, 0], {"minlength": 10**13}, (2,)),
        ("linspace", None, {"start": 0, "end": 1, "steps": 10**13}, (5,)),
        ("outer", [1.0, 2.0], {"other": Nth(0)}, (2,)),
        ("add", [[1.0], [2.0]], {"other": np.ones(3)}, (2,)),
        ("where", [1.0, 2.0], {"condition": np.ones((2, 1)), "other": 0}, (2,)),
        ("cat", None, {"tensors": (np.ones(2),) * 3}, (5,)),
        ("stack", None, {"tensors": (np.ones(2),) * 3}, (2,)),
        ("meshgrid", None, {"tensors": (np.ones(2),) * 3}, (7,)),
        # Rows of 2, 3 and 3, and of 2 and 1; twice as many numbers as places.
        ("tril_indices", None, {"row": 3, "col": 3, "offset": 1}, (15,)),
        ("triu_indices", None, {"row": 10, "col": 2}, (5,)),
        ("tril_indices", None, {"row": 10**9, "col": 10**9}, (2, 6)),
        ("triu_indices", None, {"row": 10**9, "col": 10**9, "offset": -1}, (2, 6)),
        ("kron", [1.0, 2.0], {"other": Nth(0)}, (3,)),
    ],
    ids=str,
)
def test_more_numbers_than_are_said_are_not_made(
    word: str, array: Any, given: dict[str, Any], dims: tuple[int, ...]
) -> None:
    of = [] if array is None else [array]
    given = given if array is None else {"x": X, **given}
    with pytest.raises(ValueError, match="numbers come out, and it says"):
        worked(word, of, dims, **given)
