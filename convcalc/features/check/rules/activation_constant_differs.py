"""CC309 activation-constant-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites

# kind -> (its constant here and there, what to do)
_DEFAULTS = {
    "leaky_relu": (
        "the slope is 0.01 in PyTorch and ONNX, 0.3 in Keras, 0.2 in `tf.nn`",
        "write the slope you mean, as in `leaky_relu: 0.2`",
    ),
    "hardsigmoid": (
        "the slope is 1/6 in PyTorch and Keras 3, 0.2 in ONNX and Keras 2",
        "write the constant out wherever the network is built",
    ),
}


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
        for kind, (note, help) in _DEFAULTS.items():
            for site in sites(subject, kind):
                if site.row.node.layer.model_fields_set:
                    continue
                yield cls.at(
                    site.row,
                    f"`{kind}` has other constants in other frameworks",
                    note=note,
                    help=help,
                )
                break


RULE = ActivationConstantDiffers
