"""CC307 align-corners-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.upsample import Upsample


class AlignCornersDiffers(Rule):
    """Resampling with `align_corners: true`.

    Why: Keras and TensorFlow 2 take half-pixel centres and have no such option; with it the
    distance between samples also depends on the size of the map.

    Bad:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - upsample: {scale_factor: 2, mode: bilinear, align_corners: true}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - upsample: {scale_factor: 2, mode: bilinear}
    ```

    Source: PyTorch's Upsample (the warning on align_corners); tf.image.resize (half-pixel
    centers); ONNX's Resize, coordinate_transformation_mode.
    """

    code: ClassVar[str] = "CC307"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Upsample):
            if site.layer.align_corners:
                yield cls.at(
                    site.row,
                    f"Keras and TensorFlow 2 cannot align the corners of `{site.row.name}`",
                    help="leave `align_corners` out for half-pixel centres, as they have them",
                    field="align_corners",
                )


RULE = AlignCornersDiffers
