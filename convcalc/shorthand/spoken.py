"""What the shorthand knows of kinds before any library is loaded.

The one place outside of `convcalc.kinds` that names kinds: loading them takes longer than the
whole answer. `tests/shorthand/test_spoken.py` holds every line against the kinds.
"""

from __future__ import annotations

# The kind of a layer that bears no word, as in `224 k7 s2 p3`.
UNNAMED = "conv"

# Kinds with filters, whose number may be left out.
WITH_FILTERS = ("conv", "conv_transpose")

# The kinds of the front step: how their windows slide, and the fields that it answers.
_WINDOW = frozenset({"kernel_size", "stride", "padding", "dilation"})
SLIDING = {
    "conv": "window",
    "conv_transpose": "transposed",
    "max_pool": "pool",
    "avg_pool": "pool",
}
FIELDS = {
    "conv": _WINDOW,
    "conv_transpose": _WINDOW | {"output_padding"},
    "max_pool": _WINDOW | {"ceil_mode"},
    "avg_pool": _WINDOW - {"dilation"} | {"ceil_mode"},
}
