"""CC314 dilated-pool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.pool_family import MaxPool


class DilatedPool(Rule):
    """A max pool with dilation.

    Why: PyTorch and ONNX have it; Keras's and Caffe's pools do not.

    Bad:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - max_pool: {k: 2, s: 1, d: 2}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - max_pool: {k: 3, s: 1}
    ```

    Source: PyTorch's MaxPool2d, dilation; ONNX's MaxPool, dilations; Keras's MaxPooling2D.
    """

    code: ClassVar[str] = "CC314"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, MaxPool):
            if any(window.span > window.kernel for window in site.windows):
                span = max(window.span for window in site.windows)
                yield cls.at(
                    site.row,
                    f"Keras and Caffe have no dilated pools such as `{site.row.name}`",
                    help=f"a kernel of {span} without dilation spans as much",
                    field="dilation",
                )


RULE = DilatedPool
