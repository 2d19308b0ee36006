"""A mirrored network as a layer stack, ready to plan."""

from __future__ import annotations

import json

from convcalc.core.shapes import Shape
from convcalc.core.text import visible
from convcalc.features.invert.decoder import Decoder
from convcalc.shorthand.entries import in_yaml

_COMMENT_COLUMN = 60


def render(decoder: Decoder) -> str:
    """The decoder as a file: valid, and expecting the encoder's input shape as its output."""
    # As it is: JSON's escapes of characters beyond U+FFFF are halves, which YAML does not take.
    name = json.dumps(visible(f"{decoder.name}, mirrored"), ensure_ascii=False)
    lines = [
        f"# The way back from {_list(decoder.input)} to {_list(decoder.output)}.",
        "# Only sizes come back: weights have to be learnt.",
    ]
    if decoder.left_out:
        left = visible(", ".join(decoder.left_out))
        lines.append(f"# Left out, at the end of the encoder: {left}")
    lines += ["convcalc: 1", f"name: {name}", f"input: {_list(decoder.input)}", "layers:"]
    before = ""
    for (kind, fields), undone in decoder.layers:
        item = f"  - {in_yaml(kind, fields)}"
        comment = f"  # {visible(undone)}" if undone != before else ""
        lines.append(f"{item:{_COMMENT_COLUMN}}{comment}".rstrip())
        before = undone
    lines.append(f"expect: {{output: {_list(decoder.output)}}}")
    return "\n".join(lines) + "\n"


def _list(shape: Shape) -> str:
    return f"[{', '.join(map(str, shape))}]"
