"""Checks of one layer at its real size: its shape, what it costs, that its numbers are finite."""

from __future__ import annotations

import numpy as np

from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import count, in_words
from convcalc.features.verify.measure import Data, Run
from convcalc.features.verify.report import Check
from convcalc.kinds.base import Facts, Kind


def shape(facts: Facts, done: Run) -> Check:
    """The array that came out has the planned shape."""
    planned = format_shape(facts.output)
    if done.shape is None:
        return Check("shape", planned, "nothing", False, done.error)
    return Check("shape", planned, format_shape(done.shape), done.shape == facts.output)


def params(facts: Facts, data: Data, done: Run) -> Check | None:
    """The learnt numbers that were read are those planned, and no array is left unread."""
    if not facts.params and not data.weights:
        return None
    sizes = {name: int(array.size) for name, array in data.weights.items()}
    read = sum(sizes[name] for name in done.read & sizes.keys()) - facts.buffers
    notes = [
        f"{name} ({count(size)}) was not read"
        for name, size in sorted(sizes.items())
        if name not in done.read
    ]
    is_right = read == facts.params and not notes
    return Check("params", count(facts.params), count(read), is_right, "; ".join(notes))


def macs(facts: Facts, done: Run, batch: int) -> Check | None:
    """The multiplies counted are those planned."""
    planned = facts.macs * batch
    if not planned and not done.macs:
        return None
    return Check("macs", count(planned), count(done.macs), done.macs == planned, done.error)


def finite(layer: Kind, inputs: tuple[Shape, ...], done: Run) -> Check:
    """Every number that came out is one."""
    if done.output is None:
        return Check("finite", "all", "nothing", False, done.error)
    wrong = int(done.output.size - np.count_nonzero(np.isfinite(done.output)))
    if wrong and layer.may_be_infinite(inputs[0]) and np.isinf(done.output).sum() == wrong:
        what = f"{in_words(wrong, 'window')} on padding alone: -inf"
        note = f"{what if layer.sliding else 'its fields say infinity'}, as in PyTorch"
        return Check("finite", "all", "", None, note)
    measured = f"all {count(done.output.size)}" if not wrong else f"{count(wrong)} are not"
    return Check("finite", "all", measured, not wrong)
