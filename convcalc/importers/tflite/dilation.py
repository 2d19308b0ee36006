"""Dilated convolutions found again, which early converters wrote as three operators.

SPACE_TO_BATCH_ND deals the pixels out into samples, a convolution of touching windows goes over
each of them, and BATCH_TO_SPACE_ND puts them back: a convolution of dilated windows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from convcalc.importers.tflite.schema import VALID
from convcalc.importers.tflite.values import Dilated, File, Operator, wholes_of

_DEAL, _GATHER = "SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"
# Convolutions by the slots of their strides and dilations, each 1 here.
_PLAIN = {"CONV_2D": (1, 2, 4, 5), "DEPTHWISE_CONV_2D": (1, 2, 5, 6)}


def rejoined(file: File) -> tuple[Operator, ...]:
    """The operators of a file, with one convolution for each three that are one."""
    words = {one.word for one in file.operators}
    if not {_DEAL, _GATHER} <= words:
        return file.operators
    uses = Counter(number for one in file.operators for number in one.inputs)
    uses.update(file.outputs)
    maker = {number: one for one in file.operators for number in one.outputs}
    whole: dict[int, Operator] = {}
    gone: set[int] = set()
    for last in file.operators:
        conv = maker.get(last.inputs[0]) if last.word == _GATHER and last.inputs else None
        first = maker.get(conv.inputs[0]) if conv is not None and conv.inputs else None
        if conv is None or first is None or first.word != _DEAL:
            continue
        dilated = _dilated(file, first, conv, last)
        if dilated is not None and uses[first.outputs[0]] == uses[conv.outputs[0]] == 1:
            inputs = (first.inputs[0], *conv.inputs[1:])
            whole[conv.number] = replace(conv, inputs=inputs, outputs=last.outputs, dilated=dilated)
            gone |= {first.number, last.number}
    kept = (one for one in file.operators if one.number not in gone)
    return tuple(whole.get(one.number, one) for one in kept)


def _dilated(file: File, first: Operator, conv: Operator, last: Operator) -> Dilated | None:
    slots = _PLAIN.get(conv.word)
    options = conv.options
    if slots is None or options is None or options.whole(0, "b") != VALID:
        return None
    if any(options.whole(slot, default=1) != 1 for slot in slots):
        return None
    given: list[Sequence[int]] = []
    for operator in (first, last):
        stored = [file.tensors[number].held for number in operator.inputs[1:3]]
        found = [wholes_of(one) for one in stored if one is not None]
        given += [one for one in found if one is not None]
    if len(given) != 4 or [len(one) for one in given] != [2, 4, 2, 4] or given[0] != given[2]:
        return None
    block, sides, _, crops = given
    pads = [side - crop for side, crop in zip(sides, crops, strict=True)]
    if min(pads) < 0 or min(block) < 1:
        return None
    return Dilated((block[0], block[1]), (pads[0], pads[2], pads[1], pads[3]))
