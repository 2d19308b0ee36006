"""Layers whose dense ones are written as convolutions."""

from __future__ import annotations

import convcalc
from convcalc.features.convert.answer import convert


def converted(layers: str, input: str = "[2, 6, 6]", more: str = "") -> str:
    """The lines of a network of these layers whose dense ones are convolutions."""
    text = f"convcalc: 1\ninput: {input}\n{more}layers:\n{layers}"
    return convert(convcalc.loads(text)).text.partition("layers:\n")[2]
