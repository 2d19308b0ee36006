"""A kernel, or a pool, that is larger than what it reads."""

from __future__ import annotations

from convcalc.features.why.sentence import (
    FILE,
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

_CAUSES = (
    "the input is smaller than the network was made for: every stride of 2 halves it",
    "the batch or the channels are taken for an axis of the map, so that one axis is 1 to 3 long",
    "a pool too many",
)
_WRITE = (
    "a larger input; `convcalc sizes` says which is the smallest",
    "padding: half the kernel keeps the size",
    "nn.AdaptiveAvgPool2d(1) in place of a last pool of a fixed size",
)


def _kernel(found: Found) -> Meaning:
    size, kernel = sizes(found, "size"), sizes(found, "kernel")
    pairs = [
        (one, other)
        for one, other in zip(size, kernel, strict=False)
        if one is not None and other is not None
    ]
    # The axis that fails; all of them where none does, as in a cut sentence.
    n, span = next(((n, span) for n, span in pairs if span > n), pairs[0])
    return Meaning(
        f"a kernel that spans {span} does not fit into {many(n, 'position')}, padding included",
        _CAUSES,
        _WRITE,
        (
            f"output = floor(({n} - {span}) / stride) + 1, less than 1",
            "the span of a dilated kernel is dilation * (kernel - 1) + 1",
        ),
        f"convcalc shape {max(n, span)} conv k{span}",
        _too_long(n, span),
    )


def _too_long(n: int, span: int) -> Clue:
    return Clue(sizes=(n, span), says=rf"\b(kernel|spans) {span}\b.* only {n}\b")


def _empty(found: Found) -> Meaning:
    size = sizes(found, "size")
    return _leaving_nothing(
        size, size[1:], ("the first number are the channels, the others the map",)
    )


def _empty_axes(found: Found) -> Meaning:
    size = sizes(found, "size")
    return _leaving_nothing(size, size)


def _leaving_nothing(
    size: tuple[int | None, ...], axes: tuple[int | None, ...], numbers: tuple[str, ...] = ()
) -> Meaning:
    return Meaning(
        f"nothing would come out of {written(size)}: a window, or what padding cuts off, is larger "
        "than the map",
        _CAUSES,
        _WRITE,
        numbers,
        f"convcalc sizes {FILE}",
        Clue(sizes=tuple(one for one in axes if one is not None)[:1] * 2),
    )


def _nothing(found: Found) -> Meaning:
    return Meaning(
        f"the pool would have {number(found, 'output')} outputs: its window is longer than the "
        "padded input",
        _CAUSES,
        ("a shorter kernel, or padding", "a longer input"),
    )


def _computed(found: Found) -> Meaning:
    size, kernel = sizes(found, "size"), sizes(found, "kernel")
    return Meaning(
        f"a window of {written(kernel[: len(size) - 2])} does not fit into {written(size)}, "
        "where the channels stand last",
        _CAUSES,
        ('padding="same"', *_WRITE[:1], "keras.layers.GlobalAveragePooling2D() as the last pool"),
        clue=Clue(sizes=tuple(one for one in (size[1], kernel[0]) if one is not None)),
    )


def _subtracted(found: Found) -> Meaning:
    span, n = number(found, "span"), number(found, "n")
    return Meaning(
        f"a kernel of {span} does not fit into {many(n, 'position')}",
        _CAUSES,
        ('padding="same"', *_WRITE[:1]),
        (f"output = floor(({n} - {span}) / stride) + 1, less than 1",),
        clue=_too_long(n, span),
    )


def _scaled(found: Found) -> Meaning:
    size = f"{found['h']}x{found['w']}"
    return Meaning(
        f"a map would be scaled to {size}: no positions are left",
        ("the factor makes less than one position of what is there: floor(size * factor) is 0",),
        ("size=(h, w) in place of a factor", "a larger input"),
    )


def _sliding(found: Found) -> Meaning:
    return Meaning(
        f"the window finds no place on a map of {written(sizes(found, 'size'))}",
        _CAUSES,
        _WRITE,
    )


SENTENCES = (
    Sentence(
        "kernel",
        (
            Said(
                "PyTorch",
                "padded input size per channel: {size:shape}. Kernel size: {kernel:shape}. Kernel "
                "size can't be greater than actual input size",
            ),
        ),
        _kernel,
    ),
    Sentence(
        "empty-output",
        (
            Said(
                "PyTorch",
                "Given input size: {size:shape}. Calculated output size: {output:shape}. Output "
                "size is too small",
            ),
        ),
        _empty,
    ),
    Sentence(
        "empty-output",
        (
            Said(
                "PyTorch",
                "Given input size per channel: {size:shape}. Calculated output size per channel: "
                "{output:shape}. Output size is too small",
            ),
        ),
        _empty_axes,
    ),
    Sentence(
        "empty-output", (Said("PyTorch", "Invalid computed output size: {output}"),), _nothing
    ),
    Sentence(
        "empty-output",
        (
            Said(
                "Keras",
                "Computed output size would be zero or negative. Received `inputs "
                "shape={size:shape}`, `kernel shape={kernel:shape}`",
            ),
            Said(
                "Keras",
                "Computed output size would be zero or negative. Received: "
                "`inputs.shape={size:shape}`, `pool_size={kernel:shape}`",
            ),
            Said(
                "Keras",
                "Computed output size would be negative. Received `inputs shape={size:shape}`, "
                "`kernel shape={kernel:shape}`",
            ),
            Said(
                "Keras",
                "Computed output size would be negative. Received: `inputs.shape={size:shape}`, "
                "`pool_size={kernel:shape}`",
            ),
        ),
        _computed,
    ),
    Sentence(
        "kernel",
        (Said("TensorFlow", "Negative dimension size caused by subtracting {span} from {n} for"),),
        _subtracted,
    ),
    Sentence(
        "scaled-to-nothing",
        (
            Said(
                "PyTorch",
                "Input and output sizes should be greater than 0, but got input (H: {a}, W: {b}) "
                "output (H: {h}, W: {w})",
            ),
        ),
        _scaled,
    ),
    Sentence(
        "kernel",
        (
            Said("ONNX Runtime", "Status Message: Invalid input shape: {size:shape}"),
            Said(
                "Keras",
                "Consider increasing the input size. Received input shape {size:shape} which "
                "would produce output shape with a zero or negative value",
            ),
        ),
        _sliding,
    ),
)
