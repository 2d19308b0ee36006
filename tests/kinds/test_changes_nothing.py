"""Which layers hand on what they read as it is."""

from __future__ import annotations

from typing import Any

from convcalc.kinds.base import LayerKind
from tests.each import each
from tests.kinds.making import made

Shape = tuple[int, ...]


@each(
    ("kind", "fields", "x", "same"),
    [
        # Of one pixel the largest and the mean are the pixel itself, if none is left out.
        ("max_pool", {"kernel_size": 1}, (3, 4, 4), True),
        ("avg_pool", {"kernel_size": 1}, (3, 4, 4), True),
        ("max_pool", {"kernel_size": 1, "stride": 2}, (3, 4, 4), False),
        ("max_pool", {"kernel_size": 1, "stride": 2}, (3, 1, 1), False),
        ("max_pool", {"kernel_size": (1, 2), "stride": 1}, (3, 4, 4), False),
        ("max_pool", {"kernel_size": 3, "stride": 1, "padding": 1}, (3, 4, 4), False),
        # The root of an even power is never negative.
        ("lp_pool", {"kernel_size": 1, "norm_type": 1}, (3, 4, 4), True),
        ("lp_pool", {"kernel_size": 1, "norm_type": 2}, (3, 4, 4), False),
        ("lp_pool", {"kernel_size": 1, "norm_type": 3}, (3, 4, 4), True),
        ("lp_pool", {"kernel_size": 1, "norm_type": 4}, (3, 4, 4), False),
    ],
)  # fmt: skip
def test_which_pools_change_nothing(
    kind: str, fields: dict[str, Any], x: Shape, same: bool
) -> None:
    layer = made(kind, fields)
    assert isinstance(layer, LayerKind)
    assert layer.hands_on(x) is same


@each(
    ("least", "most", "same"),
    [(None, None, True), (0, None, False), (None, 6, False), (0, 6, False)],
)
def test_a_clamp_without_ends_changes_nothing(
    least: float | None, most: float | None, same: bool
) -> None:
    layer = made("hardtanh", {"min_val": least, "max_val": most})
    assert isinstance(layer, LayerKind)
    assert layer.hands_on((3, 8)) is same


@each(
    ("pattern", "x", "same"),
    [
        ("c h w -> c h w", (3, 8, 8), True),
        ("c h w -> c w h", (3, 8, 8), False),
        ("c w h -> c h w", (3, 8, 8), False),
        ("c p -> c (p)", (3, 8), True),
        ("c h w -> c (h w)", (3, 8, 8), False),
    ],
)
def test_which_patterns_change_nothing(pattern: str, x: Shape, same: bool) -> None:
    layer = made("rearrange", {"pattern": pattern})
    assert isinstance(layer, LayerKind)
    assert layer.hands_on(x) is same
