"""CC306 count-include-pad-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.pool_family import AvgPool


class CountIncludePadDiffers(Rule):
    """A padded average pool that counts its padding in the divisor, as PyTorch does by default.

    Why: TensorFlow and Keras never count it, and ONNX only on request. The border of the map has
    other values; FID scores differ between frameworks for this reason alone.

    Bad:

    ```yaml
    convcalc: 1
    input: [64, 28, 28]
    layers:
      - avg_pool: {k: 3, s: 1, p: 1}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [64, 28, 28]
    layers:
      - avg_pool: {k: 3, s: 1, p: 1, count_include_pad: false}
    ```

    Source: PyTorch's AvgPool2d; ONNX's AveragePool (count_include_pad = 0); mseitz/pytorch-fid,
    inception.py ("Tensorflow's average pool does not use the padded zero's in its average").
    """

    code: ClassVar[str] = "CC306"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, AvgPool):
            layer = site.layer
            padded = any(window.before or window.after for window in site.windows)
            if padded and layer.count_include_pad and layer.divisor_override is None:
                yield cls.at(
                    site.row,
                    f"the border of `{site.row.name}` is divided by padding too, "
                    "in TensorFlow it is not",
                    help="write `count_include_pad: false` for TensorFlow's values",
                    field="padding",
                )


RULE = CountIncludePadDiffers
