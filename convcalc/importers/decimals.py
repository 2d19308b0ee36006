"""Real numbers of a file as short as they may be written."""

from __future__ import annotations

import struct


def shortest(value: float) -> float:
    """The shortest decimal that is this float32: what its writer meant.

    >>> shortest(9.999999747378752e-06), shortest(0.10000000149011612), shortest(1 / 3)
    (1e-05, 0.1, 0.33333333)
    """
    if value != value or value in (float("inf"), float("-inf")) or value == int(value):
        return value
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        return value
    for digits in (6, 7, 8, 9):
        near = float(f"{value:.{digits}g}")
        if struct.pack("<f", near) == packed:
            return near
    return value
