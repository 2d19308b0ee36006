"""CC435 channels-last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.core.shapes import channels_first, format_shape
from convcalc.document import Mapping
from convcalc.features.check.rules.base import Rule, Subject


class ChannelsLast(Rule):
    """An input whose last axis looks like the channels of a picture.

    Why: shapes have channels first here, as in PyTorch and ONNX. Read so, `[224, 224, 3]` is a map
    of 3 columns with 224 channels, which most layers take without a word, with wrong numbers
    behind them. Where it is meant, name it in a comment: `# convcalc: ignore[CC435] mel bands`.

    Bad:

    ```yaml
    convcalc: 1
    input: [224, 224, 3]
    layers:
      - conv: {out: 16, k: 3}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 224, 224]
    layers:
      - conv: {out: 16, k: 3}
    ```

    Source: the format; Keras writes pictures as (rows, columns, channels).
    """

    code: ClassVar[str] = "CC435"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        root = subject.network.document.root
        assert isinstance(root, Mapping)
        node = root.entries["input"]
        for name, shape in subject.inputs.items():
            turned = channels_first(shape)
            if turned is None:
                continue
            at = node.entries[name] if isinstance(node, Mapping) else node
            yield cls.at(
                at,
                f"`{name}` reads as {shape[0]} channels of {format_shape(shape[1:])}",
                note="channels stand first",
                help=f"write [{', '.join(map(str, turned))}] if {turned[0]} are its channels",
            )


RULE = ChannelsLast
