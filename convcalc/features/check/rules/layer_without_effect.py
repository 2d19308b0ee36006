"""CC417 layer-without-effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere, input_shape, windows_of
from convcalc.kinds.adaptive_family import AdaptivePool
from convcalc.planning.result import Row

_KINDS = (
    "max_pool",
    "avg_pool",
    "adaptive_avg_pool",
    "adaptive_max_pool",
    "global_avg_pool",
    "global_max_pool",
    "upsample",
    "pad",
    "crop",
    "dropout",
    "flatten",
    "reshape",
    "channel_shuffle",
    "pixel_shuffle",
    "pixel_unshuffle",
    "concat",
)


class LayerWithoutEffect(Rule):
    """A layer that hands its input on as it is: a pool of one pixel, padding of 0, one bin a pixel.

    Why: it says that something happens here. In a block it is let be where another use of the block
    makes it work. `identity` says what it does.

    Bad:

    ```yaml
    convcalc: 1
    input: [64, 8, 8]
    layers:
      - global_avg_pool: {keepdim: true}
      - adaptive_avg_pool: 1
      - conv: {out: 16, k: 1}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [64, 8, 8]
    layers:
      - global_avg_pool: {keepdim: true}
      - conv: {out: 16, k: 1}
    ```

    Source: the definitions of the kinds (`convcalc explain adaptive_avg_pool`).
    """

    code: ClassVar[str] = "CC417"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        def is_idle(row: Row) -> bool:
            return _hands_on(row, input_shape(subject, row))

        for row in everywhere(subject, is_idle, _KINDS):
            yield cls.at(
                row,
                f"`{row.name}` hands `{row.inputs[0]}` on as it is",
                help="delete it, or give it something to do",
            )


def _hands_on(row: Row, x: tuple[int, ...]) -> bool:
    if row.output != x or len(row.inputs) > 1:
        return False
    layer = row.node.layer
    if row.kind in ("max_pool", "avg_pool"):
        is_one = all(w.kernel == 1 and w.stride == 1 for w in windows_of(row, x))
        return is_one and getattr(layer, "divisor_override", None) in (None, 1)
    if isinstance(layer, AdaptivePool) or row.kind.startswith("global"):
        return True
    if row.kind == "upsample":
        return not (getattr(layer, "mode") != "nearest" and _is_fractional(layer))  # noqa: B009
    if row.kind in ("pad", "crop"):
        return all(w.before == 0 and w.after == 0 for w in windows_of(row, x))
    if row.kind == "dropout":
        return bool(getattr(layer, "p") == 0)  # noqa: B009
    if row.kind == "channel_shuffle":
        return getattr(layer, "groups") in (1, x[0])  # noqa: B009
    # The others keep the order of the elements: an equal shape is an equal map.
    return True


def _is_fractional(layer: object) -> bool:
    scales = getattr(layer, "scale_factor", None) or ()
    return any(scale != 1 for scale in scales)


RULE = LayerWithoutEffect
