"""CC309 activation-constant-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.base import Kind


class ActivationConstantDiffers(Rule):
    """An activation left to its default constant, another one elsewhere; once for each kind.

    Why: the name is the same, and a network that is carried over by name is another one. Within
    one framework it means nothing, so this one has to be selected.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3}
      - leaky_relu
    ```

    Write the slope, or take an activation that has no constant:

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3}
      - leaky_relu: 0.2
    ```

    Source: PyTorch's LeakyReLU and Hardsigmoid; Keras's LeakyReLU and hard_sigmoid;
    tf.nn.leaky_relu; ONNX's LeakyRelu and HardSigmoid.
    """

    code: ClassVar[str] = "CC309"
    level: ClassVar[Level] = "info"
    is_default: ClassVar[bool] = False

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        told: set[str] = set()
        for site in sites(subject, Kind):
            layer = site.layer
            if layer.constants_elsewhere is None or layer.model_fields_set or layer.kind in told:
                continue
            told.add(layer.kind)
            note, help = layer.constants_elsewhere
            message = f"`{layer.kind}` has other constants in other frameworks"
            yield cls.at(site.row, message, note=note, help=help)


RULE = ActivationConstantDiffers
