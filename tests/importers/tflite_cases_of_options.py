"""Operators of TFLite that are rarer, and options that are."""

from __future__ import annotations

from tests.importers.onnx_cases import Case, W, X
from tests.importers.tflite_bytes import RELU, SAME, TANH, VALID, Vector, small, whole
from tests.importers.tflite_calls import N, State, moves, op

MAP, SMALL = (1, 4, 5, 2), (1, 3, 4, 2)

RARE: dict[str, Case] = {
    "ends that count from where it begins": op(
        "STRIDED_SLICE",
        (1, 6, 5),
        [0, 2, 1],
        [1, 3, 2],
        [1, 1, 1],
        options={0: whole(0), 1: whole(0), 2: whole(0), 3: whole(0), 4: whole(0), 5: small(1)},
    ),
    "a new axis behind the rest": op(
        "STRIDED_SLICE",
        (1, 6, 5),
        [0, 0, 1],
        [0, 0, 4],
        [1, 1, 1],
        options={0: whole(0), 1: whole(0), 2: whole(1), 3: whole(2), 4: whole(0)},
    ),
    "the rest between a place and a new axis": op(
        "STRIDED_SLICE",
        (1, 6, 5, 2),
        [0, 2, 0, 0],
        [1, 3, 0, 0],
        [1, 1, 1, 1],
        options={0: whole(0), 1: whole(0), 2: whole(4), 3: whole(8), 4: whole(2)},
    ),
    "two new axes and a range": op(
        "STRIDED_SLICE",
        (1, 6),
        [0, 0, 0, 2],
        [1, 0, 0, 5],
        [1, 1, 1, 1],
        options={0: whole(0), 1: whole(0), 2: whole(0), 3: whole(6), 4: whole(0)},
    ),
    **{w: op(w, SMALL) for w in ("SIN", "COS", "RELU_0_TO_1")},
    "FLOOR": op("FLOOR", SMALL),
    "CEIL": op("CEIL", SMALL),
    "ROUND": op("ROUND", SMALL),
    "PRELU of one slope": op("PRELU", SMALL, W((1, 1, 1))),
    "PRELU of rows' channels": op("PRELU", (1, 3, 2), W((1, 2))),
    "sums so far": op("CUMSUM", (1, 3, 4), [2]),
    "sums from behind": op("CUMSUM", (1, 3, 4), [1], options={1: small(1)}),
    "sums without the place": op("CUMSUM", (1, 3, 4), [1], options={0: small(1)}, opaque=True),
    "products of rows": op("REDUCE_PROD", SMALL, [1]),
    "the least's place": op("ARG_MIN", (1, 3, 4), [1], options={0: small(4)}, elements="int64"),
    "places of one axis": op("GATHER_ND", (1, 4, 2), N((3, 2), [0, 0, 0, 2, 0, 1])),
    "places on two axes": op("GATHER_ND", (1, 4, 3, 2), N((3, 3), [0, 3, 2, 0, 0, 1, 0, 2, 0])),
    "places on two axes, calculated": op("GATHER_ND", (4, 3, 2), X((5, 2), limit=3)),
    "places on all axes": op("GATHER_ND", (3, 4, 3), X((2, 5, 3), limit=3)),
    "three added": op("ADD_N", SMALL, SMALL, SMALL),
    "quotients rounded down": op("FLOOR_DIV", SMALL, X(SMALL, is_positive=True)),
    **{
        f"{word} of integers": op(word, X(SMALL, limit=9), N((), [-4]), elements="int32")
        for word in ("FLOOR_DIV", "DIV")
    },
    "a power of each": op("POW", X(SMALL, is_positive=True), 2.0),
    "MINIMUM of a number, half": op("MINIMUM", SMALL, 0.5),
    "what is left": op("FLOOR_MOD", SMALL, X(SMALL, is_positive=True), opaque=True),
    "one behind the other, last axis": op("CONCATENATION", SMALL, SMALL, options={0: whole(-1)}),
    "side by side": op("PACK", (1, 3), (1, 3), options={0: whole(2), 1: whole(1)}),
    "side by side, last axis": op("PACK", (1, 3), (1, 3), options={0: whole(2), 1: whole(2)}),
    "one by one": op("UNPACK", (1, 3, 2), results=3, options={0: whole(3), 1: whole(1)}),
    "two halves of columns": op(
        "SPLIT", N((), [3]), (1, 2, 2, 4), results=2, options={0: whole(2)}
    ),
    "parts, one of what is left": op(
        "SPLIT_V", (1, 2, 6), [1, -1, 2], N((), [2]), results=3, options={0: whole(3)}
    ),
    "repeated twice": op("TILE", (1, 2, 3), [1, 2, 2]),
    "turned round": op("REVERSE_V2", SMALL, [1, 2]),
    "channels turned round": op("REVERSE_V2", SMALL, [-1]),
    "ranges by sizes": op("SLICE", SMALL, [0, 1, 0, 0], [1, 2, -1, 1]),
    "mirrored borders": op("MIRROR_PAD", SMALL, N((4, 2), [0, 0, 1, 2, 2, 1, 0, 0])),
    "another number around": op("PADV2", SMALL, N((4, 2), [0, 0, 1, 2, 2, 1, 0, 0]), 1.5),
    "no axes of 1 left": op("SQUEEZE", (1, 1, 3, 1)),
    "a named axis of 1 less": op("SQUEEZE", (1, 1, 3, 1), options={0: Vector("i", [1])}),
    "an axis more, last": op("EXPAND_DIMS", (1, 3, 2), N((), [-1])),
    "blocks from channels": op("DEPTH_TO_SPACE", (1, 2, 3, 8), options={0: whole(2)}),
    "channels from blocks": op("SPACE_TO_DEPTH", (1, 4, 6, 2), options={0: whole(2)}),
    "transposed conv of volumes": op(
        "CONV_3D_TRANSPOSE",
        [1, 3, 4, 4, 2],
        W((2, 2, 2, 2, 1)),
        (1, 2, 3, 3, 1),
        options={0: small(VALID), 1: whole(1), 2: whole(1), 3: whole(1)},
        macs=16 * 18,
    ),
    "norms of windows": op("L2_POOL_2D", MAP, options=moves(VALID, 1, 2, s3=whole(2), s4=whole(2))),
    "RNN": op(
        "UNIDIRECTIONAL_SEQUENCE_RNN",
        (1, 4, 3),
        W((2, 3)),
        W((2, 2)),
        W((2,)),
        State((1, 2)),
        options={0: small(0), 1: small(TANH)},
        macs=4 * 2 * 5,
    ),
    "RNN of relu": op(
        "UNIDIRECTIONAL_SEQUENCE_RNN",
        (1, 4, 3),
        W((2, 3)),
        W((2, 2)),
        W((2,)),
        State((1, 2)),
        options={0: small(0), 1: small(RELU)},
        macs=4 * 2 * 5,
    ),
    "RNN, steps first": op(
        "UNIDIRECTIONAL_SEQUENCE_RNN",
        (4, 1, 3),
        W((2, 3)),
        W((2, 2)),
        W((2,)),
        State((1, 2)),
        options={0: small(1), 1: small(TANH)},
        macs=4 * 2 * 5,
    ),
    "filters over time, one each": op(
        "SVDF",
        (1, 3),
        W((4, 3)),
        W((4, 5)),
        None,
        State((1, 20)),
        options={0: whole(1)},
        macs=4 * 3 + 20,
    ),
    "rows of a table, looked up": op("EMBEDDING_LOOKUP", X((4,), 5), W((5, 3))),
    "rows of a table, gathered": op("GATHER", W((5, 3)), X((1, 4), 5), options={0: whole(0)}),
    "rows by places": op("GATHER", (1, 4, 3), [2, 0], options={0: whole(1)}),
    "blocks as samples": op("SPACE_TO_BATCH_ND", (1, 4, 6, 2), [2, 2], N((2, 2), [0, 0, 0, 0])),
    "the nearest by corners": op("RESIZE_NEAREST_NEIGHBOR", SMALL, [6, 8]),
    "ranges with ends": op(
        "STRIDED_SLICE",
        (1, 4, 3),
        [0, 1, 0],
        [1, 3, 3],
        [1, 1, 1],
        options={0: whole(0), 1: whole(0), 2: whole(0), 3: whole(0), 4: whole(0)},
    ),
    "backwards by two, without an end": op(
        "STRIDED_SLICE",
        (1, 6, 5),
        [0, 4, 0],
        [1, 0, 3],
        [1, -2, 1],
        options={0: whole(0), 1: whole(2), 2: whole(0), 3: whole(0), 4: whole(0)},
    ),
    "a place of an axis": op(
        "STRIDED_SLICE",
        (1, 6, 5),
        [0, 2, 0],
        [1, 3, 5],
        [1, 1, 1],
        options={0: whole(5), 1: whole(5), 2: whole(0), 3: whole(0), 4: whole(2)},
    ),
    "the last place": op(
        "STRIDED_SLICE",
        (1, 6, 5),
        [0, 0, -1],
        [1, 6, 0],
        [1, 1, 1],
        options={0: whole(3), 1: whole(3), 2: whole(0), 3: whole(0), 4: whole(4)},
    ),
    "all axes up to the last place": op(
        "STRIDED_SLICE",
        (1, 6, 5, 2),
        [0, 0],
        [0, 1],
        [1, 1],
        options={0: whole(0), 1: whole(0), 2: whole(1), 3: whole(0), 4: whole(0)},
    ),
    "an axis more in the middle": op(
        "STRIDED_SLICE",
        (1, 6, 5),
        [0, 0, 0],
        [1, 0, 6],
        [1, 1, 1],
        options={0: whole(5), 1: whole(5), 2: whole(0), 3: whole(2), 4: whole(0)},
    ),
    "dense by what goes in": op("FULLY_CONNECTED", (1, 3), (4, 3), None, macs=12),
    "the mean of all": op("MEAN", SMALL, [0, 1, 2, 3], options={0: small(1)}),
    "lines between centres": op("RESIZE_BILINEAR", SMALL, [5, 7], options={3: small(1)}),
    "two matrices, both turned": op(
        "BATCH_MATMUL", (1, 3, 2), (1, 4, 3), options={0: small(1), 1: small(1)}, macs=24
    ),
    "a matrix by a stored one": op("BATCH_MATMUL", (1, 2, 3), W((3, 4)), macs=24),
}

# The same along each axis, from the front and from the end.
ALONG: dict[str, Case] = {
    **{
        f"{word} over {axes}, {'kept' if kept else 'gone'}": op(
            word, SMALL, [*axes], options={0: small(kept)}
        )
        for word in ("MEAN", "SUM", "REDUCE_MAX")
        for axes in ((2,), (3,), (-1, -2), (1, 3))
        for kept in (0, 1)
    },
    **{
        f"joined along {axis}": op("CONCATENATION", SMALL, SMALL, options={0: whole(axis)})
        for axis in (1, 2, 3, -2)
    },
    **{
        f"side by side along {axis}": op(
            "PACK", (1, 3, 2), (1, 3, 2), options={0: whole(2), 1: whole(axis)}
        )
        for axis in (1, 2, 3, -1, -2)
    },
    **{
        f"apart along {axis}": op(
            "UNPACK", (1, 2, 2, 2), options={0: whole(2), 1: whole(axis)}, results=2
        )
        for axis in (1, 2, -1, -2)
    },
    **{
        f"places along {axis}": op("GATHER", SMALL, [1, 0], options={0: whole(axis)})
        for axis in (1, 2, 3, -1, -3)
    },
    **{
        f"parts along {axis}": op(
            "SPLIT", N((), [axis]), (1, 2, 4, 6), options={0: whole(2)}, results=2
        )
        for axis in (1, 2, -1)
    },
    **{
        f"{word} by {steps}, {said}": op(
            word, (1, 5, 6, 2), options=moves(padding, *steps, s3=whole(3), s4=whole(2))
        )
        for word in ("MAX_POOL_2D", "AVERAGE_POOL_2D")
        for steps in ((1, 1), (2, 1), (2, 3))
        for padding, said in ((VALID, "within"), (SAME, "as large as before"))
    },
}
