"""CC308 bicubic-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.upsample import Upsample


class BicubicDiffers(Rule):
    """Bicubic resampling, for which frameworks take different polynomials.

    Why: PyTorch and OpenCV have the coefficient a = -0.75, TensorFlow and Pillow a = -0.5. Sizes
    agree and values do not.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - upsample: {scale_factor: 2, mode: bicubic}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - upsample: {scale_factor: 2, mode: bilinear}
    ```

    Source: PyTorch's UpSample.h (A = -0.75); TensorFlow's tf.image.resize (Keys' kernel,
    a = -0.5); ONNX's Resize, cubic_coeff_a.
    """

    code: ClassVar[str] = "CC308"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Upsample):
            if site.layer.mode == "bicubic":
                yield cls.at(
                    site.row,
                    f"`{site.row.name}` has the cubic coefficient -0.75 in PyTorch, "
                    "-0.5 in TensorFlow",
                    help="use `bilinear` where the values have to agree",
                    field="mode",
                )


RULE = BicubicDiffers
