"""CC312 nearest-at-a-fraction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import along, sites
from convcalc.kinds.upsample import Upsample


class NearestAtAFraction(Rule):
    """Nearest-neighbour resampling by a factor that is no whole number.

    Why: each framework rounds otherwise: PyTorch takes pixel floor(u i / o), TensorFlow 2 and ONNX
    the one nearest to the centre of the new pixel. By whole factors they all agree.

    Bad:

    ```yaml
    convcalc: 1
    input: [16, 20, 20]
    layers:
      - upsample: {output_size: 32}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [16, 20, 20]
    layers:
      - upsample: 2
    ```

    Source: PyTorch's Upsample, modes nearest and nearest-exact; tf.image.resize; ONNX's Resize,
    nearest_mode.
    """

    code: ClassVar[str] = "CC312"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Upsample):
            if site.layer.mode != "nearest":
                continue
            sizes = list(zip(site.x[1:], site.row.output[1:], strict=True))
            axes = [axis for axis, (size, out) in enumerate(sizes) if out % size]
            if axes:
                size, out = sizes[axes[0]]
                yield cls.at(
                    site.row,
                    f"`{site.row.name}` copies other pixels in other frameworks",
                    note=f"{out} / {size} is no whole factor{along(axes, len(sizes))}",
                    help="use a whole factor, or `mode: bilinear`",
                )


RULE = NearestAtAFraction
