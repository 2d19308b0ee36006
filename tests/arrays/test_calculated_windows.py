"""What programs calculate of constants with windows, norms, attention and places, by hand."""

from __future__ import annotations

from math import inf, log
from typing import Any

import numpy as np
import pytest

from convcalc.arrays.calculated import calculated
from convcalc.network.held import Nth
from tests.arrays.calculating import TRUTHS, A, X, Y, Z, worked
from tests.each import each

# Two channels of four.
LINES = [[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]]


def holds(word: str, arrays: list[Any], given: dict[str, Any], wanted: Any) -> None:
    found = worked(word, arrays, np.shape(wanted), x=X, **given)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-12)


@each(
    "word, arrays, given, wanted",
    [
        ("aminmax", [A], {}, 1),
        ("aminmax", [A], {"nth": 1}, 6),
        ("aminmax", [A], {"dim": 1}, [1, 4]),
        ("aminmax", [A], {"dim": 0, "keepdim": True, "nth": 1}, [[4, 5, 6]]),
        ("topk", [A], {"k": 1, "dim": 0}, [[4, 5, 6]]),
        ("topk", [A], {"k": 1, "dim": 0, "nth": 1}, [[1, 1, 1]]),
        ("topk", [A], {"k": 2, "largest": False}, [[1, 2], [4, 5]]),
        ("kthvalue", [A], {"k": 2, "dim": 0}, [4, 5, 6]),
        ("kthvalue", [A], {"k": 2, "nth": 1}, [1, 1]),
        ("median", [[[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]]], {}, 3),
        ("median", [[[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]]], {"dim": 1}, [2, 5]),
        ("median", [[[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]]], {"dim": 1, "nth": 1}, [2, 1]),
        ("median", [[[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]]], {"dim": 0}, [3, 1, 2]),
        # Of an index that is smaller than what is put, its beginning.
        (
            "scatter", [A, [[2.0, 0.0], [0.0, 2.0]], [[7.0, 8.0, 9.0], [10.0, 11.0, 12.0]]],
            {"dim": 1, "index": Y, "src": Z}, [[8, 2, 7], [10, 5, 11]],
        ),
        (
            "scatter", [A, [[2.0, 0.0], [0.0, 2.0]]],
            {"dim": -1, "index": Y, "value": 9}, [[9, 2, 9], [9, 5, 9]],
        ),
        ("scatter", [[1.0, 2.0, 3.0], [2]], {"dim": -1, "index": Y, "value": 9}, [1, 2, 9]),
        ("scatter", [A, [[1, 0, 1]]], {"dim": -2, "index": Y, "value": 9}, [[1, 9, 3], [9, 5, 9]]),
        ("scatter", [A, [[1, 0, 1]]], {"dim": 0, "index": Y, "value": 9}, [[1, 9, 3], [9, 5, 9]]),
        (
            "scatter_add", [A, [[0, 0, 2], [1, 1, 1]], A],
            {"dim": 1, "index": Y, "src": Z}, [[4, 2, 6], [4, 20, 6]],
        ),
        (
            "scatter_add", [A, [[1, 1], [1, 0]], A],
            {"dim": 0, "index": Y, "src": Z}, [[1, 7, 3], [9, 7, 6]],
        ),
        (
            "index_add", [A, [2, 2], [[1.0, 2.0], [3.0, 4.0]]],
            {"dim": 1, "index": Y, "source": Z}, [[1, 2, 6], [4, 5, 13]],
        ),
        (
            "index_add", [A, [2.0, 2.0], [[1.0, 2.0], [3.0, 4.0]]],
            {"dim": -1, "index": Y, "source": Z, "alpha": 2}, [[1, 2, 9], [4, 5, 20]],
        ),
        (
            "index_add", [A, [1], [[1.0, 1.0, 1.0]]],
            {"dim": -2, "index": Y, "source": Z}, [[1, 2, 3], [5, 6, 7]],
        ),
        (
            "index_put", [A, [0, 0], [1.0, 1.0], [10.0, 20.0]],
            {"indices": (Y, Z), "values": Nth(3), "accumulate": True}, [[1, 32, 3], [4, 5, 6]],
        ),
        (
            "index_put", [A, [0, 1], [1.0, 2.0], [10.0, 20.0]],
            {"indices": (Y, Z), "values": Nth(3)}, [[1, 10, 3], [4, 5, 20]],
        ),
        ("index_put", [A, TRUTHS, 0.0], {"indices": (Y,), "values": Z}, [[0, 2, 0], [4, 5, 0]]),
        (
            "index_put", [A, [2], [[9.0], [8.0]]],
            {"indices": (None, Y), "values": Z}, [[1, 2, 9], [4, 5, 8]],
        ),
        ("take", [A, [5.0, 0.0]], {"index": Y}, [6, 1]),
        ("take_along_dim", [A, [5.0, 0.0]], {"indices": Y}, [6, 1]),
        ("take_along_dim", [A, [[2.0], [0.0]]], {"indices": Y, "dim": 1}, [[3], [4]]),
        # Ends belong to what is below them, or above.
        ("bucketize", [[0, 1, 2, 5, 6], [1, 3, 5]], {"boundaries": Y}, [0, 0, 1, 2, 3]),
        (
            "bucketize", [[0, 1, 2, 5, 6], [1, 3, 5]], {"boundaries": Y, "right": True},
            [0, 1, 1, 3, 3],
        ),
        ("bincount", [[1.0, 0.0, 1.0, 3.0]], {}, [1, 2, 0, 1]),
        ("bincount", [[1, 0, 1, 3], [0.5, 1.0, 2.0, 4.0]], {"weights": Y}, [1, 2.5, 0, 4]),
        ("bincount", [[1, 0, 1, 3]], {"minlength": 6}, [1, 2, 0, 1, 0, 0]),
        ("diagonal", [A], {}, [1, 5]),
        ("diagonal", [A], {"offset": -1}, [4]),
        ("diagonal", [[A]], {"dim1": 1, "dim2": 2}, [[1, 5]]),
        ("trace", [A], {}, 6),
    ],
    ids=str,
)  # fmt: skip
def test_orders_and_places(
    word: str, arrays: list[Any], given: dict[str, Any], wanted: Any
) -> None:
    holds(word, arrays, given, wanted)


@each(
    "word, arrays, given, wanted",
    [
        # 0 1 2 3 4 0 by 1 and 10 and 100 more, 0 5 6 7 8 0 by 1 and -1.
        (
            "conv1d", [LINES, [[[1.0, 10.0]], [[1.0, -1.0]]], [100.0, 0.0]],
            {"weight": Y, "bias": Z, "groups": 2, "stride": 2, "padding": 1},
            [[[110, 132, 104], [-5, -1, 8]]],
        ),
        # Two groups of two channels.
        (
            "conv1d",
            [
                [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]],
                [[[1.0], [10.0]], [[100.0], [1000.0]]],
            ],
            {"weight": Y, "groups": 2}, [[[31, 42], [7500, 8600]]],
        ),
        # Without samples, and by two maps.
        (
            "conv2d", [[A], [[[[1.0, 2.0], [3.0, 4.0]]], [[[0.0, 1.0], [0.0, 0.0]]]]],
            {"weight": Y}, [[[37, 47]], [[2, 3]]],
        ),
        ("conv2d", [[A], [[[[1.0, 2.0], [3.0, 4.0]]]]], {"weight": Y, "stride": (1, 2)}, [[[37]]]),
        (
            "conv2d", [[A], [[[[1.0, 2.0], [3.0, 4.0]]]]], {"weight": Y, "padding": (1, 0)},
            [[[11, 18], [37, 47], [14, 17]]],
        ),
        (
            "conv2d", [[A], [[[[1.0, 2.0]]]]], {"weight": Y, "dilation": (1, 2)}, [[[7], [16]]],
        ),
        ("conv1d", [LINES, np.ones((1, 2, 3)).tolist()], {"weight": Y}, [[[24, 30]]]),
        ("max_pool1d", LINES, {"kernel_size": 2}, [[2, 4], [6, 8]]),
        ("max_pool1d", LINES, {"kernel_size": 3, "stride": 1}, [[3, 4], [7, 8]]),
        ("avg_pool1d", LINES, {"kernel_size": 2}, [[1.5, 3.5], [5.5, 7.5]]),
        ("max_pool2d", [[A]], {"kernel_size": 2}, [[[5]]]),
        ("max_pool2d", [[A]], {"kernel_size": (2,), "stride": 1}, [[[5, 6]]]),
        ("max_pool2d", [[A]], {"kernel_size": (1, 2), "stride": (1, 1)}, [[[2, 3], [5, 6]]]),
        # A border is below any number.
        (
            "max_pool1d", [[[-1.0, -2.0]]], {"kernel_size": 2, "stride": 2, "padding": 1},
            [[-1, -2]],
        ),
        ("max_pool1d", [[[3.0, 1.0, 2.0, 4.0]]], {"kernel_size": 2, "stride": 1, "dilation": 2},
         [[3, 4]]),
        ("avg_pool1d", [[[4.0, 8.0]]], {"kernel_size": 2, "padding": 1}, [[2, 4]]),
        (
            "avg_pool1d", [[[4.0, 8.0]]],
            {"kernel_size": 2, "padding": 1, "count_include_pad": False}, [[4, 8]],
        ),
        (
            "avg_pool1d", [[[4.0, 8.0]]],
            {"kernel_size": 2, "padding": 1, "divisor_override": 4}, [[1, 2]],
        ),
        ("avg_pool2d", [[A]], {"kernel_size": (2, 1)}, [[[2.5, 3.5, 4.5]]]),
        ("avg_pool2d", [[A]], {"kernel_size": 2, "stride": (1, 1)}, [[[3, 4]]]),
        # 1 and 3, 10 and 14: one from their mean, and two.
        (
            "group_norm",
            [[[[1.0], [3.0], [10.0], [14.0]]], [1.0, 2.0, 3.0, 4.0], [9.0, 8.0, 7.0, 6.0]],
            {"num_groups": 2, "weight": Y, "bias": Z, "eps": 0.0}, [[[8], [10], [4], [10]]],
        ),
        # Each sample for itself; 1 / sqrt(1 + 3) and 2 / sqrt(4 + 12).
        ("group_norm", [[[[1.0], [3.0]], [[5.0], [7.0]]]], {"num_groups": 1, "eps": 3},
         [[[-0.5], [0.5]]] * 2),
        # A mean of 1 and a variance of 2: over the root of 2 + 2.
        ("group_norm", [[[[0.0], [0.0], [3.0]]]], {"num_groups": 1, "eps": 2},
         [[[-0.5], [-0.5], [1]]]),
        # On maps, and without positions.
        *(
            (
                word,
                [np.reshape([1.0, 2.0], shape), [2.0, 3.0], [5.0, 7.0], [0.0, 0.0], [3.0, 3.0]],
                {"weight": Y, "bias": Z, "eps": 1, **more}, np.reshape(wanted, shape).tolist(),
            )
            for shape in ((1, 2), (1, 2, 1, 1), (1, 2, 1, 1, 1))
            for word, more, wanted in (
                ("batch_norm", {"running_mean": Nth(3), "running_var": Nth(4)}, [6, 10]),
                ("group_norm", {"num_groups": 2}, [5, 7]),
            )
        ),
        (
            "batch_norm", [[[[2.0]]], [1.0], [3.0]],
            {"weight": None, "bias": None, "running_mean": Y, "running_var": Z, "eps": 1},
            [[[0.5]]],
        ),
        (
            "batch_norm", [[[[1.0], [10.0]], [[3.0], [20.0]]], [1.0, 10.0], [3.0, 24.0]],
            {"weight": None, "bias": None, "running_mean": Y, "running_var": Z, "eps": 1},
            [[[0], [0]], [[1], [2]]],
        ),
        (
            "batch_norm",
            [[[[1.0], [10.0]], [[3.0], [20.0]]], [1.0, 10.0], [3.0, 24.0], [2.0, 1.0], [0.0, 5.0]],
            {"weight": Nth(3), "bias": Nth(4), "running_mean": Y, "running_var": Z, "eps": 1},
            [[[0], [5]], [[2], [7]]],
        ),
        # Of 3 and 4 the squares have a mean of 12.5.
        ("rms_norm", [[[3.0, 4.0], [6.0, 8.0]], [1.0, 10.0]],
         {"normalized_shape": (2,), "weight": Y, "eps": 0.0},
         [[3 / 12.5**0.5, 40 / 12.5**0.5]] * 2),
        # And with two zeros 6.25.
        (
            "rms_norm", [[[3.0, 4.0], [0.0, 0.0]]], {"normalized_shape": (2, 2)},
            [[1.2, 1.6], [0, 0]],
        ),
    ],
    ids=str,
)  # fmt: skip
def test_windows_and_norms(
    word: str, arrays: list[Any], given: dict[str, Any], wanted: Any
) -> None:
    holds(word, arrays, given, wanted)


KEYS, VALUES = [[1.0, 0.0], [0.0, 0.0]], [[4.0], [8.0]]
QUERY = [[log(3), 0.0]]


@each(
    "arrays, given, wanted",
    [
        # Scores of ln 3 and 0 are shares of 3 and 1.
        ([QUERY, KEYS, VALUES], {"scale": 1.0}, [[5]]),
        ([QUERY, KEYS, VALUES], {"scale": 0.0}, [[6]]),
        # Without a scale they are over the root of the features, here of 4.
        (
            [[[2 * log(3), 0.0, 0.0, 0.0]], [[1.0, 0.0, 0.0, 0.0], [0.0] * 4], VALUES], {}, [[5]],
        ),
        ([QUERY, KEYS, VALUES, [[False, True]]], {"scale": 1.0, "attn_mask": Nth(3)}, [[8]]),
        # ln 3 and 2 ln 3 are shares of 1 and 3.
        ([QUERY, KEYS, VALUES, [[0.0, 2 * log(3)]]], {"scale": 1.0, "attn_mask": Nth(3)}, [[7]]),
        # Beyond what exp holds.
        ([[[1000.0, 0.0]], KEYS, VALUES], {"scale": 1.0}, [[4]]),
        # Two heads, of which each has its own values; the second key is behind the first query.
        (
            [
                [QUERY * 2] * 2,
                [[*KEYS, [0.0, 0.0]]] * 2,
                [[*VALUES, [0.0]], [[8.0], [16.0], [0.0]]],
            ],
            {"scale": 1.0, "is_causal": True}, [[[4], [5]], [[8], [10]]],
        ),
        (
            [[QUERY] * 2, [KEYS] * 2, [VALUES, [[8.0], [16.0]]]],
            {"scale": 1.0}, [[[5]], [[10]]],
        ),
        # The first sees itself alone.
        ([QUERY * 2, KEYS, VALUES], {"scale": 1.0, "is_causal": True}, [[4], [5]]),
    ],
    ids=str,
)  # fmt: skip
def test_attention(arrays: list[Any], given: dict[str, Any], wanted: Any) -> None:
    fields = {"query": X, "key": Y, "value": Z, **given}
    op = {"op": "aten.scaled_dot_product_attention", "arguments": fields}
    found = calculated([np.array(one) for one in arrays], np.shape(wanted), op)
    np.testing.assert_allclose(found, wanted)


@each(
    "word, of, given, wanted",
    [
        ("cosine_similarity", [[[3.0, 4.0], [1.0, 0.0]], [[4.0, 3.0], [0.0, 5.0]]], {}, [0.96, 0]),
        (
            "cosine_similarity", [[[3.0, 1.0], [4.0, 0.0]], [[4.0, 2.0], [3.0, 0.0]]], {"dim": 0},
            [0.96, 1],
        ),
        ("cosine_similarity", [[[0.0, 0.0]], [[3.0, 4.0]]], {}, [0]),
        ("cdist", [[[0.0, 0.0]], [[3.0, 4.0], [5.0, 12.0]]], {}, [[5, 13]]),
        ("cdist", [[[0.0, 0.0], [3.0, 4.0]], [[3.0, 4.0]]], {"p": 1}, [[7], [0]]),
        ("cdist", [[[0.0, 0.0]], [[3.0, 4.0]]], {"p": inf}, [[4]]),
        ("cdist", [[[[0.0, 0.0]]], [[[3.0, 4.0]]]], {}, [[[5]]]),
    ],
    ids=str,
)  # fmt: skip
def test_two_arrays(word: str, of: list[Any], given: dict[str, Any], wanted: Any) -> None:
    op = {"op": f"aten.{word}", "arguments": {"x1": X, "x2": Y, **given}}
    found = calculated([np.array(one) for one in of], np.shape(wanted), op)
    np.testing.assert_allclose(found, wanted)


@each(
    "word, given, said",
    [
        (
            "conv1d",
            {"weight": np.ones((1, 1, 2)), "padding": "same"},
            "padding `same` of constants",
        ),
        ("avg_pool1d", {"kernel_size": 2, "ceil_mode": True}, "over their ends"),
        ("batch_norm", {"training": True}, "of a batch"),
        ("batch_norm", {"running_mean": None}, "of a batch"),
        ("batch_norm", {"running_var": None}, "of a batch"),
    ],
    ids=str,
)
def test_what_is_not_worked_out(word: str, given: dict[str, Any], said: str) -> None:
    if word == "batch_norm":
        plain = dict.fromkeys(("weight", "bias"))
        given = plain | dict.fromkeys(("running_mean", "running_var"), Y) | given
    with pytest.raises(FileNotFoundError, match=said):
        worked(word, [[[1.0, 2.0]], [1.0, 1.0]], (1, 2), x=X, **given)


@each("more", [{"dropout_p": 0.5}, {"enable_gqa": True}], ids=str)
def test_attention_that_is_not_worked_out(more: dict[str, Any]) -> None:
    fields = {"query": X, "key": Y, "value": Z, **more}
    with pytest.raises(FileNotFoundError, match="such an attention"):
        calculated(
            [np.array(one) for one in (QUERY, KEYS, VALUES)],
            (1, 1),
            {"op": "aten.scaled_dot_product_attention", "arguments": fields},
        )


@each(("size", "fits"), [(1 << 10, True), ((1 << 27) // 2 - 1, True), (1 << 26, False)])
def test_a_border_has_so_many_numbers_at_most(size: int, fits: bool) -> None:
    """Of 2 numbers and two borders: 2^27 at most. What fits is not made here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "pad", lambda *_, **__: np.ones((1, 2)))
        given = {"kernel_size": 1, "stride": 1, "padding": size}
        if fits:
            assert worked("max_pool1d", [[[1.0, 2.0]]], (1, 2), x=X, **given).tolist() == [[1, 1]]
        else:
            with pytest.raises(FileNotFoundError, match="so wide a border"):
                worked("max_pool1d", [[[1.0, 2.0]]], (1, 2), x=X, **given)
