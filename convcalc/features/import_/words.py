"""What `convcalc import` says beside the file that it writes."""

from __future__ import annotations

from convcalc.core.shapes import format_shape
from convcalc.core.text import count, in_words, listed, visible
from convcalc.features.import_.answer import Imported
from convcalc.report.page import Notes, Page, Prose, Title


def summary(found: Imported, *more: str) -> Page:
    """How long the file is, what was compared, and what it does not say."""
    graph = found.after.graph
    inputs = " and ".join(map(format_shape, graph.inputs.values()))
    outputs = " and ".join(format_shape(graph.shape_of(index)) for index in graph.outputs)
    blocks = f", {in_words(found.blocks, 'block')}" if found.blocks else ""
    least = dict.fromkeys(found.lower_bounds, "at least ")
    title = f"{in_words(found.layers, 'layer')} in {in_words(found.lines, 'line')}{blocks}"
    notes = [
        ("checked", f"planned again: the same {in_words(found.layers, 'row')} in the same order"),
        ("params", f"{least.get('params', '')}{count(found.params)} in both"),
        ("MACs", f"{least.get('macs', '')}{count(found.macs)} in both"),
        ("output", f"{inputs} gives {outputs}"),
        ("names", _names(found)),
    ]
    if found.left_out:
        notes.append(("left out", visible(listed(found.left_out, "and"))))
    return Page((Title(title), Notes(tuple(notes), 2), *(Prose((text,)) for text in more)))


def _names(found: Imported) -> str:
    """What the layers are called in the new file's plan."""
    others = "after the blocks that they stand in" if found.blocks else "by kind and number"
    if not found.named:
        return f"layers are called {others}"
    if found.named == found.layers:
        return "all layers are called as before"
    kept = f"{count(found.named)} of {count(found.layers)} layers are called as before"
    return f"{kept}, the others {others}"
