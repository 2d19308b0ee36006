"""Types that all numbers of a network may have, and their bytes."""

from __future__ import annotations

from typing import Literal

DType = Literal["float64", "float32", "float16", "bfloat16", "int8"]
DTYPE_BYTES: dict[DType, int] = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1,
}  # fmt: skip
