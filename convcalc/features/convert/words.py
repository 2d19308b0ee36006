"""What `convcalc convert` says beside the file that it writes, and of a layer's dense matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcalc.core.shapes import format_shape
from convcalc.core.text import ascii_only, count, size, visible
from convcalc.features.convert.answer import Conversion
from convcalc.features.convert.matrix import DenseMatrix
from convcalc.features.convert.regions import Refusal
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.linear import Linear
from convcalc.planning import Plan
from convcalc.report.grid import grid
from convcalc.report.percent import percent
from convcalc.report.style import Style

_FLOAT = 4


def summary(found: Conversion, style: Style) -> str:
    """The layers that changed, the counts before and after, and the output at both inputs."""
    converted = [change for change in found.changes if change.was == Linear.kind]
    lines = [
        f"{len(converted)} dense layer{'s' if len(converted) > 1 else ''} written as convolutions, "
        "the same numbers",
        "",
    ]
    rows = [
        [f"`{visible(one.layer)}`", f"line {one.line}", one.was, f"{style.dot} {one.becomes}",
         f"{count(one.params)} params" if one.params else ""]
        for one in found.changes
    ]  # fmt: skip
    lines += grid(rows, left=4)
    lines.append("")
    totals = found.after.totals
    lines.append(f"  params  {count(totals.params)} before and after")
    lines.append(f"  MACs    {count(totals.macs)} before and after")
    lines.append(f"  output  {_path(found.after)} (was {_outputs(found.before)})")
    if found.larger is not None:
        lines.append(f"          {_path(found.larger)}")
    lines += [f"  kept    {line}" for line in refusal_lines(found.refusals)]
    return "\n".join(lines) + "\n"


def refusal_lines(refusals: Sequence[Refusal]) -> Iterator[str]:
    """The layers that stand in the way, and why."""
    for one in refusals:
        yield f"`{visible(one.layer)}` (line {one.line}): {visible(one.why)}"


def _path(plan: Plan) -> str:
    inputs = " and ".join(map(format_shape, plan.inputs.values()))
    return f"{inputs} gives {_outputs(plan)}"


def _outputs(plan: Plan) -> str:
    graph = plan.graph
    return " and ".join(format_shape(graph.shape_of(index)) for index in graph.outputs)


def dense(found: DenseMatrix, style: Style) -> str:
    """The size of the matrix, and what of it is zero or shared."""
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
    head = f"{visible(found.layer)}: a {n} by {m} matrix made of {count(found.weights)} weights"
    text = "\n".join([head, "", *grid(rows, left=2)]) + "\n"
    return text if style.unicode else ascii_only(text)
