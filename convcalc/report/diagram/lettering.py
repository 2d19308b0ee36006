"""What the boxes of a drawing say, in lines that fit."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.core.shapes import format_shape
from convcalc.core.text import in_short, in_words
from convcalc.planning.untold import untold
from convcalc.report.diagram.outline import Node, Outline
from convcalc.report.percent import percent


class Lettering(NamedTuple):
    """The lines of a box: what it is, what goes with it, its cost; `whole` is all of it."""

    head: str
    beside: str
    share: str
    badge: str
    whole: str


def lettering(outline: Outline, node: Node) -> Lettering:
    """What the box of `node` says."""
    if node.is_input:
        return Lettering(node.name, "input", "", "", f"input {node.name}")
    head, total = node.parts[node.head], outline.plan.totals.macs
    shown = f"{head.kind} {head.fields}".strip()
    called = _own_name(outline, node.name, node.frame, head.kind)
    if called:
        shown = f"{called}: {shown}"
    before = ", ".join(part.kind for part in node.parts[: node.head])
    behind = ", ".join(part.kind for part in node.parts[node.head + 1 :])
    beside = "; ".join(
        text
        for text in (f"after {before}" if before else "", f"then {behind}" if behind else "")
        if text
    )
    share = percent(node.macs, total) if node.macs else ""
    if "macs" in outline.plan.totals.lower_bounds:
        # Of a total that is at least so much, a part is at most so much.
        share = "MACs ?" if _lacks(node) else f"≤{share}" if share else ""
    badge = f"×{node.times}" if node.times > 1 else ""
    return Lettering(shown, beside, share, badge, _whole(node, share))


def box_lines(outline: Outline, node: Node) -> list[str]:
    """What a node says as lines of text: it has no bar, and edges have their shapes."""
    said = lettering(outline, node)
    share = f"{said.share} of MACs" if "%" in said.share else said.share
    output = f"{format_shape(node.output)}, output" if node.is_output else ""
    beside = "" if node.is_input else said.beside
    return [line for line in (f"{said.head} {said.badge}".strip(), beside, share, output) if line]


def frame_lettering(outline: Outline, at: int) -> str:
    """What stands in the corner of an open block, with how often it stands there."""
    frame = outline.frames[at]
    called = _own_name(outline, frame.name, frame.parent, frame.block)
    times = f" ×{frame.times}" if frame.times > 1 else ""
    return (f"{called}: {frame.block}" if called else frame.block) + times


def _own_name(outline: Outline, name: str, frame: int | None, kind: str) -> str:
    """The name that the file gives, without the blocks around; "" for one that was made up.

    Numbers of a series are left out.
    """
    if frame is not None:
        name = name.removeprefix(f"{outline.frames[frame].name}.")
    own = ".".join(word for word in name.split(".") if not word.isdigit())
    made_up, _, number = own.rpartition("_")
    return "" if "." in own or own == kind or (made_up == kind and number.isdigit()) else own


def _lacks(node: Node, key: str = "macs") -> bool:
    """True where a layer of the node does not tell its part of a figure."""
    return bool(untold([row.node for row in node.rows], key))


def _whole(node: Node, share: str) -> str:
    """All about a node, for whoever points at it."""
    times = f"{node.times} times, from " if node.times > 1 else ""
    kinds = ", ".join(f"{part.kind} {part.fields}".strip() for part in node.parts)
    macs = _told(node, "macs", "MACs")
    facts = (
        f"{times}{node.name}: {kinds}",
        f"output {format_shape(node.output)}",
        in_words(len(node.rows), "layer"),
        _told(node, "params", "params"),
        f"{macs} = {share}" if node.macs and not _lacks(node) else macs,
    )
    return ", ".join(facts)


def _told(node: Node, key: str, what: str) -> str:
    """A figure of a node, as far as its layers tell it."""
    amount: int = getattr(node, key)
    if not _lacks(node, key):
        return f"{in_short(amount)} {what}"
    return f"at least {in_short(amount)} {what}" if amount else f"{what} not told"
