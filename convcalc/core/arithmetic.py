"""Window sums on plain integers, one axis at a time; axes never interact.

This module imports nothing, so that a one-off question starts as fast as Python does.
Legality is tested before any division: Python's `//` on a negative number gives a size that
is wrong, not an error. Throughout: i input size, o output size, K the span of the kernel.

Sources: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning"
(relationships 1-15, cited by number); the PyTorch and ONNX operator documentation.
"""


class WindowError(ValueError):
    """The span exceeds the padded input: no position exists."""


def ceil_div(a: int, b: int) -> int:
    """Smallest integer not below a / b, for b > 0.

    >>> ceil_div(7, 2), ceil_div(-7, 2)
    (4, -3)
    """
    return -(-a // b)


def span(kernel: int, dilation: int = 1) -> int:
    """Pixels from the first tap of a dilated kernel to its last: K = d(k - 1) + 1.

    >>> span(3), span(3, dilation=4)
    (3, 9)
    """
    return dilation * (kernel - 1) + 1


def output_size(size: int, span: int, stride: int = 1, before: int = 0, after: int = 0) -> int:
    """Positions a window of `span` pixels takes along `size` padded pixels.

    floor((size + before + after - span) / stride) + 1.
    Raises WindowError when the span exceeds the padded size.
    Source: Dumoulin & Visin, relationships 6 and 15.

    >>> output_size(224, 7, stride=2, before=3, after=3)
    112
    """
    room = size + before + after - span
    if room < 0:
        raise WindowError(f"span {span} exceeds {size + before + after}")
    return room // stride + 1


def pool_output_size(
    size: int, span: int, stride: int, before: int, after: int, ceil_mode: bool
) -> int:
    """Positions of a pooling window; with `ceil_mode` a last, partial window is kept.

    Rounded up, then one less where the last window would start beyond the input and the
    padding before it. Raises WindowError when the span exceeds the padded size; rounding up
    forgives less than a stride of missing pixels.
    Source: PyTorch's pooling_output_shape, which ONNX adopted in opset 22.

    >>> pool_output_size(6, 3, 2, 0, 0, ceil_mode=False)
    2
    >>> pool_output_size(6, 3, 2, 0, 0, ceil_mode=True)
    3
    >>> pool_output_size(9, 4, 4, 2, 2, ceil_mode=True)
    3
    >>> pool_output_size(2, 3, 2, 0, 0, ceil_mode=True)
    1
    """
    if not ceil_mode:
        return output_size(size, span, stride, before, after)
    room = size + before + after - span
    if room <= -stride:
        raise WindowError(f"span {span} exceeds {size + before + after}")
    count = ceil_div(room, stride) + 1
    if (count - 1) * stride >= size + before:
        count -= 1
    return count


def tail_pixels(size: int, count: int, span: int, stride: int, before: int, after: int) -> int:
    """Padded pixels behind the last of `count` windows; negative where that window sticks out.

    >>> tail_pixels(224, 112, 7, 2, 3, 3), tail_pixels(6, 3, 3, 2, 0, 0)
    (1, -1)
    """
    return size + before + after - span - (count - 1) * stride


def smallest_input(count: int, span: int, stride: int, before: int = 0, after: int = 0) -> int:
    """Smallest size on which a window takes `count` positions; may be zero or negative.

    (o - 1)s + K - before - after. The sizes from here to s - 1 more share the output.
    Source: Dumoulin & Visin, below relationship 13.

    >>> smallest_input(16, 3, 2, 1, 1), smallest_input(17, 3, 2, 1, 1)
    (31, 33)
    """
    return (count - 1) * stride + span - before - after


def pool_smallest_input(
    count: int, span: int, stride: int, before: int, after: int, ceil_mode: bool
) -> int:
    """Smallest size on which a pooling window takes `count` positions, as `pool_output_size`.

    >>> pool_smallest_input(3, 3, 2, 0, 0, ceil_mode=True)
    6
    >>> pool_smallest_input(4, 4, 4, 2, 2, ceil_mode=True)
    11
    """
    if not ceil_mode:
        return smallest_input(count, span, stride, before, after)
    # One pixel more than count - 1 full windows have room for; and the last window must start
    # inside the input or the padding before it.
    rounded = smallest_input(count - 1, span, stride, before, after) + 1
    return max(rounded, (count - 1) * stride - before + 1)


def same_smallest_input(count: int, stride: int) -> int:
    """Smallest size for which ceil(size / stride) is `count`.

    >>> same_smallest_input(112, 2)
    223
    """
    return (count - 1) * stride + 1


def caffe_pool_output_size(size: int, span: int, stride: int, before: int, after: int) -> int:
    """Positions of Caffe's pooling: rounded up, and clipped as `pool_output_size` only if padded.

    Without padding a last window may therefore stand beyond the input altogether.
    Source: Caffe's pooling_layer.cpp.

    >>> caffe_pool_output_size(6, 3, 2, 0, 0), caffe_pool_output_size(2, 1, 2, 0, 0)
    (3, 2)
    """
    if before or after:
        return pool_output_size(size, span, stride, before, after, ceil_mode=True)
    if size - span <= -stride:
        raise WindowError(f"span {span} exceeds {size}")
    return ceil_div(size - span, stride) + 1


def transposed_size(
    size: int,
    span: int,
    stride: int = 1,
    before: int = 0,
    after: int = 0,
    output_padding: int = 0,
) -> int:
    """Output size of a transposed convolution: (i - 1)s - before - after + K + a.

    May be zero or negative; the caller reports that. Source: Dumoulin & Visin,
    relationship 14; PyTorch's ConvTranspose.

    >>> transposed_size(32, 4, stride=2, before=1, after=1)
    64
    """
    return (size - 1) * stride - before - after + span + output_padding


def output_padding(size: int, span: int, stride: int, before: int, after: int) -> int:
    """The a that makes the transposed layer give back `size`: (i + before + after - K) mod s.

    Raises WindowError when the convolution itself does not fit.
    Source: Dumoulin & Visin, relationship 14.

    >>> output_padding(32, 3, 2, 1, 1)
    1
    """
    room = size + before + after - span
    if room < 0:
        raise WindowError(f"span {span} exceeds {size + before + after}")
    return room % stride


def overlap(kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Fewest and most inputs that meet in one output of a transposed layer, borders apart.

    floor(k / s) and ceil(k / s): equal only where s divides k, else a checkerboard can show.
    With dilation, s / gcd(s, d) stands for s, and a common divisor leaves outputs without input.
    Source: Odena, Dumoulin & Olah, "Deconvolution and Checkerboard Artifacts" (Distill 2016).

    >>> overlap(3, 2), overlap(4, 2), overlap(3, 2, dilation=2)
    ((1, 2), (2, 2), (0, 3))
    """
    common = common_step(stride, dilation)
    period = stride // common
    return (0 if common > 1 else kernel // period), ceil_div(kernel, period)


def common_step(stride: int, dilation: int) -> int:
    """Outputs of a transposed layer from one that a tap can meet to the next: gcd(s, d).

    >>> common_step(2, 2), common_step(2, 3)
    (2, 1)
    """
    # `math` would be the only import of this module.
    while dilation:
        stride, dilation = dilation, stride % dilation
    return stride


def guide_padding(span: int, padding: int) -> int:
    """The p' of the direct convolution that equals a transposed one: K - 1 - p; < 0 crops.

    Source: Dumoulin & Visin, relationships 8-14, with the span K in place of k for dilation.

    >>> guide_padding(3, 1), guide_padding(1, 1)
    (1, -1)
    """
    return span - 1 - padding


def stretched_size(size: int, stride: int) -> int:
    """Pixels once `stride` - 1 zeros stand between each two: (i - 1)s + 1.

    >>> stretched_size(16, 2)
    31
    """
    return span(size, dilation=stride)


def same_transposed_cut(span: int, stride: int) -> tuple[int, int, int]:
    """(before, after, a) of a transposed layer whose output is i * s, as TensorFlow's SAME.

    K - s pixels are cut, the smaller half before; where K < s, s - K are added after instead.
    Source: Keras, Conv2DTranspose with padding "same"; ONNX, ConvTranspose with SAME_UPPER.

    >>> same_transposed_cut(3, 2), same_transposed_cut(4, 2), same_transposed_cut(1, 2)
    ((0, 1, 0), (1, 1, 0), (0, 0, 1))
    """
    cut = max(0, span - stride)
    return cut // 2, cut - cut // 2, max(0, stride - span)


def dropped_pixels(size: int, span: int, stride: int, before: int, after: int) -> int:
    """Padded pixels at the far side that no window reaches because the division floors.

    >>> dropped_pixels(75, 2, 2, 0, 0)
    1
    """
    return output_padding(size, span, stride, before, after)


def same_padding(size: int, span: int, stride: int, upper: bool) -> tuple[int, int]:
    """(before, after) that give ceil(size / stride) positions; the odd pixel after if `upper`.

    P = max(0, (ceil(i / s) - 1)s + K - i). Source: TensorFlow's SAME, ONNX's SAME_UPPER and
    SAME_LOWER.

    >>> same_padding(224, 7, 2, upper=True), same_padding(224, 7, 2, upper=False)
    ((2, 3), (3, 2))
    """
    total = max(0, (ceil_div(size, stride) - 1) * stride + span - size)
    small, large = total // 2, total - total // 2
    return (small, large) if upper else (large, small)


def word_padding(word: str, size: int, span: int, stride: int) -> tuple[int, int]:
    """(before, after) that a padding word stands for, where it fits; the caller checks that.

    `valid` 0; `half` floor(K / 2); `full` K - 1; `same` K - 1 in total, the odd one after;
    `causal` K - 1 before; `same_upper` and `same_lower` as `same_padding`.

    >>> word_padding("same", 32, 4, 1), word_padding("full", 5, 3, 1)
    ((1, 2), (2, 2))
    """
    if word == "valid":
        return 0, 0
    if word == "half":
        return span // 2, span // 2
    if word == "full":
        return span - 1, span - 1
    if word == "same":
        return (span - 1) // 2, span - 1 - (span - 1) // 2
    if word == "causal":
        return span - 1, 0
    return same_padding(size, span, stride, upper=word == "same_upper")


def adaptive_bin(index: int, size: int, bins: int) -> tuple[int, int]:
    """First pixel of an adaptive pool's bin, and the one after its last.

    [floor(j i / n), ceil((j + 1) i / n)). Source: PyTorch's AdaptivePooling.

    >>> [adaptive_bin(j, 12, 7) for j in range(3)]
    [(0, 2), (1, 4), (3, 6)]
    """
    return index * size // bins, ceil_div((index + 1) * size, bins)


def pooled_elements(
    size: int, span: int, stride: int, before: int, after: int, count: int, dilation: int = 1
) -> int:
    """Taps of `count` pooling windows that stand on real pixels, summed over the axis.

    Closed form over the dilated taps, so the cost does not grow with the map.

    >>> pooled_elements(5, 3, 2, 1, 1, 3)
    7
    """
    total = 0
    last = (count - 1) * stride - before
    for tap in range(0, span, dilation):
        # Positions of this tap: tap - before + u*stride for u in 0..count-1.
        low = tap - before
        first = ceil_div(-low, stride) if low < 0 else 0
        beyond = last + tap - (size - 1)
        final = count - 1 - (ceil_div(beyond, stride) if beyond > 0 else 0)
        total += max(0, final - first + 1)
    return total


def equal_padding(before: int, after: int, extra: int) -> tuple[int, int, tuple[int, int]]:
    """(p, a, (crop before, crop after)) of a transposed layer that cuts both sides equally.

    It ends up as one that cuts `before` and `after` and adds `extra`.

    >>> equal_padding(1, 1, 1), equal_padding(0, 1, 0), equal_padding(0, 1, 1)
    ((1, 1, (0, 0)), (0, 0, (0, 1)), (0, 0, (0, 0)))
    """
    padding = min(before, after)
    net = extra - (after - padding)
    return padding, max(0, net), (before - padding, max(0, -net))
