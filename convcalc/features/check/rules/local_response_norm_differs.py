"""CC310 local-response-norm-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.local_response_norm import LocalResponseNorm


class LocalResponseNormDiffers(Rule):
    """Local response normalisation, whose numbers mean different things in different frameworks.

    Why: PyTorch, Caffe and ONNX divide alpha by `size`; TensorFlow does not, and takes half the
    size (`depth_radius`). Batch normalisation has also taken its place.

    Bad:

    ```yaml
    convcalc: 1
    input: [96, 55, 55]
    layers:
      - local_response_norm: 5
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [96, 55, 55]
    layers:
      - batch_norm
    ```

    Source: PyTorch's LocalResponseNorm; tf.nn.local_response_normalization; ONNX's LRN.
    """

    code: ClassVar[str] = "CC310"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, LocalResponseNorm):
            size = site.layer.size
            yield cls.at(
                site.row,
                f"TensorFlow does not divide the alpha of `{site.row.name}` by its size",
                note=f"size {size} is depth_radius {size // 2} there, with alpha / {size}",
                help="carry both numbers over, or use `batch_norm`",
            )


RULE = LocalResponseNormDiffers
