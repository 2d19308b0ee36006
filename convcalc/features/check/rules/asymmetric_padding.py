"""CC303 asymmetric-padding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import along, sites
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.pool_family import Pool


class AsymmetricPadding(Rule):
    """Padding in numbers that differ before and after, in a layer that pads by itself.

    Why: PyTorch's and Keras's convolutions and pools have one number an axis. ONNX has two.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3, s: 2, p: [[0, 1], [0, 1]]}
    ```

    A layer of its own says it everywhere:

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - pad: [[0, 1], [0, 1]]
      - conv: {out: 16, k: 3, s: 2}
    ```

    Source: PyTorch's Conv2d (`padding` is an int, a tuple of two ints or a string); ONNX's Conv
    (`pads` has a begin and an end for each axis).
    """

    code: ClassVar[str] = "CC303"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Conv, ConvTranspose, Pool):
            if site.layer.padding_word():
                continue
            axes = [i for i, w in enumerate(site.windows) if w.before != w.after]
            if not axes:
                continue
            window = site.windows[axes[0]]
            is_transposed = isinstance(site.layer, ConvTranspose)
            repair = "cut less and put a `crop` layer behind it"
            yield cls.at(
                site.row,
                f"PyTorch's layers cannot pad {window.before} before and {window.after} after"
                f"{along(axes, len(site.windows))}",
                help=repair if is_transposed else "put a `pad` layer before it",
                field="padding",
            )


RULE = AsymmetricPadding
