"""The layers of a comparison of two networks, one entry a line, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcalc.diff.values import Change, Difference, Status
from convcalc.formats.columns import field_text
from convcalc.formats.diff_words import signed
from convcalc.formats.fields import field_value, row_fields
from convcalc.kinds.fields import SHORT_NAMES
from convcalc.planning.result import Row
from convcalc.shapes import format_shape
from convcalc.text import in_words

MARKS: dict[Status, str] = {
    "added": "+", "removed": "-", "moved": ">", "changed": "~", "renamed": "~", "affected": "",
    "same": "",
}  # fmt: skip


class Entry(NamedTuple):
    """A layer of the comparison, or a whole block that came or went, as it is shown.

    Names in `what` stand in backticks. `params` and `macs` are changes with their sign.
    """

    status: Status
    name: str
    what: str
    output: str
    params: str
    macs: str
    field: str


def entries(found: Difference, statuses: Sequence[Status], fold: bool = True) -> list[Entry]:
    """Layers of these statuses in order; blocks that came or went whole are one entry."""
    blocks = dict(_whole_blocks(found)) if fold else {}
    shown_entries = []
    at = 0
    while at < len(found.changes):
        change = found.changes[at]
        end = blocks.get(at, at + 1)
        if change.status in statuses:
            one = end == at + 1
            part = found.changes[at:end]
            shown_entries.append(_entry(change) if one else _block_entry(found, part))
        at = end
    return shown_entries


def _whole_blocks(found: Difference) -> Iterator[tuple[int, int]]:
    """Stretches [start, end) of changes that are one block of several layers, all new or all gone.

    Of blocks within blocks the outer one.
    """
    for plan, status in ((found.after, "added"), (found.before, "removed")):
        if plan is None or found.before is None or found.after is None:
            continue
        side = "after" if status == "added" else "before"
        places = [at for at, change in enumerate(found.changes) if getattr(change, side)]
        seen = 0
        for group in plan.groups:
            stretch = range(group.first, group.end)
            if group.first < seen or len(stretch) < 2:
                continue
            start, end = places[stretch[0]], places[stretch[-1]] + 1
            if end - start == len(stretch) and all(
                change.status == status for change in found.changes[start:end]
            ):
                seen = group.end
                yield start, end


def _block_entry(found: Difference, part: Sequence[Change]) -> Entry:
    status = part[0].status
    plan = found.after if status == "added" else found.before
    assert plan is not None
    first = part[0].row
    group = next(
        group
        for group in plan.groups
        if plan.rows[group.first] is first and group.end - group.first == len(part)
    )
    result = plan[group.result] if group.result not in plan.inputs else part[-1].row
    sign = 1 if status == "added" else -1
    return Entry(
        status,
        group.name,
        f"{group.block}, {in_words(len(part), 'layer')}",
        format_shape(group.output),
        signed(sign * sum(change.row.params for change in part)),
        signed(sign * sum(change.row.macs for change in part)),
        _field(result),
    )


def _entry(change: Change) -> Entry:
    before, after = change.before, change.after
    what = " ".join(filter(None, (change.row.kind, row_fields(change.row))))
    if before is None or after is None:
        output, field = format_shape(change.row.output), _field(change.row)
    else:
        what = "; ".join(_words(change)) or (what if change.status == "moved" else change.row.kind)
        output = _both(format_shape(before.output), format_shape(after.output))
        field = _both(_field(before), _field(after))
    params, macs = (signed(change.figure(key).delta) for key in ("params", "macs"))
    return Entry(change.status, change.name, what, output, params, macs, field)


def _words(change: Change) -> Iterator[str]:
    """What differs in how the layer is written."""
    before, after = change.before, change.after
    assert before is not None
    assert after is not None
    if before.kind != after.kind:
        yield f"{before.kind} -> {after.kind}"
    elif change.fields:
        yield f"{after.kind} " + ", ".join(
            f"{SHORT_NAMES.get(field.name, field.name)} "
            f"{field_value(field.before)} -> {field_value(field.after)}"
            for field in change.fields
        )
    if change.inputs is not None:
        old, new = (", ".join(f"`{name}`" for name in names) for names in change.inputs)
        yield f"reads {new} instead of {old}" if old != new else f"reads another {new}"
    if change.status in ("changed", "renamed") and change.is_renamed:
        yield f"was `{before.name}`"


def _both(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _field(row: Row) -> str:
    field = row.receptive_field
    return field_text(field) if field is not None else "?"
