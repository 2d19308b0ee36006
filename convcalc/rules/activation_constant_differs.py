"""CC309 activation-constant-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.errors import Level, Problem
from convcalc.rules.base import Rule, Subject
from convcalc.rules.places import sites

_DEFAULTS = {
    "leaky_relu": "the slope is 0.01 in PyTorch and ONNX, 0.3 in Keras, 0.2 in `tf.nn`",
    "hardsigmoid": "the slope is 1/6 in PyTorch and Keras 3, 0.2 in ONNX and Keras 2",
}


class ActivationConstantDiffers(Rule):
    """An activation whose constant is another one by default elsewhere; once for each kind.

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

    Write the constant out where the network is built in another framework, or take one that has
    none:

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3}
      - relu
    ```

    Source: PyTorch's LeakyReLU and Hardsigmoid; Keras's LeakyReLU and hard_sigmoid;
    tf.nn.leaky_relu; ONNX's LeakyRelu and HardSigmoid.
    """

    code: ClassVar[str] = "CC309"
    level: ClassVar[Level] = "info"
    is_default: ClassVar[bool] = False

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for kind, note in _DEFAULTS.items():
            for site in sites(subject, kind):
                yield cls.at(
                    site.row,
                    f"`{kind}` has other constants in other frameworks",
                    note=note,
                    help="write the constant out wherever the network is built",
                )
                break


RULE = ActivationConstantDiffers
