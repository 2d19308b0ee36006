"""Operators of TFLite whose kernels, steps and maps have other rows than columns."""

from __future__ import annotations

from tests.importers.onnx_cases import Case, W, X
from tests.importers.tflite_bytes import (
    RELU,
    RELU6,
    SAME,
    TANH,
    VALID,
    Operator,
    real,
    small,
    whole,
)
from tests.importers.tflite_calls import N, Q, State, dealt, moves, net, op

UNEVEN: dict[str, Case] = {
    "depthwise conv, dilated otherwise by rows than by columns": op(
        "DEPTHWISE_CONV_2D",
        (1, 7, 9, 3),
        W((1, 2, 3, 3)),
        W((3,)),
        options=moves(s3=whole(1), s5=whole(2), s6=whole(3)),
        # 4 x 5 places of 2 x 3 taps, for 3 channels.
        macs=20 * 6 * 3,
    ),
    "depthwise conv of steps within the map": op(
        "DEPTHWISE_CONV_2D",
        (1, 7, 9, 3),
        W((1, 3, 2, 6)),
        W((6,)),
        options=moves(VALID, 2, 3, s3=whole(2), s4=small(RELU)),
        macs=9 * 6 * 6,
    ),
    "conv of groups, three of each": op(
        "CONV_2D",
        (1, 3, 5, 6),
        W((4, 2, 3, 3)),
        W((4,)),
        options=moves(VALID, 1, 2),
        macs=4 * 4 * 18,
    ),
    "conv of volumes of other steps on each axis": op(
        "CONV_3D",
        (1, 5, 7, 8, 2),
        W((3, 2, 4, 2, 3)),
        W((3,)),
        options={0: small(VALID), 1: whole(2), 2: whole(4), 3: whole(3)},
        # 2 x 2 x 2 places of 3 x 2 x 4 taps of 2 channels, 3 maps.
        macs=8 * 24 * 6,
    ),
    "transposed conv of volumes, other steps on each axis": op(
        "CONV_3D_TRANSPOSE",
        [1, 5, 9, 5, 3],
        W((1, 3, 2, 3, 2)),
        (1, 3, 3, 2, 2),
        options={0: small(VALID), 1: whole(2), 2: whole(3), 3: whole(3)},
        macs=18 * 6 * 6,
    ),
    "transposed conv, other steps and more rows": op(
        "TRANSPOSE_CONV",
        [1, 7, 7, 2],
        W((2, 3, 4, 3)),
        (1, 3, 2, 3),
        W((2,)),
        options=moves(VALID, 2, 3, s3=small(RELU)),
        macs=6 * 12 * 6,
    ),
    "transposed conv as large as its steps": op(
        "TRANSPOSE_CONV",
        [1, 6, 9, 2],
        W((2, 5, 4, 1)),
        (1, 3, 3, 1),
        options=moves(SAME, 2, 3),
        macs=9 * 20 * 2,
    ),
    "root pool of other rows, as large as before": op(
        "L2_POOL_2D", (1, 5, 7, 2), options=moves(SAME, 2, 3, s3=whole(3), s4=whole(2))
    ),
    "max pool with a bound, other rows": op(
        "MAX_POOL_2D",
        (1, 7, 5, 2),
        options=moves(VALID, 2, 1, s3=whole(2), s4=whole(3), s5=small(RELU6)),
    ),
    "lines to fewer rows and more columns": op("RESIZE_BILINEAR", (1, 6, 3, 2), [3, 7]),
    "lines of fewer, by corners": op(
        "RESIZE_BILINEAR", (1, 6, 3, 2), [4, 8], options={2: small(1)}
    ),
    "the nearest of fewer rows and more columns": op(
        "RESIZE_NEAREST_NEIGHBOR", (1, 6, 3, 2), [4, 5]
    ),
    "blocks of three from channels": op("DEPTH_TO_SPACE", (1, 2, 3, 18), options={0: whole(3)}),
    "channels from blocks of three": op("SPACE_TO_DEPTH", (1, 6, 9, 2), options={0: whole(3)}),
    "dealt out and back, other blocks, padded and cut": dealt(
        "TANH",
        [(1, 5, 7, 3), [2, 3], N((2, 2), [1, 0, 1, 1]), N((2, 2), [0, 2, 2, 1])],
        ([6, 3, 3, 3], [6, 3, 3, 3]),
    ),
    "columns dealt out and back, rows as they are": dealt(
        "TANH",
        [(1, 3, 4, 2), [1, 2], N((2, 2), [0] * 4), N((2, 2), [0] * 4)],
        ([2, 3, 2, 2], [2, 3, 2, 2]),
    ),
    "columns dealt out and back, padded alone": dealt(
        "TANH",
        [(1, 3, 5, 2), [1, 3], N((2, 2), [0, 0, 0, 1]), N((2, 2), [0] * 4)],
        ([3, 3, 2, 2], [3, 3, 2, 2]),
    ),
    "dilated by 3 and 2, padded on every side": dealt(
        "CONV_2D",
        [
            (1, 6, 5, 2),
            [3, 2],
            N((2, 2), [1, 2, 3, 4]),
            N((2, 2), [0, 1, 2, 1]),
            W((3, 2, 3, 2)),
            W((3,)),
        ],
        ([6, 3, 6, 2], [6, 2, 4, 3]),
        moves(),
        # 5 x 5 places of 2 x 3 taps of 2 channels, 3 maps.
        macs=25 * 12 * 3,
    ),
    "depthwise, dilated by 2 and 1, of three operators": dealt(
        "DEPTHWISE_CONV_2D",
        [
            (1, 6, 5, 2),
            [2, 1],
            N((2, 2), [1, 1, 0, 0]),
            N((2, 2), [0, 0, 0, 0]),
            W((1, 2, 3, 2)),
            W((2,)),
        ],
        ([2, 4, 5, 2], [2, 3, 3, 2]),
        moves(s3=whole(1)),
        macs=18 * 6 * 2,
    ),
    "zeros around rows, columns and channels, all unequal": op(
        "PAD", (1, 3, 4, 2), N((4, 2), [0, 0, 1, 2, 3, 0, 4, 5])
    ),
    "a range of each axis, all unequal": op("SLICE", (1, 7, 8, 5), [0, 2, 3, 1], [1, 4, -1, 3]),
    "a strided range, two dropped, two new": op(
        "STRIDED_SLICE",
        (1, 7, 8, 5),
        [0, 0, 6, 3, 0, -2],
        [1, 0, 0, 4, 0, 9],
        [1, 1, -3, 1, 1, 1],
        # The second and the fifth are new, the fourth and the sixth dropped.
        options={3: whole(0b010010), 4: whole(0b101000)},
    ),
    "a strided range, all of it, then dropped and new": op(
        "STRIDED_SLICE",
        (1, 7, 8, 5),
        [0, 0, 4, 0],
        [1, 0, 5, 0],
        [1, 1, 1, 1],
        options={2: whole(0b0010), 3: whole(0b1000), 4: whole(0b0100)},
    ),
    "a strided range, ends from where it begins, steps": op(
        "STRIDED_SLICE",
        (1, 7, 8, 2),
        [0, 1, 2, 0],
        [1, 5, 6, 2],
        [1, 2, 3, 1],
        options={5: small(1)},
    ),
    "three numbers of a table side by side": op(
        "PACK", (1, 3, 4), (1, 3, 4), (1, 3, 4), options={0: whole(3), 1: whole(2)}
    ),
    "parts of three sizes": op(
        "SPLIT_V", (1, 3, 9), [2, 4, 3], N((), [-1]), options={0: whole(3)}, results=3
    ),
    "what is not 0 and what is, apart": op(
        "UNPACK", (1, 2, 3, 4), options={0: whole(3), 1: whole(2)}, results=3
    ),
    "bytes for reals of each of three columns": net(
        [(1, 2, 3), Q((2, 3), [5, -3, 8, 1, 90, 127], [0.5, 2.0, 0.25], [1, -2, 3], 1)],
        [Operator("DEQUANTIZE", ["x1"], ["a"]), Operator("ADD", ["x0", "a"], ["y0"])],
        params=6,
    ),
    "dense of a map of unequal sides": op(
        "FULLY_CONNECTED", (1, 3, 2, 5), W((4, 30)), W((4,)), macs=120
    ),
    "dense of each row of a map": op(
        "FULLY_CONNECTED", (1, 3, 2, 5), W((4, 5)), W((4,)), options={2: small(1)}, macs=120
    ),
    "dense by what goes in, and numbers added": op(
        "FULLY_CONNECTED", (1, 3), (4, 3), W((4,)), options={0: small(RELU)}, macs=12
    ),
    "matrices of heads, the second turned": op(
        "BATCH_MATMUL", (1, 2, 3, 4), (1, 2, 5, 4), options={1: small(1)}, macs=120
    ),
    "matrices of heads, the first turned": op(
        "BATCH_MATMUL", (1, 2, 4, 3), (1, 2, 4, 5), options={0: small(1)}, macs=120
    ),
    "neighbours of rows that are unequal": op("L2_NORMALIZATION", (1, 2, 3, 5)),
    "the most's place of rows of a map": op(
        "ARG_MAX", (1, 5, 3, 2), [1], options={0: small(4)}, elements="int64"
    ),
    "places on two of four axes, numbers behind": op(
        "GATHER_ND", (1, 4, 3, 2), N((2, 2, 3), [0, 3, 2, 0, 0, 1, 0, 2, 0, 0, 1, 2])
    ),
    "shares by less than one": op("SOFTMAX", (1, 2, 5), options={0: real(0.5)}),
    "PRELU of maps' channels": op("PRELU", (1, 3, 4, 5), W((1, 1, 5))),
    "RNN of three units": op(
        "UNIDIRECTIONAL_SEQUENCE_RNN",
        (1, 5, 2),
        W((3, 2)),
        W((3, 3)),
        W((3,)),
        State((1, 3)),
        options={0: small(0), 1: small(TANH)},
        macs=5 * 3 * 5,
    ),
    "rows of a table at places of two axes": op(
        "GATHER", W((6, 3)), X((1, 2, 4), 6), options={0: whole(0)}
    ),
    "what goes in and zeros that are kept": op("ADD", (1, 3, 4, 2), State((1, 3, 4, 2))),
    "reals as reals": op("CAST", (1, 2, 3)),
    "reals as whole numbers": op("CAST", (1, 2, 3), elements="int32"),
    "the largest two of each row": net(
        [(1, 3, 6), N((), [2])],
        [Operator("TOPK_V2", ["x0", "x1"], ["y0", "y1"])],
        ["y0", "y1"],
        {"y1": "int32"},
        opaque=True,
    ),
    "conv of volumes whose pixels lie apart, otherwise on each axis": op(
        "CONV_3D",
        (1, 6, 7, 9, 1),
        W((2, 3, 2, 1, 2)),
        W((2,)),
        options={
            0: small(VALID),
            1: whole(1),
            2: whole(1),
            3: whole(1),
            5: whole(2),
            6: whole(4),
            7: whole(3),
        },
        # 4 x 1 x 5 places of 12 taps, 2 maps.
        macs=20 * 12 * 2,
    ),
}
