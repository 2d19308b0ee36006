"""CC402 checkerboard-risk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.arithmetic import common_step, overlap
from convcalc.core.errors import Problem
from convcalc.core.shapes import Window
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import Site, per_axis, sites
from convcalc.kinds.conv_transpose import ConvTranspose


class CheckerboardRisk(Rule):
    """A transposed convolution whose kernel is no multiple of its stride.

    Why: outputs get unequal numbers of contributions, in a regular pattern; in images it shows as
    a checkerboard, which training can hide and often does not.

    Bad:

    ```yaml
    convcalc: 1
    input: [64, 16, 16]
    layers:
      - conv_transpose: {out: 32, k: 3, s: 2, p: 1, a: 1}
    ```

    Take a kernel that the stride divides, or resize first and convolve then:

    Good:

    ```yaml
    convcalc: 1
    input: [64, 16, 16]
    layers:
      - conv_transpose: {out: 32, k: 4, s: 2, p: 1}
    ```

    Source: Odena, Dumoulin & Olah, "Deconvolution and Checkerboard Artifacts" (Distill 2016).
    """

    code: ClassVar[str] = "CC402"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, ConvTranspose):
            spread = [overlap(w.kernel, w.stride, w.dilation) for w in site.windows]
            if all(low == high for low, high in spread):
                continue
            least = most = 1
            for low, high in spread:
                least, most = least * low, most * high
            uneven = [w for w, (low, high) in zip(site.windows, spread, strict=True) if low != high]
            window, *_ = uneven
            k, s = window.kernel, window.stride
            yield cls.at(
                site.row,
                f"`{site.row.name}` overlaps unevenly: outputs get {least} to {most} contributions",
                note=f"{k} mod {s} = {k % s}: the stride does not divide the kernel"
                if k % s
                else f"stride {s} and dilation {window.dilation} leave outputs apart",
                help=f"{_repair(site, uneven)}, or take `upsample` and a convolution",
                field="kernel_size",
            )


def _repair(site: Site[ConvTranspose], uneven: list[Window]) -> str:
    """A kernel that its stride divides, and no dilation that leaves outputs apart."""
    nearest = [_nearest(w.kernel, w.stride) for w in site.windows]
    better = f"use `kernel_size: {per_axis(nearest)}`"
    if all(common_step(w.stride, w.dilation) == 1 for w in uneven):
        return better + _same_size(site, nearest[0])
    bare = "leave the dilation out"
    return f"{bare} and {better}" if any(w.kernel % w.stride for w in uneven) else bare


def _nearest(kernel: int, stride: int) -> int:
    """The multiple of the stride that is nearest to the kernel; the larger one of two.

    >>> _nearest(4, 3), _nearest(5, 2), _nearest(1, 3)
    (3, 6, 3)
    """
    return max(stride, (kernel + stride // 2) // stride * stride)


def _same_size(site: Site[ConvTranspose], kernel: int) -> str:
    """What else has to be written with another kernel for the size to stay, where that can be."""
    layer = site.layer
    (window, extra), *others = {*zip(site.windows, layer.output_paddings(site.x), strict=True)}
    # A word of padding follows the kernel by itself.
    if others or layer.output_size is not None or isinstance(layer.padding, str):
        return ""
    extra += window.dilation * (window.kernel - kernel)
    if not 0 <= extra < window.stride:
        return ""
    return f" with `output_padding: {extra}`, which leaves the size"


RULE = CheckerboardRisk
