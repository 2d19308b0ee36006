"""Paddings that a layer does not take."""

from __future__ import annotations

from convcalc.features.why.sentence import (
    Clue,
    Found,
    Meaning,
    Said,
    Sentence,
    many,
    number,
    sizes,
    written,
)


def _output_padding(found: Found) -> Meaning:
    a, s = number(found, "a"), number(found, "s")
    return Meaning(
        f"an output padding of {a} with stride {s}: it tells apart the {many(s, 'input size')} "
        f"that one output size may come from, so it goes from 0 to {s - 1}",
        ("it is no padding: it adds rows at one end only, to restore a certain size",),
        (
            f"output_padding={s - 1} at most"
            if s > 1
            else "output_padding=0: with stride 1 every size is restored without it",
            "output_size=skip.shape[2:] in the call, which finds it",
        ),
        ("a = (i + 2p - k) mod s, of the convolution that is undone",),
        "convcalc invert 32 k3 s2 p1",
        Clue(sizes=(a, s)),
    )


def _restored(found: Found) -> Meaning:
    low, high = sizes(found, "low"), sizes(found, "high")
    return Meaning(
        f"a transposed convolution was asked for {written(sizes(found, 'size'))}; it can make "
        f"{written(low)} to {written(high)}",
        (
            "its input comes from another size than the one wanted: the strides on the way differ",
            "the padding is not that of the convolution that it undoes",
        ),
        ("the same kernel, stride and padding as on the way down",),
        ("(n - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + a, a below the stride",),
        "convcalc invert 32 k3 s2 p1",
    )


def _same(found: Found) -> Meaning:
    return Meaning(
        "PyTorch has no padding='same' for strides above 1",
        (
            "with a stride, same padding depends on the size of the input, and may differ at both "
            "ends: TensorFlow pads more at the end",
        ),
        (
            "padding=kernel // 2, for odd kernels: also ceil(size / stride) outputs, centred",
            "F.pad(x, (left, right, top, bottom)) before a layer without padding, for TensorFlow's "
            "numbers",
        ),
        ("pad = max((ceil(n / s) - 1) * s + k - n, 0), one half of it (rounded down) in front",),
        "convcalc shape 224 conv k3 s2 same_upper",
    )


def _pool(found: Found) -> Meaning:
    p, k = number(found, "p"), number(found, "k")
    return Meaning(
        f"a pool of {k} may be padded by at most {k // 2}, not by {p}: otherwise a window would "
        "see padding only",
        ("a convolution's padding was taken over for a pool",),
        (f"padding={k // 2}", f"kernel_size={2 * p}"),
        (f"floor({k} / 2) = {k // 2}",),
        f"convcalc shape 224 max_pool k{k} p{k // 2}",
        Clue(sizes=(p, k)),
    )


def _mirror(found: Found) -> Meaning:
    pad = sizes(found, "pad")
    shape = sizes(found, "shape")
    size = shape[number(found, "axis")]
    return Meaning(
        f"a mirror of {written(pad)} pixels is asked for an axis of {size}; it takes at most "
        f"{(size or 1) - 1}, since the edge itself is not repeated",
        ("the map has shrunk below the padding at this depth", "a picture smaller than foreseen"),
        ("padding_mode='replicate', or 'zeros', which have no limit", "a larger input"),
        clue=Clue(sizes=tuple(one for one in (size, pad[0]) if one is not None)),
    )


def _strided_dilated(found: Found) -> Meaning:
    return Meaning(
        "Keras has no layer that both strides and dilates",
        ("each alone is there: dilation widens the kernel, a stride skips positions",),
        ("a dilated layer of stride 1, and a pool of 1 with the stride behind it",),
    )


SENTENCES = (
    Sentence(
        "output-padding",
        (
            Said(
                "PyTorch",
                "output padding must be smaller than either stride or dilation, but got "
                "output_padding_height: {h} output_padding_width: {a} stride_height: {sh} "
                "stride_width: {s}",
            ),
            Said(
                "PyTorch",
                "output padding must be smaller than either stride or dilation, but got "
                "output_padding_depth: {d} output_padding_height: {h} output_padding_width: {a} "
                "stride_depth: {sd} stride_height: {sh} stride_width: {s}",
            ),
            Said("Keras", "`output_padding` is {a} but `strides` is {s}"),
        ),
        _output_padding,
    ),
    Sentence(
        "output-padding",
        (
            Said(
                "Keras",
                "Strides must be greater than output padding. Received strides={s:shape}, "
                "output_padding={a:shape}",
            ),
        ),
        lambda found: _output_padding(
            {name: max(size or 0 for size in sizes(found, name)) for name in ("a", "s")}
        ),
    ),
    Sentence(
        "output-size",
        (
            Said(
                "PyTorch",
                "requested an output size of {size:shape}, but valid sizes range from {low:shape} "
                "to {high:shape}",
            ),
        ),
        _restored,
    ),
    Sentence(
        "same-padding",
        (Said("PyTorch", "padding='same' is not supported for strided convolutions"),),
        _same,
    ),
    Sentence(
        "pool-padding",
        (
            Said(
                "PyTorch",
                "pad should be at most half of effective kernel size, but got pad={p}, "
                "kernel_size={k}",
            ),
            Said(
                "PyTorch",
                "padding should be at most half of kernel size, but got padding={p} and "
                "kernel_size={k}",
            ),
            Said(
                "PyTorch",
                "pad should be smaller than or equal to half of kernel size, but got padW = {p}, "
                "padH = {ph}, kW = {k}",
            ),
        ),
        _pool,
    ),
    Sentence(
        "mirror-padding",
        (
            Said(
                "PyTorch",
                "Padding size should be less than the corresponding input dimension, but got: "
                "padding {pad:shape} at dimension {axis} of input {shape:shape}",
            ),
        ),
        _mirror,
    ),
    Sentence(
        "stride-and-dilation",
        (Said("Keras", "`strides > 1` not supported in conjunction with `dilation_rate > 1`"),),
        _strided_dilated,
    ),
)
