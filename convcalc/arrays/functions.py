"""Everything that `Ops` offers beside products and windows, under one name."""

from __future__ import annotations

from convcalc.arrays.bins import Bins
from convcalc.arrays.elementwise import Elementwise
from convcalc.arrays.moves import Moves
from convcalc.arrays.resampling import Resampling


class Functions(Bins, Elementwise, Moves, Resampling):
    """Bins, functions of elements, moves of elements, and interpolation."""
