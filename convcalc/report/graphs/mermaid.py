"""Mermaid, which GitHub, GitLab and many wikis draw in a fence of Markdown.

Source: Mermaid 11, "Flowcharts - Basic Syntax", entity codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from convcalc.core.shapes import format_shape
from convcalc.core.text import inline
from convcalc.report.diagram.lettering import box_lines, frame_lettering
from convcalc.report.diagram.outline import Item, Outline, nested

# All but letters, digits, and signs that mean nothing to Mermaid within quotes; a list's dash or
# dot, and the begin of a comment.
_MEANING = re.compile(r"[^\w ×,/()=:.%-]|[.-](?= )|(?<=%)%")


def render(outline: Outline) -> str:
    """The graph as a `flowchart`.

    >>> import convcalc
    >>> from convcalc.report.diagram.outline import outline
    >>> text = 'convcalc: 1\\nname: one\\ninput: [3, 8, 8]\\nlayers: [conv: {out: 4, k: 3}, relu]'
    >>> print(render(outline(convcalc.plan(convcalc.loads(text)))), end="")
    flowchart TB
      n0(["input"])
      n1["conv k3<br/>then relu<br/>100.0 % of MACs<br/>4x6x6, output"]
      n0 -->|"3x8x8"| n1
      style n1 stroke-width:4.0px
    """
    return "\n".join([*_lines(outline), ""])


def _lines(outline: Outline) -> Iterator[str]:
    yield "flowchart TB"
    for item in nested(outline):
        yield "  " * item.depth + _line(outline, item)
    for edge in outline.edges:
        yield f'  n{edge.source} -->|"{_escaped(format_shape(edge.shape))}"| n{edge.target}'
    for node in outline.nodes:
        if node.macs:
            yield f"  style n{node.at} stroke-width:{outline.weight(node):.1f}px"


def _line(outline: Outline, item: Item) -> str:
    node, at = item.node, item.frame
    if node is not None:
        label = "<br/>".join(map(_escaped, box_lines(outline, node)))
        begin, end = ("([", "])") if node.is_input else ("[", "]")
        return f'n{node.at}{begin}"{label}"{end}'
    if not item.opens or at is None:
        return "end"
    return f'subgraph f{at} ["{_escaped(frame_lettering(outline, at))}"]'


def _escaped(text: str) -> str:
    """`text` within quotes: every sign that could mean something is the code of a character.

    >>> _escaped('batch_norm <b>"x"</b>')
    'batch_norm #60;b#62;#34;x#34;#60;/b#62;'
    """
    return _MEANING.sub(lambda sign: f"#{ord(sign[0])};", inline(text))
