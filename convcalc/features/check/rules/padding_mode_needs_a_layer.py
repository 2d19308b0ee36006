"""CC311 padding-mode-needs-a-layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.conv import Conv


class PaddingModeNeedsALayer(Rule):
    """A convolution that pads with anything but zeros.

    Why: only PyTorch's convolutions do. ONNX's and Keras's have zeros alone, so that an export
    puts a layer before it; written as one, the stack says what runs.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3, p: 1, padding_mode: reflect}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - pad: {p: 1, mode: reflect}
      - conv: {out: 16, k: 3}
    ```

    Source: PyTorch's Conv2d, padding_mode; ONNX's Conv and Pad; Keras's Conv2D.
    """

    code: ClassVar[str] = "CC311"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Conv):
            layer = site.layer
            padded = any(window.before or window.after for window in site.windows)
            if padded and layer.padding_mode != "zeros":
                yield cls.at(
                    site.row,
                    f"ONNX and Keras have no convolution that pads by `{layer.padding_mode}`",
                    help=f"put `pad` with `mode: {layer.padding_mode}` before it",
                    field="padding_mode",
                )


RULE = PaddingModeNeedsALayer
