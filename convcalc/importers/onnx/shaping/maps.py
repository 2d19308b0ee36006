"""Shapes of maps: windows, borders, resizing, boxes, spectra."""

from __future__ import annotations

from fractions import Fraction
from math import floor, prod

from convcalc.core.shapes import Shape
from convcalc.importers.onnx.rules.windows import Window
from convcalc.importers.onnx.shaping.table import Shapes, shape
from convcalc.importers.onnx.use import Use
from convcalc.importers.placing import NoRuleError


@shape("Pad")
def _padded(use: Use) -> Shapes:
    dims = list(use.dims())
    pads = use.sizes(1) if use.has(1) else use.list("pads") or ()
    axes = use.axes(use.sizes(3), len(dims)) if use.has(3) else range(len(dims))
    for at, axis in enumerate(axes):
        dims[axis] += pads[at] + pads[at + len(pads) // 2]
    return [tuple(dims)]


@shape("Resize", "Upsample")
def _resized(use: Use) -> Shapes:
    dims = use.dims()
    axes = use.axes(use.list("axes") or range(len(dims)), len(dims))
    is_new = use.operation.op == "Resize" and use.opset > 10
    if is_new and use.has(3) and use.dims(3) != (0,):
        asked = dict(zip(axes, use.sizes(3), strict=True))
        policy = use.word("keep_aspect_ratio_policy", "stretch")
        if policy != "stretch":
            pick = min if policy == "not_larger" else max
            ratio = pick(Fraction(size, dims[axis]) for axis, size in asked.items())
            asked = {axis: floor(ratio * dims[axis] + Fraction(1, 2)) for axis in axes}
        return [tuple(asked.get(axis, size) for axis, size in enumerate(dims))]
    listed = use.operation.attributes.get("scales")
    found = use.values(2 if is_new else 1)
    scales = found.values if found is not None else listed
    if not isinstance(scales, tuple):
        raise NoRuleError("its size is known only when it runs")
    factors = dict(zip(axes, scales, strict=True))
    return [tuple(int(size * factors.get(axis, 1)) for axis, size in enumerate(dims))]


@shape("CenterCropPad")
def _cropped(use: Use) -> Shapes:
    dims = list(use.dims())
    axes = use.axes(use.list("axes") or range(len(dims)), len(dims))
    for axis, size in zip(axes, use.sizes(1), strict=True):
        dims[axis] = size
    return [tuple(dims)]


@shape("BlackmanWindow", "HammingWindow", "HannWindow")
def _window(use: Use) -> Shapes:
    return [use.sizes(0)]


@shape("GridSample")
def _sampled(use: Use) -> Shapes:
    return [(*use.dims()[:2], *use.dims(1)[1:-1])]


@shape("AffineGrid")
def _grid(use: Use) -> Shapes:
    batch, _, *sizes = use.walk.of_one_sample(use.sizes(1))
    return [(batch, *sizes, len(sizes))]


@shape("RoiAlign")
def _roi(use: Use) -> Shapes:
    height, width = use.whole("output_height", 1), use.whole("output_width", 1)
    return [(use.dims(1)[0], use.dims()[1], height, width)]


@shape("MaxRoiPool")
def _roi_pool(use: Use) -> Shapes:
    return [(use.dims(1)[0], use.dims()[1], *(use.list("pooled_shape") or ()))]


@shape("NonMaxSuppression")
def _suppressed(use: Use) -> Shapes:
    """As many boxes as may be left at most: all that are asked for of each class."""
    batch, boxes = use.dims()[:2]
    most = use.sizes(2)[0] if use.has(2) else 0
    return [(batch * use.dims(1)[1] * min(most, boxes), 3)]


@shape("Conv", "ConvInteger", "DeformConv")
def _convolved(use: Use) -> Shapes:
    return [_of_windows(use, use.dims(1))]


@shape("ConvTranspose")
def _enlarged(use: Use) -> Shapes:
    window = Window(use, use.dims(1)[2:])
    batch, _, *sizes = use.dims()
    more = use.list("output_padding") or (0,) * len(sizes)
    wanted = use.list("output_shape")
    found = [*(wanted or ())][-len(sizes) :]
    for at, size in enumerate(() if found else sizes):
        span = (window.kernel[at] - 1) * window.dilation[at] + 1
        pads = window.pads[at] + window.pads[at + len(sizes)]
        reach = (size - 1) * window.stride[at] + more[at] + span
        is_same = window.word.startswith("SAME")
        found.append(size * window.stride[at] if is_same else reach - pads)
    return [(batch, use.dims(1)[1] * use.whole("group", 1), *found)]


@shape("MaxPool", "AveragePool", "LpPool")
def _pooled(use: Use) -> Shapes:
    kernel = use.list("kernel_shape") or ()
    return [_of_windows(use, (use.dims()[1], 1, *kernel))] * 2


def _of_windows(use: Use, weight: Shape) -> Shape:
    window = Window(use, weight[2:])
    return (use.dims()[0], weight[0], *window.counts(use.dims()[2:]))


@shape("DepthToSpace")
def _dealt(use: Use) -> Shapes:
    block = use.whole("blocksize", 1)
    batch, channels, height, width = use.dims()
    return [(batch, channels // block**2, height * block, width * block)]


@shape("Col2Im")
def _columns(use: Use) -> Shapes:
    batch, channels, _ = use.dims()
    return [(batch, channels // prod(use.sizes(2)), *use.sizes(1))]


@shape("MaxUnpool")
def _unpooled(use: Use) -> Shapes:
    if use.has(2):
        return [use.walk.of_one_sample(use.sizes(2))]
    window = Window(use, use.list("kernel_shape") or ())
    batch, channels, *sizes = use.dims()
    rank = len(sizes)
    return [
        (
            batch,
            channels,
            *(
                (size - 1) * window.stride[at]
                + window.kernel[at]
                - window.pads[at]
                - window.pads[at + rank]
                for at, size in enumerate(sizes)
            ),
        )
    ]


@shape("STFT")
def _spectra(use: Use) -> Shapes:
    batch, signal = use.dims()[:2]
    frame = use.sizes(3)[0] if use.has(3) else use.dims(2)[0]
    bins = frame // 2 + 1 if use.whole("onesided", 1) else frame
    return [(batch, (signal - frame) // use.sizes(1)[0] + 1, bins, 2)]


@shape("DFT")
def _transformed(use: Use) -> Shapes:
    dims = list(use.dims())
    given = use.sizes(2)[0] if use.has(2) else use.whole("axis", 1 if use.opset < 20 else -2)
    axis = use.axes((given,), len(dims))[0]
    size = use.sizes(1)[0] if use.has(1) else dims[axis]
    is_half = bool(use.whole("onesided", 0))
    if use.whole("inverse", 0):
        if is_half and not use.has(1):
            size = 2 * (size - 1)
        dims[axis] = size
        dims[-1] = 1 if is_half else 2
    else:
        dims[axis] = size // 2 + 1 if is_half else size
        dims[-1] = 2
    return [tuple(dims)]
