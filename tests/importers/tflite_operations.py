"""Small TFLite files: each operator, and each way in which its options come.

What LiteRT makes of them is recorded in `tflite_operations.json`.
"""

from __future__ import annotations

from pathlib import Path

from tests.importers.onnx_cases import Case, W, X
from tests.importers.tflite_bytes import (
    RELU,
    RELU6,
    SAME,
    TANH,
    VALID,
    Vector,
    real,
    small,
    whole,
)
from tests.importers.tflite_calls import N, Read, State, moves, op
from tests.importers.tflite_cases_of_forms import FORMS
from tests.importers.tflite_cases_of_options import ALONG, RARE
from tests.importers.tflite_cases_of_sizes import UNEVEN

RECORDED = Path(__file__).parent / "tflite_operations.json"

MAP, SMALL = (1, 4, 5, 2), (1, 3, 4, 2)
WINDOWS = {
    "conv": op("CONV_2D", MAP, W((3, 2, 3, 2)), W((3,)), options=moves(), macs=3 * 12 * 9),
    "conv, as large as before": op(
        "CONV_2D", MAP, W((3, 2, 4, 2)), W((3,)), options=moves(SAME), macs=3 * 16 * 20
    ),
    "conv of steps": op(
        "CONV_2D", MAP, W((1, 2, 2, 2)), W((1,)), options=moves(SAME, 2, 3), macs=8 * 4
    ),
    "conv, dilated": op(
        "CONV_2D",
        MAP,
        W((1, 2, 2, 2)),
        W((1,)),
        options=moves(s4=whole(3), s5=whole(2)),
        macs=8 * 4,
    ),
    "conv with a relu": op(
        "CONV_2D", MAP, W((2, 1, 1, 2)), W((2,)), options=moves(s3=small(RELU)), macs=4 * 20
    ),
    "conv of groups": op(
        "CONV_2D", (1, 3, 3, 4), W((6, 2, 2, 2)), W((6,)), options=moves(), macs=6 * 8 * 4
    ),
    "depthwise conv": op(
        "DEPTHWISE_CONV_2D",
        MAP,
        W((1, 2, 3, 2)),
        W((2,)),
        options=moves(SAME, 2, 2, s3=whole(1), s4=small(RELU6)),
        macs=2 * 6 * 6,
    ),
    "depthwise conv, two of each": op(
        "DEPTHWISE_CONV_2D",
        MAP,
        W((1, 2, 2, 4)),
        W((4,)),
        options=moves(s3=whole(2)),
        macs=4 * 4 * 12,
    ),
    "depthwise conv, dilated": op(
        "DEPTHWISE_CONV_2D",
        MAP,
        W((1, 2, 2, 2)),
        W((2,)),
        options=moves(s3=whole(1), s5=whole(3), s6=whole(2)),
        macs=2 * 4 * 4,
    ),
    "conv of volumes": op(
        "CONV_3D",
        (1, 3, 4, 5, 1),
        W((1, 2, 3, 1, 2)),
        W((2,)),
        options={0: small(VALID), 1: whole(1), 2: whole(2), 3: whole(1)},
        macs=2 * 6 * 3 * 3 * 2,
    ),
    "transposed conv": op(
        "TRANSPOSE_CONV",
        [1, 4, 5, 3],
        W((3, 2, 3, 2)),
        (1, 2, 2, 2),
        options=moves(VALID, 2, 2),
        macs=36 * 4,
    ),
    "transposed conv, less is padded": op(
        "TRANSPOSE_CONV",
        [1, 6, 6, 1],
        W((1, 3, 3, 2)),
        (1, 3, 3, 2),
        options=moves(SAME, 2, 2),
        macs=18 * 9,
    ),
    "transposed conv and numbers added": op(
        "TRANSPOSE_CONV",
        [1, 3, 4, 2],
        W((2, 2, 2, 1)),
        (1, 2, 3, 1),
        W((2,)),
        options=moves(),
        macs=8 * 6,
    ),
    "transposed conv further than its windows": op(
        "TRANSPOSE_CONV",
        [1, 5, 6, 1],
        W((1, 1, 2, 1)),
        (1, 3, 3, 1),
        options=moves(VALID, 2, 2),
        macs=2 * 9,
    ),
    "max pool": op("MAX_POOL_2D", MAP, options=moves(VALID, 2, 1, s3=whole(3), s4=whole(2))),
    "max pool, as large as before": op(
        "MAX_POOL_2D", MAP, options=moves(SAME, 2, 1, s3=whole(2), s4=whole(3))
    ),
    "mean pool": op("AVERAGE_POOL_2D", MAP, options=moves(SAME, 1, 2, s3=whole(3), s4=whole(2))),
    "mean pool with a relu": op(
        "AVERAGE_POOL_2D", MAP, options=moves(s3=whole(2), s4=whole(2), s5=small(RELU))
    ),
    "root pool": op("L2_POOL_2D", MAP, options=moves(s3=whole(2), s4=whole(3))),
    **{
        f"lines to {high}x{wide}{said}": op("RESIZE_BILINEAR", SMALL, [high, wide], options=options)
        for high, wide in ((5, 7), (3, 6))
        for said, options in (("", {}), (", corners", {2: small(1)}), (", centres", {3: small(1)}))
    },
    "lines to no other size": op("RESIZE_BILINEAR", SMALL, [3, 4]),
    "the nearest": op("RESIZE_NEAREST_NEIGHBOR", SMALL, [6, 6]),
    "the nearest of fewer": op("RESIZE_NEAREST_NEIGHBOR", (1, 4, 6, 1), [2, 3]),
    "the nearest centre": op("RESIZE_NEAREST_NEIGHBOR", SMALL, [5, 8], options={1: small(1)}),
    "depth to space": op("DEPTH_TO_SPACE", (1, 2, 3, 8), options={0: whole(2)}),
    "space to depth": op("SPACE_TO_DEPTH", (1, 2, 4, 3), options={0: whole(2)}),
}

AXES = {
    "another shape": op("RESHAPE", SMALL, [1, 6, -1]),
    "another shape by an option": op("RESHAPE", SMALL, options={0: Vector("i", [1, 2, 12])}),
    "no axes of 1": op("SQUEEZE", (1, 1, 3, 2)),
    "an axis of 1 less": op("SQUEEZE", (1, 1, 3, 1), options={0: Vector("i", [-1])}),
    "an axis more": op("EXPAND_DIMS", (1, 3, 2), [-2]),
    "axes in another order": op("TRANSPOSE", SMALL, [0, 3, 1, 2]),
    "zeros around": op("PAD", SMALL, N((4, 2), [0, 0, 1, 2, 0, 3, 0, 0])),
    "zeros around channels": op("PAD", SMALL, N((4, 2), [0, 0, 0, 1, 0, 0, 2, 1])),
    "a number around": op("PADV2", SMALL, N((4, 2), [0, 0, 1, 0, 2, 0, 0, 0]), 1.5),
    "mirrored": op("MIRROR_PAD", SMALL, N((4, 2), [0, 0, 1, 2, 3, 1, 0, 0])),
    "a range": op("SLICE", SMALL, [0, 1, 1, 0], [1, 2, -1, 1]),
    "a strided range": op("STRIDED_SLICE", SMALL, [0, 0, 1, 0], [1, 3, 4, 2], [1, 2, 2, 1]),
    "a strided range by masks": op(
        "STRIDED_SLICE",
        SMALL,
        [9, 1, 9, 0],
        [0, 9, 3, 1],
        [1, 1, 1, 1],
        options={0: whole(5), 1: whole(3)},
    ),
    "a strided range, one dropped": op(
        "STRIDED_SLICE", SMALL, [0, 1, 0, -1], [1, 9, 4, 9], [1, 1, 1, 1], options={4: whole(10)}
    ),
    "a strided range, the last one dropped": op(
        "STRIDED_SLICE", SMALL, [0, -1, 0, 0], [1, 0, 4, 2], [1, 1, 1, 1], options={4: whole(2)}
    ),
    "a strided range behind the rest": op(
        "STRIDED_SLICE", SMALL, [0, 0, 1], [1, 0, 2], [1, 1, 1], options={2: whole(2)}
    ),
    "a strided range, the rest in the middle, then dropped": op(
        "STRIDED_SLICE",
        SMALL,
        [0, 0, 1],
        [1, 0, 2],
        [1, 1, 1],
        options={2: whole(2), 4: whole(4)},
    ),
    "a strided range with an axis more": op(
        "STRIDED_SLICE", SMALL, [0, 0, 1], [1, 0, 3], [1, 1, 1], options={3: whole(2)}
    ),
    "a strided range with an axis more behind the rest": op(
        "STRIDED_SLICE",
        (1, 3, 4),
        [0, 0, 0],
        [1, 0, 0],
        [1, 1, 1],
        options={2: whole(2), 3: whole(4)},
    ),
    "repeated": op("TILE", (1, 3, 2), [1, 2, 3]),
    "parts": op("SPLIT", N((), [2]), SMALL, options={0: whole(2)}, results=2),
    "parts of sizes": op("SPLIT_V", SMALL, [1, -1], N((), [-2]), options={0: whole(2)}, results=2),
    "one behind the other": op("CONCATENATION", (1, 2, 3), (1, 2, 4), options={0: whole(-1)}),
    "one behind the other, three": op(
        "CONCATENATION", (1, 2, 3), (1, 1, 3), (1, 3, 3), options={0: whole(1)}
    ),
    "one beside the other": op("PACK", (1, 2, 3), (1, 2, 3), options={0: whole(2), 1: whole(3)}),
    "one beside the other in front": op(
        "PACK", (1, 2, 3), (1, 2, 3), options={0: whole(2), 1: whole(1)}
    ),
    "each by itself": op("UNPACK", (1, 3, 2), options={0: whole(3), 1: whole(1)}, results=3),
    "positions": op("GATHER", SMALL, [1, 2], options={0: whole(2)}),
    "a position": op("GATHER", SMALL, N((), [1]), options={0: whole(3)}),
    "rows of a table": op("GATHER", W((4, 3)), X((1, 5), 4), options={0: whole(0)}),
    "the most's place": op("ARG_MAX", (1, 3, 4), [-1], options={0: small(4)}, elements="int64"),
}

FUNCTIONS = {
    **{
        word: op(word, SMALL)
        for word in (
            "RELU",
            "RELU6",
            "RELU_N1_TO_1",
            "TANH",
            "LOGISTIC",
            "HARD_SWISH",
            "ELU",
            "EXP",
            "ABS",
            "NEG",
            "SQUARE",
            "LOG_SOFTMAX",
            "L2_NORMALIZATION",
        )
    },
    **{word: op(word, X(SMALL, is_positive=True)) for word in ("LOG", "SQRT", "RSQRT")},
    "LEAKY_RELU": op("LEAKY_RELU", SMALL, options={0: real(0.1)}),
    "GELU": op("GELU", SMALL),
    "GELU by tanh": op("GELU", SMALL, options={0: small(1)}),
    "SOFTMAX": op("SOFTMAX", (1, 2, 3), options={0: real(1.0)}),
    "SOFTMAX, sharper": op("SOFTMAX", (1, 2, 3), options={0: real(2.5)}),
    "neighbouring channels": op(
        "LOCAL_RESPONSE_NORMALIZATION",
        (1, 2, 2, 6),
        options={0: whole(1), 1: real(1.5), 2: real(0.3), 3: real(0.6)},
    ),
    "PRELU of channels": op("PRELU", SMALL, W((1, 1, 2))),
    "the whole number's real": op("CAST", X((1, 2, 3), 5)),
    **{
        f"{word} {said}": op(word, SMALL, axes, options=options)
        for word in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN")
        for said, axes, options in (
            ("of a map", [1, 2], {}),
            ("of channels", [-1], {0: small(1)}),
            ("of rows", [1], {}),
        )
    },
}

PAIR = (SMALL, X(SMALL, is_positive=True))
BOTH = {
    **{
        word: op(word, *PAIR)
        for word in ("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE")
    },
    **{
        f"{word} with a relu": op(word, *PAIR, options={0: small(RELU)})
        for word in ("ADD", "SUB", "MUL", "DIV")
    },
    **{
        f"{word} of a number": op(word, SMALL, 1.5)
        for word in ("ADD", "SUB", "MUL", "DIV", "MAXIMUM")
    },
    **{
        f"{word} {said}": op(word, SMALL, other, elements="bool")
        for word in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
        for said, other in (("of two", X(SMALL)), ("and a number", 0.25))
    },
    "SUB from a number": op("SUB", 1.5, SMALL),
    "ADD of channels": op("ADD", SMALL, W((2,))),
    "MUL of channels": op("MUL", W((2,)), SMALL),
    "ADD of a number for each": op("ADD", SMALL, W((3, 4, 2))),
    "MUL of a gate": op("MUL", SMALL, (1, 1, 1, 2)),
    "SUB of a smaller": op("SUB", SMALL, (1, 1, 4, 1)),
}


def lstm(coupled: bool = False, sees_cells: bool = False) -> list[Read]:
    """What an LSTM reads beside its steps: weights of i, f, c and o, and of what sees the cells."""

    def each(dims: tuple[int, ...], *gates: str) -> list[Read]:
        return [None if coupled and gate == "i" else W(dims) for gate in gates]

    gates = [each(dims, *"ifco") for dims in ((2, 3), (2, 2), (2,))]
    seen = each((2,), *"ifo") if sees_cells else [None] * 3
    states = [State((1, 2)), State((1, 2))]
    return [*gates[0], *gates[1], *seen, *gates[2], None, None, *states, None, None, None, None]


PRODUCTS = {
    "dense": op("FULLY_CONNECTED", (1, 3), W((4, 3)), W((4,)), macs=12),
    "dense without numbers added": op("FULLY_CONNECTED", (1, 3), W((4, 3)), None, macs=12),
    "dense with a relu": op(
        "FULLY_CONNECTED", (1, 3), W((4, 3)), W((4,)), options={0: small(RELU)}, macs=12
    ),
    "dense of a whole map": op("FULLY_CONNECTED", (1, 2, 3), W((4, 6)), W((4,)), macs=24),
    "dense of each row": op(
        "FULLY_CONNECTED", (1, 2, 3), W((4, 3)), W((4,)), options={2: small(1)}, macs=24
    ),
    "two matrices": op("BATCH_MATMUL", (1, 2, 3), (1, 3, 4), macs=24),
    "two matrices, the first turned": op(
        "BATCH_MATMUL", (1, 3, 2), (1, 3, 4), options={0: small(1)}, macs=24
    ),
    "two matrices, the second turned": op(
        "BATCH_MATMUL", (1, 2, 3), (1, 4, 3), options={1: small(1)}, macs=24
    ),
    # Each of four gates reads three numbers and two states, in four steps.
    "LSTM": op(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        (1, 4, 3),
        *lstm(),
        options={0: small(TANH)},
        macs=4 * 4 * 2 * 5,
    ),
    **{
        name: op(
            "UNIDIRECTIONAL_SEQUENCE_LSTM",
            (1, 4, 3),
            *lstm(coupled, sees_cells),
            options={0: small(TANH)},
            macs=4 * (4 - coupled) * 2 * 5,
        )
        for name, coupled, sees_cells in (
            ("LSTM without an input gate", True, False),
            ("LSTM that sees its cells", False, True),
            ("LSTM of three gates that see its cells", True, True),
        )
    },
    # As converters write them, whose bound is 10.
    "LSTM whose cells are clipped": op(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        (1, 4, 3),
        *lstm(),
        options={0: small(TANH), 1: real(0.125), 2: real(0.5)},
        macs=4 * 4 * 2 * 5,
    ),
    "LSTM, steps first": op(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        (4, 1, 3),
        *lstm(),
        options={0: small(TANH), 3: small(1)},
        macs=4 * 4 * 2 * 5,
    ),
    "filters over time": op(
        "SVDF",
        (1, 3),
        W((4, 3)),
        W((4, 5)),
        W((2,)),
        State((1, 20)),
        options={0: whole(2), 1: small(RELU)},
        macs=4 * 3 + 4 * 5,
    ),
}

ALL: dict[str, Case] = {
    **WINDOWS,
    **AXES,
    **FUNCTIONS,
    **BOTH,
    **PRODUCTS,
    **RARE,
    **ALONG,
    **FORMS,
    **UNEVEN,
}
