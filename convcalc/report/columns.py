"""The columns of a plan: what each is called, and what it says of a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcalc.core.shapes import format_axes, format_shape
from convcalc.kinds.base import WORK_CLASSES
from convcalc.report.fields import key_fields

if TYPE_CHECKING:
    from convcalc.planning import Plan
    from convcalc.planning.receptive import ReceptiveField
    from convcalc.report.lines import Line

Cell = int | str


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `key` is its name in JSON and CSV, `title` its heading for people.

    `total` reads its sum off the plan; None where there is nothing to sum. `is_name` marks text
    that comes out of the file, `is_figure` what is aligned right as counts are.
    """

    key: str
    title: str
    cell: Callable[[Line], Cell]
    total: Callable[[Plan], int] | None = None
    is_name: bool = False
    is_figure: bool = False

    @property
    def is_right(self) -> bool:
        """True for what is aligned right."""
        return self.total is not None or self.is_figure


def _params(line: Line) -> int:
    return sum(row.params for row in line.rows)


def _buffers(line: Line) -> int:
    return sum(row.buffers for row in line.rows)


def _macs(line: Line) -> int:
    return sum(row.macs for row in line.rows)


def _bytes(line: Line) -> int:
    return sum(row.activation_bytes for row in line.rows)


def _work(index: int) -> Callable[[Line], int]:
    def cell(line: Line) -> int:
        return sum(row.node.facts.work[index] * row.plan.batch for row in line.rows)

    return cell


def _work_total(name: str) -> Callable[[Plan], int]:
    return lambda plan: plan.totals.elementwise[name]


def _seen(line: Line, show: Callable[[ReceptiveField], str]) -> str:
    """One text where all inputs of the network are seen alike, else one for each."""
    shown = [show(field) for field in line.receptive_fields]
    if len(shown) < 2 or len(set(shown)) == 1:
        return shown[0] if shown else "?"
    return " / ".join(shown)


def field_text(field: ReceptiveField) -> str:
    """A receptive field: `3`, `11x7`, `43..51` where it depends on the position, or `all`.

    >>> from fractions import Fraction
    >>> from convcalc.planning.receptive import ReceptiveField
    >>> one = Fraction(1)
    >>> field_text(ReceptiveField("x", (3, 3), (3, 3), (3, 3), (one, one), (0, 0), False, True))
    '3'
    >>> field_text(ReceptiveField("x", (5, 3), (5, 3), (6, 3), (one, one), (0, 0), False, True))
    '5..6x3'
    """
    if field.is_global:
        return "all"
    sizes = zip(field.least, field.most, strict=True)
    return format_axes(
        tuple(str(least) if least == most else f"{least}..{most}" for least, most in sizes)
    )


COLUMNS: dict[str, Column] = {
    column.key: column
    for column in (
        Column("name", "layer", lambda line: line.name, is_name=True),
        Column("kind", "kind", lambda line: line.kind, is_name=True),
        Column("fields", "fields", key_fields),
        Column("inputs", "from", lambda line: ", ".join(line.inputs), is_name=True),
        Column("output", "output", lambda line: format_shape(line.output)),
        Column("params", "params", _params, lambda plan: plan.totals.params),
        Column("buffers", "buffers", _buffers, lambda plan: plan.totals.buffers),
        Column("macs", "MACs", _macs, lambda plan: plan.totals.macs),
        Column("flops", "FLOPs", lambda line: 2 * _macs(line), lambda plan: plan.totals.flops),
        *(
            Column(name, name, _work(index), _work_total(name))
            for index, name in enumerate(WORK_CLASSES)
        ),
        Column("activation_bytes", "bytes", _bytes, lambda plan: plan.totals.memory.activations),
        Column("receptive_field", "RF", lambda line: _seen(line, field_text), is_figure=True),
        Column(
            "stride",
            "stride",
            lambda line: _seen(line, lambda field: format_axes(field.stride)),
            is_figure=True,
        ),
        Column(
            "start",
            "start",
            lambda line: _seen(line, lambda field: format_axes(field.start)),
            is_figure=True,
        ),
    )
}

# What a plan shows unless `--columns` says otherwise, and what a wide terminal has room for.
USUAL = ("name", "kind", "inputs", "output", "params", "macs", "receptive_field", "stride")
WIDE = (
    "name", "kind", "fields", "inputs", "output", "params", "macs", "flops", "activation_bytes",
    "receptive_field", "stride",
)  # fmt: skip


def spellings() -> dict[str, str]:
    """Every name that a column may be asked by, to its key.

    >>> spellings()["rf"], spellings()["receptive_field"]
    ('receptive_field', 'receptive_field')
    """
    names = {column.key: column.key for column in COLUMNS.values()}
    return names | {column.title.lower(): column.key for column in COLUMNS.values()}
