"""What `convcalc convert` says beside the file that it writes, and of a layer's dense matrix."""

from __future__ import annotations

from convcalc.core.shapes import format_shape
from convcalc.core.text import count, in_words, size, visible
from convcalc.features.convert.answer import Conversion, Rewritten
from convcalc.features.convert.dense import DenseMatrix
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.linear import Linear
from convcalc.planning import Plan
from convcalc.report.page import Notes, Page, Prose, Title
from convcalc.report.percent import percent
from convcalc.report.table import Column, Table, rows_of

_FLOAT = 4


def summary(found: Conversion, *more: str) -> Page:
    """The layers that changed, the counts before and after, and the output at both inputs."""
    converted = [change for change in found.changes if change.was == Linear.kind]
    dense = in_words(len(converted), "dense layer")
    convolutions = "a convolution" if len(converted) == 1 else "convolutions"
    totals = found.after.totals
    notes = [
        ("params", f"{count(totals.params)} before and after"),
        ("MACs", f"{count(totals.macs)} before and after"),
        ("output", f"{_path(found.after)} (was {_outputs(found.before)})"),
    ]
    if found.larger is not None:
        notes.append(("", _path(found.larger)))
    notes += [
        ("kept", f"`{visible(one.layer)}` (line {one.line}): {visible(one.why)}")
        for one in found.refusals
    ]
    return Page(
        (
            Title(f"{dense} written as {convolutions}, the same numbers"),
            Table(_COLUMNS, rows_of(_COLUMNS, found.changes), indent=2),
            Notes(tuple(notes), 2),
            *(Prose((text,)) for text in more),
        )
    )


_COLUMNS: tuple[Column[Rewritten], ...] = (
    Column("layer", "layer", lambda one: one.layer, is_name=True, folds=24),
    Column("line", "line", lambda one: one.line, right=True),
    Column("was", "was", lambda one: one.was),
    Column("becomes", "becomes", lambda one: one.becomes, folds=24),
    Column("params", "params", lambda one: one.params or "", right=True),
)


def _path(plan: Plan) -> str:
    inputs = " and ".join(map(format_shape, plan.inputs.values()))
    return f"{inputs} gives {_outputs(plan)}"


def _outputs(plan: Plan) -> str:
    graph = plan.graph
    return " and ".join(format_shape(graph.shape_of(index)) for index in graph.outputs)


def dense(found: DenseMatrix) -> Page:
    """The size of the matrix, and what of it is zero or shared; machines get its counts."""
    zero = found.dense - found.nonzero
    uses = found.nonzero // found.weights
    more = "exactly" if found.nonzero % found.weights == 0 else "about"
    entries = "1 entry" if uses == 1 else f"{count(uses)} entries"
    m, n = count(found.columns), count(found.rows)
    rows = [
        ("input", f"{format_shape(found.x)}, m = {m}"),
        ("output", f"{format_shape(found.output)}, n = {n}"),
        ("dense", f"m·n = {count(found.dense)} weights, {size(_FLOAT * found.dense)} as float32"),
        ("sparse", f"k·n = {count(found.taps * found.rows)} products, k = {count(found.taps)} for "
                   "each output, zeros of the padding among them"),
        ("nonzero", f"{count(found.nonzero)} entries, {percent(found.nonzero, found.dense)}"),
        ("zero", f"{count(zero)} entries, {percent(zero, found.dense)}"),
        ("shared", f"{count(found.weights)} weights, each in {more} {entries}"),
    ]  # fmt: skip
    if found.kind == ConvTranspose.kind:
        # Its products are counted at its inputs, and k differs with the position.
        rows[3] = ("sparse", f"{count(found.nonzero)} products, k = {count(found.taps)} for each "
                   "output where strides do not thin them out")  # fmt: skip
    head = f"{found.layer}: a {n} by {m} matrix made of {count(found.weights)} weights"
    counts = Table(_COUNTS, rows_of(_COUNTS, [found]))
    return Page((Title(head), Notes(tuple(rows), 2)), counts)


_COUNTS: tuple[Column[DenseMatrix], ...] = (
    Column("layer", "layer", lambda one: one.layer, is_name=True),
    Column("kind", "kind", lambda one: one.kind),
    Column("columns", "columns", lambda one: one.columns, right=True),
    Column("rows", "rows", lambda one: one.rows, right=True),
    Column("dense", "dense", lambda one: one.dense, right=True),
    Column("nonzero", "nonzero", lambda one: one.nonzero, right=True),
    Column("weights", "weights", lambda one: one.weights, right=True),
)
