"""Layers as lines of PyTorch or Keras code."""

from __future__ import annotations

from convcalc.core.shapes import Shape
from convcalc.features.invert.layer import Entry, made


def torch_lines(entry: Entry, x: Shape) -> list[str]:
    """The lines of an `nn.Sequential` that do what the entry does to `x`.

    >>> torch_lines(("conv_transpose", {"out_channels": 3, "kernel_size": (3, 3), "stride": (2, 2),
    ...     "padding": ((0, 1), (0, 1)), "output_padding": (0, 0)}), (64, 16, 16))
    ['nn.ConvTranspose2d(64, 3, kernel_size=3, stride=2)', 'nn.ZeroPad2d((0, -1, 0, -1))']
    >>> torch_lines(("leaky_relu", {"negative_slope": 0.2}), (64, 16, 16))
    ['nn.LeakyReLU(0.2)']
    >>> torch_lines(("batch_norm", {"eps": 0.001}), (64, 16, 16))
    ['nn.BatchNorm2d(64, eps=0.001)']
    """
    lines = made(*entry).torch(x)
    if lines is None:
        return [f"# {entry[0]}: no line is written for it; its shape here is {x}"]
    return lines


def keras_lines(entry: Entry, x: Shape) -> list[str]:
    """The lines of a `keras.Sequential`, channels last, that do what the entry does to `x`.

    >>> keras_lines(("conv_transpose", {"out_channels": 3, "kernel_size": (3, 3), "stride": (2, 2),
    ...     "padding": ((1, 1), (1, 1)), "output_padding": (1, 1)}), (64, 16, 16))
    ['layers.Conv2DTranspose(3, 3, strides=2, output_padding=1)', 'layers.Cropping2D(1)']
    >>> keras_lines(("leaky_relu", {}), (64, 16, 16))
    ['layers.LeakyReLU(negative_slope=0.01)']
    >>> keras_lines(("batch_norm", {}), (64, 16, 16))
    ['layers.BatchNormalization(epsilon=1e-05)']
    """
    lines = made(*entry).keras(x)
    if lines is None:
        return [f"# {entry[0]}: no line is written for it; its shape here is {x}, channels first"]
    return lines


def code(entries: list[Entry], x: Shape, framework: str) -> str:
    """All lines for the entries applied to `x` in turn."""
    write = torch_lines if framework == "torch" else keras_lines
    lines: list[str] = []
    for entry in entries:
        lines += write(entry, x)
        x = made(*entry).facts((x,)).output
    return "\n".join(lines)
