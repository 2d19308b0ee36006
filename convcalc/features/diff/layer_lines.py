"""The layers of a comparison of two networks, one entry a line, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from convcalc.core.shapes import format_shape
from convcalc.core.text import in_words
from convcalc.features.diff.values import Change, Difference, Status
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.network.graph import Scope
from convcalc.planning.plan_rows import Row
from convcalc.report.columns import field_text
from convcalc.report.short_fields import field_value, row_fields

MARKS: dict[Status, str] = {
    "added": "+", "removed": "-", "moved": ">", "changed": "~", "renamed": "~", "affected": "",
    "same": "",
}  # fmt: skip


class LayerLine(NamedTuple):
    """A layer of the comparison, or a whole block that came or went, as it is shown.

    `more` others are written in the same line of the file and became the same. Names in `what`
    stand in backticks. `params` and `macs` are changes, summed over all of them; None where some
    do not tell theirs.
    """

    status: Status
    name: str
    what: str
    output: str
    params: int | None
    macs: int | None
    field: str
    more: int = 0


class _Part(NamedTuple):
    """A layer, or the layers of the block `scope` that came or went whole."""

    changes: Sequence[Change]
    scope: Scope | None = None

    @property
    def key(self) -> Hashable:
        """Equal for what one line of the file, used several times, became in the same way."""
        change = self.changes[0]
        if self.scope is not None:
            return change.status, id(self.scope.template)
        rows = (change.before, change.after)
        fields: tuple[str, ...] = ()
        if change.before and change.after and change.before.kind == change.after.kind:
            fields = tuple(field.name for field in change.fields)
        return (
            change.status,
            *(id(row.node.template) if row is not None else None for row in rows),
            fields,
            change.inputs is not None,
            change.is_renamed,
            # What is written otherwise matters more than where it shows.
            change.moved if change.status == "affected" else (),
        )


def entries(found: Difference, statuses: Sequence[Status], fold: bool = True) -> list[LayerLine]:
    """Layers of these statuses in order, one by one.

    With `fold`, blocks that came or went whole are one entry, and so are copies of one line.
    """
    listed = [part for part in _parts(found, fold) if part.changes[0].status in statuses]
    if not fold:
        return [_entry(found, [part]) for part in listed]
    alike: dict[Hashable, list[_Part]] = {}
    for part in listed:
        alike.setdefault(part.key, []).append(part)
    return [_entry(found, parts) for parts in alike.values()]


def _parts(found: Difference, fold: bool) -> Iterator[_Part]:
    blocks = {first: (end, scope) for first, end, scope in _whole_blocks(found)} if fold else {}
    at = 0
    while at < len(found.changes):
        end, scope = blocks.get(at, (at + 1, None))
        yield _Part(found.changes[at:end], scope)
        at = end


def _whole_blocks(found: Difference) -> Iterator[tuple[int, int, Scope]]:
    """Stretches [start, end) of changes that are one block of several layers, all new or all gone.

    Of blocks within blocks the outer one.
    """
    for plan, status in ((found.after, "added"), (found.before, "removed")):
        if plan is None or found.before is None or found.after is None:
            continue
        side = "after" if status == "added" else "before"
        places = [at for at, change in enumerate(found.changes) if getattr(change, side)]
        seen = 0
        for scope, group in zip(plan.graph.scopes, plan.groups, strict=True):
            stretch = range(group.first, group.end)
            if group.first < seen or len(stretch) < 2:
                continue
            start, end = places[stretch[0]], places[stretch[-1]] + 1
            if end - start == len(stretch) and all(
                change.status == status for change in found.changes[start:end]
            ):
                seen = group.end
                yield start, end, scope


def _entry(found: Difference, parts: Sequence[_Part]) -> LayerLine:
    """Parts with one key as one entry."""
    first = parts[0].changes[0]
    changes = [change for part in parts for change in part.changes]
    params, macs = _delta(changes, "params"), _delta(changes, "macs")
    scopes = [part.scope for part in parts if part.scope is not None]
    if scopes:
        name, what = scopes[0].name, _block_words(parts, scopes[0].block)
        plan = found.after if first.status == "added" else found.before
        assert plan is not None
        graph = plan.graph
        output = _span([format_shape(graph.shape_of(scope.result)) for scope in scopes])
        rows = [
            plan.row_at(scope.result) if scope.result >= graph.input_count else first.row
            for scope in scopes
        ]
        field = _span(list(map(_field, rows)))
    else:
        name, what = first.name, _layer_words(changes)
        sides = [
            [row for row in rows if row is not None]
            for rows in zip(*((change.before, change.after) for change in changes), strict=True)
        ]
        output = _both(*(_span([format_shape(row.output) for row in rows]) for rows in sides))
        field = _both(*(_span([_field(row) for row in rows]) for rows in sides))
    return LayerLine(first.status, name, what, output, params, macs, field, len(parts) - 1)


def _delta(changes: Sequence[Change], key: str) -> int | None:
    rows = (row for change in changes for row in (change.before, change.after))
    if any(row is not None and key in row.unknown for row in rows):
        return None
    return int(sum(change.figure(key).delta or 0 for change in changes))


def _block_words(parts: Sequence[_Part], block: str) -> str:
    counts = [len(part.changes) for part in parts]
    least, most = min(counts), max(counts)
    number = in_words(most, "layer") if least == most else f"{least:,} to {most:,} layers"
    return f"{block}, {number}{' each' if len(parts) > 1 else ''}"


def _layer_words(changes: Sequence[Change]) -> str:
    first = changes[0]
    if first.before is not None and first.after is not None:
        words = "; ".join(_words(changes))
        if words or first.status != "moved":
            return words or first.row.kind
    fields = _span([row_fields(change.row) for change in changes])
    return " ".join(filter(None, (first.row.kind, fields)))


def _words(changes: Sequence[Change]) -> Iterator[str]:
    """What differs in how the layer is written."""
    first = changes[0]
    before, after = first.before, first.after
    assert before is not None
    assert after is not None
    if before.kind != after.kind:
        yield f"{before.kind} -> {after.kind}"
    elif first.fields:
        columns = zip(*(change.fields for change in changes), strict=True)
        yield f"{after.kind} " + ", ".join(
            f"{SHORT_NAMES.get(one.name, one.name)} "
            f"{_span([field_value(field.before) for field in column])} -> "
            f"{_span([field_value(field.after) for field in column])}"
            for one, column in zip(first.fields, columns, strict=True)
        )
    if first.inputs is not None:
        old, new = (", ".join(f"`{name}`" for name in names) for names in first.inputs)
        yield f"reads {new} instead of {old}" if old != new else f"reads another {new}"
    if first.status in ("changed", "renamed") and first.is_renamed:
        yield f"was `{before.name}`"


def _span(texts: Sequence[str]) -> str:
    """What copies of one line have, from the first to the last of them.

    >>> _span(["64", "64"]), _span(["64", "128", "256"]), _span(["3", "1", "3"]), _span([])
    ('64', '64 to 256', '3 and others', '')
    """
    if len(set(texts)) < 2:
        return texts[0] if texts else ""
    first, last = texts[0], texts[-1]
    if first == last or not first or not last:
        return f"{first or last} and others"
    return f"{first} to {last}"


def _both(before: str, after: str) -> str:
    return before or after if before == after or not before or not after else f"{before} -> {after}"


def _field(row: Row) -> str:
    field = row.receptive_field
    return field_text(field) if field is not None else "?"
