"""Products: dense layers, einsum, recurrences, attention."""

from __future__ import annotations

from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, Read, W, X, net, op


def gemm(second: tuple[int, int], third: Read = None, **more: Any) -> Case:
    """A row of three by a matrix that is calculated, four columns wide."""
    nodes = [
        node("Reshape", ["b", "dims"], ["m"]),
        node("Gemm", ["a", "m", *(["c"] if third else [])], ["y"], **more),
    ]
    reads: dict[str, Read] = {"a": (1, 3), "b": (1, 12), "dims": [*second]}
    return net(nodes, reads | ({"c": third} if third else {}), macs=12)


PRODUCTS = {
    "dense": op("Gemm", (1, 3), W((5, 3)), W((5,)), transB=1, macs=15),
    "dense, columns first": op("Gemm", (1, 3), W((3, 5)), W((1, 5)), macs=15),
    "dense without bias": op("Gemm", (1, 3), W((3, 5)), macs=15),
    "dense by factors": op("Gemm", (1, 3), W((3, 2)), W((2,)), alpha=0.5, beta=2.0, macs=6),
    "dense, one number added": op("Gemm", (1, 3), W((3, 2)), W((1,)), macs=6),
    "two matrices": op("MatMul", (1, 2, 3), (1, 3, 4), macs=24),
    "dense over the last axis": op("MatMul", (1, 2, 3), W((3, 5)), macs=2 * 15),
    "dense over the last of four axes": op("MatMul", (1, 2, 4, 3), W((3, 5)), macs=8 * 15),
    "dense over the last but one": op("MatMul", W((5, 2)), (1, 2, 3), macs=3 * 10),
    "a sum over the last axis": op("MatMul", (1, 2, 3), W((3,)), macs=6),
    "matrices of heads": op("MatMul", (1, 2, 3, 4), (1, 2, 4, 5), macs=2 * 60),
    "matrices of heads, one of them for all": op("MatMul", (1, 2, 3, 4), (1, 1, 4, 5), macs=120),
    "a stored matrix for each head": op("MatMul", (1, 2, 3, 4), W((2, 4, 5)), macs=2 * 60),
    "dense of two operations": net(
        [node("MatMul", ["x", "w"], ["h"]), node("Add", ["h", "b"], ["y"])],
        {"x": (1, 2, 3), "w": W((3, 4)), "b": W((4,))},
        macs=2 * 12,
    ),
    "dense of two operations, bias in front": net(
        [node("MatMul", ["x", "w"], ["h"]), node("Add", ["b", "h"], ["y"])],
        {"x": (1, 2, 3), "w": W((3, 4)), "b": W((4,))},
        macs=2 * 12,
    ),
    "two matrices by Gemm": gemm((3, 4)),
    "two matrices by Gemm, the second turned, by factors": gemm(
        (4, 3), (1, 4), transB=1, alpha=0.5, beta=-2.0
    ),
    "two matrices by Gemm, learnt numbers added": gemm((3, 4), W((4,)), beta=0.5),
    "a column by a row": op("Gemm", (1, 3), (1, 4), transA=1, macs=12),
    "a column by a stored row": op("Gemm", (1, 3), W((1, 4)), transA=1, macs=12),
    "a row by matrices": op("MatMul", X((3,)), (1, 3, 4), macs=12),
    "a row by a stored matrix": op("MatMul", X((3,)), W((3, 4)), macs=12),
    "matrices by a column": op("MatMul", (1, 2, 3), X((3,)), macs=6),
    **{
        f"matrices of {one} by those of {other}": op(
            "MatMul", (1, *one, 2, 3), (1, *other, 3, 2), macs=6 * 12
        )
        for one, other in (
            ((2, 3), (2, 3)),
            ((2, 1), (2, 3)),
            ((2, 1), (1, 3)),
            ((1, 1), (2, 3)),
        )
    },
    "sums ...ij,...jk->...ik of heads": op(
        "Einsum", (1, 2, 3, 4), (1, 2, 4, 5), equation="...ij,...jk->...ik", macs=120
    ),
    "sums bij->bi": op("Einsum", (1, 2, 3), equation="bij->bi"),
    "sums bii->bi": op("Einsum", (1, 3, 3), equation="bii->bi", opaque=True),
    "sums bij,bk->bik": op("Einsum", (1, 2, 3), (1, 4), equation="bij,bk->bik", macs=8),
    "sums  bij, bjk -> bik": op(
        "Einsum", (1, 2, 3), (1, 3, 4), equation=" bij, bjk -> bik ", macs=24
    ),
    **{
        f"sums {equation}": op("Einsum", *dims, equation=equation, macs=macs)
        for equation, dims, macs in (
            ("bij,bjk->bik", ((1, 2, 3), (1, 3, 4)), 24),
            ("bij,bkj->bki", ((1, 2, 3), (1, 4, 3)), 24),
            ("bhid,bhjd->bhij", ((1, 2, 3, 4), (1, 2, 5, 4)), 120),
            ("bi,bj", ((1, 3), (1, 4)), 12),
            ("...ij,...jk->...ik", ((1, 2, 3), (1, 3, 4)), 24),
            ("bij->bji", ((1, 2, 3),), 0),
            ("bi,bij,bj->b", ((1, 2), (1, 2, 3), (1, 3)), 9),
        )
    },
}

STEPS = (4, 1, 3)


def recurrent(word: str, gates: int, directions: int = 1, **more: Any) -> Case:
    """Two hidden units that read three features in four steps."""
    stored: list[Read] = [W((directions, gates * 2, 3)), W((directions, gates * 2, 2))]
    if more.pop("has_bias", True):
        stored.append(W((directions, gates * 4)))
    if more.pop("sees_cells", False):
        stored += [None, None, None, W((directions, 6))]
    if begins := more.pop("begins", 0):
        size = (1, directions, 2) if more.get("layout") else (directions, 1, 2)
        stored += [None, *[size] * begins]
    if directions == 2:
        more["direction"] = "bidirectional"
    x = (1, 4, 3) if more.get("layout") else STEPS
    return op(word, x, *stored, hidden_size=2, macs=4 * directions * gates * 2 * 5, **more)


SEQUENCES = {
    "LSTM": recurrent("LSTM", 4),
    "LSTM both ways": recurrent("LSTM", 4, 2),
    "LSTM without bias": recurrent("LSTM", 4, has_bias=False),
    "LSTM that sees its cells": recurrent("LSTM", 4, 2, sees_cells=True),
    "LSTM of coupled gates": recurrent("LSTM", 4, input_forget=1, opaque=True),
    "LSTM and its last state": recurrent("LSTM", 4, 2, results=2),
    "LSTM and its cells": recurrent("LSTM", 4, results=3),
    "LSTM both ways, from states that go in, and its cells": recurrent(
        "LSTM", 4, 2, results=3, begins=2
    ),
    "LSTM backwards, from a state that goes in, and its cells": recurrent(
        "LSTM", 4, direction="reverse", results=3, begins=1
    ),
    "LSTM, samples first, from states that go in, and its cells": recurrent(
        "LSTM", 4, layout=1, results=3, begins=2
    ),
    "GRU both ways, from a state that goes in": recurrent("GRU", 3, 2, begins=1),
    "LSTM backwards": recurrent("LSTM", 4, direction="reverse"),
    "GRU": recurrent("GRU", 3, linear_before_reset=1),
    "GRU both ways, and its last state": recurrent("GRU", 3, 2, linear_before_reset=1, results=2),
    "GRU that resets first": recurrent("GRU", 3),
    "RNN": recurrent("RNN", 1),
    "RNN both ways of relu": recurrent("RNN", 1, 2, activations=["Relu", "Relu"]),
    "RNN, samples first": recurrent("RNN", 1, layout=1),
    "LSTM, samples first": recurrent("LSTM", 4, layout=1, results=2),
}

HEADS, SHORT = (1, 2, 3, 4), (1, 1, 3, 4)
ADDED = C((3, 3), [0.0, -1.0, 0.5, 1.0, 0.0, -2.0, 0.0, 0.0, 1.0])

ATTENTION = {
    "attention": op("Attention", HEADS, HEADS, (1, 2, 3, 5), opset=23, macs=2 * 9 * 4 + 2 * 9 * 5),
    "attention to others": op("Attention", HEADS, (1, 2, 6, 4), (1, 2, 6, 4), opset=23, macs=288),
    "attention by a scale": op("Attention", HEADS, HEADS, HEADS, scale=0.25, opset=23, macs=144),
    "attention to what was before": op(
        "Attention", HEADS, HEADS, HEADS, is_causal=1, opset=23, macs=144
    ),
    "attention of four heads that share two": op(
        "Attention", (1, 4, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4), opset=23, macs=4 * 9 * 8
    ),
    "attention of four heads that share two, within bounds": op(
        "Attention", (1, 4, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4), opset=23, softcap=0.5, macs=4 * 9 * 8
    ),
    "attention of heads that share": op("Attention", HEADS, SHORT, SHORT, opset=23, macs=144),
    "attention of vectors": op(
        "Attention",
        (1, 3, 8),
        (1, 5, 8),
        (1, 5, 6),
        q_num_heads=2,
        kv_num_heads=2,
        opset=23,
        macs=2 * 15 * 4 + 2 * 15 * 3,
    ),
    "attention with a mask that is added": op(
        "Attention",
        HEADS,
        HEADS,
        HEADS,
        ADDED,
        opset=23,
        macs=144,
    ),
    "attention with a mask of truths": op(
        "Attention",
        HEADS,
        HEADS,
        HEADS,
        C((3, 3), [1, 0, 1, 1, 1, 0, 0, 0, 1], "bool"),
        opset=23,
        macs=144,
    ),
    "attention with a cap": op("Attention", HEADS, HEADS, HEADS, softcap=0.5, opset=23, macs=144),
    "attention that goes on": op(
        "Attention",
        HEADS,
        HEADS,
        HEADS,
        None,
        (1, 2, 2, 4),
        (1, 2, 2, 4),
        opset=23,
        results=3,
        macs=2 * 2 * 3 * 5 * 4,
    ),
    "attention that goes on, to what was before": op(
        "Attention",
        HEADS,
        HEADS,
        HEADS,
        None,
        (1, 2, 2, 4),
        (1, 2, 2, 4),
        is_causal=1,
        opset=23,
        macs=2 * 2 * 3 * 5 * 4,
    ),
    "attention of heads that share, with a cap": op(
        "Attention", HEADS, SHORT, SHORT, softcap=0.5, opset=23, macs=144
    ),
    "attention of vectors that share": op(
        "Attention",
        (1, 3, 8),
        (1, 5, 4),
        (1, 5, 6),
        q_num_heads=2,
        kv_num_heads=1,
        opset=23,
        macs=2 * 15 * 4 + 2 * 15 * 6,
    ),
    **{
        f"attention, {said}": op("Attention", HEADS, HEADS, HEADS, mask, opset=23, macs=144, **more)
        for said, mask, more in (
            ("a cap in front of a mask", ADDED, {"softcap": 2.0}),
            ("a cap in front of a mask that goes in", (1, 1, 3, 3), {"softcap": 0.5}),
            ("a cap in front of what is before", None, {"softcap": 2.0, "is_causal": 1}),
            ("a mask that goes in", (1, 1, 3, 3), {}),
            ("a mask that goes in for each head", (1, 2, 3, 3), {}),
            ("a mask and what is before", ADDED, {"is_causal": 1}),
            ("a mask of nothing", C((3, 3), [0.0] * 9), {}),
            ("a learnt mask", W((3, 3)), {}),
            ("a learnt mask for each head", W((2, 3, 3)), {}),
        )
    },
    "attention and its keys": op("Attention", HEADS, HEADS, HEADS, results=3, opset=23, macs=144),
    "attention that hides whole rows": op(
        "Attention",
        HEADS,
        HEADS,
        HEADS,
        C((3, 3), [1, 0, 1, 0, 0, 0, 0, 0, 1], "bool"),
        opset=23,
        opaque=True,
    ),
    "attention and its scores": op(
        "Attention",
        (1, 3, 8),
        (1, 3, 4),
        (1, 3, 6),
        q_num_heads=2,
        kv_num_heads=1,
        opset=23,
        results=4,
        opaque=True,
    ),
}
