"""Figures that layers do not tell, or only declare, and the totals that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from convcalc.kinds.base import WORK_CLASSES, Figure

if TYPE_CHECKING:
    from convcalc.network.graph import GraphNode

# What each total of a network is made of.
PARTS: dict[str, tuple[Figure, ...]] = {
    "params": ("params",),
    "buffers": ("buffers",),
    "macs": ("macs",),
    "flops": ("macs",),
    "elementwise": ("elementwise",),
    "inference": ("params", "buffers"),
    "training": ("params", "buffers", "kept"),
}
# The same totals under the names that budgets, comparisons and columns have for them.
_PARTS = PARTS | dict.fromkeys(WORK_CLASSES, PARTS["elementwise"]) | {"memory": PARTS["inference"]}


def untold(nodes: Iterable[GraphNode], total: str) -> list[str]:
    """The layers that do not tell a figure of `total`, which is then at least what it comes to.

    >>> from convcalc import loads
    >>> text = "convcalc: 1\\ninput: [4]\\nlayers: [relu, {opaque: {output: [4], params: 2}}]"
    >>> nodes = loads(text).graph().nodes
    >>> untold(nodes, "params"), untold(nodes, "macs")
    ([], ['opaque_1'])
    """
    figures = _PARTS.get(total, ())
    return [node.name for node in nodes if any(figure in figures for figure in node.facts.unknown)]


def untold_figures(nodes: Iterable[GraphNode], total: str) -> list[Figure]:
    """The figures of `total` that some layer does not tell."""
    lacks = {figure for node in nodes for figure in node.facts.unknown}
    return [figure for figure in _PARTS.get(total, ()) if figure in lacks]


def lower_bounds(nodes: Sequence[GraphNode]) -> tuple[str, ...]:
    """The totals that are at least what they come to."""
    return tuple(total for total in PARTS if untold(nodes, total))


def declared(nodes: Iterable[GraphNode], figure: Figure) -> list[str]:
    """The layers that declare this figure."""
    return [node.name for node in nodes if figure in node.facts.declared]


def named(names: Sequence[str]) -> str:
    """Layers in words: the first of them, and how many more.

    >>> named(["a"]), named(["a", "b", "c"])
    ('`a`', '`a` and 2 more')
    """
    more = f" and {len(names) - 1:,} more" if names[1:] else ""
    return f"`{names[0]}`{more}"
