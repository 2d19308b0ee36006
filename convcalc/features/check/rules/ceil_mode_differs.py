"""CC302 ceil-mode-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.arithmetic import caffe_pool_output_size, ceil_div, pool_output_size
from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.pool_family import Pool


class CeilModeDiffers(Rule):
    """A pool that rounds up and has another size in another framework.

    Why: PyTorch leaves a last window out that would begin behind the input; the published formula,
    with which ONNX's runtimes went for years, keeps it, and Caffe leaves it out only where there is
    padding. The maps behind it then differ by a pixel.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 9, 9]
    layers:
      - max_pool: {k: 4, s: 4, p: 2, ceil_mode: true}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 9, 9]
    layers:
      - max_pool: {k: 4, s: 4, p: 2}
    ```

    Source: PyTorch's MaxPool2d ("Sliding windows that would start in the right padded region are
    ignored"); onnx/onnx#5741; Caffe's pooling_layer.cpp.
    """

    code: ClassVar[str] = "CC302"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Pool):
            if not site.layer.ceil_mode:
                continue
            for size, w in zip(site.x[1:], site.windows, strict=True):
                numbers = (size, w.span, w.stride, w.before, w.after)
                here = pool_output_size(*numbers, ceil_mode=True)
                formula = ceil_div(size + w.before + w.after - w.span, w.stride) + 1
                caffe = caffe_pool_output_size(*numbers)
                others = {"the plain formula": formula, "Caffe": caffe}
                differing = [f"{n} by {who}" for who, n in others.items() if n != here]
                if differing:
                    yield cls.at(
                        site.row,
                        f"`{site.row.name}` rounds up to {here} in PyTorch, "
                        f"but to {' and '.join(differing)}",
                        note=f"ceil(({size} + {w.before} + {w.after} - {w.span}) / {w.stride}) + 1 "
                        f"= {formula}; PyTorch leaves a window out that begins behind the input",
                        help="choose kernel, stride and padding that come out even, or round down",
                        field="ceil_mode",
                    )
                    break


RULE = CeilModeDiffers
