"""The columns of a plan: what each is called, and what it says of a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from convcalc.core.shapes import format_axes, format_shape
from convcalc.core.text import count, first_few
from convcalc.kinds.base import WORK_CLASSES
from convcalc.planning.untold import PARTS, declared, untold
from convcalc.report.percent import percent
from convcalc.report.short_fields import key_fields
from convcalc.report.table import Cell, Column, Value

if TYPE_CHECKING:
    from convcalc.planning import Plan, Row
    from convcalc.planning.receptive import ReceptiveField
    from convcalc.report.lines import Line
    from convcalc.report.plan_tree import Branch

Total = Callable[["Plan"], int]
# Behind a figure that is as the file declares it.
DECLARED = "*"


def _seen(line: Line, show: Callable[[ReceptiveField], str]) -> str:
    """One text where all inputs of the network are seen alike, else one for each."""
    shown = [show(field) for field in line.receptive_fields]
    if len(set(shown)) < 2:
        return shown[0] if shown else ""
    # A layer that does not see one of the inputs has nothing to say of it.
    return " / ".join(text or "-" for text in shown)


def field_text(field: ReceptiveField) -> str:
    """A receptive field: `3`, `11x7`, `43..51` where it depends on the position, or `all`.

    An upper bound begins with `≤`.

    >>> from fractions import Fraction
    >>> from convcalc.planning.receptive import ReceptiveField
    >>> one = Fraction(1)
    >>> field_text(ReceptiveField("x", (3, 3), (3, 3), (3, 3), (one, one), (0, 0), False, True))
    '3'
    >>> field_text(ReceptiveField("x", (5, 3), (5, 3), (6, 3), (one, one), (0, 0), False, True))
    '5..6x3'
    """
    bound = "≤" if field.at_most else ""
    if field.is_global:
        return f"{bound}all"
    sizes = zip(field.least, field.most, strict=True)
    return bound + format_axes(
        tuple(str(least) if least == most else f"{least}..{most}" for least, most in sizes)
    )


def _inputs(branch: Branch) -> Cell:
    """The names of the inputs; for people not where that is just the line above.

    Where there is no room for many of them, the first few.
    """
    exact = branch.line.inputs if branch.line is not None else branch.sources
    text, few = ", ".join(branch.sources), first_few(branch.sources, ", ")
    return Cell(text, ", ".join(exact), few if few != text else None)


def _op(line: Line) -> str:
    """The source's word for a layer of a model file."""
    return line.result.op if line.result is not None and not line.is_block else ""


def _of_line(read: Callable[[Line], str]) -> Callable[[Branch], str]:
    """A fact of a layer or of a folded block; the head of a block has none."""
    return lambda branch: read(branch.line) if branch.line is not None else ""


def _sum(key: str, number: Callable[[Row], int]) -> Callable[[Branch], Value]:
    return lambda branch: sum_value(branch.rows, key, sum(map(number, branch.rows)))


def sum_value(rows: Sequence[Row], key: str, found: int) -> Value:
    """A sum over these layers, with what is to be said of it: `?`, `≥5`, `5*`, `shared`."""
    if key == "params" and not found and any(row.weights for row in rows):
        # They are counted at the layers that had them first.
        return Cell("shared", found)
    if not any(row.unknown or row.declared for row in rows):
        return found
    nodes = [row.node for row in rows]
    lacking = untold(nodes, key)
    # Of a single layer that does not tell it, nothing is known.
    if lacking and len(nodes) == 1:
        return Cell("?", "")
    is_declared = any(declared(nodes, figure) for figure in PARTS.get(key, ()))
    return Cell(f"{'≥' if lacking else ''}{count(found)}{DECLARED if is_declared else ''}", found)


def _share(key: str, number: Callable[[Row], int], total: Total) -> Callable[[Branch], Cell]:
    """The share of the total in percent; for machines as a fraction of it."""

    def cell(branch: Branch) -> Cell:
        part = sum(map(number, branch.rows))
        whole = total(branch.plan)
        if untold([row.node for row in branch.rows], key):
            return Cell("?", "")
        # Of a total that is at least so much, a part is at most so much.
        bound = "≤" if key in branch.plan.totals.lower_bounds else ""
        return Cell(f"{bound}{percent(part, whole)}", f"{part / whole:.6g}" if whole else "")

    return cell


def total_cell(plan: Plan, key: str) -> Value:
    """The total of a column that has sums: with `≥` where some layer does not tell its part."""
    found = TOTALS[key](plan)
    lacks = untold(plan.graph.nodes, key)
    return Cell(f"≥{count(found)}", found) if lacks else found


def _field(line: Line) -> str:
    """The field; marked where the layer itself declares what it reads."""
    seen = _seen(line, field_text)
    is_declared = len(line.rows) == 1 and "receptive_field" in line.rows[0].declared
    return f"{seen}{DECLARED}" if seen and is_declared else seen


def _owner(line: Line) -> str:
    """The layer whose arrays a layer uses."""
    return line.rows[0].weights if len(line.rows) == 1 else ""


def _figures(read: Callable[[Row], tuple[str, ...]]) -> Callable[[Branch], str]:
    """The figures that some layers of a branch have in a list of theirs."""
    return lambda branch: " ".join(dict.fromkeys(f for row in branch.rows for f in read(row)))


def _work(index: int) -> Callable[[Row], int]:
    return lambda row: row.node.facts.work[index] * row.plan.batch


def _work_total(name: str) -> Total:
    return lambda plan: plan.totals.elementwise[name]


# What is summed up: key, heading, of a layer, and of the whole plan.
_SUMS: tuple[tuple[str, str, Callable[[Row], int], Total], ...] = (
    ("params", "params", lambda row: row.params, lambda plan: plan.totals.params),
    ("buffers", "buffers", lambda row: row.buffers, lambda plan: plan.totals.buffers),
    ("macs", "MACs", lambda row: row.macs, lambda plan: plan.totals.macs),
    ("flops", "FLOPs", lambda row: 2 * row.macs, lambda plan: plan.totals.flops),
    *((name, name, _work(at), _work_total(name)) for at, name in enumerate(WORK_CLASSES)),
    (
        "activation_bytes",
        "bytes",
        lambda row: row.activation_bytes,
        lambda plan: plan.totals.memory.activations,
    ),
)
TOTALS: dict[str, Total] = {key: total for key, _, _, total in _SUMS}


def _sums() -> Iterator[Column[Branch]]:
    for key, title, number, total in _SUMS:
        # Of elementwise work a layer has one class or two: where there is no room for a column
        # each, they share one.
        joins = ("elementwise", f", {key} ") if key in WORK_CLASSES else None
        yield Column(key, title, _sum(key, number), right=True, joins=joins)
        if key in ("params", "macs"):
            yield Column(f"{key}_share", f"{title} %", _share(key, number, total), right=True)


COLUMNS: dict[str, Column[Branch]] = {
    column.key: column
    for column in (
        Column("name", "layer", lambda branch: branch.name, is_name=True, folds=24),
        Column("kind", "kind", lambda branch: branch.kind, is_name=True, joins=("name", ": ")),
        Column("fields", "fields", _of_line(key_fields), folds=16),
        Column("inputs", "from", _inputs, is_name=True, folds=20, joins=("name", " ← ")),
        Column("output", "output", _of_line(lambda line: format_shape(line.output))),
        *_sums(),
        Column("receptive_field", "RF", _of_line(_field), right=True),
        Column(
            "stride",
            "stride",
            _of_line(lambda line: _seen(line, lambda field: format_axes(field.stride))),
            right=True,
        ),
        Column(
            "start",
            "start",
            _of_line(lambda line: _seen(line, lambda field: format_axes(field.start))),
            right=True,
        ),
        Column("weights", "weights of", _of_line(_owner), is_name=True, folds=16),
        Column("declared", "declared", _figures(lambda row: row.declared), folds=16),
        Column("unknown", "not known", _figures(lambda row: row.unknown), folds=16),
        Column("op", "op", _of_line(_op), is_name=True, folds=16),
    )
}

# What a plan shows unless `--columns` says otherwise, and what a terminal may have room for.
USUAL = (
    "name", "kind", "inputs", "output", "params", "macs", "flops", "receptive_field", "stride",
)  # fmt: skip
WIDE = (*USUAL[:2], "fields", *USUAL[2:7], "activation_bytes", *USUAL[7:])
# The shape that comes out is what nobody can do without: like a sum, it never yields.
YIELDS = (
    "activation_bytes", "fields", *WORK_CLASSES, "inputs", "flops", "kind", "stride",
    "receptive_field",
)  # fmt: skip


def spellings() -> dict[str, str]:
    """Every name that a column may be asked by, to its key.

    >>> spellings()["rf"], spellings()["receptive_field"]
    ('receptive_field', 'receptive_field')
    """
    names = {column.key: column.key for column in COLUMNS.values()}
    return names | {column.title.lower(): column.key for column in COLUMNS.values()}
