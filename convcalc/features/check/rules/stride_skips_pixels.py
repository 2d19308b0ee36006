"""CC410 stride-skips-pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.core.shapes import Window
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import (
    along,
    everywhere,
    input_shape,
    once,
    per_axis,
    windows_of,
)
from convcalc.kinds.conv import Conv
from convcalc.kinds.pool_family import Pool
from convcalc.planning.plan_rows import Row


class StrideSkipsPixels(Rule):
    """A stride beyond the kernel: the pixels in between are read by no layer.

    Why: a 1x1 convolution with stride 2 throws three of four pixels away after they were paid
    for. Where another layer reads the same map in full, as beside a shortcut, nothing is said.

    Bad:

    ```yaml
    convcalc: 1
    input: [64, 56, 56]
    layers:
      - conv: {out: 128, k: 1, s: 2}
      - relu
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [64, 56, 56]
    layers:
      - conv: {out: 128, k: 3, s: 2, p: 1}
      - relu
    ```

    Source: He et al., "Bag of Tricks for Image Classification" (2019), section 4.2 (ResNet-B and
    ResNet-D).
    """

    code: ClassVar[str] = "CC410"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        unread = _unread(subject)

        def skips(row: Row) -> bool:
            return row.inputs[0] in unread

        for row in everywhere(subject, skips, Conv, Pool):
            axes = _skipped_axes(subject, row)
            windows = windows_of(row, input_shape(subject, row))
            window = windows[axes[0]]
            read, of = 1, 1
            for one, count in zip(windows, row.output[1:], strict=True):
                # A single window steps over nothing.
                if count == 1:
                    continue
                places = one.stride // gcd(one.stride, one.dilation)
                read, of = read * min(one.kernel, places), of * one.stride
            yield cls.at(
                row,
                f"the stride of `{row.name}` steps over pixels that nothing reads"
                f"{along(axes, len(windows))}",
                note=f"a kernel of {window.kernel} with stride {window.stride}: "
                f"at most {read} of {of} pixels are read",
                help=f"{_repair(row, windows, axes)}, or pool before",
                field="stride",
            )


def _repair(row: Row, windows: Sequence[Window], axes: Sequence[int]) -> str:
    """What lets the windows read every pixel of the axes that they step over."""
    skipping = [windows[axis] for axis in axes]
    parts = []
    if any(gcd(w.stride, w.dilation) > 1 for w in skipping):
        parts.append("leave the dilation out")
    if any(w.kernel < w.stride for w in skipping):
        least = [
            w.stride if count > 1 else w.kernel
            for w, count in zip(windows, row.output[1:], strict=True)
        ]
        parts.append(f"use a kernel of at least {per_axis(least)}")
    return " and ".join(parts)


@once
def _unread(subject: Subject) -> frozenset[str]:
    """Names of the maps of which every reader steps over pixels."""
    found: set[str] = set()
    for name, readers in subject.readers.items():
        is_read = name in subject.outputs
        if not is_read and all(_skipped_axes(subject, reader) for reader in readers):
            found.add(name)
    return frozenset(found)


def _skipped_axes(subject: Subject, row: Row) -> list[int]:
    layer = row.node.layer
    if not isinstance(layer, Conv | Pool) or layer.stride == 1:
        return []
    shape = input_shape(subject, row)
    windows = windows_of(row, shape)
    # Taps d apart fall on at most s / gcd(s, d) different places of a stride.
    return [
        axis
        for axis, w in enumerate(windows)
        if row.output[1 + axis] > 1
        and min(w.kernel, w.stride // gcd(w.stride, w.dilation)) < w.stride
    ]


RULE = StrideSkipsPixels
