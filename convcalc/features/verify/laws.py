"""The laws of the texts that this program stands on, each shown on a small copy of a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from convcalc.features.verify.report import Check
from convcalc.features.verify.textbook import flip, shift
from convcalc.features.verify.transposition import (
    adjoint,
    has_inverse,
    is_convolution,
    restored,
    stretched,
)
from convcalc.kinds.base import Kind
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.conv import Conv
from convcalc.kinds.pool_family import Pool


class Law(NamedTuple):
    """Which layers have to keep it, how it is shown, and about how many runs that takes."""

    holds: Callable[[Kind], bool]
    shown: Callable[[Copy, tuple[int, ...]], Check]
    runs: int


LAWS: dict[str, Law] = {
    "adjoint": Law(lambda layer: layer.is_linear(), adjoint, 8),
    "stretched": Law(is_convolution, stretched, 8),
    "restored": Law(has_inverse, restored, 100),
    "flip": Law(lambda layer: isinstance(layer, Conv), flip, 16),
    "shift": Law(lambda layer: isinstance(layer, Conv | Pool), shift, 32),
}
