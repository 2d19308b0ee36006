"""Convolutions, pools and maps of another size."""

from __future__ import annotations

from convcalc.importers.tflite.lowering import Lowering, NoWordsError, rule
from convcalc.importers.tflite.schema import SAME, VALID

_PADDING = {SAME: "SAME_UPPER", VALID: "VALID"}


def _padding(say: Lowering, slot: int) -> str:
    number = say.whole(slot, "b")
    if number not in _PADDING:
        raise NoWordsError(f"its padding is {number}")
    return _PADDING[number]


def _steps(say: Lowering, dilations: tuple[int, int]) -> dict[str, object]:
    """How the windows of a convolution of maps move, and what stands around the map."""
    found: dict[str, object] = {"strides": (say.whole(2), say.whole(1))}
    dilated = say.operator.dilated
    if dilated is not None:
        return {**found, "dilations": dilated.dilation, "pads": dilated.pads}
    return {**found, "dilations": dilations, "auto_pad": _padding(say, 0)}


def _biased(say: Lowering, *names: str, place: int = 2) -> list[str]:
    """The inputs, and the bias where there is one."""
    return [*names, *([say.input(place)] if say.has(place) else [])]


def _groups(say: Lowering, channels: int) -> int:
    """Groups of a convolution whose windows read so many of the input's channels."""
    reads = say.dims()[-1]
    return reads // channels if reads % channels == 0 else 1


@rule("CONV_2D")
def conv(say: Lowering) -> list[str]:
    """A convolution of weights (out, rows, columns, in)."""
    made = say.add(
        "Conv",
        *_biased(say, say.maps(0, 4), say.maps(1, 4)),
        group=_groups(say, say.dims(1)[-1]),
        **_steps(say, (say.whole(5, default=1), say.whole(4, default=1))),
    )
    return say.activated(say.channels_last(made, 4), 3)


@rule("DEPTHWISE_CONV_2D")
def depthwise(say: Lowering) -> list[str]:
    """A convolution of each channel for itself; weights are (1, rows, columns, channels)."""
    made = say.add(
        "Conv",
        *_biased(say, say.maps(0, 4), say.turned(say.input(1), 3, 0, 1, 2)),
        group=say.dims()[-1],
        **_steps(say, (say.whole(6, default=1), say.whole(5, default=1))),
    )
    return say.activated(say.channels_last(made, 4), 4)


@rule("CONV_3D")
def conv_3d(say: Lowering) -> list[str]:
    """A convolution of weights (depth, rows, columns, in, out)."""
    weight = say.turned(say.input(1), 4, 3, 0, 1, 2)
    *_, channels, _ = say.dims(1)
    made = say.add(
        "Conv",
        *_biased(say, say.maps(0, 5), weight),
        strides=(say.whole(1), say.whole(3), say.whole(2)),
        dilations=tuple(say.whole(slot, default=1) for slot in (5, 7, 6)),
        auto_pad=_padding(say, 0),
        group=_groups(say, channels),
    )
    return say.activated(say.channels_last(made, 5), 4)


@rule("TRANSPOSE_CONV")
def transpose_conv(say: Lowering) -> list[str]:
    """A transposed convolution of weights (out, rows, columns, in)."""
    weight = say.turned(say.input(1), 3, 0, 1, 2)
    strides, kernel = (say.whole(2), say.whole(1)), say.dims(1)[1:3]
    return say.activated(_enlarged(say, weight, strides, kernel), 3)


@rule("CONV_3D_TRANSPOSE")
def transpose_conv_3d(say: Lowering) -> list[str]:
    """A transposed convolution of weights (depth, rows, columns, out, in)."""
    weight = say.turned(say.input(1), 4, 3, 0, 1, 2)
    strides = (say.whole(1), say.whole(3), say.whole(2))
    return say.activated(_enlarged(say, weight, strides, say.dims(1)[:3]), 4)


def _enlarged(say: Lowering, weight: str, strides: tuple[int, ...], kernel: tuple[int, ...]) -> str:
    """A transposed convolution to the sizes that its first input names."""
    rank = len(kernel)
    wanted, sizes = say.output().dims[1:-1], say.dims(2)[1:-1]
    if say.tensor().held is not None:
        wanted = say.wholes(0)[1:-1]
    if len(wanted) != rank or len(sizes) != rank:
        raise NoWordsError("its sizes are of another number of axes")
    before, after, more = [], [], []
    for size, aim, stride, span in zip(sizes, wanted, strides, kernel, strict=True):
        # Padded as the convolution from the larger map to the smaller one is.
        total = (size - 1) * stride + span - aim
        before.append(max(total, 0) // 2)
        after.append(max(total, 0) - max(total, 0) // 2)
        more.append(max(-total, 0))
    made = say.add(
        "ConvTranspose",
        *_biased(say, say.maps(2, rank + 2), weight, place=3),
        strides=strides,
        pads=(*before, *after),
        output_padding=tuple(more),
    )
    return say.channels_last(made, rank + 2)


@rule("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D")
def pool(say: Lowering) -> list[str]:
    """A figure of each window; a mean is of the pixels that are there."""
    is_root = say.operator.word == "L2_POOL_2D"
    x = say.maps(0, 4)
    made = say.add(
        "MaxPool" if say.operator.word == "MAX_POOL_2D" else "AveragePool",
        say.add("Pow", x, say.constant(2.0, dims=())) if is_root else x,
        kernel_shape=(say.whole(4), say.whole(3)),
        strides=(say.whole(2), say.whole(1)),
        auto_pad=_padding(say, 0),
    )
    made = say.add("Sqrt", made) if is_root else made
    return say.activated(say.channels_last(made, 4), 5)


@rule("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")
def resize(say: Lowering) -> list[str]:
    """Interpolation to a size."""
    is_linear = say.operator.word == "RESIZE_BILINEAR"
    corners, half = (say.flag(slot) for slot in ((2, 3) if is_linear else (0, 1)))
    x = say.maps(0, 4)
    if is_linear and not corners and not half:
        return [say.channels_last(_from_corners(say, x), 4)]
    how = "align_corners" if corners else "half_pixel" if half else "asymmetric"
    made = say.add(
        "Resize",
        x,
        "",
        "",
        say.input(1),
        axes=(2, 3),
        mode="linear" if is_linear else "nearest",
        coordinate_transformation_mode=how,
        # Of two that are as near, or by the new pixel's centre, the later one.
        nearest_mode="round_prefer_ceil" if corners or half else "floor",
    )
    return [say.channels_last(made, 4)]


def _from_corners(say: Lowering, x: str) -> str:
    """Interpolation by the pixels' first corners, as in TensorFlow 1: pixel u is u in / out.

    With the last pixel once more, in + 1 pixels and out + 1 of the new ones have the same corners,
    and the step between them is in / out.
    """
    wanted = say.wholes(1)
    if tuple(wanted) == say.dims()[1:3]:
        return say.add("Identity", x)
    wide = say.add("Pad", x, say.constant(0, 0, 0, 0, 0, 0, 1, 1), mode="edge")
    made = say.add(
        "Resize",
        wide,
        "",
        "",
        say.constant(*(one + 1 for one in wanted)),
        axes=(2, 3),
        mode="linear",
        coordinate_transformation_mode="align_corners",
    )
    return say.add("Slice", made, say.constant(0, 0), say.constant(*wanted), say.constant(2, 3))


@rule("DEPTH_TO_SPACE", "SPACE_TO_DEPTH")
def dealt(say: Lowering) -> list[str]:
    """Channels to blocks of pixels, or back."""
    op = "DepthToSpace" if say.operator.word == "DEPTH_TO_SPACE" else "SpaceToDepth"
    made = say.add(op, say.maps(0, 4), blocksize=say.whole(0))
    return [say.channels_last(made, 4)]
