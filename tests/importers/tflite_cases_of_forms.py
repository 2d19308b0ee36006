"""Operators of TFLite behind each other, over bytes that stand for reals, and told by figures."""

from __future__ import annotations

from tests.importers.onnx_cases import Case, W, X
from tests.importers.tflite_bytes import (
    RELU,
    RELU6,
    SAME,
    TANH,
    VALID,
    Operator,
    Vector,
    real,
    small,
    whole,
)
from tests.importers.tflite_calls import N, Q, State, dealt, moves, net, op

MAP, SMALL, ROWS = (1, 4, 5, 2), (1, 3, 4, 2), (1, 3, 4)
BOTH = X(ROWS, is_positive=True)


def truths(*operators: Operator, more: str = "y0") -> Case:
    """What is less than 1, and what is less than 2, as truths `a` and `b`."""
    made = [Operator("LESS", ["x0", "x1"], ["a"]), Operator("LESS", ["x0", "x2"], ["b"])]
    return net(
        [BOTH, 1.0, 2.0], [*made, *operators], [more], {"a": "bool", "b": "bool", more: "bool"}
    )


def read_from(stored: Q) -> Case:
    """Reals that bytes stand for, added to what goes in."""
    made = [Operator("DEQUANTIZE", ["x1"], ["a"]), Operator("ADD", ["x0", "a"], ["y0"])]
    return net([(1, *stored.dims), stored], made, params=len(stored.values))


FORMS: dict[str, Case] = {
    "conv, rows and columns of other steps and dilation": op(
        "CONV_2D",
        (1, 7, 9, 1),
        W((1, 2, 3, 1)),
        W((1,)),
        options=moves(VALID, 2, 1, s4=whole(2), s5=whole(3)),
        macs=6 * 10,
    ),
    "conv with a bound": op(
        "CONV_2D", MAP, W((2, 1, 1, 2)), W((2,)), options=moves(s3=small(RELU6)), macs=4 * 20
    ),
    "conv of volumes, as large as before, of steps": op(
        "CONV_3D",
        (1, 3, 4, 5, 2),
        W((2, 2, 2, 2, 1)),
        W((1,)),
        options={0: small(SAME), 1: whole(2), 2: whole(3), 3: whole(1), 4: small(RELU)},
        macs=16 * 2 * 4 * 2,
    ),
    "conv of three axes whose pixels lie apart": op(
        "CONV_3D",
        (1, 3, 4, 5, 2),
        W((2, 2, 2, 2, 1)),
        W((1,)),
        options={
            0: small(VALID),
            1: whole(1),
            2: whole(1),
            3: whole(1),
            5: whole(2),
            6: whole(3),
            7: whole(1),
        },
        macs=16 * 1 * 3 * 2,
    ),
    "transposed conv with a relu": op(
        "TRANSPOSE_CONV",
        [1, 4, 5, 3],
        W((3, 2, 3, 2)),
        (1, 2, 2, 2),
        options=moves(VALID, 2, 2, s3=small(RELU)),
        macs=36 * 4,
    ),
    "transposed conv of unequal steps": op(
        "TRANSPOSE_CONV",
        [1, 3, 7, 1],
        W((1, 2, 3, 2)),
        (1, 2, 3, 2),
        options=moves(VALID, 1, 2),
        macs=12 * 6,
    ),
    "most of windows with a bound": op(
        "MAX_POOL_2D", MAP, options=moves(s3=whole(2), s4=whole(2), s5=small(RELU6))
    ),
    "norms of windows as large as before": op(
        "L2_POOL_2D", MAP, options=moves(SAME, 1, 1, s3=whole(2), s4=whole(3))
    ),
    "the nearest between corners": op(
        "RESIZE_NEAREST_NEIGHBOR",
        SMALL,
        [5, 7],
        options={0: small(1)},
        stated=[1, 5, 7, 2],
        opaque=True,
    ),
    **{
        f"ADD with {word}": op("ADD", SMALL, X(SMALL, is_positive=True), options={0: small(number)})
        for word, number in (("bounds of 1", 2), ("a bound", RELU6))
    },
    "mirrored with the border": op(
        "MIRROR_PAD",
        SMALL,
        N((4, 2), [0, 0, 1, 2, 2, 1, 0, 0]),
        options={0: small(1)},
        stated=[1, 6, 7, 2],
        opaque=True,
    ),
    "a tensor of one number": net(
        [ROWS, [3, 1], 2.5],
        [Operator("FILL", ["x1", "x2"], ["a"]), Operator("MUL", ["x0", "a"], ["y0"])],
    ),
    "numbers that follow each other": net(
        [ROWS, 0.5, 6.5, 1.5],
        [Operator("RANGE", ["x1", "x2", "x3"], ["a"]), Operator("ADD", ["x0", "a"], ["y0"])],
    ),
    "how many axes there are": net(
        [ROWS],
        [
            Operator("RANK", ["x0"], ["a"]),
            Operator("CAST", ["a"], ["b"]),
            Operator("MUL", ["x0", "b"], ["y0"]),
        ],
        elements={"a": "int32"},
    ),
    "blocks as samples, and back, cut": dealt(
        "RELU",
        [(1, 3, 5, 2), [2, 3], N((2, 2), [1, 0, 0, 1]), N((2, 2), [1, 0, 0, 1])],
        ([6, 2, 2, 2], [6, 2, 2, 2]),
    ),
    "dilated by 2 and 3, of three operators": dealt(
        "CONV_2D",
        [
            (1, 5, 7, 2),
            [2, 3],
            N((2, 2), [1, 2, 0, 2]),
            N((2, 2), [0, 1, 0, 0]),
            W((3, 3, 2, 2)),
            W((3,)),
        ],
        ([6, 4, 3, 2], [6, 2, 2, 3]),
        moves(),
        macs=3 * 2 * 6 * (3 * 6),
    ),
    "steps as samples, and back": net(
        [(1, 6, 2), [3], N((1, 2), [0, 0]), N((1, 2), [1, 2])],
        [
            Operator("SPACE_TO_BATCH_ND", ["x0", "x1", "x2"], ["a"]),
            Operator("BATCH_TO_SPACE_ND", ["a", "x1", "x3"], ["y0"]),
        ],
        stated={"a": [3, 2, 2]},
    ),
    "one of two": net(
        [ROWS, BOTH, 0.5],
        [
            Operator("LESS", ["x0", "x2"], ["a"]),
            Operator("SELECT", ["a", "x0", "x1"], ["y0"]),
        ],
        elements={"a": "bool"},
        stated={"a": ROWS},
    ),
    "one of two, spread": net(
        [ROWS, (1, 3, 1), 0.5],
        [
            Operator("LESS", ["x1", "x2"], ["a"]),
            Operator("SELECT_V2", ["a", "x0", "x1"], ["y0"]),
        ],
        elements={"a": "bool"},
    ),
    "both": truths(Operator("LOGICAL_AND", ["a", "b"], ["y0"])),
    "either": truths(Operator("LOGICAL_OR", ["a", "b"], ["y0"])),
    "not": truths(Operator("LOGICAL_NOT", ["b"], ["y0"])),
    "signs": op("SIGN", SMALL),
    "indices of each sample": op(
        "GATHER",
        ROWS,
        N((1, 2), [0, 2]),
        options={0: whole(1), 1: whole(1)},
        stated=[1, 2, 4],
        opaque=True,
    ),
    "dense of a map that is calculated": net(
        [(1, 2, 3), (4, 6), W((4,))],
        [Operator("FULLY_CONNECTED", ["x0", "x1", "x2"], ["y0"])],
        macs=24,
    ),
    "bytes for reals": read_from(Q((2, 3), [-128, -3, 0, 1, 90, 127], [0.5], [-3])),
    "bytes for reals, many": read_from(Q((5, 20), [*range(-50, 50)], [0.25], [7])),
    "bytes for reals of each row": read_from(
        Q((2, 3), [-128, -3, 0, 1, 90, 127], [0.5, 2.0], [0, 0])
    ),
    "bytes for reals of each column": read_from(
        Q((2, 3), [-128, -3, 0, 1, 90, 127], [0.5, 2.0, 1.0], [0, 0, 0], 1)
    ),
    "RNN of another function": op(
        "UNIDIRECTIONAL_SEQUENCE_RNN",
        (1, 4, 3),
        W((2, 3)),
        W((2, 2)),
        W((2,)),
        State((1, 2)),
        options={0: small(0), 1: small(RELU6)},
        macs=4 * 2 * 5,
        stated=[1, 4, 2],
        opaque=True,
    ),
    "RNN both ways": op(
        "BIDIRECTIONAL_SEQUENCE_RNN",
        (1, 4, 3),
        W((2, 3)),
        W((2, 2)),
        W((2,)),
        State((1, 2)),
        W((2, 3)),
        W((2, 2)),
        W((2,)),
        State((1, 2)),
        None,
        None,
        None,
        options={0: small(0), 1: small(TANH), 2: small(0)},
        results=2,
        macs=2 * 4 * 2 * 5,
        stated=[1, 4, 2],
        opaque=True,
    ),
    "filters over time, three of each": op(
        "SVDF",
        (1, 3),
        W((6, 3)),
        W((6, 2)),
        None,
        State((1, 12)),
        options={0: whole(3)},
        macs=6 * 3 + 6 * 2,
    ),
    "neighbours of more channels": op(
        "LOCAL_RESPONSE_NORMALIZATION",
        (1, 2, 1, 8),
        options={0: whole(2), 1: real(1.0), 2: real(0.5), 3: real(0.75)},
    ),
    "leaky, by the usual slope": op("LEAKY_RELU", SMALL, options={0: real(0.2)}),
    "another shape, a size left": op("RESHAPE", SMALL, options={0: Vector("i", [1, -1])}),
}
