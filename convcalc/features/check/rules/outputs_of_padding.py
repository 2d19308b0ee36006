"""CC418 outputs-of-padding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.arithmetic import ceil_div
from convcalc.core.errors import Problem
from convcalc.core.text import in_words
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import along, per_axis, sites
from convcalc.kinds.conv import Conv


class OutputsOfPadding(Rule):
    """A convolution whose outermost windows hold nothing but padding.

    Why: zeros come in, so the bias comes out: a frame of constants around the map, which later
    layers read as picture. A 1x1 convolution with padding is the usual case.

    Bad:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - conv: {out: 8, k: 1, p: 1}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - conv: {out: 8, k: 1}
    ```

    Source: Dumoulin & Visin 2016, section 2.3.2: `full` padding, K - 1, has every
    position at which the kernel and the input share a pixel.
    """

    code: ClassVar[str] = "CC418"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Conv):
            if site.layer.padding_mode != "zeros":
                continue
            counts = []
            for size, out, w in zip(site.x[1:], site.row.output[1:], site.windows, strict=True):
                before = min(out, max(0, (w.before - w.span) // w.stride + 1))
                # Windows that begin behind the last pixel.
                first = ceil_div(size + w.before, w.stride)
                counts.append(before + max(0, out - first))
            axes = [axis for axis, count in enumerate(counts) if count]
            if axes:
                window, count = site.windows[axes[0]], counts[axes[0]]
                most = [w.span - 1 for w in site.windows]
                yield cls.at(
                    site.row,
                    f"{in_words(count, 'row')} of outputs of `{site.row.name}` "
                    f"{'sees' if count == 1 else 'see'} only padding"
                    f"{along(axes, len(site.windows))}",
                    note=f"padding {max(window.before, window.after)} for a span of {window.span}",
                    help=f"use `padding: {per_axis(most)}`{' or less' if any(most) else ''}",
                    field="padding",
                )


RULE = OutputsOfPadding
