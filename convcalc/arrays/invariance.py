"""How far a pool is from not noticing a shift, as an average over many windows."""

from __future__ import annotations

from math import prod

import numpy as np

from convcalc.arrays.draws import Draws
from convcalc.arrays.ops import Ops
from convcalc.kinds.base import LayerKind

# Windows that are averaged over, and numbers that they may take.
_WINDOWS, _NUMBERS = 50_000, 300_000


def changed_share(layer: LayerKind, rank: int, seed: tuple[int, ...]) -> float | None:
    """How much the outputs change when the input moves by one pixel, along the last axis.

    As a share of how much they change for another input altogether, away from the border: 0 would
    be invariant. The inputs are normal numbers, and the windows so many that the seed decides no
    more than a percent. A mean over k pixels of an axis has 1/sqrt(k). None where nothing changes.

    >>> from convcalc.kinds import find_kind
    >>> pool = find_kind("avg_pool").model_validate({"kernel_size": 4})
    >>> round(changed_share(pool, 2, (0,)), 1)
    0.5
    """
    bare = layer.model_copy(update={"padding": 0, "ceil_mode": False})
    # A map of the window's own height: one row of windows.
    spans = tuple(window.span for window in bare.windows((1, *(2**20,) * rank)))
    last = bare.windows((1, *(2**20,) * rank))[-1]
    count = max(2, min(_WINDOWS, _NUMBERS // (prod(spans[:-1]) * last.stride)))
    sizes = (*spans[:-1], (count - 1) * last.stride + last.span + 1)
    one, other = (Draws((*seed, n), "normal").array((1, *sizes, 1)) for n in range(2))
    ops = Ops()
    still, moved, apart = (
        bare.run(ops, (np.ascontiguousarray(x),), {})
        for x in (one[..., :-1, :], one[..., 1:, :], other[..., :-1, :])
    )
    whole = float(np.mean(abs(apart - still)))
    return float(np.mean(abs(moved - still))) / whole if whole else None
