"""DOT, which Graphviz draws: boxes, clusters for open blocks, shapes on the edges.

Source: Graphviz, "DOT Language" and "escString".
"""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.core.shapes import format_shape
from convcalc.core.text import inline
from convcalc.report.diagram.lettering import box_lines, frame_lettering
from convcalc.report.diagram.outline import Item, Outline, nested


def render(outline: Outline) -> str:
    """The graph as a `digraph`.

    >>> import convcalc
    >>> from convcalc.report.diagram.outline import outline
    >>> text = 'convcalc: 1\\nname: one\\ninput: [3, 8, 8]\\nlayers: [conv: {out: 4, k: 3}, relu]'
    >>> print(render(outline(convcalc.plan(convcalc.loads(text)))), end="")
    digraph {
      label="one"
      labelloc=t
      fontname="Helvetica"
      node [shape=box, style=rounded, fontname="Helvetica"]
      edge [fontname="Helvetica", fontsize=10]
      n0 [label="input"]
      n1 [label="conv k3\\nthen relu\\n100.0 % of MACs\\n4x6x6, output", penwidth=4.0]
      n0 -> n1 [label="3x8x8"]
    }
    """
    return "\n".join([*_lines(outline), ""])


def _lines(outline: Outline) -> Iterator[str]:
    yield "digraph {"
    yield f"  label={_quoted(outline.plan.name)}"
    yield "  labelloc=t"
    yield '  fontname="Helvetica"'
    yield '  node [shape=box, style=rounded, fontname="Helvetica"]'
    yield '  edge [fontname="Helvetica", fontsize=10]'
    for item in nested(outline):
        yield "  " * item.depth + _line(outline, item)
    for edge in outline.edges:
        yield f"  n{edge.source} -> n{edge.target} [label={_quoted(format_shape(edge.shape))}]"
    yield "}"


def _line(outline: Outline, item: Item) -> str:
    node, at = item.node, item.frame
    if node is not None:
        heavy = f", penwidth={outline.weight(node):.1f}" if node.macs else ""
        label = "\\n".join(map(_escaped, box_lines(outline, node)))
        return f'n{node.at} [label="{label}"{heavy}]'
    if not item.opens or at is None:
        return "}"
    return f"subgraph cluster{at} {{ label={_quoted(frame_lettering(outline, at))}"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """`text` between quotes: no escape, no entity of HTML, no end of the string.

    >>> print(_escaped('a"b\\\\n &lt;'))
    a\\"b\\\\n &amp;lt;
    """
    return inline(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
