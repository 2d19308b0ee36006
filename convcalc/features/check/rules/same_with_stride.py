"""CC301 same-with-stride."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.core.shapes import format_axes
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.conv import Conv
from convcalc.kinds.pool_family import Pool


class SameWithStride(Rule):
    """`same_upper` or `same_lower` with a stride above 1: the padding depends on the input's size.

    Why: TensorFlow and ONNX pad so; PyTorch refuses `padding="same"` with a stride. Equal numbers
    on both sides often give the same size and other values: the kernel stands a pixel aside.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 224, 224]
    layers:
      - conv: {out: 64, k: 7, s: 2, p: same_upper}
    ```

    In PyTorch put a `pad` layer with these very numbers before it. For a network that is to be
    trained anew, write numbers:

    Good:

    ```yaml
    convcalc: 1
    input: [3, 224, 224]
    layers:
      - conv: {out: 64, k: 7, s: 2, p: 3}
    ```

    Source: PyTorch's Conv2d ("padding='same' is not supported for strided convolutions");
    pytorch/pytorch#3867; TensorFlow's notes on padding in `tf.nn`; ONNX's Conv, auto_pad.
    """

    code: ClassVar[str] = "CC301"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Conv, Pool):
            word = site.layer.padding_word()
            if word not in ("same_upper", "same_lower"):
                continue
            # A kernel of one pixel is never padded, whatever the size.
            if all(window.stride == 1 or window.span == 1 for window in site.windows):
                continue
            sizes = format_axes(site.x[1:])
            pairs = format_axes(tuple(f"({w.before}, {w.after})" for w in site.windows))
            yield cls.at(
                site.row,
                f"PyTorch has no `{word}` for the stride of `{site.row.name}`",
                note=f"at {sizes} it pads {pairs} before and after; other sizes pad otherwise",
                help="for PyTorch put a `pad` layer with these numbers before it",
                field="padding",
            )


RULE = SameWithStride
