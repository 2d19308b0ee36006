"""CC403 even-kernel-shift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.core.text import in_words
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import along, sites
from convcalc.kinds.conv import Conv


class EvenKernelShift(Rule):
    """A padded convolution of stride 1 whose kernel spans an even number of pixels.

    Why: it has no pixel in its middle, so its outputs stand half a pixel aside, and a size that is
    kept needs one side padded more than the other. In a deep network the shifts add up to one
    corner. Causal and unpadded layers are meant so and are let be.

    Bad:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - conv: {out: 16, k: 4, p: same}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - conv: {out: 16, k: 3, p: same}
    ```

    Source: Wu et al., "Convolution with even-sized kernels and symmetric padding" (NeurIPS 2019).
    """

    code: ClassVar[str] = "CC403"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Conv):
            if site.layer.padding in ("causal", "full"):
                continue
            # A word asks for the middle, even where its odd pixel is the only one.
            is_word = bool(site.layer.padding_word())
            axes = [
                axis
                for axis, w in enumerate(site.windows)
                if w.span % 2 == 0
                and w.stride == 1
                and ((w.before and w.after) or (is_word and (w.before or w.after)))
            ]
            if not axes:
                continue
            window = site.windows[axes[0]]
            size, out = site.x[1 + axes[0]], site.row.output[1 + axes[0]]
            before = in_words(window.before, "pixel")
            note = f"{before} before and {window.after} after; {size} give {out}"
            yield cls.at(
                site.row,
                f"the kernel of `{site.row.name}` spans {window.span} pixels and has no middle"
                f"{along(axes, len(site.windows))}",
                note=note,
                help=f"use `kernel_size: {window.kernel - 1}` or `{window.kernel + 1}`",
                field="kernel_size",
            )


RULE = EvenKernelShift
