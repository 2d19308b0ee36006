"""Operators of programs of PyTorch that are worked out of constants, called by their words."""

from __future__ import annotations

from typing import Any

import numpy as np

from convcalc.arrays.calculated import calculated
from convcalc.arrays.ops import Array
from convcalc.network.held import Nth

# The arrays in the order in which they are given.
X, Y, Z = Nth(0), Nth(1), Nth(2)
A = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
B = [[10.0, 20.0, 30.0], [0.0, -1.0, 2.0]]
TRUTHS = [[True, False, True], [False, False, True]]


def worked(word: str, of: list[Any], shape: tuple[int, ...], **arguments: Any) -> Array:
    """What the operator makes of these arrays, in that shape."""
    fields = {"op": f"aten.{word}", "arguments": arguments}
    return calculated([np.array(one) for one in of], shape, fields)
