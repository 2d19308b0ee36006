"""Operations of maps: windows, borders, sizes, norms."""

from __future__ import annotations

from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, W, net, op

MAP = (1, 4, 5, 6)

AND_PLACES: dict[str, dict[str, Any]] = {
    "dilated": {"strides": [2, 3], "dilations": [2, 1], "pads": [1, 0, 0, 1]},
    "rounded up": {"strides": [4, 3], "pads": [0, 1, 1, 1], "ceil_mode": 1},
    "as many as steps": {"strides": [4, 3], "auto_pad": "SAME_LOWER"},
}

# By kernel and positions: 6 times 4 maps of a window of 3 x 2.
WINDOWS = {
    "conv": op("Conv", MAP, W((6, 4, 3, 2)), W((6,)), macs=6 * 4 * 3 * 2 * (3 * 5)),
    "conv without bias": op("Conv", MAP, W((6, 4, 3, 2)), macs=144 * 15),
    "conv, sides unequal": op("Conv", MAP, W((2, 4, 3, 2)), pads=[1, 0, 2, 3], macs=48 * (6 * 8)),
    "conv, strides and dilations unequal": op(
        "Conv", MAP, W((2, 4, 2, 2)), strides=[2, 1], dilations=[1, 3], macs=32 * (2 * 3)
    ),
    "conv of groups": op("Conv", MAP, W((6, 2, 3, 2)), W((6,)), group=2, macs=6 * 12 * 15),
    "conv, depthwise": op("Conv", MAP, W((8, 1, 3, 3)), group=4, macs=8 * 9 * 12),
    "conv, as large as before, more behind": op(
        "Conv", MAP, W((1, 4, 2, 4)), auto_pad="SAME_UPPER", strides=[1, 2], macs=32 * (5 * 3)
    ),
    "conv, as large as before, more in front": op(
        "Conv", MAP, W((1, 4, 2, 4)), auto_pad="SAME_LOWER", strides=[1, 2], macs=32 * (5 * 3)
    ),
    "conv by the word valid": op("Conv", MAP, W((1, 4, 2, 2)), auto_pad="VALID", macs=16 * 20),
    "conv by the word valid, beside numbers": op(
        "Conv", MAP, W((1, 4, 2, 2)), auto_pad="VALID", pads=[1, 0, 2, 1], macs=16 * 20
    ),
    "max pool by the word valid, beside numbers": op(
        "MaxPool", MAP, kernel_shape=[2, 3], auto_pad="VALID", pads=[1, 0, 1, 2]
    ),
    "conv of rows": op("Conv", (1, 3, 7), W((2, 3, 3)), pads=[2, 0], macs=18 * 7),
    "conv of volumes": op(
        "Conv", (1, 2, 3, 4, 5), W((2, 2, 2, 1, 3)), strides=[1, 2, 1], macs=24 * (2 * 2 * 3)
    ),
    "transposed conv": op(
        "ConvTranspose", (1, 3, 2, 3), W((3, 2, 3, 2)), W((2,)), macs=3 * 2 * 6 * 6
    ),
    "transposed conv, all of its numbers": op(
        "ConvTranspose",
        (1, 2, 2, 3),
        W((2, 2, 3, 2)),
        strides=[2, 3],
        pads=[1, 0, 0, 1],
        output_padding=[1, 2],
        dilations=[1, 2],
        macs=2 * 2 * 6 * 6,
    ),
    "transposed conv of groups": op(
        "ConvTranspose", (1, 4, 2, 2), W((4, 3, 2, 2)), W((6,)), group=2, macs=4 * 3 * 4 * 4
    ),
    "transposed conv to a size": op(
        "ConvTranspose",
        (1, 1, 3, 2),
        W((1, 2, 3, 4)),
        strides=[2, 2],
        output_shape=[6, 3],
        macs=2 * 12 * 6,
    ),
    "transposed conv, more behind": op(
        "ConvTranspose",
        (1, 1, 3, 2),
        W((1, 1, 3, 4)),
        strides=[2, 1],
        auto_pad="SAME_UPPER",
        macs=12 * 6,
    ),
    "transposed conv, more in front": op(
        "ConvTranspose",
        (1, 1, 3, 2),
        W((1, 1, 3, 4)),
        strides=[2, 1],
        auto_pad="SAME_LOWER",
        macs=12 * 6,
    ),
    "transposed conv of rows": op(
        "ConvTranspose", (1, 2, 4), W((2, 1, 3)), strides=[3], macs=2 * 3 * 4
    ),
    "deformed conv": op(
        "DeformConv",
        (1, 2, 3, 4),
        W((3, 2, 2, 2)),
        (1, 8, 2, 3),
        W((3,)),
        (1, 4, 2, 3),
        opset=19,
        macs=3 * 2 * 4 * 6,
    ),
    "max pool": op("MaxPool", MAP, kernel_shape=[2, 3]),
    "max pool, sides unequal": op(
        "MaxPool", MAP, kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 0, 1]
    ),
    "max pool rounded up": op(
        "MaxPool", (1, 1, 6, 7), kernel_shape=[3, 2], strides=[2, 3], ceil_mode=1
    ),
    "max pool rounded up, none begins behind": op(
        "MaxPool", (1, 1, 4, 5), kernel_shape=[1, 2], strides=[3, 4], ceil_mode=1
    ),
    "max pool, dilated": op("MaxPool", MAP, kernel_shape=[2, 2], dilations=[3, 1], strides=[1, 2]),
    "max pool, more behind": op(
        "MaxPool", MAP, kernel_shape=[2, 3], strides=[2, 2], auto_pad="SAME_UPPER"
    ),
    "max pool, more in front": op(
        "MaxPool", MAP, kernel_shape=[2, 3], strides=[2, 2], auto_pad="SAME_LOWER"
    ),
    "max pool of more zeros than half of it": op(
        "MaxPool", (1, 2, 5), kernel_shape=[3], pads=[2, 2], opaque=True
    ),
    "max pool of half of it around": op(
        "MaxPool", MAP, kernel_shape=[2, 3], strides=[2, 2], pads=[1, 1, 0, 1]
    ),
    "max pool of rows": op("MaxPool", (1, 2, 7), kernel_shape=[3], strides=[2]),
    "max pool of volumes": op("MaxPool", (1, 1, 3, 4, 4), kernel_shape=[1, 2, 3]),
    "max pool and where they are": op(
        "MaxPool", (1, 1, 4, 5), kernel_shape=[2, 2], strides=[2, 2], results=2, opaque=True
    ),
    "mean pool": op("AveragePool", MAP, kernel_shape=[2, 3], strides=[1, 2]),
    "mean pool, border left out": op("AveragePool", MAP, kernel_shape=[3, 2], pads=[1, 1, 0, 0]),
    "mean pool, border counted": op(
        "AveragePool", MAP, kernel_shape=[3, 2], pads=[1, 1, 0, 0], count_include_pad=1
    ),
    "mean pool rounded up": op(
        "AveragePool", (1, 1, 6, 6), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1
    ),
    "mean pool, dilated": op("AveragePool", MAP, kernel_shape=[2, 2], dilations=[2, 3]),
    "norm of windows": op("LpPool", MAP, kernel_shape=[2, 3], opset=18),
    "sum of windows": op("LpPool", MAP, kernel_shape=[2, 2], p=1, opset=18),
    "cubic norm of windows": op("LpPool", MAP, kernel_shape=[2, 2], p=3, strides=[2, 1], opset=18),
    "norm of windows, dilated": op("LpPool", MAP, kernel_shape=[2, 2], dilations=[2, 1], opset=18),
    "norm of windows with a border": op(
        "LpPool", MAP, kernel_shape=[3, 3], pads=[1, 1, 1, 1], opset=18
    ),
    "mean pool rounded up, a side more": op(
        "AveragePool",
        (1, 1, 5, 5),
        kernel_shape=[2, 2],
        strides=[2, 2],
        pads=[1, 0, 0, 0],
        ceil_mode=1,
    ),
    **{
        f"max pool of rows by the word valid{said}": op(
            "MaxPool", (1, 2, 8), kernel_shape=[3], strides=[2], auto_pad="VALID", ceil_mode=up
        )
        for up, said in enumerate(("", ", rounded up"))
    },
    **{
        f"max pool and where they are, {said}": op(
            "MaxPool", (1, 1, 6, 7), kernel_shape=[2, 2], results=2, opaque=True, **more
        )
        for said, more in AND_PLACES.items()
    },
    "max pool of rows of folded maps": net(
        [
            node("Reshape", ["x", "d"], ["r"]),
            node("MaxPool", ["r"], ["c"], kernel_shape=[2], strides=[2]),
            node("Reshape", ["c", "e"], ["y"]),
        ],
        {"x": (1, 2, 3, 4), "d": [2, 3, 4], "e": [1, 2, 3, 2]},
    ),
    "conv of rows of folded maps": net(
        [
            node("Reshape", ["x", "d"], ["r"]),
            node("Conv", ["r", "w"], ["c"], pads=[1, 2]),
            node("Reshape", ["c", "e"], ["y"]),
        ],
        {"x": (1, 2, 3, 4), "d": [2, 3, 4], "w": W((5, 3, 3)), "e": [1, 2, 5, 5]},
        macs=2 * 5 * 9 * 5,
    ),
    "mean of a map": op("GlobalAveragePool", MAP),
    "mean of a row": op("GlobalAveragePool", (1, 3, 4)),
    "most of a map": op("GlobalMaxPool", MAP),
    "columns to maps": op(
        "Col2Im",
        (1, 8, 6),
        [3, 4],
        [2, 2],
        opset=18,
    ),
    "columns to maps, steps and sides": op(
        "Col2Im",
        (1, 4, 6),
        [3, 4],
        [2, 2],
        strides=[2, 2],
        pads=[1, 1, 0, 1],
        opset=18,
    ),
}

BORDERS = {
    "zeros around": op("Pad", MAP, [0, 0, 1, 0, 0, 0, 2, 3]),
    "a number around": op("Pad", MAP, [0, 0, 0, 2, 0, 0, 1, 0], 1.5),
    "mirrored": op("Pad", MAP, [0, 0, 2, 1, 0, 0, 1, 3], mode="reflect"),
    "edges repeated": op("Pad", MAP, [0, 0, 2, 0, 0, 0, 1, 3], mode="edge"),
    "wrapped": op("Pad", MAP, [0, 0, 2, 0, 0, 0, 1, 3], mode="wrap"),
    "around axes that are named": op("Pad", MAP, [1, 0, 2, 3], None, [-1, 2]),
    "channels around": op("Pad", MAP, [0, 1, 0, 0, 0, 2, 0, 0]),
    "channels and rows around": op("Pad", MAP, [0, 1, 2, 0, 0, 2, 0, 0]),
    "around by attributes": op("Pad", MAP, pads=[0, 0, 1, 2, 0, 0, 3, 0], value=-1.0, opset=2),
    "cut off": op("Pad", MAP, [0, 0, -1, 0, 0, -1, -2, -3]),
    "nothing around": op("Pad", MAP, [0] * 8),
}

SMALL, LARGE = (1, 2, 3, 4), (1, 2, 6, 8)

SIZES = {
    "each pixel twice": op("Resize", SMALL, None, C((4,), [1.0, 1.0, 2.0, 2.0]), mode="nearest"),
    "each pixel, the lower one": op(
        "Resize",
        SMALL,
        None,
        C((4,), [1.0, 1.0, 1.5, 2.0]),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    ),
    "each pixel to sizes": op("Resize", SMALL, None, None, [1, 2, 6, 4], mode="nearest"),
    "nearest centres": op(
        "Resize",
        SMALL,
        None,
        None,
        [1, 2, 5, 3],
        mode="nearest",
        nearest_mode="round_prefer_ceil",
    ),
    "each pixel of axes that are named": op(
        "Resize", (1, 2, 3, 4), None, C((2,), [2.0, 3.0]), axes=[2, 3], mode="nearest"
    ),
    "lines to sizes": op("Resize", SMALL, None, None, [1, 2, 5, 7], mode="linear"),
    "lines by factors": op("Resize", SMALL, None, C((4,), [1.0, 1.0, 1.5, 2.5]), mode="linear"),
    "lines to fewer": op("Resize", LARGE, None, None, [1, 2, 4, 3], mode="linear"),
    "lines between corners": op(
        "Resize",
        SMALL,
        None,
        None,
        [1, 2, 5, 8],
        mode="linear",
        coordinate_transformation_mode="align_corners",
    ),
    "lines of axes that are named": op(
        "Resize", SMALL, None, None, [7, 5], mode="linear", axes=[3, 2]
    ),
    "smooth lines to more": op(
        "Resize", SMALL, None, None, [1, 2, 6, 5], mode="linear", antialias=1
    ),
    "lines of a row": op("Resize", (1, 2, 5), None, None, [1, 2, 8], mode="linear"),
    "lines of a volume": op("Resize", (1, 1, 2, 3, 2), None, None, [1, 1, 4, 3, 3], mode="linear"),
    "cubic curves": op(
        "Resize",
        SMALL,
        None,
        None,
        [1, 2, 5, 7],
        mode="cubic",
        coordinate_transformation_mode="pytorch_half_pixel",
    ),
    "each pixel, as it was first written": op(
        "Upsample", SMALL, scales=[1.0, 1.0, 2.0, 3.0], mode="nearest", opset=7
    ),
    "each pixel, as it was written then": op(
        "Upsample", SMALL, C((4,), [1.0, 1.0, 3.0, 2.0]), mode="nearest", opset=9
    ),
    **{
        f"{said}, which no kind does": op(
            "Resize", SMALL, crop, None, sizes, mode=mode, opaque=True, **more
        )
        for said, crop, sizes, mode, more in (
            (
                "lines of the sides' ratio",
                None,
                [5, 9],
                "linear",
                {"axes": [2, 3], "keep_aspect_ratio_policy": "not_larger"},
            ),
            (
                "pixels of the sides' ratio",
                None,
                [5, 9],
                "nearest",
                {"axes": [2, 3], "keep_aspect_ratio_policy": "not_smaller"},
            ),
            ("smooth lines", None, [1, 2, 2, 3], "linear", {"antialias": 1}),
            (
                "lines of a part",
                C((8,), [0.0, 0.0, 0.25, 0.25, 1.0, 1.0, 0.75, 0.75]),
                [1, 2, 3, 4],
                "linear",
                {"coordinate_transformation_mode": "tf_crop_and_resize"},
            ),
            ("other cubic curves", None, [1, 2, 5, 7], "cubic", {"cubic_coeff_a": -0.5}),
            (
                "lines from corners",
                None,
                [1, 2, 5, 7],
                "linear",
                {"coordinate_transformation_mode": "asymmetric"},
            ),
            (
                "lines from the middle",
                None,
                [1, 2, 5, 7],
                "linear",
                {"coordinate_transformation_mode": "half_pixel_symmetric"},
            ),
            ("the pixels above", None, [1, 2, 5, 7], "nearest", {"nearest_mode": "ceil"}),
            ("more channels", None, [1, 4, 3, 4], "nearest", {}),
        )
    },
    "no other size": op("Resize", SMALL, None, None, [1, 2, 3, 4], mode="linear"),
}

HOW = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")
ROUNDED = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
# Of 3 x 4 pixels: whole times as many, half of them, other numbers, and a single row.
TO = ((6, 8), (2, 2), (5, 3), (1, 5))


def resized(to: tuple[int, int], how: str, done: bool, **more: Any) -> Case:
    """3 x 4 pixels as others; `done` where a kind does that."""
    return op(
        "Resize", SMALL, None, None, [1, 2, *to],
        coordinate_transformation_mode=how, opaque=not done, **more,
    )  # fmt: skip


# PyTorch's pixels begin at the first one where a single one is left, which no kind does.
DONE = {
    *(f"nearest pixels to 6x8 by {how}, {rounded}" for how in HOW[:2] for rounded in ROUNDED[:2]),
    *(
        f"nearest pixels to {to} by {how}"
        for to in ("6x8", "2x2", "5x3", "1x5")
        for how in ("half_pixel, round_prefer_ceil", "asymmetric, floor")
    ),
    *(f"nearest pixels to {to} by pytorch_half_pixel, round_prefer_ceil" for to in ("2x2", "5x3")),
    *(
        f"{mode} to {to} by {how}"
        for mode in ("linear", "cubic")
        for to in ("6x8", "2x2", "5x3", "1x5")
        for how in HOW[:3]
        if (to, how) != ("1x5", "pytorch_half_pixel")
    ),
}
SIZES |= {
    name: resized(to, how, name in DONE, mode="nearest", nearest_mode=rounded)
    for to in TO
    for how in HOW
    for rounded in ROUNDED
    for name in [f"nearest pixels to {to[0]}x{to[1]} by {how}, {rounded}"]
    if to == (2, 2) or how == "pytorch_half_pixel" or name in DONE
} | {
    name: resized(to, how, name in DONE, mode=mode)
    for to in TO
    for how in HOW
    for mode in ("linear", "cubic")
    for name in [f"{mode} to {to[0]}x{to[1]} by {how}"]
    if to in ((2, 2), (1, 5)) or name in DONE
} | {
    f"a row of pixels to a row by pytorch_half_pixel, {mode}": op(
        "Resize", (1, 2, 1, 4), None, None, [1, 2, 1, 7],
        mode=mode, coordinate_transformation_mode="pytorch_half_pixel",
        nearest_mode="round_prefer_ceil",
    )
    for mode in ("nearest", "linear")
}  # fmt: skip

NORMS = {
    "batch norm": op(
        "BatchNormalization", (1, 3, 2, 2), W((3,)), W((3,)), W((3,)), W((3,), True), params=6
    ),
    "batch norm, another epsilon": op(
        "BatchNormalization",
        (1, 3, 4),
        W((3,)),
        W((3,)),
        W((3,)),
        W((3,), True),
        params=6,
        epsilon=0.5,
    ),
    "batch norm of vectors": op(
        "BatchNormalization", (1, 3), W((3,)), W((3,)), W((3,)), W((3,), True), params=6
    ),
    "no neighbouring channels": op("LRN", (1, 6, 2, 2), size=1),
    "instance norm": op("InstanceNormalization", (1, 3, 2, 5), W((3,)), W((3,)), epsilon=0.25),
    "group norm": op("GroupNormalization", (1, 4, 2, 3), W((4,)), W((4,)), num_groups=2),
    "group norm, numbers of groups": op(
        "GroupNormalization",
        (1, 4, 2, 3),
        W((2,)),
        W((2,)),
        num_groups=2,
        epsilon=0.5,
        opset=18,
        params=8,
    ),
    "layer norm": op("LayerNormalization", (1, 3, 5), W((5,)), W((5,))),
    "layer norm from the second axis on": op(
        "LayerNormalization", (1, 3, 5), W((3, 5)), W((3, 5)), axis=1, epsilon=0.5
    ),
    "layer norm of columns of turned maps": net(
        [
            node("Transpose", ["x"], ["t"], perm=[0, 2, 1, 3]),
            node("LayerNormalization", ["t", "g", "b"], ["n"]),
            node("Transpose", ["n"], ["u"], perm=[0, 3, 2, 1]),
            node("Conv", ["u", "k"], ["y"]),
        ],
        {"x": (1, 2, 3, 5), "g": W((5,)), "b": W((5,)), "k": W((4, 5, 1, 1))},
        macs=4 * 5 * 6,
    ),
    "layer norm without numbers added": op("LayerNormalization", (1, 3, 5), W((5,))),
    "layer norm and its figures": op(
        "LayerNormalization", (1, 2, 3, 5), W((3, 5)), W((3, 5)), axis=-2, results=3, opaque=True
    ),
    "root mean square": op("RMSNormalization", (1, 3, 5), W((5,)), epsilon=0.5, opset=23),
    "vectors of length 1": op("LpNormalization", (1, 3, 5)),
    "vectors of channels of length 1": op("LpNormalization", (1, 3, 5), axis=1),
    "neighbouring channels": op("LRN", (1, 6, 2, 2), size=3, alpha=0.5, beta=0.6, bias=2.0),
    "neighbouring channels, as usual": op("LRN", (1, 6, 2, 2), size=5),
}
