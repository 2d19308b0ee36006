"""CC305 transposed-same-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.arithmetic import same_transposed_cut
from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import along, sites
from convcalc.kinds.conv_transpose import ConvTranspose


class TransposedSameDiffers(Rule):
    """A transposed convolution that multiplies the size by its stride, but not as Keras's `same`.

    Why: where kernel minus stride is odd, one border pixel too many has to go. PyTorch's padding
    with `output_padding` takes it before, Keras's `same` after: equal sizes, and maps that
    stand a pixel apart.

    Bad:

    ```yaml
    convcalc: 1
    input: [64, 16, 16]
    layers:
      - conv_transpose: {out: 32, k: 3, s: 2, p: 1, a: 1}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [64, 16, 16]
    layers:
      - conv_transpose: {out: 32, k: 4, s: 2, p: 1}
    ```

    Source: PyTorch's ConvTranspose2d and Keras's Conv2DTranspose, padding "same"; ONNX's
    ConvTranspose, auto_pad SAME_UPPER.
    """

    code: ClassVar[str] = "CC305"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, ConvTranspose):
            axes = []
            for axis, window in enumerate(site.windows):
                out, size = site.row.output[1 + axis], site.x[1 + axis]
                cut = same_transposed_cut(window.span, window.stride)
                if window.stride > 1 and out == size * window.stride and window.before != cut[0]:
                    axes.append(axis)
            if not axes:
                continue
            window = site.windows[axes[0]]
            before, after, extra = same_transposed_cut(window.span, window.stride)
            here = window.before
            yield cls.at(
                site.row,
                f"`{site.row.name}` cuts {here} before, Keras's `same` {before}"
                f"{along(axes, len(site.windows))}",
                note=f"equal sizes; Keras cuts ({before}, {after})"
                + (f" and adds {extra}" if extra else ""),
                help=f"a kernel of {window.kernel + 1} leaves no odd pixel"
                if window.dilation == 1
                else "use a kernel without dilation",
                field="padding",
            )


RULE = TransposedSameDiffers
