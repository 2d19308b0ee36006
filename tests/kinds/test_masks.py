"""Masks, scales and shared keys of attention without projections, in numbers worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

import convcalc
from convcalc.arrays.ops import Ops
from convcalc.kinds.base.masks import Scores
from convcalc.kinds.scaled_dot_product_attention import ScaledDotProductAttention
from tests.each import each
from tests.kinds.making import made

KIND = "scaled_dot_product_attention"


def network(fields: str, mask: str, **shapes: list[int]) -> convcalc.Network:
    names = {"q": [1, 2], "k": [1, 2], "v": [1, 2]} | shapes
    given = ", ".join(f"{name}: {shape}" for name, shape in {**names, "mask": mask}.items())
    layer = f"{KIND}: {{inputs: [q, k, v, mask]{fields}}}"
    return convcalc.loads(f"convcalc: 1\ninput: {{{given}}}\nlayers: [{{{layer}, name: y}}]\n")


def gathered(mask: list[list[float]], **fields: object) -> list[float]:
    """What two queries of 0 gather from the values 2 and 6: without a mask the mean, 4."""
    layer = made(KIND, {"inputs": ("q", "k", "v", "mask"), **fields})
    zeros, values = np.zeros((1, 2, 1)), np.array([[[2.0], [6.0]]])
    # Channels last: the rows of a mask without other axes are its channels.
    given = np.array([mask]).swapaxes(1, 2)
    found: list[float] = layer.run(Ops(), (zeros, zeros, values, given), {})[0, :, 0].tolist()
    return found


INF = -math.inf


@each(
    ("mask", "fields", "wanted"),
    [
        pytest.param([[0, 0], [0, 0]], {}, [4, 4], id="nothing is added"),
        # Shares of 3/4 and 1/4: 3 * 2 / 4 + 6 / 4.
        pytest.param([[math.log(3), 0], [0, math.log(3)]], {}, [3, 5], id="added"),
        pytest.param([[0, INF], [INF, 0]], {}, [2, 6], id="hidden by minus infinity"),
        # As PyTorch gives it since 2.5.
        pytest.param([[INF, INF], [0, INF]], {}, [0, 2], id="all of a row is hidden"),
        pytest.param([[1, 0], [1, 1]], {"masks": "boolean"}, [2, 4], id="boolean"),
        pytest.param(
            [[0, 0], [0, 5]], {"masks": "boolean"}, [0, 6], id="boolean, and a row hidden"
        ),
        pytest.param([[0, 0], [0, math.log(3)]], {"causal": True}, [2, 5], id="causal as well"),
    ],
)
def test_what_is_gathered_under_a_mask(
    mask: list[list[float]], fields: dict[str, object], wanted: list[float]
) -> None:
    assert gathered(mask, **fields) == pytest.approx(wanted)


@each(("fields", "q", "k", "v", "said"), [
    ("batch_axes: 2", [4, 2, 3, 5], [4, 2, 6, 5], [4, 2, 6, 5],
     "batch axes of 2x3 for queries and 2x6 for keys"),
    ("batch_axes: 1", [4, 2, 5], [4, 3, 5], [4, 3, 5],
     "batch axes of 2 for queries and 3 for keys"),
    ("batch_axes: 2", [4, 2, 5], [4, 2, 3, 5], [4, 2, 3, 5],
     "2 batch axes, and 4x2x5 and 4x2x3x5 want positions"),
    ("batch_axes: 2", [4, 2, 3, 5], [4, 2, 5], [4, 2, 5],
     "2 batch axes, and 4x2x3x5 and 4x2x5 want positions"),
    ("heads: 1", [4, 2, 5], [4, 2, 5], [4, 3, 5], "keys at 2x5 positions, values at 3x5"),
    ("heads: 4, kv_heads: 2", [8, 5], [6, 5], [6, 5],
     "queries of 8 channels, keys of 6: 2 of 4 heads are 4"),
    ("heads: 2", [8, 5], [6, 5], [6, 5], "queries of 8 channels, keys of 6"),
])  # fmt: skip
def test_axes_that_do_not_go_together(
    fields: str, q: list[int], k: list[int], v: list[int], said: str
) -> None:
    layer = f"{KIND}: {{inputs: [q, k, v], {fields}}}"
    text = f"convcalc: 1\ninput: {{q: {q}, k: {k}, v: {v}}}\nlayers: [{{{layer}}}]\n"
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(text))
    assert [problem.note for problem in caught.value.problems] == [said]


def test_a_scale_stands_in_the_place_of_the_root() -> None:
    net = network(", scale: 0.5", "[1, 2]", q=[4, 1], k=[4, 2])
    keys = np.zeros((4, 2))
    keys[0, 0] = 2 * math.log(3)
    inputs = {
        "q": np.ones((4, 1)),
        "k": keys,
        "v": np.array([[2.0, 6.0]]),
        "mask": np.zeros((1, 2)),
    }
    # Scores of log 3 and 0.
    assert convcalc.run(net, inputs)["y"][0].tolist() == [pytest.approx([3])]


def test_masks_of_all_are_counted_and_cost_no_products() -> None:
    shapes = {"q": [96, 10], "k": [32, 7], "v": [48, 7]}
    plan = convcalc.plan(network(", heads: 6, kv_heads: 2", "[6, 1, 7]", **shapes))
    (row,) = plan.rows
    # 6 heads of 16 for q, 2 for k; each head of v has 24.
    assert row.output == (6 * 24, 10)
    assert row.macs == 6 * 10 * 7 * (16 + 24)
    scores = 6 * 10 * 7
    assert (row.elementwise["activation"], row.elementwise["merge"]) == (5 * scores, scores)


def test_windows_are_attended_one_by_one() -> None:
    net = network(", batch_axes: 1", "[2, 1, 2]", q=[1, 2, 1], k=[1, 2, 2], v=[1, 2, 2])
    values = np.array([[[1.0, 3.0], [10.0, 30.0]]])
    mask = np.array([[[0.0, 0.0]], [[0.0, -1e9]]])
    inputs = {"q": np.zeros((1, 2, 1)), "k": np.zeros((1, 2, 2)), "v": values, "mask": mask}
    # The mask lacks the heads' axis: its first one is that of the windows.
    assert convcalc.run(net, inputs)["y"][0].tolist() == [[[2.0], [10.0]]]


@each(
    ("mask", "is_whole"),
    [
        pytest.param("[1, 7]", True, id="of keys"),
        pytest.param("[10, 7]", True, id="of queries that are channels of it"),
        pytest.param("[1, 10, 7]", False, id="of queries along an axis"),
    ],
)
def test_each_query_sees_its_own_row_of_a_mask(mask: str, is_whole: bool) -> None:
    plan = convcalc.plan(network("", mask, q=[4, 10], k=[4, 7], v=[4, 7]))
    field = plan.rows[0].receptive_fields[-1]
    assert field.input == "mask"
    assert field.is_global == is_whole
    if not is_whole:
        assert field.size == (1, 7)


HEADS = Scores(2, (), (5,), (7,))
WINDOWS = Scores(2, (4,), (5,), (7,))
SQUARES = Scores(2, (), (5, 6), (7,))


@each(("scores", "mask", "arrangement"), [
    # Heads, features of a head, queries and keys; what comes out has heads times features.
    (HEADS, (2, 5, 7), ((2, 3, 5, 7), ((0,), (2,), (3,)), ((0, 1), (2,)))),
    (HEADS, (1, 5, 7), ((2, 3, 5, 7), ((), (2,), (3,)), ((0, 1), (2,)))),
    (HEADS, (2, 5, 1), ((2, 3, 5), ((0,), (2,), ()), ((0, 1), (2,)))),
    # No position of the output is one of these: queries are channels, or held for all.
    (HEADS, (5, 7), None), (HEADS, (2, 1, 7), None), (HEADS, (1, 1, 7), None),
    (HEADS, (2, 1, 1), None),
    (WINDOWS, (2, 4, 5, 7),
     ((2, 3, 4, 5, 7), ((0,), (2,), (3,), (4,)), ((0, 1), (2,), (3,)))),
    (WINDOWS, (4, 5, 7), ((2, 3, 4, 5, 7), ((2,), (3,), (4,)), ((0, 1), (2,), (3,)))),
    (WINDOWS, (2, 4, 1, 1), ((2, 3, 4, 5), ((0,), (2,), (), ()), ((0, 1), (2,), (3,)))),
    (WINDOWS, (1, 1, 5, 1), ((2, 3, 4, 5), ((), (), (3,), ()), ((0, 1), (2,), (3,)))),
    (WINDOWS, (2, 1, 1, 7), None),
    (SQUARES, (2, 30, 7), ((2, 3, 5, 6, 7), ((0,), (2, 3), (4,)), ((0, 1), (2,), (3,)))),
])  # fmt: skip
def test_how_the_axes_of_a_mask_become_those_of_the_output(
    scores: Scores, mask: tuple[int, ...], arrangement: tuple[object, ...] | None
) -> None:
    assert scores.arrangement(mask, 3) == arrangement


def test_how_the_axes_of_keys_and_values_become_those_of_the_output() -> None:
    """Axes: shared heads, their shares, features; three windows, 5 queries, 7 keys.

    A query of 4 channels and a key of 2 are two heads that share one of 2 features; a value of 3
    is one of 3, of which each head makes its own.
    """
    fields = {"inputs": ("q", "k", "v"), "heads": 2, "kv_heads": 1, "batch_axes": 1}
    layer = ScaledDotProductAttention.model_validate(fields)
    query, keys, values = layer.arrangements_of(((4, 3, 5), (2, 3, 7), (3, 3, 7)))
    assert query is None
    made = ((0, 1, 2), (3,), (4,))
    assert keys == ((1, 2, 3, 3, 5, 7, 2), ((0, 6), (3,), (5,)), made)
    assert values == ((1, 2, 3, 3, 5, 7), ((0, 2), (3,), (5,)), made)
