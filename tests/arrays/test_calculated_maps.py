"""Gates, bent functions and moves of maps that a `.pt2` works out of constants, by hand."""

from __future__ import annotations

from math import e, inf, log, nan
from typing import Any

import numpy as np

from convcalc.network.held import Nth
from tests.arrays.calculating import worked
from tests.each import each

MAP = [[[[1, 2, 3], [4, 5, 6]]]]
# Four channels of one pixel, and one of four.
PIXELS = [[[[1]], [[2]], [[3]], [[4]]]]
SQUARE = [[[[1, 2], [3, 4]]]]
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


@each(
    ("word", "of", "given", "wanted"),
    [
        # A gate of 0 lets a half through, one of log 3 three quarters.
        ("glu", [[8, 8, 0, log(3)]], {}, [[4, 6]]),
        ("glu", [[8], [0]], {"dim": 0}, [[4]]),
        ("selu", [2, -log(2)], {}, [2 * SCALE, -SCALE * ALPHA / 2]),
        ("prelu", [[1, -2], [-3, 4]], {"weight": [0.5, 2]}, [[1, -4], [-1.5, 4]]),
        ("prelu", [[[-2, 1]]], {"weight": [0.5]}, [[[-1, 1]]]),
        ("hardshrink", [0.5, -0.5, 0.6, -2], {}, [0, 0, 0.6, -2]),
        ("softshrink", [0.5, 1, -2], {"lambd": 1}, [0, 0, -1]),
        ("threshold", [1, 2, 3, nan], {"threshold": 2, "value": 9}, [9, 9, 3, nan]),
        ("logaddexp", [log(2), 0], {"other": [log(6), 0]}, [log(8), log(2)]),
        ("nan_to_num", [nan, inf, 1], {"nan": 2.0, "posinf": 5.0}, [2, 5, 1]),
        ("nan_to_num", [nan, e], {}, [0, e]),
        # Of three pixels the middle one is in both bins.
        ("adaptive_avg_pool2d", MAP, {"output_size": [1, 2]}, [[[[3, 4]]]]),
        # Bins of 2, 3 and 2 pixels, which share two of them.
        ("adaptive_avg_pool1d", [[1, 2, 3, 4, 10]], {"output_size": [3]}, [[1.5, 3, 7]]),
        ("adaptive_avg_pool1d", MAP[0], {"output_size": [1]}, [[[2], [5]]]),
        ("_adaptive_avg_pool3d", MAP, {"output_size": [1, 1, 1]}, [[[[3.5]]]]),
        ("_adaptive_avg_pool2d", MAP[0], {"output_size": [2, 1]}, [[[2], [5]]]),
        ("_adaptive_avg_pool2d", MAP[0], {"output_size": [1, 3]}, [[[2.5, 3.5, 4.5]]]),
        ("pixel_shuffle", PIXELS, {"upscale_factor": 2}, SQUARE),
        ("pixel_shuffle", [[PIXELS]], {"upscale_factor": 2}, [[SQUARE]]),
        ("pixel_shuffle", PIXELS[0], {"upscale_factor": 2}, SQUARE[0]),
        ("pixel_unshuffle", [[SQUARE]], {"downscale_factor": 2}, [[PIXELS]]),
        ("pixel_unshuffle", SQUARE, {"downscale_factor": 2}, PIXELS),
        ("channel_shuffle", [[[1], [2], [3], [4]]], {"groups": 2}, [[[1], [3], [2], [4]]]),
    ],
)
def test_what_is_worked_out(word: str, of: Any, given: dict[str, Any], wanted: Any) -> None:
    arrays: list[Any] = [np.array(of, np.float64)]
    arguments: dict[str, Any] = {"x": Nth(0)}
    for name, value in given.items():
        if name in ("weight", "other"):
            arrays.append(np.array(value, np.float64))
            arguments[name] = Nth(len(arrays) - 1)
        else:
            arguments[name] = value
    found = worked(word, arrays, np.shape(wanted), **arguments)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
